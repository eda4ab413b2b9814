"""The journal: every event in its final wire bytes, appended, never changed. The edge to SQLite.

Promise: `append` returns after the disk has confirmed, or raises and nothing is kept. What the gateway has committed
is known by ranges; acknowledging and pruning work on a full disk (ballast). One thread only. Tables: `schema`.
"""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from zhendao.device.errors import JournalDamagedError, JournalFullError
from zhendao.device.journal import settlement
from zhendao.device.journal.entries import Entry, EpochState, Grade, Settled, Slice
from zhendao.device.journal.headcopy import Head
from zhendao.device.journal.opening import open_journal
from zhendao.device.journal.schema import EPOCH_SHIFT, PAGE_BYTES, named
from zhendao.protocol import ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from zhendao.device.journal.folder import DataFolder
    from zhendao.protocol.suite import Suite

_COLUMNS = (
    "event.id, start, grade, sealed, commitment, signature, certificate.id, head"
    " FROM event JOIN certificate ON certificate.number = event.certificate"
)
_ROOM_PAGES = 512
"""With this many pages free inside the file, an event has room even on a disk without any."""


class Journal:
    """One terminal's journal, open. ``opening`` tells how it was found."""

    def __init__(self, folder: DataFolder, suite: Suite, device: bytes, now_s: int) -> None:
        """Open it; ``now_s`` names a damaged file that is set aside. Raises `JournalError`."""
        self._folder, self._suite, self._device = folder, suite, device
        self._db, self._copy, self.opening = open_journal(folder, suite, device, now_s)
        self._certificates: dict[bytes, int] = dict(self._db.execute("SELECT id, number FROM certificate"))
        self._numbers: dict[bytes, int] = dict(self._db.execute("SELECT epoch, number FROM epoch"))
        self._reserve = folder.lay_ballast()

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self._folder.path

    def close(self) -> None:
        """Close it; nothing is waiting to be written."""
        self._db.close()
        self._copy.close()

    # -- writing

    def append(
        self,
        epoch: bytes,
        entries: Sequence[Entry],
        visits: Mapping[bytes, bytes | None] | None = None,
        settled: Iterable[tuple[bytes, int, int, Settled]] = (),
        *,
        privileged: bool = False,
    ) -> None:
        """Put ``entries`` at the end of ``epoch`` (begun if it is new), together with visit rows and acknowledgements.

        ``privileged`` may use the reserve (a `boot` event, without which nothing can be acknowledged).
        Raises `JournalFullError` or `JournalWriteError`; then nothing of it is kept.
        """
        if not privileged:
            self.need_room()

        def write() -> None:
            number = self._number_of(epoch)
            self._db.executemany(
                "INSERT INTO event (id, start, grade, certificate, sealed, commitment, signature, head)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        number * EPOCH_SHIFT + one.seq,
                        one.start,
                        one.grade,
                        self._certificate(one.certificate_id),
                        one.sealed,
                        one.commitment,
                        one.signature,
                        one.head,
                    )
                    for one in entries
                ],
            )
            self._write_visits(visits or {})
            self._write_settled(settled)

        new_epoch = epoch not in self._numbers
        self._transaction(write, reserve=privileged)
        if entries:
            with contextlib.suppress(OSError):  # the copy may lag; the database is what counts
                last = entries[-1]
                self._copy.write(Head(epoch, last.seq, last.head), new_epoch=new_epoch)

    def need_room(self) -> None:
        """Raise `JournalFullError` if an ordinary event would have to use the reserve."""
        if self._reserve:
            return
        self._reserve = self._folder.lay_ballast()
        if not self._reserve and self._free_pages() < _ROOM_PAGES:
            raise JournalFullError(self._folder.path)

    def settle(self, settled: Iterable[tuple[bytes, int, int, Settled]]) -> None:
        """Note what the gateway has: ``(epoch, first, last, state)``. Works on a full disk. Raises `JournalError`."""
        self._transaction(lambda: self._write_settled(settled), reserve=True)

    def unsettle(self, epoch: bytes, first: int, last: int) -> None:
        """Forget that the gateway has these (it asked for them again). Raises `JournalError`."""
        self._transaction(lambda: settlement.remove(self._db, self._number_of(epoch), first, last), reserve=True)

    def prune(self, epoch: bytes, keep: int, keep_start: int) -> int:
        """Drop acknowledged events of ``epoch`` but the last ``keep``; return how many went (see `settlement.prune`).

        Raises `JournalError`.
        """
        number, gone = self._numbers[epoch], 0

        def write() -> None:
            nonlocal gone
            gone = settlement.prune(self._db, number, keep, keep_start)

        self._transaction(write, reserve=True)
        return gone

    def make_room(self, keep_start: int) -> int:
        """Drop everything that the gateway has, because the disk is full; return how many events went.

        Raises `JournalError`.
        """
        gone = sum(self.prune(epoch, 0, keep_start) for epoch in list(self._numbers))
        with contextlib.suppress(sqlite3.Error):
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._reserve = self._folder.lay_ballast()
        return gone

    # -- reading

    def epochs(self) -> list[EpochState]:
        """Return every epoch that still holds events, the oldest first."""
        found = []
        for epoch, number in sorted(self._numbers.items(), key=lambda one: one[1]):
            low = number * EPOCH_SHIFT
            span = (low, low + EPOCH_SHIFT - 1)
            query = "SELECT min(id) - ?, max(id) - ? FROM event WHERE id BETWEEN ? AND ?"
            first, last = self._db.execute(query, (low, low, *span)).fetchone()
            if first is None:
                continue
            settled = settlement.settled(self._db, number)
            settled.remove(last + 1, EPOCH_SHIFT)  # what is not there yet cannot have been settled, whoever wrote it
            (head,) = self._db.execute("SELECT head FROM event WHERE id = ?", (low + last,)).fetchone()
            urgent: list[int] = []
            if settled.next_missing(first) <= last:
                query = "SELECT id - ? FROM event WHERE id BETWEEN ? AND ? AND grade = ?"
                urgent = [seq for (seq,) in self._db.execute(query, (low, *span, Grade.URGENT)) if seq not in settled]
            found.append(EpochState(epoch, first, last, head, settled, urgent))
        return found

    def read(self, epoch: bytes, first: int, last: int, max_bytes: int) -> Slice | None:
        """Return the events from ``first`` to ``last``, fewer if they would pass ``max_bytes`` or one is not there.

        None where ``first`` itself is not there. Raises `JournalDamagedError` if what it links to is not.
        """
        low = self._numbers[epoch] * EPOCH_SHIFT
        entries: list[Entry] = []
        size = 0
        rows = self._db.execute(
            f"SELECT {_COLUMNS} WHERE event.id BETWEEN ? AND ? ORDER BY event.id",
            (low + first, low + last),
        )
        for row in rows:
            entry = _entry(row, low)
            size += entry.size
            if entry.seq != first + len(entries) or (entries and size > max_bytes):
                break
            entries.append(entry)
        if not entries:
            return None
        prev = self._prev(epoch, first)
        if prev is None:
            raise JournalDamagedError(f"event {first} has lost what it links to")
        return Slice(epoch, prev, tuple(entries))

    def head_of(self, epoch: bytes, seq: int) -> bytes | None:
        """Return h[seq], None where it is not known (any more)."""
        number = self._numbers.get(epoch)
        if number is None:
            return None
        if seq == 0:
            return ledger.genesis(self._suite, self._device, epoch)
        row = self._db.execute("SELECT head FROM event WHERE id = ?", (number * EPOCH_SHIFT + seq,)).fetchone()
        return row[0] if row is not None else None

    def visits(self) -> Iterator[tuple[bytes, bytes]]:
        """Return the rows of open visits and last checks."""
        yield from self._db.execute("SELECT key, content FROM visit")

    def used_bytes(self) -> int:
        """Return how much of the file is in use."""
        (pages,) = self._db.execute("PRAGMA page_count").fetchone()
        return int(pages - self._free_pages()) * PAGE_BYTES

    # -- inside

    def _free_pages(self) -> int:
        (pages,) = self._db.execute("PRAGMA freelist_count").fetchone()
        return int(pages)

    def _prev(self, epoch: bytes, seq: int) -> bytes | None:
        before = self.head_of(epoch, seq - 1)
        if before is not None:
            return before
        identity = self._numbers[epoch] * EPOCH_SHIFT + seq
        row = self._db.execute("SELECT prev FROM event WHERE id = ?", (identity,)).fetchone()
        return row[0] if row is not None else None

    def _transaction(self, write: Callable[[], None], *, reserve: bool) -> None:
        """Run ``write`` in one synced transaction; with ``reserve`` a full disk costs the ballast, not the write."""
        try:
            self._attempt(write)
        except JournalFullError:
            if not reserve or not self._folder.drop_ballast():
                raise
            self._reserve = False
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._attempt(write)

    def _attempt(self, write: Callable[[], None]) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            write()
            self._db.execute("COMMIT")
        except BaseException as error:
            self._roll_back()
            if isinstance(error, sqlite3.Error):
                raise named(error, self._folder.path) from error
            raise

    def _roll_back(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        self._certificates = dict(self._db.execute("SELECT id, number FROM certificate"))
        self._numbers = dict(self._db.execute("SELECT epoch, number FROM epoch"))

    def _number_of(self, epoch: bytes) -> int:
        if epoch not in self._numbers:
            genesis = ledger.genesis(self._suite, self._device, epoch)
            made = self._db.execute("INSERT INTO epoch (epoch, genesis) VALUES (?, ?)", (epoch, genesis)).lastrowid
            self._numbers[epoch] = made or 0
        return self._numbers[epoch]

    def _certificate(self, identity: bytes) -> int:
        if identity not in self._certificates:
            made = self._db.execute("INSERT INTO certificate (id) VALUES (?)", (identity,)).lastrowid
            self._certificates[identity] = made or 0
        return self._certificates[identity]

    def _write_settled(self, settled: Iterable[tuple[bytes, int, int, Settled]]) -> None:
        for epoch, first, last, state in settled:
            settlement.add(self._db, self._number_of(epoch), first, last, state)

    def _write_visits(self, visits: Mapping[bytes, bytes | None]) -> None:
        for key, content in visits.items():
            if content is None:
                self._db.execute("DELETE FROM visit WHERE key = ?", (key,))
            else:
                self._db.execute("INSERT OR REPLACE INTO visit VALUES (?, ?)", (key, content))


def _entry(row: tuple[int, int, int, bytes, bytes, bytes, bytes, bytes], low: int) -> Entry:
    identity, start, grade, sealed, commitment, signature, certificate, head = row
    return Entry(identity - low, start, Grade(grade), sealed, commitment, signature, certificate, head)
