"""The life of an alert: raised, told to a seat, acknowledged by a person, resolved or a false alarm. Pure.

Promise: only a person ends it; while nobody has it, it escalates, step by step, for as long as it takes; whoever comes
second is told who was first. Each change gives the alert as it is then, and the lines of its log. rule: SOS.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from zhendao.gateway.alerts.answering import owe
from zhendao.gateway.alerts.errors import ClosedError, TakenError
from zhendao.gateway.alerts.rules import is_past, late_ms
from zhendao.gateway.alerts.settings import AlertsTable
from zhendao.gateway.alerts.values import ANSWERED, Act, Alert, Call, Entry, Fact, State, Urgency
from zhendao.gateway.ingest.steady import Now

MOST_WAITING = 8
"""So many alerts of one kind in one home may wait; what comes then is counted with the newest."""


@dataclass(frozen=True, slots=True)
class Change:
    """An alert as it is now, and what its log says of that."""

    alert: Alert
    entries: tuple[Entry, ...] = ()


def begun(fact: Fact, elder_id: str | None, place_id: str | None, now: Now, table: AlertsTable, by: str = "") -> Change:
    """Return the alert that ``fact`` raises; whom to tell is asked next (`told_whom`)."""
    alert = Alert(
        id=0,
        kind=fact.kind,
        urgency=fact.urgency,
        device=fact.device,
        subject=fact.subject,
        elder_id=elder_id,
        place_id=place_id,
        drill=fact.drill,
        past=is_past(fact, table),
        doubtful=fact.doubtful,
        state=State.RAISED,
        step=0,
        reached=-1,
        nobody=False,
        count=1,
        first_ms=fact.at_ms,
        last_ms=fact.at_ms,
        raised_ms=now.wall_ms,
        late_ms=late_ms(fact, table),
        call=Call(fact.epoch, fact.seq) if fact.kind in ANSWERED and fact.seq else None,
        mistake_ms=None if fact.mistake_of is None else fact.at_ms,
    )
    entries = [Entry(Act.RAISED, now.wall_ms, by)]
    if fact.mistake_of is not None:
        entries.append(Entry(Act.MISTAKE, now.wall_ms))
    return Change(owe(alert, now.steady_ms), tuple(entries))


def joins(alert: Alert, fact: Fact, table: AlertsTable) -> bool:
    """Tell whether ``fact`` is one more of what ``alert`` is about: the same thing, not long before or after.

    A press long after a person took it is a new call: whoever has the first may believe that it is done.
    """
    if alert.closed or (alert.kind, alert.device, alert.subject) != (fact.kind, fact.device, fact.subject):
        return False
    if (alert.drill, alert.past) != (fact.drill, is_past(fact, table)):
        return False
    if fact.cleared:
        return True
    within = table.join_s * 1000
    if alert.acknowledged_ms is not None and fact.at_ms > alert.acknowledged_ms + within:
        return False
    return alert.first_ms - within <= fact.at_ms <= alert.last_ms + within


def crowd(open_ones: Sequence[Alert], fact: Fact, table: AlertsTable) -> Alert | None:
    """Return the alert that ``fact`` joins though it was at another time, where too many of one home wait to be read.

    What is of now never joins what is of the past, nor a call a drill.
    """
    alike = [
        one
        for one in open_ones
        if one.waits and (one.subject, one.drill, one.past) == (fact.subject, fact.drill, is_past(fact, table))
    ]
    return max(alike, key=lambda one: (one.last_ms, one.id)) if len(alike) >= MOST_WAITING else None


def joined(alert: Alert, fact: Fact, now: Now) -> Alert:
    """Return ``alert`` with one more fact."""
    if fact.cleared:
        return replace(alert, cleared_ms=fact.at_ms)
    if fact.mistake_of is not None:
        return replace(alert, mistake_ms=fact.at_ms)
    alert = replace(
        alert,
        count=alert.count + 1,
        first_ms=min(alert.first_ms, fact.at_ms),
        last_ms=max(alert.last_ms, fact.at_ms),
        doubtful=alert.doubtful and fact.doubtful,
        cleared_ms=None,
    )
    call = alert.call
    if call is None or (fact.seq < call.seq if fact.epoch == call.epoch else fact.at_ms < alert.last_ms):
        return alert
    return owe(replace(alert, call=Call(fact.epoch, fact.seq), said=0, heard=0), now.steady_ms)


def join_entry(fact: Fact, alert: Alert, now: Now) -> Entry:
    """Return what the log says of a fact that joined."""
    if fact.cleared:
        return Entry(Act.CLEARED, now.wall_ms)
    if fact.mistake_of is not None:
        return Entry(Act.MISTAKE, now.wall_ms)
    return Entry(Act.JOINED, now.wall_ms, said=str(alert.count))


# -- who is told, and what time alone brings about


def told_whom(alert: Alert, names: Sequence[str], now: Now, table: AlertsTable) -> tuple[Change, bool]:
    """Take in who is being told at the alert's step; the truth of it says whether the next step is asked at once."""
    if names:
        entries = (Entry(Act.ESCALATED, now.wall_ms, said="、".join(names)[:200]),) if alert.step else ()
        alert = replace(alert, reached=max(alert.reached, alert.step), due_ms=_due(alert, now, table))
        return Change(owe(alert, now.steady_ms), entries), False
    entries = (Entry(Act.NOBODY, now.wall_ms, said=str(alert.step)),) if alert.due_ms is None else ()
    if escalates(alert) and alert.step < table.steps - 1:
        return Change(replace(alert, step=alert.step + 1), entries), True
    # Somebody may come on duty, so it is asked again.
    alert = replace(alert, due_ms=now.steady_ms + _step_ms(alert, table))
    return Change(owe(alert, now.steady_ms), entries), False


