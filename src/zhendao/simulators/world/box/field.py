"""What lies before a terminal's reader, and the chip that reads it: tags as values, a `Reader` for the real sensing.

Promise: an NTAG here has the memory that a real one has, so that what is read of it goes the whole way; a chip that is
dead says nothing, and one that misreads does so by chance, each round anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from zhendao.readers.errors import NotAPn532Error, ReaderSilentError, TagGoneError, TagRefusedError
from zhendao.readers.ndef import encode_message
from zhendao.readers.reader import PAGE_BYTES, READ_BYTES, Target
from zhendao.readers.sense import MOST_TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.readers.reader import Reader
    from zhendao.simulators.world.engine.chance import Chance

_NTAG216 = bytes((0xE1, 0x10, 0x6D, 0x00))
_NTAG_BYTES = 0x6D * 8
_ATQA_NTAG, _ATQA_CLASSIC, _SAK_CLASSIC = 0x0044, 0x0004, 0x08
_NTAG_UID = 7
_RTT_US = (2_100, 4_900)
_RTTS = 2


@dataclass(frozen=True, slots=True)
class Tag:
    """A card or door tag: its uid of 4, 7 or 10 bytes, and the NDEF message that it carries, if any.

    One of 7 bytes is an NTAG216, any other a card that is known by its uid alone.
    """

    uid: bytes
    message: bytes | None = None


@lru_cache(4096)
def _memory(tag: Tag) -> bytes:
    """Return the whole memory of an NTAG216: uid with its check bytes, capability, the message, zeros."""
    uid = tag.uid
    head = uid[:3] + bytes((0x88 ^ uid[0] ^ uid[1] ^ uid[2],)) + uid[3:]
    head += bytes((uid[3] ^ uid[4] ^ uid[5] ^ uid[6], 0x48, 0, 0)) + _NTAG216
    user = encode_message(tag.message or b"") + b"\xfe"
    return head + user + bytes(_NTAG_BYTES - len(user) + READ_BYTES)


@dataclass
class Field:
    """What is before the chip, and how the chip is. ``misreads``: so many of a thousand exchanges fail."""

    chance: Chance
    tags: dict[bytes, Tag] = field(default_factory=dict)
    dead: bool = False
    misreads: int = 0

    def opener(self, port: str, made: Callable[[Reader], None]) -> Reader:
        """Open the chip, as `readers.turns.Opener` asks. Raises `NotAPn532Error` if it is dead."""
        if self.dead:
            raise NotAPn532Error(port)
        reader = FieldReader(self, port)
        made(reader)
        return reader


class FieldReader:
    """The open chip: `readers.reader.Reader`."""

    def __init__(self, field: Field, port: str) -> None:
        self._field, self.port = field, port
        self._rtts = 0

    def sense(self) -> tuple[Target, ...]:
        """Return the tags in the field, those that came first."""
        self.check()
        return tuple(
            _target(number + 1, tag)
            for number, tag in zip(range(MOST_TARGETS), self._field.tags.values(), strict=False)
        )

    def rest(self) -> None:
        """Switch the field off."""

    def read_pages(self, target: Target, page: int) -> bytes:
        """Return 16 bytes from ``page`` on, as a tag does that is held well."""
        tag = self._held(target)
        at = page * PAGE_BYTES
        found = _memory(tag)[at : at + READ_BYTES]
        if len(found) != READ_BYTES:
            raise TagRefusedError(f"page {page}")
        return found

    def write_page(self, target: Target, page: int, data: bytes) -> None:
        """Refuse: a terminal writes no tag."""
        raise TagRefusedError(f"page {page} of {target.uid.hex()} to {data.hex()}")

    def transceive(self, target: Target, apdu: bytes) -> bytes:
        """Refuse: no tag here speaks ISO 14443-4."""
        raise TagRefusedError(f"{apdu.hex()} to {target.uid.hex()}")

    def take_rtts(self) -> tuple[int, ...]:
        """Return the times of the first exchanges since the last call."""
        count, self._rtts = min(self._rtts, _RTTS), 0
        return tuple(self._field.chance.between(*_RTT_US) for _ in range(count))

    def check(self) -> None:
        """Raise `ReaderSilentError` if the chip is dead."""
        if self._field.dead:
            raise ReaderSilentError(self.port)

    def cancel(self) -> None:
        """Nothing here waits."""

    def close(self) -> None:
        """Nothing is held."""

    def _held(self, target: Target) -> Tag:
        self.check()
        self._rtts += 1
        tag = self._field.tags.get(target.uid)
        if tag is None or (self._field.misreads and self._field.chance.likely(self._field.misreads)):
            raise TagGoneError
        return tag


@lru_cache(4096)
def _target(number: int, tag: Tag) -> Target:
    if len(tag.uid) == _NTAG_UID:
        return Target(number, tag.uid, _ATQA_NTAG, 0)
    return Target(number, tag.uid, _ATQA_CLASSIC, _SAK_CLASSIC)
