"""A card that is pulled away in the middle of an exchange, and what its memory keeps of it.

Promise: everything leaves the field in the frame that was ordered. A write under way leaves the old value, the new one,
or (where the card itself does not protect it) a torn one. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

CRC_BYTES = 2


class Outcome(StrEnum):
    """What becomes of what the frame was to write."""

    OLD = "old"
    """The card never had the whole frame."""
    NEW = "new"
    """It did what it was told; its answer never arrived."""
    TORN = "torn"
    """It was at it: the first half is written, where nothing in the card protects from that."""


@dataclass(slots=True)
class Pull:
    """Everything leaves after so many more frames to a card, or so many bytes on the air (both ways, CRCs included)."""

    outcome: Outcome = Outcome.OLD
    frames: int | None = None
    octets: int | None = None

    def sent(self, frame: bytes) -> bool:
        """Take note of a frame to a card; return True if it is the one in which all leaves."""
        if self.frames is not None:
            self.frames -= 1
            return self.frames < 0
        return self._spend(len(frame))

    def answered(self, answer: bytes) -> bool:
        """Take note of an answer; return True if all leaves while it is being sent."""
        return self.frames is None and self._spend(len(answer))

    def _spend(self, size: int) -> bool:
        self.octets = (self.octets or 0) - size - CRC_BYTES
        return self.octets < 0


def torn(before: bytes, after: bytes) -> bytes:
    """Return ``after`` of which only the first half of what changed was written."""
    changed = [at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    if not changed:
        return after
    middle = (changed[0] + changed[-1] + 1) // 2
    return after[:middle] + before[middle:]


def tear_memory(before: Mapping[str, Any], memory: bytearray) -> None:
    """Tear a memory that was ``before["memory"]`` (hexadecimal) when the frame began."""
    memory[:] = torn(bytes.fromhex(before["memory"]), bytes(memory))
