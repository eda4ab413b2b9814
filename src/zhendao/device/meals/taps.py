"""Which tap is a meal of its own, and which is the one before once more. Pure; time comes with the tokens.

Promise: a card held there again within minutes is the same meal, and lunch and dinner are two. What was made is kept
in memory alone: after a restart the gateway tells the two taps of one meal apart from two meals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zhendao.device.feedback.moments import Moment
from zhendao.device.taps.decisions import MakeMeal, MakeTap
from zhendao.protocol.vocabulary import Role, TapReason

if TYPE_CHECKING:
    from zhendao.device.taps.decisions import Decision, Seen
    from zhendao.protocol.bodies import TokenRead

MOST: Final = 4096
"""So many tokens are remembered; of more the one that came first is forgotten."""


@dataclass(frozen=True, slots=True)
class MealManner:
    """``again_ns``: so long the same token is the same meal. ``unknown``: a card that says nothing is an elder's."""

    again_ns: int
    unknown: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """A meal that is in the journal: its seq, and when it was, in ns of this boot."""

    seq: int
    ns: int


class MealTaps:
    """The meals of the last minutes, and what the next token makes."""

    def __init__(self, manner: MealManner) -> None:
        self._manner = manner
        self._made: dict[bytes, Made] = {}

    def takes(self, role: Role) -> bool:
        """Return whether a card of this role takes a meal."""
        return role is Role.ELDER or (role is Role.UNKNOWN and self._manner.unknown)

    def taken(self, seen: Seen, door: TokenRead | None) -> list[Decision]:
        """Return what an elder's card makes; ``door``: the tag that was held there just before."""
        card = seen.read
        odd = seen.expired or card.role is Role.UNKNOWN
        return self._again(card) or [MakeMeal(card, door, odd=odd)]

    def brought(self, door: TokenRead, *, quietly: bool = False) -> list[Decision]:
        """Return what a door tag makes at a delivery bag: evidence of a delivery, whoever opened.

        ``quietly``: whoever holds it there is answered already.
        """
        again = self._again(door)
        if again:
            return [] if quietly else again
        return [MakeMeal(None, door)]

    def _again(self, token: TokenRead) -> list[Decision]:
        made = self._made.get(_key(token))
        if made is None or token.mono_ns - made.ns > self._manner.again_ns:
            return []
        return [MakeTap(token, TapReason.REPEATED, made.seq, Moment.ALREADY_RECORDED, made.ns)]

    def made(self, token: TokenRead, seq: int) -> None:
        """Take in that the meal of ``token`` is in the journal as ``seq``."""
        self._made.pop(_key(token), None)
        self._made[_key(token)] = Made(seq, token.mono_ns)
        if len(self._made) > MOST:
            del self._made[next(iter(self._made))]


def _key(token: TokenRead) -> bytes:
    return token.token_id or token.uid
