"""One file: what the system shows, and how much of it is really on the disk.

A write is on the disk once it was synced. Until then a power cut may keep it, lose it or tear it at any sector, in any
order. What a failed sync was to write is in doubt for ever: the system goes on showing it, and no later sync writes it.
Promise: what was synced and not written since is never lost by a cut.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhendao.simulators.world.engine.chance import Chance

SECTOR = 512
BLOCK = 4096
_SHARES = (0, 1000, 100, 500, 900)
"""What share of the unsynced writes is on the disk, in thousandths; a cut picks one."""
_TORN = 250
_UNSYNCED = 8192
"""So many writes wait for a sync; older ones the system has written back by itself."""


class Content:
    """The content of one file. All in memory; no times and no names."""

    __slots__ = ("bad", "changed", "data", "pending", "reserved", "stale")

    def __init__(self, data: bytes = b"", reserved: int = 0) -> None:
        self.data = bytearray(data)
        """What the system shows."""
        self.reserved = reserved
        """Bytes for which there are blocks, whatever was written."""
        self.pending: list[tuple[int, bytes, bytes | None, int]] = []
        """Unsynced: where, what was there, what is there now (None: it was cut off or grown), the size before."""
        self.stale: dict[int, bytes] = {}
        """Sectors of which the disk holds something else than the system shows."""
        self.bad: set[int] = set()
        """Sectors that cannot be read until they are written anew."""
        self.changed = 0

    @property
    def size(self) -> int:
        """How long the file is."""
        return max(len(self.data), self.reserved)

    @property
    def taken(self) -> int:
        """How much of the disk it takes."""
        return -(-self.size // BLOCK) * BLOCK

    def read(self, count: int, at: int) -> bytearray:
        """Return up to ``count`` bytes from ``at`` on. Raises `OSError` where a sector cannot be read."""
        if self.bad and not self.bad.isdisjoint(range(at // SECTOR, (at + count - 1) // SECTOR + 1)):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return self.data[at : at + count]

    def write(self, data: bytes, at: int) -> None:
        """Write, unsynced. Raises `OSError` where a part of a sector that cannot be read would have to be kept."""
        if self.bad and not self.bad.isdisjoint({at // SECTOR, (at + len(data) - 1) // SECTOR}):
            self._whole(at, at + len(data))
        shown, size, end = self.data, len(self.data), at + len(data)
        pending = self.pending
        pending.append((at, bytes(shown[at:end]), data, size))
        if at > size:
            shown.extend(bytes(at - size))
        shown[at:end] = data
        if self.bad:
            self.bad.difference_update(range(-(-at // SECTOR), end // SECTOR))
        if len(pending) > _UNSYNCED:
            self._written_back(_UNSYNCED // 2)

    def _whole(self, at: int, end: int) -> None:
        end_of_file = len(self.data) <= end
        parts = ({at // SECTOR} if at % SECTOR else set()) | (
            {end // SECTOR} if end % SECTOR and not end_of_file else set()
        )
        if not self.bad.isdisjoint(parts):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def resize(self, size: int) -> None:
        """Cut the file off at ``size``, or let zeros follow; unsynced."""
        shown, before = self.data, len(self.data)
        if size != before:
            self.pending.append((size, bytes(shown[size:]), None, before))
            del shown[size:]
            shown.extend(bytes(size - len(shown)))
        self.reserved = min(self.reserved, size)

    def sync(self) -> None:
        """Put everything on the disk, but what a failed sync has left behind."""
        if self.stale:
            self._written_back(len(self.pending))
        self.pending.clear()

    def sync_fails(self, chance: Chance) -> None:
        """Fail a sync: each write that it was to do is done or not, and is never tried again."""
        on_disk = self._on_disk(chance)
        for at, _, data, _ in self.pending:
            for sector in _sectors(at, data):
                place = slice(sector * SECTOR, sector * SECTOR + SECTOR)
                if on_disk[place] == self.data[place]:
                    self.stale.pop(sector, None)
                else:
                    self.stale[sector] = bytes(on_disk[place])
        self.pending.clear()

    def cut(self, chance: Chance) -> Content:
        """Return what a power cut leaves of the file."""
        left = Content(b"", self.reserved)
        left.data = self._on_disk(chance)
        left.bad, left.changed = set(self.bad), self.changed
        return left

    def evict(self) -> None:
        """Let the system forget what it showed and the disk does not hold; only where nothing is unsynced."""
        if not self.pending:
            _put(self.data, self.stale)
            self.stale.clear()

    def copy(self) -> Content:
        """Return the same content, all of it on the disk, as somebody reads it who copies the card."""
        made = Content(b"", self.reserved)
        made.data = bytearray(self.data)
        _put(made.data, self.stale)
        made.bad, made.changed = set(self.bad), self.changed
        return made

    def _written_back(self, count: int) -> None:
        for at, _, data, _ in self.pending[:count]:
            for sector in _sectors(at, data):
                self.stale.pop(sector, None)
        del self.pending[:count]

    def _on_disk(self, chance: Chance) -> bytearray:
        """Return the disk's own content, with each unsynced write there, not there, or torn."""
        found = bytearray(self.data)
        for at, before, data, size in reversed(self.pending):
            if data is None:
                found[at:] = before
                del found[size:]
            else:
                found[at : at + len(data)] = before
                del found[size:]
        _put(found, self.stale)
        if not self.pending:
            return found
        share = chance.pick(_SHARES)
        for at, _, data, _ in self.pending:
            if chance.likely(share):
                _apply(found, at, data)
            elif data is not None and share and chance.likely(_TORN):
                start = at
                while start < at + len(data):
                    end = min(at + len(data), (start // SECTOR + 1) * SECTOR)
                    if chance.likely(500):
                        _apply(found, start, data[start - at : end - at])
                    start = end
        return found


def _sectors(at: int, data: bytes | None) -> range:
    return range(at // SECTOR, (at + len(data) - 1) // SECTOR + 1) if data else range(0)


def _apply(found: bytearray, at: int, data: bytes | None) -> None:
    if data is None:
        del found[at:]
        found.extend(bytes(at - len(found)))
        return
    if at > len(found):
        found.extend(bytes(at - len(found)))
    found[at : at + len(data)] = data


def _put(found: bytearray, sectors: dict[int, bytes]) -> None:
    for sector, data in sorted(sectors.items()):
        end = min(len(found), sector * SECTOR + SECTOR)
        if sector * SECTOR < end:
            found[sector * SECTOR : end] = data.ljust(SECTOR, b"\0")[: end - sector * SECTOR]
