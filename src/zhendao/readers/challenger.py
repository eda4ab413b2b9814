"""What a reader asks of the terminal while a card is before it: a challenge, and what a spoiled tag held. A port.

Promise: a reader that is given nobody to ask (`NO_CHALLENGES`) reads what a card shows by itself, and writes nothing.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from zhendao.protocol.cards.evidence import Grounded
from zhendao.protocol.vocabulary import Technology


@dataclass(frozen=True, slots=True)
class Challenge:
    """``value``: the 16 bytes that a card answers to; ``grounded``: how they were made, for whoever checks it."""

    value: bytes
    grounded: Grounded


class Challenger(Protocol):
    """Whoever makes challenges. Asked on the reader's thread while the card waits: it answers at once."""

    @property
    def renews(self) -> bool:
        """Whether a tag that stands in the field is read anew when another one comes (a door tag on the wall)."""

    def challenge(self) -> Challenge | None:
        """Return a challenge that was never returned before, None where none can be made."""

    def remedy(self, uid: bytes, message: bytes | None) -> bytes | None:
        """Return the NDEF message that belongs on the tag with ``uid``, if ``message`` is a spoiled one; else None."""


@runtime_checkable
class Relay(Protocol):
    """A challenger that can also have a card authenticated by somebody far away who has its keys."""

    @property
    def relays(self) -> bool:
        """Whether `live` may have an answer."""

    def live(self, technology: Technology, uid: bytes, challenge: bytes, first: bytes) -> bytes | None:
        """Return what somebody with its keys says to a card that said ``first`` (E(RndB), 16 bytes): 32 bytes.

        None where nobody says anything, after a while that the card can wait.
        """


class _Nobody:
    """Asks nothing of any card."""

    renews = False

    def challenge(self) -> Challenge | None:
        return None

    def remedy(self, uid: bytes, message: bytes | None) -> bytes | None:
        del uid, message
        return None


NO_CHALLENGES: Challenger = _Nobody()
