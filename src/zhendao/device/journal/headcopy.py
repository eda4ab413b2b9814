"""A copy of the journal's head outside the database: what a terminal still knows when its journal is gone.

Promise: the copy is never ahead of what the database has confirmed, so a database behind it was put back or lost its
tail. It may lag, by `LAG` events and by what was not yet on the disk when the power went: to write it at each event
would double what the event costs. Two slots in turn, each on a page of its own with its check value, so a torn write
leaves the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from zhendao.device.files import CREATE, HOST, TRUNCATE, read

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.device.files import Files

LAG = 32
"""The copy is written with every so manieth event, with the first of an epoch, and at a stop."""
_COUNT, _EPOCH, _SEQ, _HEAD, _CHECK = 8, 16, 8, 32, 8
_SLOT = _COUNT + _EPOCH + _SEQ + _HEAD + _CHECK
_APART = 4096


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the last ``seq`` of ``epoch`` and its h."""

    epoch: bytes
    seq: int
    head: bytes


class HeadCopy:
    """The file ``journal.head``. What cannot be written costs the copy, never an event: the database counts."""

    def __init__(self, path: Path, files: Files = HOST) -> None:
        """Open it, making it if need be. Raises `OSError`."""
        self._files = files
        self._handle = files.open(path, CREATE)
        self._count, self._unread = 0, False
        self._written: Head | None = None
        self._newest: Head | None = None

    def close(self) -> None:
        """Write what is newer than the copy, and close the file. A second time it does nothing."""
        handle = self._handle
        if handle < 0:
            return
        if self._newest is not None and self._newest != self._written:
            self._write(self._newest)
        self._handle = -1
        self._files.close(handle)

    def read(self) -> Head | None:
        """Return the newest head that can be read, None where there is none."""
        slots = [self._slot(at) for at in (0, _APART)]
        self._count, self._written = max(
            (one for one in slots if one is not None), key=lambda one: one[0], default=(0, None)
        )
        return self._written

    def _slot(self, at: int) -> tuple[int, Head] | None:
        try:
            return _parse(self._files.pread(self._handle, _SLOT, at))
        except OSError:  # the copy is there to help where the disk fails: it must not be what fails
            self._unread = True
            return None

    def follow(self, head: Head) -> None:
        """Take in the newest head that the database has confirmed; write it if the copy would lag too far."""
        self._newest, known = head, self._written
        if known is None or known.epoch != head.epoch or head.seq - known.seq >= LAG:
            self._write(head)

    def _write(self, head: Head) -> None:
        body = (self._count + 1).to_bytes(_COUNT, "big") + head.epoch + head.seq.to_bytes(_SEQ, "big") + head.head
        slot = body + sha256(body).digest()[:_CHECK]
        if self._unread:
            slot = slot.ljust(_APART, b"\0")  # a block that cannot be read can be written, but only as a whole
        try:
            self._files.pwrite(self._handle, slot, (self._count + 1) % 2 * _APART)
        except OSError:
            return
        self._count, self._written = self._count + 1, head


def read_heads(path: Path, files: Files = HOST) -> list[Head]:
    """Return every head that a copy at ``path`` holds, the newest last; none where there is no copy."""
    try:
        data = read(files, path, _APART + _SLOT)
    except OSError:
        return []
    found = [one for at in (0, _APART) if (one := _parse(data[at : at + _SLOT])) is not None]
    return [head for _, head in sorted(found, key=lambda one: one[0])]


def copy_heads(path: Path, to: Path, files: Files = HOST) -> None:
    """Copy the file as it is. Raises `OSError`."""
    data = read(files, path, _APART + _SLOT)
    handle = files.open(to, TRUNCATE)
    try:
        files.pwrite(handle, data, 0)
    finally:
        files.close(handle)


def _parse(slot: bytes) -> tuple[int, Head] | None:
    body, check = slot[:-_CHECK], slot[-_CHECK:]
    if len(slot) != _SLOT or sha256(body).digest()[:_CHECK] != check:
        return None
    epoch_at, seq_at, head_at = _COUNT, _COUNT + _EPOCH, _COUNT + _EPOCH + _SEQ
    seq = int.from_bytes(body[seq_at:head_at], "big")
    return int.from_bytes(body[:epoch_at], "big"), Head(body[epoch_at:seq_at], seq, body[head_at:])
