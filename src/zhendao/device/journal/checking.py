"""Whether a journal holds what was written to it: each event is hashed again and compared with the head it ends in.

Stronger than the database's own check, which does not look into a value. The end of the chain is checked at each start,
since the next event links to it; the rest beside the work, some events at a time (docs/decisions/journal-check.md).
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, TypeGuard

from zhendao.device.errors import JournalDamagedError
from zhendao.device.journal.entries import Entry, Grade
from zhendao.device.journal.headcopy import Head
from zhendao.device.journal.schema import EPOCH_SHIFT, is_damage, is_nonsense
from zhendao.protocol import ledger
from zhendao.protocol.limits import HASH_BYTES, ID_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhendao.device.files import Connection
    from zhendao.protocol.suite import Suite

CHECKED_TAIL = 256
"""Events at the end of the chain that are hashed again at each start."""

_LAST = "SELECT id, sealed, commitment, head, prev FROM event WHERE id > ? ORDER BY id DESC LIMIT ?"
_NEXT = "SELECT id, sealed, commitment, head, prev FROM event WHERE id >= ? ORDER BY id LIMIT ?"
_FORMS: dict[str, tuple[type, ...]] = {
    "epoch": (int, bytes, bytes),
    "certificate": (int, bytes),
    "settled": (int, int, int, int),
    "visit": (int, bytes, bytes),
}
"""Small tables, read whole at each start. SQLite checks the type of a value when it is written, not when it is read."""
_UNIQUE = {"epoch": "epoch", "certificate": "id"}
"""Each has an index, by which it is read: a number that is another one in the table joins no event."""
EVENT = (int, int, int, bytes, bytes, bytes, bytes, bytes)
Row = tuple[int, bytes, bytes, bytes, bytes | None]
_GRADES = frozenset(Grade)
_MOST_EPOCHS = 1 << 22
"""Ids of later epochs would be no whole numbers of SQLite's."""
NONSENSE = (TypeError, ValueError, OverflowError, LookupError)
"""What comes of values that nobody wrote, where no check of ours has foreseen them."""


def check_tail(connection: Connection, suite: Suite, device: bytes) -> Head | None:
    """Hash the last events again; return the head, None where there is no event.

    Raises `JournalDamagedError`, and then ``connection`` is closed.
    """
    try:
        newest = connection.execute("SELECT number FROM epoch ORDER BY number DESC LIMIT 1").fetchone()
        _check_tables(connection)
        if newest is None:
            return None
        low = newest[0] * EPOCH_SHIFT
        rows = connection.execute(_LAST, (low, CHECKED_TAIL + 1)).fetchall()
        rows.reverse()
        _check(connection, suite, device, rows)
        _check_ways(connection, rows)
        (epoch,) = connection.execute("SELECT epoch FROM epoch WHERE number = ?", newest).fetchone()
    except JournalDamagedError:
        connection.close()
        raise
    except sqlite3.DatabaseError as error:
        connection.close()
        if is_damage(error) or is_nonsense(error):
            raise JournalDamagedError(str(error)) from error
        raise
    except NONSENSE as error:
        connection.close()
        raise JournalDamagedError(f"{type(error).__name__}: {error}") from error
    return Head(epoch, rows[-1][0] - low, rows[-1][3]) if rows else None


def _check_tables(connection: Connection) -> None:
    for table, form in _FORMS.items():
        for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 - one of ours
            if not has_form(row, form):
                raise JournalDamagedError(f"a row of {table} is not what was written")
    for number, epoch, genesis in connection.execute("SELECT number, epoch, genesis FROM epoch"):
        if not 0 < number < _MOST_EPOCHS or (len(epoch), len(genesis)) != (ID_BYTES, HASH_BYTES):
            raise JournalDamagedError(f"epoch {number} is not what was written")
    if connection.execute("SELECT 1 FROM settled WHERE first < 1 OR last < first LIMIT 1").fetchone():
        raise JournalDamagedError("a row of settled is not what was written")

    for table, column in _UNIQUE.items():
        ways = ("NOT INDEXED", f"INDEXED BY sqlite_autoindex_{table}_1")
        one, other = (set(connection.execute(f"SELECT number, {column} FROM {table} {way}")) for way in ways)  # noqa: S608 - ours
        if one != other:
            raise JournalDamagedError(f"{table} and its index differ")


