"""SQLite on a simulated disk, as the journal sees Python's own `sqlite3`: its errors too, each with its code.

After the power or the process has gone, a statement raises `PowerGoneError`, and what SQLite still does to clean up
changes nothing.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING, Any

import apsw

from zhendao.simulators.world.disk import vfs
from zhendao.simulators.world.disk.gone import PowerGoneError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from zhendao.simulators.world.disk.mount import Mount

_ORDINARY = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
_AUTOCHECKPOINT = "PRAGMA wal_autocheckpoint = "
_PAGES = 1000
"""So many pages in the log, and SQLite moves them into the database, if it was not told otherwise."""
_ERRORS = (apsw.Error, UnicodeDecodeError)
_CLASSES: dict[int, type[sqlite3.Error]] = {
    apsw.SQLITE_CONSTRAINT: sqlite3.IntegrityError,
    apsw.SQLITE_MISMATCH: sqlite3.IntegrityError,
    apsw.SQLITE_CORRUPT: sqlite3.DatabaseError,
    apsw.SQLITE_NOTADB: sqlite3.DatabaseError,
    apsw.SQLITE_FORMAT: sqlite3.DatabaseError,
    apsw.SQLITE_AUTH: sqlite3.DatabaseError,
    apsw.SQLITE_INTERNAL: sqlite3.InternalError,
    apsw.SQLITE_NOTFOUND: sqlite3.InternalError,
    apsw.SQLITE_TOOBIG: sqlite3.DataError,
    apsw.SQLITE_MISUSE: sqlite3.InterfaceError,
    apsw.SQLITE_RANGE: sqlite3.InterfaceError,
}
"""As Python's own sqlite3 names them; every other one is an `sqlite3.OperationalError`."""


class SimulatedRows:
    """What a statement gave."""

    __slots__ = ("_connection", "_cursor")

    def __init__(self, connection: SimulatedConnection, cursor: apsw.Cursor) -> None:
        self._connection, self._cursor = connection, cursor

    @property
    def lastrowid(self) -> int | None:
        """The rowid of the row inserted last."""
        return self._connection.db.last_insert_rowid()

    @property
    def rowcount(self) -> int:
        """How many rows the last change changed."""
        return self._connection.db.changes()

    def fetchone(self) -> Any:
        """Return the next row, None at the end."""
        try:
            return self._cursor.fetchone()
        except _ERRORS as error:
            raise self._connection.named(error) from error
        finally:
            vfs.second.end()

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""
        try:
            return self._cursor.fetchall()
        except _ERRORS as error:
            raise self._connection.named(error) from error
        finally:
            vfs.second.end()

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._cursor
        except _ERRORS as error:
            raise self._connection.named(error) from error
        finally:
            vfs.second.end()


class SimulatedConnection:
    """A connection in autocommit mode, as far as the journal uses one. ``db`` is the library's own."""

    def __init__(self, mount: Mount, path: Path, *, beside: bool) -> None:
        self._mount = mount
        vfs.seed(mount)  # the salts of a log
        try:
            self.db = apsw.Connection(
                f"/{mount.number}{path}", flags=apsw.SQLITE_OPEN_READONLY if beside else _ORDINARY, vfs=vfs.NAME
            )
            self.db.execute("PRAGMA temp_store = MEMORY")
            self.db.set_wal_hook(_checkpoint_at(_PAGES))
            if beside:
                self.db.execute("PRAGMA locking_mode = EXCLUSIVE")
        except apsw.Error as error:
            raise self.named(error) from error
        finally:
            vfs.second.end()

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        return self.db.in_transaction

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> SimulatedRows:
        """Run one statement."""
        mount = self._mount
        if mount.dead:
            raise PowerGoneError
        if sql.startswith(_AUTOCHECKPOINT):
            self.db.set_wal_hook(_checkpoint_at(int(sql.removeprefix(_AUTOCHECKPOINT))))
            sql = "SELECT 1"
        try:
            cursor = self.db.execute(sql, parameters)
        except _ERRORS as error:
            raise self.named(error) from error
        finally:
            vfs.second.end()
        if mount.dead:
            raise PowerGoneError
        return SimulatedRows(self, cursor)

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> SimulatedRows:
        """Run one statement with each of ``parameters``."""
        mount = self._mount
        if mount.dead:
            raise PowerGoneError
        try:
            cursor = self.db.executemany(sql, parameters)
        except apsw.Error as error:
            raise self.named(error) from error
        finally:
            vfs.second.end()
        if mount.dead:
            raise PowerGoneError
        return SimulatedRows(self, cursor)

    def executescript(self, sql_script: str, /) -> SimulatedRows:
        """Run several statements."""
        return self.execute(sql_script)

    def close(self) -> None:
        """Close it; a second time it does nothing."""
        with contextlib.suppress(apsw.Error):  # SQLite closes a file whatever the disk says
            if self._mount.dead:
                self.db.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            self.db.close(force=True)
        vfs.second.end()

    def __del__(self) -> None:
        if hasattr(self, "db"):
            self.close()

    def named(self, error: Exception) -> BaseException:
        """Return ``error`` as Python's own sqlite3 would have raised it; the power's end if that was it."""
        if self._mount.dead:
            return PowerGoneError()
        if isinstance(error, apsw.ConnectionClosedError):
            return sqlite3.ProgrammingError("Cannot operate on a closed database.")
        if isinstance(error, UnicodeDecodeError):  # rot: what was bytes calls itself text
            rotten = sqlite3.DatabaseError(str(error))
            rotten.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            return rotten
        code = getattr(error, "extendedresult", apsw.SQLITE_ERROR)
        made = _CLASSES.get(code & 0xFF, sqlite3.OperationalError)(str(error) or type(error).__name__)
        made.sqlite_errorcode, made.sqlite_errorname = code, type(error).__name__
        return made


def _checkpoint_at(pages: int) -> Callable[[apsw.Connection, str, int], int]:
    """Return what SQLite calls after a commit, and does by itself: a checkpoint, whose errors are nobody's.

    As a call of ours, for the library would raise what the disk said in the commit, which has been done.
    """

    def committed(db: apsw.Connection, name: str, count: int) -> int:
        if count >= pages:
            with contextlib.suppress(apsw.Error):
                db.wal_checkpoint(name)
        return apsw.SQLITE_OK

    return committed
