"""One connection to the journal's database: its transactions, its reserve, and what happens after an error of the disk.

Promise: a transaction that returned has been synced; one that raised has left nothing that is believed. After any error
but a full disk the file is opened anew before it is used: what stands in it then is what counts, and a sync that failed
is never taken for done because the next one worked. Works on a full disk by its reserve (`folder`). One thread only.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from zhendao.device.errors import JournalDamagedError, JournalError, JournalFullError, JournalWriteError
from zhendao.device.journal import unread
from zhendao.device.journal.opening import open_journal
from zhendao.device.journal.schema import is_damage, is_full, named

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zhendao.device.journal.folder import DataFolder
    from zhendao.device.journal.headcopy import Head
    from zhendao.protocol.suite import Suite

_ROOM_BYTES = 64 << 10
"""With so much free inside the file, some fifty events have room even on a disk without any."""


class Database:
    """The journal's file, open. ``opening`` tells how it was found at its ``generation``-th opening."""

    def __init__(self, folder: DataFolder, suite: Suite, device: bytes, now_s: Callable[[], int]) -> None:
        """Open it; what ``now_s`` says names a damaged file that is set aside. Raises `JournalError`."""
        self.folder, self._suite, self._device, self._now_s = folder, suite, device, now_s
        self._open(None)
        self.generation = 1
        self._doubt: str | None = None
        self._damage: str | None = None
        self._reserve = folder.lay_ballast()
        self._unread = unread.met(folder.files, folder.path)

    def _open(self, damaged: str | None) -> None:
        """Open the file, or another in its place if it is damaged, also where that shows only as it is read."""
        self.db, self._copy, self.opening = open_journal(self.folder, self._suite, self._device, self._now_s(), damaged)
        try:
            self._learn()
        except sqlite3.Error as error:
            self.close()
            if damaged is not None or not is_damage(error):
                raise self.named(error) from error
            self._open(str(error))

    def _learn(self) -> None:
        self.certificates: dict[bytes, int] = dict(self.db.execute("SELECT id, number FROM certificate"))
        self.numbers: dict[bytes, int] = dict(self.db.execute("SELECT epoch, number FROM epoch"))
        self.visits: dict[bytes, int] = dict(self.db.execute("SELECT key, number FROM visit"))
        (self._page_bytes,) = self.db.execute("PRAGMA page_size").fetchone()

    def close(self) -> None:
        """Close it; nothing is waiting to be written."""
        try:
            self._copy.close()
        finally:
            self.db.close()

    @property
    def path(self) -> Path:
        """The folder in which it lies."""
        return self.folder.path

    def follow(self, head: Head) -> None:
        """Let the copy of the head follow what has been committed."""
        self._copy.follow(head)

    # -- transactions

    def transaction(self, write: Callable[[], None], *, reserve: bool) -> None:
        """Run ``write`` in one synced transaction; with ``reserve`` a full disk costs the ballast, not the write.

        Raises `JournalError`; then nothing of it is kept.
        """
        if self._doubt is not None:
            raise JournalWriteError(self._doubt)
        try:
            self._attempt(write)
        except JournalFullError:
            if not reserve or not self.folder.drop_ballast():
                raise
            self._reserve = False
            self.shrink_log()
            self._attempt(write)
        if self._unread:
            unread.forget(self.folder.files, self.folder.path)
            self._unread = False

    def condemn(self, why: str) -> None:
        """Have the file set aside the next time that something is written: it was found to be damaged."""
        self._doubt, self._damage = why, why

    def recover(self) -> None:
        """Open the file anew if there is a doubt about it: ``generation`` rises, and ``opening`` tells what was found.

        Raises `JournalError`, and the doubt stays.
        """
        if self._doubt is None:
            return
        with contextlib.suppress(sqlite3.Error, OSError):
            self.close()
        self._open(self._damage)
        self.generation += 1
        self._doubt, self._damage = None, None
        self._reserve = self.folder.lay_ballast()

    def shrink_log(self) -> None:
        """Move the log into the database and free its space, as far as that is possible."""
        with contextlib.suppress(sqlite3.Error):
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _attempt(self, write: Callable[[], None]) -> None:
        try:
            self.db.execute("BEGIN IMMEDIATE")
            write()
            self.db.execute("COMMIT")
        except BaseException as error:
            self._undo(error)
            if isinstance(error, sqlite3.Error):
                raise named(error, self.folder.path) from error
            raise

    def _undo(self, error: BaseException) -> None:
        """Roll back. What is more than a full disk, or a statement refused, leaves a doubt about the file."""
        try:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            self._learn()
        except sqlite3.Error as another:
            self._doubt = str(another)
        if isinstance(error, JournalDamagedError):
            self.condemn(error.detail)
        if isinstance(error, sqlite3.Error) and not is_full(error) and not _is_refusal(error):
            self._doubt = str(error)
            meant = named(error, self.folder.path)
            if (
                isinstance(error, sqlite3.IntegrityError)
                or isinstance(meant, JournalDamagedError)
                or self._hopeless(error)
            ):
                self._damage = str(error)

    def met(self, error: sqlite3.Error) -> JournalError:
        """Return what an error of a query means; a file that is damaged is set aside when something is written."""
        meant = self.named(error)
        if isinstance(meant, JournalDamagedError) or self._hopeless(error):
            self.condemn(str(error))
        return meant

    def _hopeless(self, error: sqlite3.Error) -> bool:
        if not unread.is_unread(error):
            return False
        self._unread = True
        return unread.note(self.folder.files, self.folder.path, self._now_s())

    # -- room

    def need_room(self) -> None:
        """Raise `JournalFullError` if an ordinary event would have to use the reserve."""
        if self._reserve:
            return
        if not self.lay_reserve() and self._free_bytes() < _ROOM_BYTES:
            raise JournalFullError(self.folder.path)

    def lay_reserve(self) -> bool:
        """Put the reserve back if there is room for it; return whether it is in place."""
        self._reserve = self.folder.lay_ballast()
        return self._reserve

    def used_bytes(self) -> int:
        """Return how much of the file is in use. Raises `JournalError`."""
        return self._pages("page_count") - self._free_bytes()

    def _free_bytes(self) -> int:
        return self._pages("freelist_count")

    def _pages(self, which: str) -> int:
        try:
            (pages,) = self.db.execute(f"PRAGMA {which}").fetchone()
        except sqlite3.Error as error:
            raise self.named(error) from error
        return int(pages) * int(self._page_bytes)

    def named(self, error: sqlite3.Error) -> JournalError:
        """Return what ``error`` means."""
        return named(error, self.folder.path)


def _is_refusal(error: sqlite3.Error) -> bool:
    """Return whether a statement was refused for what it wanted; an index at odds with its table is something else."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, sqlite3.IntegrityError) and code != sqlite3.SQLITE_CONSTRAINT_UNIQUE
