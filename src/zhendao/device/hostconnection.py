"""A connection of this machine's SQLite to a file that may have rotten: what is no text any more is damage.

Python makes a `UnicodeDecodeError` of a name that is not UTF-8 in what SQLite says; nobody expects it of a statement.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class HostConnection(sqlite3.Connection):
    """A connection whose statements raise `sqlite3.Error` and nothing else."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Run one statement."""
        try:
            return super().execute(sql, parameters)
        except UnicodeDecodeError as error:
            raise _rotten(error) from error

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        """Run one statement with each of ``parameters``."""
        try:
            return super().executemany(sql, parameters)
        except UnicodeDecodeError as error:
            raise _rotten(error) from error

    def executescript(self, sql_script: str, /) -> sqlite3.Cursor:
        """Run several statements."""
        try:
            return super().executescript(sql_script)
        except UnicodeDecodeError as error:
            raise _rotten(error) from error


def _rotten(error: UnicodeDecodeError) -> sqlite3.DatabaseError:
    damage = sqlite3.DatabaseError(str(error))
    damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return damage


def text(raw: bytes) -> str | bytes:
    """Return the text that a database holds; where rot has made text of bytes, the bytes that they were."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw
