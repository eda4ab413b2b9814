"""What the reader tells the rest of a terminal: frozen values, posted in the order in which things happened.

Promise: between two `Presence` of one uid there is a `Departure` of it; nothing is posted twice because of a
bad contact (debounced by uid and absence). `mono_ns` is CLOCK_BOOTTIME in nanoseconds.
"""

from dataclasses import dataclass
from enum import StrEnum

from zhendao.protocol.vocabulary import Technology
from zhendao.protocol.wording import Text


@dataclass(frozen=True, slots=True)
class Presence:
    """A tag came into the field and was read.

    Attributes:
        uid: 4, 7 or 10 bytes, as the anticollision gave them. Never a random one.
        technology: `NTAG21X`, `ISO_DEP` or `ISO14443A` (uid only).
        ndef: the NDEF message of an NTAG21x or a Type 4 card, None where it has none.
        rtts_us: round-trip times of the exchanges with the tag, microseconds, at most 16 (relay detection).
        mono_ns: when the tag was first seen.
    """

    uid: bytes
    technology: Technology
    ndef: bytes | None
    rtts_us: tuple[int, ...]
    mono_ns: int


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
