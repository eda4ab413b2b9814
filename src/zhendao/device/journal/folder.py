"""The data folder of a terminal: held by one process at a time, with a reserve for the day the disk is full.

Promise: the same terminal opened twice is refused (two writers would fork the chain). The ballast is a file of real
blocks; it is given up so that acknowledging and pruning still work, and put back once there is room.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

from zhendao.device.errors import AlreadyRunningError, DataFolderError, DiskTooSmallError

if TYPE_CHECKING:
    from pathlib import Path

BALLAST_BYTES = 1 << 20
"""Room for the write-ahead log of some thousand acknowledgements."""
_SPARE_BYTES = 1 << 20
"""The ballast is put back only if this much stays free beside it."""
LEAST_BYTES = 4 << 20
"""Journal, log, ballast and some room to work: a smaller disk would never record anything."""


class DataFolder:
    """A locked data folder. Close it last."""

    def __init__(self, path: Path, ballast_bytes: int = BALLAST_BYTES) -> None:
        """Make the folder if need be and lock it.

        Raises `AlreadyRunningError`, `DataFolderError`, `DiskTooSmallError`.
        """
        self.path = path
        self._ballast = path / "journal.ballast"
        self._ballast_bytes = ballast_bytes
        try:
            if not path.is_dir():
                path.mkdir(parents=True, mode=0o700)
                sync_folder(path.parent)
            stat = os.statvfs(path)
            self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DataFolderError(path, error.strerror or type(error).__name__) from error
        if 0 < (size := stat.f_blocks * stat.f_frsize) < LEAST_BYTES:  # 0: the file system does not say
            os.close(self._lock)
            raise DiskTooSmallError(path, size, LEAST_BYTES)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise AlreadyRunningError(path) from error

    def close(self) -> None:
        """Give the folder to the next process."""
        os.close(self._lock)

    def free_bytes(self) -> int:
        """Return how much an ordinary user may still write."""
        stat = os.statvfs(self.path)
        return stat.f_bavail * stat.f_frsize

    @property
    def has_ballast(self) -> bool:
        """Whether the reserve is in place."""
        with contextlib.suppress(OSError):
            return self._ballast.stat().st_blocks * 512 >= self._ballast_bytes
        return False

    def drop_ballast(self) -> bool:
        """Give up the reserve; return whether there was one."""
        with contextlib.suppress(OSError):
            self._ballast.unlink()
            return True
        return False

    def lay_ballast(self) -> bool:
        """Put the reserve in place if there is room for it and to spare; return whether it is in place."""
        if self.has_ballast:
            return True
        try:
            if self.free_bytes() < self._ballast_bytes + _SPARE_BYTES:
                return False
            handle = os.open(self._ballast, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(handle, 0, self._ballast_bytes)
            finally:
                os.close(handle)
        except OSError:
            self.drop_ballast()
            return False
        return True


def sync_folder(path: Path) -> None:
    """Wait until the names in ``path`` are on the disk. Raises `OSError`."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
