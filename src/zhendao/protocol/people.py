"""What people say at a terminal: an opinion, a call for help, a silent one, an incident, and what was answered.

docs/protocol.md section 3. A body that ends in 1 is version 1 of the body that it is derived from: it is read for ever,
as the newer one without what came later, and sent no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from zhendao.protocol.fields import UINT, Int, OneOf, SetOf, Truth, exactly
from zhendao.protocol.parts import Fix, TokenRead
from zhendao.protocol.shapes import Part, maybe, wire
from zhendao.protocol.vocabulary import AnswerState, HeardBy

_ID = exactly(16)


@dataclass(frozen=True, slots=True)
class Rating:
    """The elder's opinion of a service, 0…100 (rule: RATING); ``consent``: given with the elder's own card."""

    score: int = wire(1, Int(0, 100))
    button: int = wire(2, UINT)
    refers_to: int | None = maybe(3, UINT)
    elder: TokenRead | None = maybe(4, Part(TokenRead))
    consent: bool = wire(5, Truth(), since=False)


@dataclass(frozen=True, slots=True)
class Rating1(Rating):
    """Version 1: nothing about consent."""

    LATER: ClassVar = frozenset({5})


@dataclass(frozen=True, slots=True)
class Sos:
    """A call for help (rule: SOS), or that an earlier one, event ``mistake_of`` of this epoch, was pressed by mistake.

    A mistake never ends an alert by itself. ``held_ms`` is how long the button was held, where that is known.
    """

    button: int = wire(1, UINT)
    fix: Fix | None = maybe(2, Part(Fix))
    drill: bool = wire(3, Truth())
    mistake_of: int | None = maybe(4, UINT)
    held_ms: int | None = maybe(5, UINT)


@dataclass(frozen=True, slots=True)
class Sos1(Sos):
    """Version 1: a press, and no more."""

    LATER: ClassVar = frozenset({4, 5})


@dataclass(frozen=True, slots=True)
class Duress:
    """A silent call for help; ``gesture`` 1 the outer rating buttons together, 2 a card held."""

    gesture: int = wire(1, UINT)
    token: TokenRead | None = maybe(2, Part(TokenRead))
    fix: Fix | None = maybe(3, Part(Fix))


@dataclass(frozen=True, slots=True)
class Incident:
    """The caregiver says that something is wrong with the elder; ``refers_to``: the check-in of the open visit."""

    gesture: int = wire(1, UINT)
    token: TokenRead | None = maybe(2, Part(TokenRead))
    refers_to: int | None = maybe(3, UINT)
    fix: Fix | None = maybe(4, Part(Fix))
    drill: bool = wire(5, Truth())


@dataclass(frozen=True, slots=True)
class Heard:
    """The terminal has given the elder this answer to call ``seq`` of ``epoch``, and by what."""

    epoch: bytes = wire(1, _ID)
    seq: int = wire(2, UINT)
    state: AnswerState = wire(3, OneOf(AnswerState))
    by: HeardBy = wire(4, SetOf(HeardBy))
