"""What the reader tells the rest of a terminal: frozen values, posted in the order in which things happened.

Promise: between two `Presence` of one uid there is a `Departure` of it, unless the second says ``again``; nothing is
posted twice because of a bad contact (debounced by uid and absence). `mono_ns` is CLOCK_BOOTTIME in nanoseconds.
"""

from dataclasses import dataclass
from enum import StrEnum

from zhendao.protocol.cards.evidence import Evidence
from zhendao.protocol.vocabulary import Technology
from zhendao.protocol.wording import Text


@dataclass(frozen=True, slots=True)
class Presence:
    """A tag came into the field and was read; or, ``again``, it stays there and was read anew as another one came.

    Attributes:
        uid: 4, 7 or 10 bytes, as the anticollision gave them. Never a random one.
        technology: what kind of tag it says it is.
        ndef: the NDEF message of an NTAG21x or a Type 4 card, None where it has none.
        rtts_us: round-trip times of the exchanges with the tag, microseconds, at most 16 (relay detection).
        mono_ns: when the tag was first seen; ``again``: when it was read.
        evidence: what proves more than the message can, None where there is nothing. Its record is that of a card which
            keeps it in a file of its own; of others it is in ``ndef``.
        again: see above.
        healed: its message was spoiled, and has been written anew before it was read.
    """

    uid: bytes
    technology: Technology
    ndef: bytes | None
    rtts_us: tuple[int, ...]
    mono_ns: int
    evidence: Evidence | None = None
    again: bool = False
    healed: bool = False


@dataclass(frozen=True, slots=True)
class Departure:
    """A tag that was present has been absent for the debounce time."""

    uid: bytes
    mono_ns: int


class RefusalReason(StrEnum):
    """Why a tag in the field led to no `Presence`."""

    RANDOM_UID = "random-uid"
    """A phone or a privacy card: its uid is another one each time."""

    LEFT_EARLY = "left-early"
    """Taken away before it was read to the end."""

    STOPPED = "stopped"
    """The terminal stopped before it was read to the end."""

    READER_FAILED = "reader-failed"
    """The reader failed before it was read to the end, and did not come back at once."""

    UNREADABLE = "unreadable"
    """Held there, and not to be read in three rounds: too far, askew, broken. It is read on while it stays."""

    UNSUPPORTED = "unsupported"
    """A card of a kind that a terminal does not take (FeliCa, say)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A tag was held to the reader and cannot be told; the person needs to hear a bad signal."""

    reason: RefusalReason
    mono_ns: int
    """When that was clear."""


@dataclass(frozen=True, slots=True)
class ReaderState:
    """The reader works again, or has stopped working.

    ``reason`` is empty when up, else the ``code`` of the error; ``text`` is what a person should be told.
    """

    up: bool
    reason: str
    text: Text | None
    mono_ns: int


Posting = Presence | Departure | Refusal | ReaderState
