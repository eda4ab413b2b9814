"""Two loose ends of one caregiver in one home become one visit: at two terminals of it, or with two of her cards. Pure.

A home has a second terminal when one was changed while somebody was there, or when a carried one was used beside it;
a caregiver has a second card in the other coat, and what she held there last was another one than she came with.
Promise: an end goes to the beginning just before it, and none that names a beginning of its own terminal is taken:
that one is still on its way. What becomes of a loose end follows from the `NEAR` loose ends on either side of it in
time and from no other, so a late one changes nothing further away. rule: TWO-TOKENS
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise
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
NEAR: Final = 2
"""What becomes of a loose end follows from so many on either side of it."""

HungSince = Callable[[CheckFact, CheckFact], bool]
"""Tells whether the terminal of a later check hung in the place of that of an earlier one only after it."""


@dataclass(frozen=True, slots=True)
class Loose:
    """A loose end, and how long (ms) a visit that it begins may last."""

    pair: Pair
    most_ms: int

    @property
    def place(self) -> tuple[int, bytes]:
        """Where it stands among the others: UTC ms, and the id where two are of one moment."""
        return self.pair.first.moment.wall_ms, self.pair.visit_id

    @property
    def begins(self) -> bool:
        """Tell whether it is a beginning, as far as its terminal knew."""
        return self.pair.first.body.direction is Direction.IN


class _Bond(Enum):
    """What two loose ends are to each other that stand next to each other.

    The second one is surely an end; or it is a beginning for its terminal and seems to be the end. Of three in a row
    of which each seems to end the one before it, nobody can tell which two are the visit: they stay apart.
    """

    ENDS = "ends"
    SEEMS = "seems"


def is_loose(one: Pair) -> bool:
    """Tell whether ``one`` is a beginning without an end, or an end without a beginning, that may be joined."""
    if one.last is not None or ATTESTED in one.signs or not one.first.moment.known:
        return False
    return one.first.body.direction is Direction.IN or one.first.body.opened_by is None


def join(loose: Iterable[Loose], open_at_most_ms: int, apart_ms: int, hung_since: HungSince) -> list[Pair]:
    """Return the visits that ``loose`` ends of one caregiver at one home make; what fits nothing is left out.

    ``apart_ms``: two of her cards that are read sooner after each other were read together. ``hung_since`` tells of a
    terminal that hung in the place of another when a visit was under way: for it her leaving was the first that it saw
    of her, and a beginning.
    """
    order = sorted(loose, key=lambda one: one.place)
    bonds = [_bond(one, other, open_at_most_ms, apart_ms, hung_since) for one, other in pairwise(order)]
    found: list[Pair] = []
    for at, bond in enumerate(bonds):
        beside = [bonds[each] for each in (at - 1, at + 1) if 0 <= each < len(bonds)]
        if bond is _Bond.ENDS or (bond is _Bond.SEEMS and not any(beside)):
            found.append(one_visit(order[at].pair, order[at + 1].pair))
    return found


def _bond(one: Loose, other: Loose, open_at_most_ms: int, apart_ms: int, hung_since: HungSince) -> _Bond | None:
    """Return what ``other``, the next one, is to ``one``; None: nothing, and nothing is further away than that."""
    begun, end = one.pair, other.pair.first
    if not one.begins or other.place[0] - one.place[0] > open_at_most_ms:
        return None
    if not other.begins:
        return _Bond.ENDS if _fits(begun, end, open_at_most_ms) else None
    seems = _by_other_card(begun, one.most_ms, end, apart_ms) or _by_new_terminal(begun, one.most_ms, end, hung_since)
    return _Bond.SEEMS if seems else None


def one_visit(begun: Pair, ended: Pair) -> Pair:
    """Return the visit that ``begun`` begins and ``ended`` ends, both loose by themselves."""
    same = begun.first.device == ended.first.device
    signs = (begun.signs - {"no_out"}) | {OTHER_CARD if same else OTHER_TERMINAL}
    return replace(begun, last=ended.first, doubled=(*begun.doubled, *ended.doubled), signs=signs)


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


def loose_of(visit: Visit, limits: Limits) -> Loose | None:
    """Return ``visit`` as a loose end; None where it is none, or nobody knows whose it is."""
    if visit.caregiver_id is None or visit.elder_id is None or visit.pair is None or not is_loose(visit.pair):
        return None
    most_ms = visit.limits_s[1] * 1000 if visit.limits_s is not None else limits.open_at_most_ms
    return Loose(visit.pair, most_ms)


def joined(loose: Iterable[Loose], limits: Limits, registry: Registry) -> list[Pair]:
    """Return what ``loose`` ends of one caregiver at one home make, as `join` does."""

    def hung_since(begun: CheckFact, end: CheckFact) -> bool:
        new = registry.terminal(end.device, begun.moment.wall_ms) is None
        return new and registry.terminal(begun.device, end.moment.wall_ms) is None

    return join(loose, limits.open_at_most_ms, limits.resumed_within_ms, hung_since)


def across(visits: Iterable[Visit], limits: Limits, registry: Registry) -> list[Pair]:
    """Return what the loose ends among ``visits`` make, caregiver by caregiver and home by home."""
    homes: dict[tuple[str, str], list[Loose]] = {}
    for visit in visits:
        if (one := loose_of(visit, limits)) is not None:
            homes.setdefault((str(visit.caregiver_id), str(visit.elder_id)), []).append(one)
    return [pair for home in sorted(homes) for pair in joined(homes[home], limits, registry)]
