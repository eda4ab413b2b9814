"""What is told of a call, and when: until a person has it, and ever more rarely. Pure; time is an argument.

Promise: only what is true. Recorded here; with the gateway; with a person. Where the gateway does not answer, or nobody
has taken it, that is told after a set time, and again each time after twice as long: nobody waits in vain without
knowing it. Whoever took a call back hears what becomes of it, and is not reminded. rule: SOS.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zhendao.device.feedback.moment import Moment
from zhendao.protocol.vocabulary import AnswerState, Kind

if TYPE_CHECKING:
    from zhendao.device.calls.book import Call
    from zhendao.device.inputs.settings import CallsTable

_NS = 1_000_000_000
ENDED = frozenset({AnswerState.RESOLVED, AnswerState.FALSE_ALARM})
_ALONE = frozenset({None, AnswerState.ARRIVED, AnswerState.NOBODY_YET, AnswerState.ESCALATED})
"""States in which no person has it."""
_TOLD = {
    AnswerState.ARRIVED: Moment.SOS_ARRIVED,
    AnswerState.RECEIVED: Moment.SOS_RECEIVED,
    AnswerState.NOBODY_YET: Moment.SOS_NOBODY_YET,
    AnswerState.ESCALATED: Moment.SOS_ESCALATED,
    AnswerState.RESOLVED: Moment.SOS_RESOLVED,
    AnswerState.FALSE_ALARM: Moment.SOS_RESOLVED,
}
_INCIDENT = {AnswerState.ARRIVED: None, AnswerState.RECEIVED: Moment.INCIDENT_RECEIVED}
"""What differs for an incident: whoever reports one hears that it is recorded, and then of the person who has it."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A call that is being followed.

    Attributes:
        call: what it is now.
        due_ns: when it is told (again) that nobody has answered; None where nothing is to be told by itself.
        wait_ns: how long was waited for that.
        alone_told: it has been told that nobody answers.
    """

    call: Call
    due_ns: int | None
    wait_ns: int
    alone_told: bool = False


def begun(call: Call, table: CallsTable) -> Followed:
    """Return ``call`` as it is followed from when it was made, or from a restart on."""
    wait_ns = int((table.offline_s if call.state is None else table.nobody_s) * _NS)
    waits = call.state in _ALONE and not call.mistaken
    return Followed(call, call.made_ns + wait_ns if waits else None, wait_ns)


def recorded(call: Call) -> Moment:
    """Return what is told at once when ``call`` is in the journal."""
    return Moment.SOS_CALLING if call.kind is Kind.SOS else Moment.INCIDENT_REPORTED


def answered(
    one: Followed, state: AnswerState, now_ns: int, table: CallsTable
) -> tuple[Followed, Moment | None] | None:
    """Take in what the gateway says; return the call as it is now and what to tell. None where it is no news."""
    known = one.call.state
    if state == known or known in ENDED or (state is AnswerState.ARRIVED and known is not None):
        return None
    call = replace(one.call, state=state)
    moment = _TOLD[state] if call.kind is Kind.SOS else _INCIDENT.get(state, _TOLD[state])
    if state not in _ALONE or call.mistaken:
        return Followed(call, None, 0), moment
    if known is None or known not in _ALONE:  # the gateway may take back that a person has it
        wait_ns = int(table.nobody_s * _NS)
        return Followed(call, now_ns + wait_ns, wait_ns), moment
    return replace(one, call=call, due_ns=now_ns + one.wait_ns), moment


def taken_back(one: Followed) -> Followed:
    """Take in that whoever called says that it was a mistake: a person looks all the same."""
    return Followed(replace(one.call, mistaken=True), None, 0)


def due(one: Followed, now_ns: int, table: CallsTable, *, linked: bool) -> tuple[Followed, Moment] | None:
    """Return the call and what to tell if its time has come; None if it has not. ``linked``: the broker is there."""
    if one.due_ns is None or now_ns < one.due_ns:
        return None
    wait_ns = min(2 * one.wait_ns, max(one.wait_ns, int(table.rarest_s * _NS)))
    later = replace(one, due_ns=now_ns + wait_ns, wait_ns=wait_ns, alone_told=True)
    return later, _alone(one.call, linked=linked)


def again(one: Followed, *, linked: bool) -> Moment:
    """Return what is told to whoever presses again while the call stands: how it is now."""
    state = one.call.state
    if state is None:
        return _alone(one.call, linked=linked) if one.alone_told else recorded(one.call)
    return (_INCIDENT.get(state) if one.call.kind is Kind.INCIDENT else None) or _TOLD[state]


def over(one: Followed, now_ns: int, table: CallsTable) -> bool:
    """Tell whether nothing more is to be told of it: it was ended, or it is long ago."""
    return one.call.state in ENDED or now_ns - one.call.made_ns > table.follow_h * 3600 * _NS


def _alone(call: Call, *, linked: bool) -> Moment:
    return Moment.SOS_NOBODY_YET if linked or call.state is not None else Moment.SOS_OFFLINE
