"""What the elder is told of a call, when it is said again, and when it is settled. Pure.

Promise: no more is said than is true: that it arrived, that nobody has it yet, that others are being told, that a
person has it, how it ended. Of duress nothing is ever said. It is said again until the terminal says that the elder
heard it, with longer and longer pauses, and ends by itself. rule: SOS.
"""

from dataclasses import replace
from typing import Final

from zhendao.gateway.alerts.settings import AlertsTable
from zhendao.gateway.alerts.values import ANSWERED, Alert, State
from zhendao.gateway.ingest.steady import Now
from zhendao.protocol.vocabulary import AnswerState

MOST_TRIES: Final = 20
LONGEST_MS: Final = 300_000
_SAID: Final = {
    State.ACKNOWLEDGED: AnswerState.RECEIVED,
    State.RESOLVED: AnswerState.RESOLVED,
    State.FALSE_ALARM: AnswerState.FALSE_ALARM,
}


def answer_state(alert: Alert) -> AnswerState | None:
    """Return what is true of the call now; None where nothing is ever said."""
    if alert.call is None or alert.kind not in ANSWERED:
        return None
    if alert.state in _SAID:
        return _SAID[alert.state]
    if alert.past:
        return AnswerState.ARRIVED
    if alert.reached > 0:
        return AnswerState.ESCALATED
    no_seat = alert.due_ms is not None and alert.reached < 0
    return AnswerState.NOBODY_YET if alert.nobody or no_seat else AnswerState.ARRIVED


def owe(alert: Alert, steady_ms: int) -> Alert:
    """Return ``alert`` with its answer due at once, if what is true of it was not said yet."""
    state = answer_state(alert)
    if state is None or state == alert.said:
        return alert
    return replace(alert, answer_due_ms=steady_ms, answer_tries=0)


def sent(alert: Alert, now: Now, table: AlertsTable) -> Alert:
    """Return ``alert`` after its answer was sent: due again later, and at last not any more."""
    state = answer_state(alert)
    tries = alert.answer_tries + 1
    alert = replace(alert, said=int(state or 0), answer_tries=tries)
    # That it arrived, the acknowledgement of its event says too, and that comes again until it is heard.
    most = 1 if state is AnswerState.ARRIVED else MOST_TRIES
    if tries >= most or _too_old(alert, now, table):
        return replace(alert, answer_due_ms=None)
    wait_ms = min(table.answer_again_s * 1000 * 2 ** (tries - 1), LONGEST_MS)
    return replace(alert, answer_due_ms=now.steady_ms + wait_ms)


def heard(alert: Alert, state: int) -> Alert:
    """Return ``alert`` after the elder was given the answer ``state``: what is true and was heard is not said again."""
    alert = replace(alert, heard=state)
    return replace(alert, answer_due_ms=None) if state == answer_state(alert) else alert


def is_back(alert: Alert, now: Now, table: AlertsTable) -> Alert:
    """Return ``alert`` after its terminal came back: what it has not heard is said at once, if it is still of use."""
    state = answer_state(alert)
    if state is None or state == alert.heard or _too_old(alert, now, table):
        return alert
    return replace(alert, answer_due_ms=now.steady_ms, answer_tries=0)


def _too_old(alert: Alert, now: Now, table: AlertsTable) -> bool:
    return alert.closed_ms is not None and now.wall_ms - alert.closed_ms > table.answer_for_s * 1000
