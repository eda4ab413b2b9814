"""What people correct afterwards: who forgot a check tells her office when it was, and somebody decides about it.

Promise: a correction that was approved says what was, to five minutes; each is of a visit as `judge` names it from
`events.jsonl` (docs/judge.md), and of what was witnessed of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zhendao.protocol.event import encode_event
from zhendao.protocol.suite import SM
from zhendao.simulators.city.rates import Mistake
from zhendao.simulators.city.visits import MIN_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zhendao.protocol.event import Event
    from zhendao.simulators.city.rates import Rates
    from zhendao.simulators.city.visits import Visit
    from zhendao.simulators.world.engine.chance import Chance

_STATES: Final = (*("approved",) * 16, "proposed", "proposed", "refused", "withdrawn")
_REASONS: Final = {Mistake.FORGOTTEN_OUT: "no_check_out", Mistake.FORGOTTEN_IN: "no_check_in"}
_UNCLEAR: Final = frozenset({Mistake.CARRIED_OVER, Mistake.WRONG_CLOCK, Mistake.WRONG_DOOR, Mistake.NO_DOOR_TAG})
_SAID_MS: Final = 5 * MIN_MS
_ID_BYTES: Final = 16


def corrections(visits: Iterable[Visit], rates: Rates, chance: Chance, first: int) -> Iterator[dict[str, Any]]:
    """Give the corrections of ``visits`` about which all is known, numbered from ``first`` on; each visit is told."""
    number = first
    for visit in visits:
        reason = next((_REASONS[one] for one in _REASONS if one in visit.mistakes), None)
        plain = visit.first is not None and len(visit.seen) == 1 and not visit.mistakes & _UNCLEAR
        if reason is None or not plain or visit.bond.second_m is not None:
            continue
        dice = chance.child(visit.visit_id)
        if dice.likely(rates.corrected):
            visit.correction = number
            yield {"number": number, "state": dice.pick(_STATES), "reason": reason, **_times(visit, reason)}
            number += 1


def _times(visit: Visit, reason: str) -> dict[str, Any]:
    event, from_ms, to_ms = visit.first, visit.from_ms, visit.to_ms
    if event is None or from_ms is None or to_ms is None:
        raise ValueError("only what was witnessed and was is corrected")
    if reason == "no_check_out":
        begin_ms, end_ms = None, _said(to_ms)
    else:  # what the terminal took for her coming was her leaving
        begin_ms, end_ms = _said(from_ms), event.wall_ms
    seen = {"begin_ms": event.wall_ms, "end_ms": None}
    return {"visit_id": _visit_id(event), "seen": seen, "begin_ms": begin_ms, "end_ms": end_ms}


def _said(ms: int) -> int:
    return (ms + _SAID_MS // 2) // _SAID_MS * _SAID_MS


def _visit_id(event: Event) -> str:
    """Return the id of the visit that ``event`` begins, where no place in a chain stands beside it."""
    itself = SM.hash(encode_event(event))
    return SM.hash(event.device + event.epoch + event.seq.to_bytes(8, "big") + itself)[:_ID_BYTES].hex()
