"""Slips of the hand at the door: a reading too many makes two visits of one, and here they are one again. Pure.

Checked out too soon and in again at once: nobody had gone, and what lies between is a re-check. Held there again when
the terminal no longer took it for the same: the second reading is doubled, and the next one ends the visit. Promise:
it is for readings of one card at one door within minutes of each other, and of one service: two of them one after
another stay two visits. What comes later and fits better pairs anew. rule: TWO-TOKENS
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, NamedTuple

from zhendao.gateway.visits.moments import between
from zhendao.gateway.visits.pairing import CheckFact, Pair
from zhendao.protocol.vocabulary import Direction, Placement

RESUMED: Final = "resumed"
"""The sign of a visit within which she checked out and in again, and its flag."""
OUT_OF_STEP: Final = "out_of_step"
"""The sign of a visit whose end is but its beginning held there twice, with nothing behind it that could be the end."""


class Lasting(NamedTuple):
    """How long, in ms, the service lasts at least and at most that two checks may be of; ``sure``: it is one."""

    least_ms: int
    most_ms: int
    sure: bool


LimitsOf = Callable[[CheckFact, CheckFact], Lasting | None]
"""Says it of two checks; None: they are of two services."""


def mended(pairs: Iterable[Pair], within_ms: int, limits_of: LimitsOf) -> list[Pair]:
    """Return ``pairs``, in the order of the journal, with those joined that a reading too many has parted."""
    found: list[Pair] = []
    for one in pairs:
        before = found[-1] if found else None
        joined = None if before is None else _joined(before, one, within_ms, limits_of)
        if joined is not None:
            found[-1] = joined
            continue
        if before is not None and _put_out_of_step(before, one, within_ms, limits_of):
            found[-1] = replace(before, signs=before.signs | {OUT_OF_STEP})
        found.append(one)
    return found


def _joined(before: Pair, one: Pair, within_ms: int, limits_of: LimitsOf) -> Pair | None:
    last, again = before.last, one.first
    if last is None or again.body.direction is not Direction.IN or not same_door(before.first, again):
        return None
    if not _as_good(before.first, again):
        return None
    if _within(last, again, within_ms):
        return _resumed(before, last, one, limits_of)
    # An out that follows too soon, and no end behind it: else there is nothing to mend.
    if one.last is not None or not _within(before.first, last, within_ms):
        return None
    limits = limits_of(before.first, before.first)
    if limits is None or between(before.first.moment, again.moment).surely_longer(limits.most_ms):
        return None
    doubled = (*before.doubled, last, *one.doubled)
    return replace(before, last=again, doubled=doubled, signs=before.signs | {"reversed"})


def _put_out_of_step(before: Pair, one: Pair, within_ms: int, limits_of: LimitsOf) -> bool:
    """Tell whether ``before`` ended too soon, and ``one`` shows why: its first check was the end, as it is no visit.

    It lasts for longer than any, or its own end is of another door: in and out have changed places since. One without
    any end may be the end of who stayed too long, up to twice the most.
    """
    last, again = before.last, one.first
    if last is None or again.body.direction is not Direction.IN:
        return False
    if not same_door(before.first, again) or not _within(before.first, last, within_ms):
        return False
    limits, stayed = limits_of(before.first, before.first), between(before.first.moment, again.moment)
    if limits is None or stayed.surely_longer(limits.most_ms if one.last is not None else 2 * limits.most_ms):
        return False
    if one.last is None:
        return stayed.surely_longer(limits.most_ms) and _as_good(before.first, again)
    no_visit = between(again.moment, one.last.moment).surely_longer(limits.most_ms)
    return no_visit or not same_door(again, one.last)


def _resumed(before: Pair, last: CheckFact, again: Pair, limits_of: LimitsOf) -> Pair | None:
    """Return the visit of which ``again`` is the rest; without an end it is but the check-out held there twice."""
    doubled = (*before.doubled, *again.doubled)
    if again.last is None:
        return replace(before, doubled=(*doubled, again.first))
    limits = limits_of(before.first, again.first)
    # Of what may be two services the first one must have been broken off.
    broken_off = limits is not None and between(before.first.moment, last.moment).surely_shorter(limits.least_ms)
    if limits is None or not (limits.sure or broken_off):
        return None
    signs, rechecks = before.signs | again.signs | {RESUMED}, (*before.rechecks, last, again.first)
    return replace(before, last=again.last, doubled=doubled, signs=signs, rechecks=rechecks)


def _within(one: CheckFact, other: CheckFact, within_ms: int) -> bool:
    span = between(one.moment, other.moment)
    return span.bound_ms is not None and span.ms >= 0 and span.ms + span.bound_ms <= within_ms


def _as_good(one: CheckFact, other: CheckFact) -> bool:
    """Tell whether the card was the same at both, and nothing more is to be said of it: a copy makes its own visit.

    What is said of both (a tag that a carried terminal reads without a challenge) tells none of them from the other.
    """
    here, there = one.body.caregiver, other.body.caregiver
    if (here.token_id, here.strength) != (there.token_id, there.strength):
        return False
    return _said(other) <= _said(one)


def _said(check: CheckFact) -> set[tuple[str, str]]:
    return {(part, word) for part, token in (check.evidence or {}).items() for word in token.get("findings", ())}


def same_door(one: CheckFact, other: CheckFact) -> bool:
    """Tell whether one door tag was read at both: another one is another home, or a tag that was carried about."""
    here, there = one.body.door, other.body.door
    if here is None or there is None:
        return here is there and one.body.placement is not Placement.CARRIED
    return here.uid == there.uid
