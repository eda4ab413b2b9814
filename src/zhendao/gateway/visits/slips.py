"""Slips of the hand at the door: a reading too many makes two visits of one, and here they are one again. Pure.

Checked out too soon and in again at once: nobody had gone, and what lies between is a re-check. Held there again when
the terminal no longer took it for the same: the second reading is doubled, and the next one ends the visit. Promise:
it is for readings of one card at one door within minutes of each other, and of somebody who gives this elder one
service: two services one after another stay two visits. What comes later and fits better pairs anew. rule: TWO-TOKENS
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from zhendao.gateway.visits.moments import between
from zhendao.gateway.visits.pairing import CheckFact, Pair
from zhendao.protocol.vocabulary import Direction, Placement

RESUMED: Final = "resumed"
"""The sign of a visit within which she checked out and in again, and its flag."""
MostOf = Callable[[CheckFact], int | None]
"""Says how long, in ms, a visit that began with this check may last; None: several services, and nothing is mended."""


def mended(pairs: Iterable[Pair], within_ms: int, most_of: MostOf) -> list[Pair]:
    """Return ``pairs``, in the order of the journal, with those joined that a reading too many has parted."""
    found: list[Pair] = []
    for one in pairs:
        before = found[-1] if found else None
        joined = None if before is None else _joined(before, one, within_ms, most_of)
        if joined is None:
            found.append(one)
        else:
            found[-1] = joined
    return found


def _joined(before: Pair, one: Pair, within_ms: int, most_of: MostOf) -> Pair | None:
    last, again = before.last, one.first
    if last is None or again.body.direction is not Direction.IN or not _same_door(before.first, again):
        return None
    soon, slipped = _within(last, again, within_ms), _within(before.first, last, within_ms)
    # An out that follows too soon, and no end behind it: else there is nothing to mend.
    most_ms = most_of(before.first) if soon or (one.last is None and slipped) else None
    if most_ms is None:
        return None
    doubled = (*before.doubled, *one.doubled)
    if soon and one.last is not None:
        signs = before.signs | one.signs | {RESUMED}
        return replace(before, last=one.last, doubled=doubled, signs=signs, rechecks=(*before.rechecks, last, again))
    if soon:  # the check-out was held there twice
        return replace(before, doubled=(*doubled, again))
    if between(before.first.moment, again.moment).surely_longer(most_ms):
        return None
    return replace(before, last=again, doubled=(*doubled, last), signs=before.signs | {"reversed"})


def _within(one: CheckFact, other: CheckFact, within_ms: int) -> bool:
    span = between(one.moment, other.moment)
    return span.bound_ms is not None and span.ms >= 0 and span.ms + span.bound_ms <= within_ms


def _same_door(one: CheckFact, other: CheckFact) -> bool:
    """Tell whether one door tag was read at both: another one is another home, or a tag that was carried about."""
    here, there = one.body.door, other.body.door
    if here is None or there is None:
        return here is there and one.body.placement is not Placement.CARRIED
    return here.uid == there.uid
