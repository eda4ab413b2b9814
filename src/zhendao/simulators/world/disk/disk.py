"""A disk in memory: folders and files, power, room and faults. What a process sees of it is a `Mount`.

Promise: what was synced outlives every cut; what was not is kept, lost or torn by chance. After the power or the
process has gone, nothing that it still tries has any effect.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.simulators.world.disk.content import SECTOR

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zhendao.simulators.world.disk.content import Content
    from zhendao.simulators.world.disk.folder import Folder
    from zhendao.simulators.world.disk.mount import Mount
    from zhendao.simulators.world.engine.chance import Chance

CAPACITY = 1 << 30


@dataclass(frozen=True, slots=True)
class Image:
    """A copy of a whole disk."""

    folders: dict[str, Folder]


class Disk:
    """One memory card. ``chance`` decides what a cut leaves; ``capacity`` in bytes."""

    def __init__(self, chance: Chance, capacity: int = CAPACITY) -> None:
        self.chance = chance
        self.size = self.capacity = capacity
        """How large it is, and how much of it is left for the terminal's files."""
        self.written = 0
        """Bytes written so far, as the programs asked for them."""
        self.syncs = 0
        self.changes = 0
        """Writes and changes of names so far."""
        self.folders: dict[str, Folder] = {}
        self.mounts: list[Mount] = []
        self._armed = False
        self._gone_at: tuple[int, bool, Callable[[], None]] | None = None
        self._failing = {"read": 0, "write": 0, "sync": 0}

    # -- power and process

    def cut_power(self) -> None:
        """Take the power away now: the processes are gone, and so is what chance says of what was not synced."""
        self.kill()
        self.folders = {path: self.folders[path].cut(self.chance) for path in sorted(self.folders)}

    def kill(self) -> None:
        """End the processes that have the disk: what they wrote stays as the system has it."""
        for one in tuple(self.mounts):
            one.end()
        self._gone_at = None
        self._arm()

    def cut_after(self, changes: int, call: Callable[[], None]) -> None:
        """Let the power go with the ``changes``-th write or change of a name from now on; then call ``call``."""
        self._gone_at = self.changes + changes, True, call
        self._arm()

    def kill_after(self, changes: int, call: Callable[[], None]) -> None:
        """Let the process end after the ``changes``-th write or change of a name from now on; then call ``call``."""
        self._gone_at = self.changes + changes, False, call
        self._arm()

    # -- faults

    def full(self, bytes_left: int) -> None:
        """Leave so much room, as if other files took the rest; `CAPACITY` and more is a disk that is not full."""
        self.capacity = min(self.size, self.used() + bytes_left)

    def fail(self, what: str, times: int) -> None:
        """Let the next ``times`` calls of a kind fail with EIO: ``read``, ``write`` or ``sync``; 0 ends it."""
        self._failing[what] = times
        self._arm()

    def flip(self, path: Path, at: int, bit: int) -> bool:
        """Flip a bit of what is on the disk (bit rot); return whether there was one."""
        content = self._find(path)
        if content is None or at >= len(content.data):
            return False
        content.data[at] ^= 1 << bit
        return True

    def spoil(self, path: Path, at: int) -> bool:
        """Make the sector at ``at`` unreadable until it is written anew; return whether there is one."""
        content = self._find(path)
        if content is None or at >= len(content.data):
            return False
        content.bad.add(at // SECTOR)
        return True

    def remove(self, path: Path) -> bool:
        """Take a file away, as somebody does who has the card; return whether there was one."""
        folder = self.folders.get(str(path.parent))
        if folder is None or path.name not in folder.names:
            return False
        folder.take(path.name)
        folder.sync()
        return True

    def shorten(self, path: Path, count: int) -> bool:
        """Cut the last ``count`` bytes off a file, as somebody does who has the card; return whether there was one."""
        content = self._find(path)
        if content is None:
            return False
        content.resize(max(0, len(content.data) - count))
        content.sync()
        return True

    # -- images

    def image(self) -> Image:
        """Copy the card, as it is read with the power off."""
        return Image({path: self.folders[path].copy() for path in sorted(self.folders)})

    def put_back(self, image: Image) -> None:
        """Write ``image`` over everything; whoever ran on the disk is gone."""
        self.kill()
        self.folders = {path: folder.copy() for path, folder in image.folders.items()}

    # -- asked

    def size_of(self, path: Path) -> int | None:
        """Return how long a file is, None where there is none."""
        content = self._find(path)
        return None if content is None else content.size

    def content_of(self, path: Path) -> bytes | None:
        """Return what the system shows of a file, None where there is none."""
        content = self._find(path)
        return None if content is None else bytes(content.data)

    def unsynced(self, path: Path) -> int:
        """Return how many writes of a file wait for a sync."""
        content = self._find(path)
        return 0 if content is None else len(content.pending)

    def used(self) -> int:
        """Return how many bytes are taken."""
        return sum(one.taken for folder in self.folders.values() for one in folder.names.values())

    # -- for mounts

    def touch(self, kind: str) -> None:
        """Take note of a change before it is made (``write``, ``name``). Raises `OSError` of a fault.

        Where it is the one at which the power goes, the caller asks `gone` once the change is made.
        """
        self.changes += 1
        if self._armed and kind == "write":
            self._fault(kind)

    def reading(self) -> None:
        """Take note of a read. Raises `OSError` of a fault."""
        if self._armed:
            self._fault("read")

    def gone(self) -> None:
        """Let the power go if its moment has come."""
        if self._armed and self._gone_at is not None and self.changes >= self._gone_at[0]:
            _, power, call = self._gone_at
            if power:
                self.cut_power()
            else:
                self.kill()
            call()

    def sync(self, content: Content) -> None:
        """Sync a file. Raises `OSError` of a fault; what it was to write is then lost for later syncs."""
        self.syncs += 1
        if self._armed:
            try:
                self._fault("sync")
            except OSError:
                content.sync_fails(self.chance)
                raise
        content.sync()

    def need(self, count: int) -> None:
        """Raise `OSError` (ENOSPC) if there is no room for ``count`` bytes more."""
        if self.used() + count > self.capacity:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _fault(self, kind: str) -> None:
        left = self._failing[kind]
        if left:
            self._failing[kind] = left - 1
            self._arm()
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def _arm(self) -> None:
        self._armed = self._gone_at is not None or any(self._failing.values())

    def _find(self, path: Path) -> Content | None:
        folder = self.folders.get(str(path.parent))
        return None if folder is None else folder.names.get(path.name)
