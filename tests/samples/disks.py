"""Disks for tests: a small one of its own, as a memory card; filled to the last block, and emptied again."""

import contextlib
import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def small_disk(folder: Path, size: str = "8m") -> Iterator[Path]:
    """Give ``folder`` as a disk of ``size``; skip the test where mounting is not allowed."""
    folder.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"none", os.fsencode(folder), b"tmpfs", 0, f"size={size}".encode()) != 0:
        pytest.skip(f"mounting a disk of {size} needs a privilege that this run does not have: run it as root")
    try:
        yield folder
    finally:
        libc.umount2(os.fsencode(folder), 2)


class Filler:
    """A file that takes all room but some."""

    def __init__(self, disk: Path) -> None:
        self._file = disk / "filler"

    def fill(self, leaving: int = 0) -> None:
        """Take everything, then give back ``leaving`` bytes."""
        with self._file.open("ab", buffering=0) as file:
            with contextlib.suppress(OSError):
                while file.write(bytes(4096)):
                    pass
            os.truncate(file.fileno(), max(0, os.fstat(file.fileno()).st_size - leaving))

    def remove(self) -> None:
        """Give everything back."""
        self._file.unlink()
