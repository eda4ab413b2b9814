"""The data folder of a terminal: held by one process at a time, with a reserve for the day the disk is full.

Promise: the same terminal opened twice is refused (two writers would fork the chain). The ballast is a file of real
blocks; it is given up so that acknowledging and pruning still work, and put back once there is room.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from zhendao.device.errors import AlreadyRunningError, DataFolderError, DiskTooSmallError
from zhendao.device.files import HOST, TRUNCATE

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.device.files import Files

BALLAST_BYTES = 1 << 20
"""Room for the write-ahead log of some thousand acknowledgements."""
_SPARE_BYTES = 1 << 20
"""The ballast is put back only if this much stays free beside it."""
LEAST_BYTES = 4 << 20
"""Journal, log, ballast and some room to work: a smaller disk would never record anything."""


class DataFolder:
    """A locked data folder on the disk ``files``. Close it last."""

    def __init__(self, path: Path, ballast_bytes: int = BALLAST_BYTES, files: Files = HOST) -> None:
        """Make the folder if need be and lock it.

        Raises `AlreadyRunningError`, `DataFolderError`, `DiskTooSmallError`.
        """
        self.path, self.files = path, files
        self._ballast = path / "journal.ballast"
        self._ballast_bytes = ballast_bytes
        try:
            files.make_folder(path)
            size = files.total_bytes(path)
            self._lock = files.lock(path / "lock")
        except BlockingIOError as error:
            raise AlreadyRunningError(path) from error
        except OSError as error:
            raise DataFolderError(path, error.strerror or type(error).__name__) from error
        if 0 < size < LEAST_BYTES:
            files.close(self._lock)
            raise DiskTooSmallError(path, size, LEAST_BYTES)

    def close(self) -> None:
        """Give the folder to the next process."""
        self.files.close(self._lock)

    def free_bytes(self) -> int:
        """Return how much an ordinary user may still write."""
        return self.files.free_bytes(self.path)

    @property
    def has_ballast(self) -> bool:
        """Whether the reserve is in place."""
        with contextlib.suppress(OSError):
            return self.files.allocated(self._ballast) >= self._ballast_bytes
        return False

    def drop_ballast(self) -> bool:
        """Give up the reserve; return whether there was one."""
        with contextlib.suppress(OSError):
            self.files.unlink(self._ballast)
            return True
        return False

    def lay_ballast(self) -> bool:
        """Put the reserve in place if there is room for it and to spare; return whether it is in place."""
        if self.has_ballast:
            return True
        try:
            if self.free_bytes() < self._ballast_bytes + _SPARE_BYTES:
                return False
            handle = self.files.open(self._ballast, TRUNCATE)
            try:
                self.files.allocate(handle, self._ballast_bytes)
            finally:
                self.files.close(handle)
        except OSError:
            self.drop_ballast()
            return False
        return True
