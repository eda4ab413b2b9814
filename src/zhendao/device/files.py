"""The disk as the terminal sees it: what its journal and its small files ask of a file system, as one narrow port.

`Files` is the port, `HostFiles` the machine's own: each of its calls is the system's, and none decides anything.
Handles are whole numbers, errors are `OSError`, those of a connection `sqlite3.Error`. Whatever keeps these promises
can stand in its place, a disk that loses its power in the middle of a write too.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from typing import TYPE_CHECKING, Any, Protocol

from zhendao.device.hostconnection import HostConnection, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_MODE = 0o600
_FOLDER_MODE = 0o700
_BLOCK = 512
"""The unit of ``st_blocks``, whatever the file system's own is."""
READ, WRITE, CREATE, TRUNCATE = os.O_RDONLY, os.O_RDWR, os.O_RDWR | os.O_CREAT, os.O_RDWR | os.O_CREAT | os.O_TRUNC
"""How a file is opened."""


class Rows(Protocol):
    """What a statement gave, as `sqlite3.Cursor` has it."""

    @property
    def lastrowid(self) -> int | None:
        """The rowid of the row inserted last."""

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""

    def fetchone(self) -> Any:
        """Return the next row, None at the end."""

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """A connection to a SQLite database in autocommit mode, as far as the journal uses `sqlite3.Connection`."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Rows:
        """Run one statement."""

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> Rows:
        """Run one statement with each of ``parameters``."""

    def executescript(self, sql_script: str, /) -> Rows:
        """Run several statements."""

    def close(self) -> None:
        """Close it; a second time it does nothing."""


class Files(Protocol):
    """What a terminal asks of its file system. Every call raises `OSError` if it cannot be done."""

    def connect(self, path: Path) -> Connection:
        """Open the database at ``path``, made if it is not there. Raises `sqlite3.Error`."""

    def connect_beside(self, path: Path) -> Connection:
        """Open a database that no process writes, for reading only and without a lock. Raises `sqlite3.Error`."""

    def open(self, path: Path, how: int) -> int:
        """Return a handle of a file for its owner alone; ``how``: READ, WRITE, CREATE or TRUNCATE."""

    def close(self, handle: int) -> None:
        """Give a handle back; nothing is synced by it."""

    def pread(self, handle: int, count: int, at: int) -> bytes:
        """Return up to ``count`` bytes from ``at`` on, fewer at the end of the file."""

    def pwrite(self, handle: int, data: bytes | memoryview, at: int) -> int:
        """Write ``data`` at ``at``; return how many bytes were taken."""

    def size(self, handle: int) -> int:
        """Return how many bytes the open file has."""

    def sync(self, handle: int) -> None:
        """Return when the content of the file is on the disk."""

    def allocate(self, handle: int, count: int) -> None:
        """Give the file real blocks for its first ``count`` bytes."""

    def lock(self, path: Path) -> int:
        """Return a handle that holds the lock ``path`` until it is closed. Raises `BlockingIOError` if it is held."""

    def exists(self, path: Path) -> bool:
        """Return whether there is such a name."""

    def file_size(self, path: Path) -> int:
        """Return how many bytes the file has."""

    def allocated(self, path: Path) -> int:
        """Return how many bytes of the disk the file takes."""

    def changed_ns(self, path: Path) -> int:
        """Return when the file or its name was changed last: rising numbers, of any origin."""

    def names(self, folder: Path) -> list[str]:
        """Return the names in ``folder``, sorted."""

    def rename(self, old: Path, new: Path) -> None:
        """Give the file another name in the same folder, in the place of what had it."""

    def unlink(self, path: Path) -> None:
        """Remove the name. Raises `FileNotFoundError` if there is none."""

    def make_folder(self, path: Path) -> None:
        """Make the folder, and those above it; nothing is done if it is there."""

    def sync_folder(self, path: Path) -> None:
        """Return when the names in ``path`` are on the disk."""

    def free_bytes(self, folder: Path) -> int:
        """Return how much an ordinary user may still write."""

    def total_bytes(self, folder: Path) -> int:
        """Return how much the whole file system holds, 0 where it does not say."""


class HostFiles:
    """The file system of this machine."""

    def connect(self, path: Path) -> Connection:
        """Open the database at ``path`` by the SQLite of this machine."""
        db = sqlite3.connect(path, isolation_level=None, timeout=1.0, factory=HostConnection)
        db.text_factory = text
        return db

    def connect_beside(self, path: Path) -> Connection:
        """Open the database at ``path`` for reading only, its log indexed in this process."""
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&vfs=unix-none", uri=True, factory=HostConnection)
        db.text_factory = text
        db.execute("PRAGMA locking_mode = EXCLUSIVE")  # the log is indexed in this process, not in a shared file
        return db

    def open(self, path: Path, how: int) -> int:
        """Return a descriptor of the file."""
        return os.open(path, how | os.O_CLOEXEC, _MODE)

    def close(self, handle: int) -> None:
        """Close the descriptor."""
        os.close(handle)

    def pread(self, handle: int, count: int, at: int) -> bytes:
        """Read at a place."""
        return os.pread(handle, count, at)

    def pwrite(self, handle: int, data: bytes | memoryview, at: int) -> int:
        """Write at a place."""
        return os.pwrite(handle, data, at)

    def size(self, handle: int) -> int:
        """Ask the open file."""
        return os.fstat(handle).st_size

    def sync(self, handle: int) -> None:
        """Sync the open file."""
        os.fsync(handle)

    def allocate(self, handle: int, count: int) -> None:
        """Allocate real blocks."""
        os.posix_fallocate(handle, 0, count)

    def lock(self, path: Path) -> int:
        """Lock the whole file, without waiting."""
        handle = self.open(path, CREATE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            os.close(handle)
            raise
        return handle

    def exists(self, path: Path) -> bool:
        """Look for the name."""
        return path.exists()

    def file_size(self, path: Path) -> int:
        """Ask the file of this name."""
        return path.stat().st_size

    def allocated(self, path: Path) -> int:
        """Ask how many blocks it has."""
        return path.stat().st_blocks * _BLOCK

    def changed_ns(self, path: Path) -> int:
        """Return the time of the last change of the inode."""
        return path.stat().st_ctime_ns

    def names(self, folder: Path) -> list[str]:
        """List the folder."""
        return sorted(one.name for one in folder.iterdir())

    def rename(self, old: Path, new: Path) -> None:
        """Rename it."""
        old.rename(new)

    def unlink(self, path: Path) -> None:
        """Unlink it."""
        path.unlink()

    def make_folder(self, path: Path) -> None:
        """Make it, for its owner alone, and sync the folder above."""
        if not path.is_dir():
            path.mkdir(parents=True, mode=_FOLDER_MODE)
            self.sync_folder(path.parent)

    def sync_folder(self, path: Path) -> None:
        """Sync the folder itself."""
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def free_bytes(self, folder: Path) -> int:
        """Ask the file system."""
        stat = os.statvfs(folder)
        return stat.f_bavail * stat.f_frsize

    def total_bytes(self, folder: Path) -> int:
        """Ask the file system."""
        stat = os.statvfs(folder)
        return stat.f_blocks * stat.f_frsize


HOST = HostFiles()


def read(files: Files, path: Path, most: int) -> bytes:
    """Return the first ``most`` bytes of a small file. Raises `OSError`."""
    handle = files.open(path, READ)
    try:
        return files.pread(handle, most, 0)
    finally:
        files.close(handle)


def put(files: Files, path: Path, data: bytes) -> None:
    """Put ``data`` in the place of a small file: after a power cut it is the old one or the new. Raises `OSError`.

    What is half written stands under another name, always the same: nothing piles up.
    """
    new = path.with_name(path.name + ".new")
    handle = files.open(new, TRUNCATE)
    try:
        taken = 0
        while taken < len(data):  # a disk that is nearly full takes a part, and then says so
            taken += files.pwrite(handle, memoryview(data)[taken:], taken)
        files.sync(handle)
    finally:
        files.close(handle)
    files.rename(new, path)


def discard(files: Files, path: Path) -> None:
    """Remove the name if it is there. Raises `OSError`."""
    with contextlib.suppress(FileNotFoundError):
        files.unlink(path)
