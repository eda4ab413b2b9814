"""The journal read beside the terminal that writes it: without a lock, without a write, never half old and half new.

The terminal holds its journal exclusively (docs/decisions/journal-wear.md), so a reader takes no lock. What it has read
counts only if nothing moved from the log into the database meanwhile; else it reads again.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from zhendao.device.errors import JournalDamagedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

_TRIES = 20
_LOG_HEADER = 32


def open_beside(path: Path) -> sqlite3.Connection:
    """Open the journal at ``path`` for reading. Raises `JournalDamagedError`; `read_beside` is what most want."""
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&vfs=unix-none", uri=True)
        db.execute("PRAGMA locking_mode = EXCLUSIVE")  # the log is indexed in this process, not in a shared file
    except sqlite3.Error as error:
        raise JournalDamagedError(str(error)) from error
    return db


def read_beside(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    """Return what ``work`` makes of the journal at ``path``; it may be called several times.

    Raises `JournalDamagedError`, or that the journal did not hold still.
    """
    for _ in range(_TRIES):
        before = _state(path)
        failed: Exception | None = None
        found: list[T] = []
        try:
            with closing(open_beside(path)) as db:
                found.append(work(db))
        except (sqlite3.Error, JournalDamagedError) as error:
            failed = error
        if _state(path) != before:
            continue
        if failed is None:
            return found[0]
        raise JournalDamagedError(str(failed)) from failed
    raise JournalDamagedError(f"{path} did not hold still")


def _state(path: Path) -> tuple[object, ...]:
    """Return what changes whenever pages go from the log into the database, or the log begins anew."""
    try:
        with path.with_name(path.name + "-wal").open("rb") as log:
            header = log.read(_LOG_HEADER)
    except OSError:
        header = b""
    try:
        stat = path.stat()
    except OSError:
        return (header,)
    return header, stat.st_ino, stat.st_size, stat.st_mtime_ns
