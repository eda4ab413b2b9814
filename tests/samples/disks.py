"""Disks for tests: a small one in memory, filled to the last block and emptied again; a memory card with an ext4."""

import contextlib
import ctypes
import os
import shutil
import subprocess
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


@contextlib.contextmanager
def memory_card(folder: Path) -> Iterator[Path | None]:
    """Give ``folder`` as an ext4 of its own, as a terminal has: its writes can be counted. None if not allowed."""
    image, tools = (
        folder.with_name(folder.name + ".img"),
        (shutil.which("mkfs.ext4", path=_SBIN), shutil.which("mount")),
    )
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(256 << 20)
    make = [str(tools[0]), "-q", "-b", "4096", "-E", "lazy_itable_init=0", str(image)]
    mount = [str(tools[1]), "-o", "loop,noatime,lazytime", str(image), str(folder)]
    if (
        None in tools
        or os.geteuid() != 0
        or any(subprocess.run(words, check=False, capture_output=True).returncode for words in (make, mount))
    ):
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


_SBIN = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


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
