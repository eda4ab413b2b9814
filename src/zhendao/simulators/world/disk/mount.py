"""A disk as one process has it open: the port of `zhendao.device.files`, with SQLite on it, until the process ends."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from zhendao.device.files import CREATE, TRUNCATE
from zhendao.simulators.world.disk.connection import SimulatedConnection
from zhendao.simulators.world.disk.content import Content
from zhendao.simulators.world.disk.folder import Folder
from zhendao.simulators.world.disk.gone import PowerGoneError
from zhendao.simulators.world.disk.vfs import forget, introduce

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zhendao.simulators.world.disk.disk import Disk


class Mount:
    """The file system of one process; made when it starts, dead when it or its power is gone."""

    def __init__(self, disk: Disk) -> None:
        self.disk, self.dead = disk, False
        self.number = introduce(self)
        self._handles: dict[int, Content] = {}
        self._locks: dict[int, Content] = {}
        self._last = 2
        disk.mounts.append(self)

    def end(self) -> None:
        """End the process: whatever it still asks raises `PowerGoneError`, and does nothing."""
        if not self.dead:
            self.dead = True
            self._handles.clear()
            self._locks.clear()
            self.disk.mounts.remove(self)
            forget(self.number)

    # -- databases

    def connect(self, path: Path) -> SimulatedConnection:
        """Open the database at ``path``."""
        self._live()
        return SimulatedConnection(self, path, beside=False)

    def connect_beside(self, path: Path) -> SimulatedConnection:
        """Open a database for reading only."""
        self._live()
        return SimulatedConnection(self, path, beside=True)

    # -- files

    def open(self, path: Path, how: int) -> int:
        """Return a handle."""
        self._live()
        folder = self.folder_of(path)
        content = folder.names.get(path.name)
        if content is None:
            if how not in {CREATE, TRUNCATE}:
                raise _error(errno.ENOENT, path)
            content = self.make(folder, path.name)
        elif how == TRUNCATE:
            content.changed = self.disk.changes
            self.resize(content, 0)
        elif content.stale and self.disk.chance.likely(500):
            content.evict()
        self._last += 1
        self._handles[self._last] = content
        return self._last

    def close(self, handle: int) -> None:
        """Give a handle back."""
        self._handles.pop(handle, None)
        self._locks.pop(handle, None)

    def pread(self, handle: int, count: int, at: int) -> bytes:
        """Read."""
        content = self._at(handle)
        self.disk.reading()
        return bytes(content.read(count, at))

    def pwrite(self, handle: int, data: bytes | memoryview, at: int) -> int:
        """Write, unsynced."""
        self.write(self._at(handle), bytes(data), at)
        return len(data)

    def size(self, handle: int) -> int:
        """Return the size."""
        return self._at(handle).size

    def sync(self, handle: int) -> None:
        """Sync the content."""
        self.sync_content(self._at(handle))

    def allocate(self, handle: int, count: int) -> None:
        """Take the room."""
        content = self._at(handle)
        self.disk.need(max(0, count - content.taken))
        content.reserved = max(content.reserved, count)

    def lock(self, path: Path) -> int:
        """Lock a file."""
        handle = self.open(path, CREATE)
        content = self._handles[handle]
        if any(content in one._locks.values() for one in self.disk.mounts):  # noqa: SLF001 - another of this class
            self.close(handle)
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN), str(path))
        self._locks[handle] = content
        return handle

    # -- names

    def exists(self, path: Path) -> bool:
        """Look for a name."""
        self._live()
        folder = self.disk.folders.get(str(path.parent))
        return str(path) in self.disk.folders or (folder is not None and path.name in folder.names)

    def file_size(self, path: Path) -> int:
        """Return the size of a file."""
        return self.content(path).size

    def allocated(self, path: Path) -> int:
        """Return the room that it takes."""
        return self.content(path).taken

    def changed_ns(self, path: Path) -> int:
        """Return when its name was changed last, in changes of this disk."""
        return self.content(path).changed

    def names(self, folder: Path) -> list[str]:
        """List the folder."""
        return sorted(self.folder_of(folder / "any").names)

    def rename(self, old: Path, new: Path) -> None:
        """Rename."""
        content, folder = self.content(old), self.folder_of(old)
        content.changed = self.disk.changes
        self._change("name", lambda: folder.rename(old.name, new.name))

    def unlink(self, path: Path) -> None:
        """Remove a name."""
        self.content(path)
        folder = self.folder_of(path)
        self._change("name", lambda: folder.take(path.name))

    def make_folder(self, path: Path) -> None:
        """Make the folder and those above it; they outlive the power."""
        self._live()
        for one in (path, *path.parents):
            self.disk.folders.setdefault(str(one), Folder())

    def sync_folder(self, path: Path) -> None:
        """Sync the names."""
        self.sync_names(self.folder_of(path / "any"))

    def free_bytes(self, folder: Path) -> int:
        """Return what is left."""
        self.folder_of(folder / "any")
        return max(0, self.disk.capacity - self.disk.used())

    def total_bytes(self, folder: Path) -> int:
        """Return how large the disk is."""
        self.folder_of(folder / "any")
        return self.disk.size

    # -- for SQLite's file layer too

    def make(self, folder: Folder, name: str) -> Content:
        """Make a file."""
        content = Content()
        content.changed = self.disk.changes
        self._change("name", lambda: folder.put(name, content))
        return content

    def write(self, content: Content, data: bytes, at: int) -> None:
        """Write into a file. Raises `OSError`, `PowerGoneError`."""
        disk = self.disk
        grown = at + len(data) - content.taken
        if grown > 0:
            disk.need(grown)
        disk.touch("write")
        disk.written += len(data)
        content.write(data, at)
        disk.gone()
        self._live()

    def _change(self, kind: str, do: Callable[[], object]) -> None:
        self.disk.touch(kind)
        do()
        self.disk.gone()
        self._live()

    def _at(self, handle: int) -> Content:
        self._live()
        found = self._handles.get(handle)
        if found is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return found

    def _live(self) -> None:
        if self.dead:
            raise PowerGoneError

    def sync_content(self, content: Content) -> None:
        """Sync a file. Raises `OSError`."""
        self.disk.sync(content)

    def sync_names(self, folder: Folder) -> None:
        """Sync the names of a folder."""
        self.disk.syncs += 1
        folder.sync()

    def resize(self, content: Content, size: int) -> None:
        """Cut a file off or let zeros follow. Raises `OSError`, `PowerGoneError`."""
        self.disk.need(max(0, size - content.taken))
        self._change("size", lambda: content.resize(size))

    def content(self, path: Path) -> Content:
        """Return the file of this name. Raises `FileNotFoundError`."""
        found = self.folder_of(path).names.get(path.name)
        if found is None:
            raise _error(errno.ENOENT, path)
        return found

    def folder_of(self, path: Path) -> Folder:
        """Return the folder in which ``path`` lies. Raises `FileNotFoundError`."""
        self._live()
        found = self.disk.folders.get(str(path.parent))
        if found is None:
            raise _error(errno.ENOENT, path.parent)
        return found


def _error(number: int, path: Path) -> OSError:
    return OSError(number, os.strerror(number), str(path))
