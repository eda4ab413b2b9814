"""The journal read beside the terminal that writes it: a copy of it, never half old and half new.

The terminal holds its journal exclusively (docs/decisions/journal-wear.md). SQLite without locks, on the files as they
are, would not do: a reader that closes them takes itself for the last one, and removes the log. So a copy is read. It
counts only if nothing moved from the log into the database while it was made; else it is made again.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from zhendao.device.errors import JournalDamagedError
from zhendao.device.files import HOST

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.files import Connection, Files

T = TypeVar("T")

_TRIES = 20
_LOG_HEADER = 32
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
"""Where the copy goes if it fits in easily: it need not wear the card."""


def open_beside(path: Path, files: Files = HOST) -> Connection:
    """Open a journal that no process writes, for reading only. Raises `JournalDamagedError`."""
    try:
        return files.connect_beside(path)
    except sqlite3.Error as error:
        raise JournalDamagedError(str(error)) from error


def read_beside(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    """Return what ``work`` makes of the journal at ``path``, which a terminal may be writing.

    Raises `JournalDamagedError`, also where the journal does not hold still or cannot be copied.
    """
    import tempfile  # noqa: PLC0415 - with all that it loads it is for a command, not for the terminal that runs

    try:
        with tempfile.TemporaryDirectory(prefix="zhendao-", dir=_place(path)) as folder:
            copy = Path(folder) / path.name
            _copy(path, copy)
            with closing(sqlite3.connect(copy)) as db:
                return work(db)
    except sqlite3.Error as error:
        raise JournalDamagedError(str(error)) from error
    except OSError as error:
        raise JournalDamagedError(error.strerror or type(error).__name__) from error


def _copy(path: Path, to: Path) -> None:
    import shutil  # noqa: PLC0415 - as above

    for _ in range(_TRIES):
        before = _state(path)
        shutil.copyfile(path, to)
        try:
            shutil.copyfile(_log_of(path), _log_of(to))
        except FileNotFoundError:
            _log_of(to).unlink(missing_ok=True)
        if _state(path) == before:
            return
    raise JournalDamagedError(f"{path} did not hold still")


def _place(path: Path) -> Path | None:
    """Return where a copy of ``path`` goes: into memory if it takes a quarter of what is free there at most."""
    if not os.access(_MEMORY, os.W_OK):
        return None
    stat = os.statvfs(_MEMORY)
    return _MEMORY if path.stat().st_size * 4 < stat.f_bavail * stat.f_frsize else None


def _log_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _state(path: Path) -> tuple[object, ...]:
    """Return what changes whenever pages go from the log into the database, or the log begins anew."""
    try:
        with _log_of(path).open("rb") as log:
            header = log.read(_LOG_HEADER)
    except FileNotFoundError:
        header = b""
    stat = path.stat()
    return header, stat.st_ino, stat.st_size, stat.st_mtime_ns
