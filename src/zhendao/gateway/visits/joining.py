"""Two loose ends of one caregiver in one home become one visit: at two terminals of it, or with two of her cards. Pure.

A home has a second terminal when one was changed while somebody was there, or when a carried one was used beside it;
a caregiver has a second card in the other coat, and what she held there last was another one than she came with.
Promise: an end goes to the last beginning before it, each to one only, and none that names a beginning of its own
terminal is taken: that one is still on its way. rule: TWO-TOKENS
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.visits.judgement import Visit
from zhendao.gateway.visits.living import ATTESTED
from zhendao.gateway.visits.moments import apart, between
from zhendao.gateway.visits.pairing import CheckFact, Limits, Pair
from zhendao.gateway.visits.slips import same_door
from zhendao.protocol.vocabulary import Direction

OTHER_TERMINAL: Final = "other_terminal"
OTHER_CARD: Final = "other_card"
"""The signs of such visits, and their flags."""


HungSince = Callable[[CheckFact, CheckFact], bool]
"""Tells whether the terminal of a later check hung in the place of that of an earlier one only after it."""


def is_loose(one: Pair) -> bool:
    """Tell whether ``one`` is a beginning without an end, or an end without a beginning, that may be joined."""
    if one.last is not None or ATTESTED in one.signs or not one.first.moment.known:
        return False
    return one.first.body.direction is Direction.IN or one.first.body.opened_by is None


def join(loose: Iterable[tuple[Pair, int]], open_at_most_ms: int, apart_ms: int, hung_since: HungSince) -> list[Pair]:
    """Return the visits that ``loose`` ends of one caregiver at one home make; what fits nothing is left out.

    With each goes how long (ms) a visit that it begins may last. ``apart_ms``: two of her cards that are read sooner
    after each other were read together. ``hung_since`` tells of a terminal that hung in the place of another when a
    visit was under way: for it her leaving was the first that it saw of her, and a beginning.
    """
    found: list[Pair] = []
    begun: list[tuple[Pair, int]] = []
    for one, most_ms in sorted(loose, key=lambda each: (each[0].first.moment.wall_ms, each[0].visit_id)):
        begins, end = one.first.body.direction is Direction.IN, one.first

        def fits(first: Pair, lasts_ms: int, end: CheckFact = end, *, begins: bool = begins) -> bool:
            if not begins:
                return _fits(first, end, open_at_most_ms)
            return _by_other_card(first, lasts_ms, end, apart_ms) or _by_new_terminal(first, lasts_ms, end, hung_since)

        at = next((i for i in range(len(begun) - 1, -1, -1) if fits(*begun[i])), None)
        if at is not None:
            first, _ = begun.pop(at)
            same = first.first.device == one.first.device
            signs = (first.signs - {"no_out"}) | {OTHER_CARD if same else OTHER_TERMINAL}
            found.append(replace(first, last=one.first, doubled=(*first.doubled, *one.doubled), signs=signs))
        elif begins:
            begun.append((one, most_ms))
    return found


def _fits(begun: Pair, end: CheckFact, within_ms: int) -> bool:
    span = apart(begun.first.moment, end.moment)
    return begun.first.device != end.device and span.ms > 0 and not span.surely_longer(within_ms)


def _by_other_card(begun: Pair, most_ms: int, end: CheckFact, apart_ms: int) -> bool:
    """Tell whether ``end``, a beginning for the terminal, is the end: read there from her other card, in time."""
    first = begun.first
    if first.device != end.device or first.body.caregiver.uid == end.body.caregiver.uid:
        return False
    span = between(first.moment, end.moment)
    return same_door(first, end) and span.ms > apart_ms and not span.surely_longer(most_ms)


def _by_new_terminal(begun: Pair, most_ms: int, end: CheckFact, hung_since: HungSince) -> bool:
    """Tell whether ``end`` is that: at a terminal that was not there when she came, while the visit may have lasted."""
    if begun.first.device == end.device or not same_door(begun.first, end):
        return False
    span = apart(begun.first.moment, end.moment)
    return span.ms > 0 and not span.surely_longer(most_ms) and hung_since(begun.first, end)


def across(visits: Iterable[Visit], limits: Limits, registry: Registry) -> list[Pair]:
    """Return what the loose ends among ``visits`` make, caregiver by caregiver and home by home."""

    def hung_since(begun: CheckFact, end: CheckFact) -> bool:
        new = registry.terminal(end.device, begun.moment.wall_ms) is None
        return new and registry.terminal(begun.device, end.moment.wall_ms) is None

    homes: dict[tuple[str, str], list[tuple[Pair, int]]] = {}
    for visit in visits:
        if visit.caregiver_id is not None and visit.elder_id is not None and visit.pair and is_loose(visit.pair):
            most_ms = visit.limits_s[1] * 1000 if visit.limits_s is not None else limits.open_at_most_ms
            homes.setdefault((visit.caregiver_id, visit.elder_id), []).append((visit.pair, most_ms))
    return [
        one
        for home in sorted(homes)
        for one in join(homes[home], limits.open_at_most_ms, limits.resumed_within_ms, hung_since)
    ]
