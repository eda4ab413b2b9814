"""How a terminal finds its journal at start: sound, damaged, missing, or put back to an older state.

Promise: a damaged file is set aside as ``journal.db.corrupt.<time>``, never deleted, and a new epoch begins, announced
in its boot event; the last head known comes from the copy outside the database. The last events are hashed again: a
flipped bit in them is damage too, which the database itself would not notice.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from zhendao.device.errors import JournalDamagedError, JournalFullError, JournalWriteError
from zhendao.device.journal.entries import Opening
from zhendao.device.journal.headcopy import Head, HeadCopy
from zhendao.device.journal.schema import EPOCH_SHIFT, connect, is_damage, is_full
from zhendao.protocol import ledger
from zhendao.protocol.vocabulary import BootReason

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.device.journal.folder import DataFolder
    from zhendao.protocol.suite import Suite

CHECKED_TAIL = 256
"""Events at the end of the chain that are hashed again at each start."""
FILE = "journal.db"


def open_journal(
    folder: DataFolder, suite: Suite, device: bytes, now_s: int
) -> tuple[sqlite3.Connection, HeadCopy, Opening]:
    """Open the journal of ``folder``; ``now_s`` names a file that is set aside.

    Raises `JournalFullError`, `JournalWriteError`, `JournalForeignError`.
    """
    path = folder.path / FILE
    existed = path.exists()
    try:
        copy = HeadCopy(folder.path / "journal.head")
        known = copy.read()
        detail = None
        try:
            connection = _connect(folder, path, device)
            last = _checked_end(connection, suite, device)
        except JournalDamagedError as error:
            detail = f"{error.detail}; kept as {_set_aside(path, now_s)}"[:200]
            connection, last = _connect(folder, path, device), None
    except sqlite3.Error as error:
        raise JournalFullError(folder.path) if is_full(error) else JournalWriteError(str(error)) from error
    except OSError as error:
        raise JournalWriteError(error.strerror or type(error).__name__) from error
    if detail is not None:
        return connection, copy, Opening(BootReason.JOURNAL_DAMAGED, known, detail)
    return connection, copy, _judge(connection, existed=existed, last=last, known=known)


def _judge(connection: sqlite3.Connection, *, existed: bool, last: Head | None, known: Head | None) -> Opening:
    """Compare what the database holds with what the copy outside it knows."""
    if last is None:
        if known is None:
            return Opening(BootReason.FIRST)
        return Opening(BootReason.JOURNAL_MISSING, known, "emptied" if existed else None)
    if known is None:
        return Opening(BootReason.START)
    same = known.epoch == last.epoch
    if same and known.seq <= last.seq:
        return Opening(BootReason.START)
    if not same and connection.execute("SELECT 1 FROM epoch WHERE epoch = ?", (known.epoch,)).fetchone():
        return Opening(BootReason.START)
    return Opening(BootReason.HEAD_MISMATCH, known, f"the journal ends at {last.seq}, the copy of its head is newer")


def _connect(folder: DataFolder, path: Path, device: bytes) -> sqlite3.Connection:
    try:
        return connect(path, device)
    except sqlite3.Error as error:
        if not (is_full(error) or isinstance(error, sqlite3.OperationalError)) or not folder.drop_ballast():
            raise
        return connect(path, device)


def _checked_end(connection: sqlite3.Connection, suite: Suite, device: bytes) -> Head | None:
    """Hash the last events again; return the head, None where there is no event. Raises `JournalDamagedError`."""
    try:
        newest = connection.execute("SELECT number, epoch, genesis FROM epoch ORDER BY number DESC LIMIT 1").fetchone()
        if newest is None:
            return None
        number, epoch, genesis = newest
        low = number * EPOCH_SHIFT
        rows = connection.execute(
            "SELECT id - ?, sealed, commitment, head, prev FROM event WHERE id > ? ORDER BY id DESC LIMIT ?",
            (low, low, CHECKED_TAIL + 1),
        ).fetchall()
    except sqlite3.DatabaseError as error:
        connection.close()
        if is_damage(error):
            raise JournalDamagedError(str(error)) from error
        raise
    rows.reverse()
    before: tuple[int, bytes] | None = (0, genesis) if rows and rows[0][0] == 1 else None
    for seq, sealed, commitment, head, prev in rows:
        start = prev if prev is not None else before[1] if before is not None and before[0] == seq - 1 else None
        if start is not None:
            leaf = ledger.leaf(suite, device, epoch, seq, sealed, commitment)
            if ledger.link(suite, start, leaf) != head:
                connection.close()
                raise JournalDamagedError(f"event {seq} is not what was written")
        before = (seq, head)
    return Head(epoch, rows[-1][0], rows[-1][3]) if rows else None


def _set_aside(path: Path, now_s: int) -> str:
    """Rename the database and what belongs to it; return the new name."""
    number = 0
    while (aside := path.with_name(f"{path.name}.corrupt.{now_s}{f'.{number}' if number else ''}")).exists():
        number += 1
    for suffix in ("-wal", "-shm", ""):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside.name
