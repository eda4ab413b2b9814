"""In on one terminal and out on another of the same home: two loose ends of one caregiver become one visit. Pure.

A home has a second terminal when one was changed while somebody was there, or when a carried one was used beside it.
Promise: an end goes to the last beginning before it, each to one only, and none that names a beginning of its own
terminal is taken: that one is still on its way. rule: TWO-TOKENS
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from zhendao.gateway.visits.judgement import Visit
from zhendao.gateway.visits.living import ATTESTED
from zhendao.gateway.visits.moments import apart
from zhendao.gateway.visits.pairing import CheckFact, Pair
from zhendao.protocol.vocabulary import Direction

OTHER_TERMINAL: Final = "other_terminal"
"""The sign of such a visit, and its flag."""


def is_loose(one: Pair) -> bool:
    """Tell whether ``one`` is a beginning without an end, or an end without a beginning, that may be joined."""
    if one.last is not None or ATTESTED in one.signs or not one.first.moment.known:
        return False
    return one.first.body.direction is Direction.IN or one.first.body.opened_by is None


def join(loose: Iterable[Pair], open_at_most_ms: int) -> list[Pair]:
    """Return the visits that ``loose`` ends of one caregiver at one home make; what fits nothing is left out."""
    found: list[Pair] = []
    begun: list[Pair] = []
    for one in sorted(loose, key=lambda pair: (pair.first.moment.wall_ms, pair.visit_id)):
        if one.first.body.direction is Direction.IN:
            begun.append(one)
            continue
        at = next((i for i in range(len(begun) - 1, -1, -1) if _fits(begun[i], one.first, open_at_most_ms)), None)
        if at is not None:
            first = begun.pop(at)
            signs = (first.signs - {"no_out"}) | {OTHER_TERMINAL}
            found.append(replace(first, last=one.first, doubled=(*first.doubled, *one.doubled), signs=signs))
    return found


def _fits(begun: Pair, end: CheckFact, open_at_most_ms: int) -> bool:
    span = apart(begun.first.moment, end.moment)
    return begun.first.device != end.device and span.ms > 0 and not span.surely_longer(open_at_most_ms)


def across(visits: Iterable[Visit], open_at_most_ms: int) -> list[Pair]:
    """Return what the loose ends among ``visits`` make, caregiver by caregiver and home by home."""
    homes: dict[tuple[str, str], list[Pair]] = {}
    for visit in visits:
        if visit.caregiver_id is not None and visit.elder_id is not None and visit.pair and is_loose(visit.pair):
            homes.setdefault((visit.caregiver_id, visit.elder_id), []).append(visit.pair)
    return [one for home in sorted(homes) for one in join(homes[home], open_at_most_ms)]
