"""The journal's database: its tables and their constraints, and how the file is opened.

Constraints: an event is never changed (trigger); its id is ``epoch number × 2^40 + seq``, so order on disk is order of
happening; sizes of hashes and signatures are checked; a journal belongs to one device. Durability: WAL with
synchronous=FULL, so a commit that returned has been synced. Nothing here opens an event: there is no key on disk.
What flash memory pays for it, and why the lock is exclusive: docs/decisions/journal-wear.md.
"""

from __future__ import annotations

import functools
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from zhendao.device.errors import (
    JournalDamagedError,
    JournalError,
    JournalForeignError,
    JournalFullError,
    JournalOwnerError,
    JournalWriteError,
)
from zhendao.device.files import HOST, read

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.device.files import Connection, Files

APPLICATION_ID = 0x5A444A31  # "ZDJ1"
VERSION = 2
EPOCH_SHIFT = 1 << 40
PAGE_BYTES = 512
"""A check-in dirties few small pages rather than few large ones: flash wears by the byte written."""
CHECKPOINT_PAGES = 800
"""So many pages of the write-ahead log, then they go into the database."""
LOG_BYTES = 512 << 10
"""The log is laid out to this size once, and then only written over: a file that grows costs a file system more."""
HEADER_BYTES = 100
_MODES, _FORMAT = {b"\x01\x01", b"\x02\x02"}, 4
"""Rollback journal or write-ahead log; the newest format of a schema (file format, section 1.3)."""
_NEWEST = 99
"""A version up to this may be that of a release to come; none is given that differs from another in one bit only."""
_ROTTEN_BITS = 8
CHECKED_AT_ONCE = 4 << 20
"""A database up to this size is checked whole before it is used, a larger one beside the work."""

_TABLES = """
CREATE TABLE owner (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    device BLOB NOT NULL CHECK (length(device) = 16)
) STRICT;
CREATE TABLE epoch (
    number INTEGER PRIMARY KEY,
    epoch BLOB NOT NULL UNIQUE CHECK (length(epoch) = 16),
    genesis BLOB NOT NULL CHECK (length(genesis) = 32)
) STRICT;
CREATE TABLE certificate (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 32)
) STRICT;
CREATE TABLE event (
    id INTEGER PRIMARY KEY CHECK (id % 1099511627776 > 0),
    start INTEGER NOT NULL CHECK (start > 0 AND start <= id % 1099511627776),
    grade INTEGER NOT NULL CHECK (grade BETWEEN 0 AND 2),
    certificate INTEGER NOT NULL REFERENCES certificate (number),
    sealed BLOB NOT NULL,
    commitment BLOB NOT NULL CHECK (length(commitment) = 32),
    signature BLOB NOT NULL CHECK (length(signature) = 64),
    head BLOB NOT NULL CHECK (length(head) = 32),
    prev BLOB CHECK (length(prev) = 32)
) STRICT;
CREATE TRIGGER event_is_final BEFORE UPDATE OF id, start, grade, certificate, sealed, commitment, signature, head
    ON event BEGIN SELECT raise(ABORT, 'an event is final'); END;
CREATE TABLE settled (
    epoch INTEGER NOT NULL REFERENCES epoch (number),
    state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 2),
    first INTEGER NOT NULL CHECK (first > 0),
    last INTEGER NOT NULL CHECK (last >= first),
    PRIMARY KEY (epoch, state, first)
) STRICT, WITHOUT ROWID;
"""
_VISIT = """
CREATE TABLE visit (
    number INTEGER PRIMARY KEY,
    key BLOB NOT NULL CHECK (length(key) = 16),
    content BLOB NOT NULL
) STRICT;
"""
_URGENT = "CREATE INDEX urgent ON event (id) WHERE grade = 2;"
_SCHEMA = "SELECT type, name, sql FROM sqlite_master"
# `prev` is filled where the event before has been pruned, so that what is kept can still be sent and proved. `visit`
# has no index: each would be one more page to write at every check, and its few keys are known to the process.
_MOVE_VISITS = "INSERT INTO visit (key, content) SELECT key, content FROM visit_1; DROP TABLE visit_1;"
_FROM_1 = f"ALTER TABLE visit RENAME TO visit_1; {_VISIT} {_MOVE_VISITS} {_URGENT}"