def escalates(alert: Alert) -> bool:
    """Tell whether it goes on to others while nobody has it."""
    return alert.urgency is not Urgency.NOTICE and not alert.past


def _step_ms(alert: Alert, table: AlertsTable) -> int:
    return (table.step_s if alert.urgency is Urgency.CALL else table.step_soon_s) * 1000


def _due(alert: Alert, now: Now, table: AlertsTable) -> int | None:
    if not escalates(alert):
        return None
    wait_ms = _step_ms(alert, table)
    if alert.call is not None and not alert.nobody:
        wait_ms = min(wait_ms, table.nobody_yet_s * 1000)
    return now.steady_ms + wait_ms


def overdue(alert: Alert, now: Now, table: AlertsTable) -> tuple[Alert, bool]:
    """Take in that ``due_ms`` has come; the truth of it says whether its step is to be told (again)."""
    if not alert.waits:
        return replace(alert, due_ms=None), False
    left_ms = _step_ms(alert, table) - table.nobody_yet_s * 1000
    if alert.call is not None and not alert.nobody and escalates(alert):
        alert = owe(replace(alert, nobody=True), now.steady_ms)
        if left_ms > 0 and alert.reached >= 0:
            return replace(alert, due_ms=now.steady_ms + left_ms), False
    # Where nobody was there, the seats are asked again first: somebody may have come on duty.
    return replace(alert, step=min(alert.step + 1, table.steps - 1) if alert.reached >= 0 else 0), True


# -- what people do


def told(alert: Alert, seat: str, now: Now) -> Change:
    """Take in that it reached ``seat``: a screen shows it, or a message was delivered there."""
    if not alert.waits or alert.state is State.TOLD:
        return Change(alert)
    alert = replace(alert, state=State.TOLD, seat=seat, told_ms=now.wall_ms)
    return Change(alert, (Entry(Act.TOLD, now.wall_ms, seat),))


def acknowledged(alert: Alert, by: str, minutes: int | None, said: str, now: Now) -> Change:
    """Take in that the person ``by`` has it; the same person again changes nothing.

    Raises `TakenError`, `ClosedError`.
    """
    _not_closed(alert)
    if alert.acknowledged_by is not None:
        if alert.acknowledged_by != by:
            raise TakenError(alert.id, alert.acknowledged_by)
        if minutes in {None, alert.minutes}:
            return Change(alert)
        alert = replace(alert, minutes=minutes, said=0, heard=0)
        return Change(owe(alert, now.steady_ms), (Entry(Act.NOTED, now.wall_ms, by, f"{minutes} min"),))
    alert = replace(
        alert,
        state=State.ACKNOWLEDGED,
        acknowledged_ms=now.wall_ms,
        acknowledged_by=by,
        minutes=minutes,
        due_ms=None,
    )
    return Change(owe(alert, now.steady_ms), (Entry(Act.ACKNOWLEDGED, now.wall_ms, by, said),))


def resolved(alert: Alert, by: str, said: str, now: Now, *, false_alarm: bool) -> Change:
    """Take in that the person ``by`` ended it. Raises `ClosedError`. Whoever ends what nobody had, had it."""
    _not_closed(alert)
    entries: tuple[Entry, ...] = ()
    if alert.acknowledged_by is None:
        alert = replace(alert, acknowledged_ms=now.wall_ms, acknowledged_by=by)
        entries = (Entry(Act.ACKNOWLEDGED, now.wall_ms, by),)
    state = State.FALSE_ALARM if false_alarm else State.RESOLVED
    alert = replace(alert, state=state, closed_ms=now.wall_ms, closed_by=by, due_ms=None)
    entries = (*entries, Entry(Act(state.value), now.wall_ms, by, said))
    return Change(owe(alert, now.steady_ms), entries)


def _not_closed(alert: Alert) -> None:
    if alert.closed:
        raise ClosedError(alert.id, alert.closed_by or "")