def _check_ways(connection: Connection, rows: Sequence[Row]) -> None:
    """Look each row up by its id: where an inner page has rotten, the way to a row is not the way along the rows.

    The way to the last one is that of every row to come.
    """
    for identity, *_ in rows:
        if connection.execute("SELECT 1 FROM event WHERE id = ?", (identity,)).fetchone() is None:
            raise JournalDamagedError(f"event {identity % EPOCH_SHIFT} is not where it is looked for")


def has_form(row: Sequence[object], form: tuple[type, ...]) -> bool:
    """Return whether the values of ``row`` are of these types: rot can make another one of any."""
    return all(isinstance(value, kind) for value, kind in zip(row, form, strict=False))


def check_some(connection: Connection, suite: Suite, device: bytes, after: int, count: int) -> int | None:
    """Check up to ``count`` events that follow the one with id ``after``; return the last one's id, None at the end.

    Raises `JournalDamagedError`, `sqlite3.Error`.
    """
    rows = connection.execute(_NEXT, (after, count + 1)).fetchall()
    try:
        _check(connection, suite, device, rows)
    except NONSENSE as error:
        raise JournalDamagedError(f"{type(error).__name__}: {error}") from error
    _check_ways(connection, rows)
    return rows[-1][0] if len(rows) > count else None


def _check(connection: Connection, suite: Suite, device: bytes, rows: Sequence[Row]) -> None:
    epochs = {number: rest for number, *rest in connection.execute("SELECT number, epoch, genesis FROM epoch")}
    before: tuple[int, bytes] | None = None
    for identity, sealed, commitment, head, prev in rows:
        number, seq = divmod(identity, EPOCH_SHIFT)
        hashes = commitment, head, *(() if prev is None else (prev,))
        if not has_form((sealed,), (bytes,)) or not all(is_hash(one) for one in hashes):
            raise JournalDamagedError(f"event {seq} is not what was written")
        if number not in epochs:
            raise JournalDamagedError(f"event {seq} belongs to no epoch")
        epoch, genesis = epochs[number]
        if prev is not None:
            start = prev
        elif seq == 1:
            start = genesis
        elif before is not None and before[0] == identity - 1:
            start = before[1]
        elif before is None:
            start = None  # what it links to is not among these rows
        else:
            raise JournalDamagedError(f"event {seq} has lost what it links to")
        if start is not None and not holds(suite, device, epoch, seq, start, (sealed, commitment, head)):
            raise JournalDamagedError(f"event {seq} is not what was written")
        before = identity, head


def is_hash(value: object) -> TypeGuard[bytes]:
    """Return whether ``value`` can be a hash."""
    return isinstance(value, bytes) and len(value) == HASH_BYTES


def hash_in(row: tuple[object] | None, seq: int) -> bytes | None:
    """Return the hash that ``row`` of event ``seq`` holds, None where there is no row. Raises `JournalDamagedError`."""
    if row is None:
        return None
    (value,) = row
    if is_hash(value):
        return value
    raise JournalDamagedError(f"a hash of event {seq} is not what was written")


def entry_in(row: tuple[int, int, int, bytes, bytes, bytes, bytes, bytes], low: int) -> Entry:
    """Return the event that ``row`` holds in the epoch that begins at ``low``. Raises `JournalDamagedError`."""
    if not has_form(row, EVENT) or row[2] not in _GRADES or not 0 < row[1] <= row[0] - low:
        raise JournalDamagedError(f"event {row[0] - low} is not what was written")
    identity, start, grade, sealed, commitment, signature, certificate, head = row
    return Entry(identity - low, start, Grade(grade), sealed, commitment, signature, certificate, head)


def holds(suite: Suite, device: bytes, epoch: bytes, seq: int, prev: bytes, row: tuple[bytes, bytes, bytes]) -> bool:
    """Return whether ``row`` (sealed, commitment, head) is event ``seq`` as it was chained to ``prev``."""
    sealed, commitment, head = row
    return ledger.link(suite, prev, ledger.leaf(suite, device, epoch, seq, sealed, commitment)) == head