def connect(path: Path, device: bytes, files: Files = HOST) -> Connection:
    """Open the journal at ``path`` of ``files``, making it if it is not there.

    Raises `JournalDamagedError` if the file is no sound database, `JournalForeignError` if it is another device's,
    `sqlite3.Error` for everything else (a full disk, a failing one).
    """
    if files.exists(path) and not header_holds(header := read(files, path, HEADER_BYTES)):
        raise JournalDamagedError(f"header {header.hex()}")
    connection = files.connect(path)
    try:
        _prepare(connection, path, device, files)
    except sqlite3.DatabaseError as error:
        connection.close()
        if is_damage(error) or is_nonsense(error):
            raise JournalDamagedError(str(error)) from error
        raise
    except BaseException:
        connection.close()
        raise
    return connection


def is_damage(error: sqlite3.Error) -> bool:
    """Return whether ``error`` means that the file is not what was written (a full disk does not)."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}


def is_nonsense(error: sqlite3.Error) -> bool:
    """Return whether SQLite can make no sense of a statement of ours: at opening, the tables are not those we made."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR


def header_holds(header: bytes) -> bool:
    """Return whether the first bytes of a database are such as we write, where SQLite would be content with others.

    An empty file is a database without tables.
    """
    if not header:
        return True
    form, encoding = int.from_bytes(header[44:48], "big"), int.from_bytes(header[56:60], "big")
    return len(header) == HEADER_BYTES and header[18:20] in _MODES and form <= _FORMAT and encoding <= 1


def named(error: sqlite3.Error, folder: Path) -> JournalError:
    """Return what ``error`` means for whoever wanted something of the journal in ``folder``."""
    if is_full(error):
        return JournalFullError(folder)
    return JournalDamagedError(str(error)) if is_damage(error) else JournalWriteError(str(error))


def is_full(error: sqlite3.Error) -> bool:
    """Return whether ``error`` means that there is no room. Growing a mapped file fails as an I/O error of its own."""
    code = getattr(error, "sqlite_errorcode", None)
    return code in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMOPEN}


def _configure(connection: Connection) -> None:
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
    connection.execute("PRAGMA cache_size = -256")
    connection.execute("PRAGMA secure_delete = FAST")  # what is freed is not written once more to be zeros


def _prepare(connection: Connection, path: Path, device: bytes, files: Files) -> None:
    _configure(connection)
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if (application, version) == (0, 0) and connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,):
        connection.executescript(
            f"BEGIN IMMEDIATE; {_TABLES} {_VISIT} {_URGENT}"  # noqa: S608 - constants of this file, and hex of 16 bytes
            f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};"
            f"INSERT INTO owner VALUES (1, x'{device.hex()}'); COMMIT;"
        )
        return
    if application != APPLICATION_ID:
        raise JournalDamagedError("another application's file")
    if VERSION < version <= _NEWEST and (version ^ VERSION).bit_count() > 1:
        raise JournalForeignError(path, f"version {version}")
    if version not in {1, VERSION}:
        raise JournalDamagedError(f"version {version}")
    if files.file_size(path) <= CHECKED_AT_ONCE:
        (result,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if result != "ok":
            raise JournalDamagedError(result)
    if version == 1:
        connection.executescript(f"BEGIN IMMEDIATE; {_FROM_1} PRAGMA user_version = {VERSION}; COMMIT;")
    wrong = _made() - set(connection.execute(_SCHEMA))
    if wrong:
        raise JournalDamagedError(f"not as it was made: {', '.join(sorted(name for _, name, _ in wrong))}")
    _check_owner(connection, path, device)


@functools.cache
def _made() -> set[tuple[str, str, str]]:
    """Return what stands in a new journal's table of tables: a constraint that has rotten refuses every event."""
    with closing(sqlite3.connect(":memory:")) as fresh:
        fresh.executescript(f"{_TABLES} {_VISIT} {_URGENT}")
        return set(fresh.execute(_SCHEMA))


def _check_owner(connection: Connection, path: Path, device: bytes) -> None:
    owner = connection.execute("SELECT device FROM owner").fetchone()
    if owner is None:
        raise JournalDamagedError("no owner")
    if not isinstance(owner[0], bytes) or 0 < _apart(owner[0], device) <= _ROTTEN_BITS:
        raise JournalDamagedError("the owner is not what was written")
    if owner[0] != device:
        raise JournalOwnerError(path, owner[0].hex())


def _apart(one: bytes, another: bytes) -> int:
    """Return in how many bits two names differ: those of two terminals in some sixty."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(another, "big")).bit_count()
