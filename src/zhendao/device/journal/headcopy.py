"""A copy of the journal's head outside the database: what a terminal still knows when its journal is gone.

Promise: the copy is never ahead of what the database has confirmed, so a database behind it was put back or lost its
tail. Two slots in turn, each with its check value: a torn write leaves the other. It is not synced (it may lag).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_EPOCH, _SEQ, _HEAD, _CHECK = 16, 8, 32, 8
_SLOT = _EPOCH + _SEQ + _HEAD + _CHECK


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the last ``seq`` of ``epoch`` and its h."""

    epoch: bytes
    seq: int
    head: bytes


class HeadCopy:
    """The file ``journal.head``."""

    def __init__(self, path: Path) -> None:
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._slot = 0

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)

    def read(self) -> Head | None:
        """Return the newest head that can be read, None where there is none."""
        data = os.pread(self._handle, 2 * _SLOT, 0)
        found = [(slot, head) for slot in (0, 1) if (head := _parse(data[slot * _SLOT : (slot + 1) * _SLOT]))]
        if not found:
            return None
        # Two epochs: the slot written last is the one that `write` would not take next, and only a start needs to
        # know; a new epoch writes both slots, so two different ones do not stay beside each other.
        self._slot, newest = max(found, key=lambda one: one[1].seq)
        return newest

    def write(self, head: Head, *, new_epoch: bool = False) -> None:
        """Remember ``head``; ``new_epoch`` also wipes the head of the epoch before."""
        body = head.epoch + head.seq.to_bytes(_SEQ, "big") + head.head
        slot = body + sha256(body).digest()[:_CHECK]
        if new_epoch:
            os.pwrite(self._handle, slot + slot, 0)
            return
        self._slot = 1 - self._slot
        os.pwrite(self._handle, slot, self._slot * _SLOT)


def _parse(slot: bytes) -> Head | None:
    body, check = slot[:-_CHECK], slot[-_CHECK:]
    if len(slot) != _SLOT or sha256(body).digest()[:_CHECK] != check:
        return None
    epoch, seq, head = body[:_EPOCH], body[_EPOCH : _EPOCH + _SEQ], body[_EPOCH + _SEQ :]
    return Head(epoch, int.from_bytes(seq, "big"), head)
