"""A disk that does not give back what it holds: how long a terminal waits for it, and what it does then.

A read error may pass, and then nothing is lost by waiting; one that stays would keep the terminal from recording for
ever. Promise: nothing is given up that failed fewer than `TRIES` times, each at least `APART_S` after the last, across
restarts; then the journal is set aside like any damaged one, and what can be read of it goes on.
"""

from __future__ import annotations

import contextlib
import errno
import sqlite3
from typing import TYPE_CHECKING

from zhendao.device.files import discard, put, read

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.device.files import Files

FILE = "journal.unread"
TRIES = 5
APART_S = 10
"""Failures within so many seconds of each other count as one; by the wall clock, which may hasten it where it jumps."""
_SECTOR = 512
_LONGEST = 64


def is_unread(error: BaseException) -> bool:
    """Return whether ``error`` means that something stands on the disk and cannot be read."""
    if isinstance(error, OSError):
        return error.errno == errno.EIO
    code = getattr(error, "sqlite_errorcode", None)
    return code in {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_CORRUPTFS}


def note(files: Files, folder: Path, now_s: int) -> bool:
    """Count a failure at ``now_s`` (UTC, seconds); return whether it has been enough."""
    count, last_s = _counted(files, folder)
    if count == 0 or abs(now_s - last_s) >= APART_S:
        count += 1
        with contextlib.suppress(OSError):
            put(files, folder / FILE, f"{count} {now_s}\n".encode())
    return count >= TRIES


def met(files: Files, folder: Path) -> bool:
    """Return whether there have been failures since `forget`."""
    return files.exists(folder / FILE)


def given_up(files: Files, folder: Path) -> bool:
    """Return whether it has been enough."""
    return _counted(files, folder)[0] >= TRIES


def forget(files: Files, folder: Path) -> None:
    """Begin to count anew."""
    with contextlib.suppress(OSError):
        discard(files, folder / FILE)


def blank(files: Files, handle: int, at: int, count: int) -> bytes:
    """Return ``count`` bytes at ``at``, with zeros for the sectors that cannot be read."""
    found = b""
    for sector in range(at, at + count, _SECTOR):
        size = min(_SECTOR, at + count - sector)
        try:
            found += files.pread(handle, size, sector).ljust(size, b"\0")
        except OSError:
            found += bytes(size)
    return found


def _counted(files: Files, folder: Path) -> tuple[int, int]:
    try:
        words = read(files, folder / FILE, _LONGEST).split()
        return int(words[0]), int(words[1])
    except (OSError, ValueError, IndexError):
        return 0, 0
