"""The journal: every event in its final wire bytes, appended, never changed; what is asked of it, as queries.

Promise: `append` returns after the disk has confirmed, or raises and nothing is kept. What the gateway has committed
is known by ranges; acknowledging and pruning work on a full disk (`database`). One thread only. Tables: `schema`.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from zhendao.device.errors import JournalDamagedError
from zhendao.device.journal import checking, settlement
from zhendao.device.journal.database import Database
from zhendao.device.journal.entries import Entry, EpochState, Settled, Slice
from zhendao.device.journal.headcopy import Head
from zhendao.device.journal.rows import LAST, Rows
from zhendao.device.journal.schema import EPOCH_SHIFT, is_damage
from zhendao.protocol import ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from zhendao.device.errors import JournalError
    from zhendao.device.journal.entries import Opening
    from zhendao.device.journal.folder import DataFolder
    from zhendao.protocol.suite import Suite

_COLUMNS = (
    "event.id, start, grade, sealed, commitment, signature, certificate.id, head"
    " FROM event LEFT JOIN certificate ON certificate.number = event.certificate"
)
_FIRST = "SELECT min(id) - ? FROM event WHERE id BETWEEN ? AND ?"
_PRUNED_AT_ONCE = 1000
"""So many events at most go in one transaction: the log holds what a transaction changes."""


class Journal:
    """One terminal's journal, open. ``opening`` tells how it was found."""

    def __init__(self, folder: DataFolder, suite: Suite, device: bytes, now_s: Callable[[], int]) -> None:
        """Open it; what ``now_s`` says (UTC, seconds) names a damaged file that is set aside. Raises `JournalError`."""
        self._suite, self._device = suite, device
        self._file = Database(folder, suite, device, now_s)
        self._rows = Rows(self._file, suite, device)
        try:
            self._look()
        except BaseException:
            self.close()
            raise

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self._file.path

    @property
    def opening(self) -> Opening:
        """How it was found when it was opened the last time."""
        return self._file.opening

    @property
    def generation(self) -> int:
        """How often it has been opened: more than once after errors of the disk."""
        return self._file.generation

    def recover(self) -> None:
        """Open it anew if an error of the disk has left a doubt about it. Raises `JournalError`."""
        before = self._file.generation
        self._file.recover()
        if self._file.generation != before:
            self._look()

    def condemn(self, why: str) -> None:
        """Have it set aside at the next record, which begins a new epoch: it was found to be damaged."""
        self._file.condemn(why)

    def met(self, error: sqlite3.Error) -> JournalError:
        """Return what an error of a query means; damage sets the journal aside at the next record."""
        return self._file.met(error)

    def close(self) -> None:
        """Close it; nothing is waiting to be written."""
        self._file.close()

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

        ``privileged`` may use the reserve: a `boot` event, without which nothing is acknowledged, and a call for help.
        Raises `JournalFullError` or `JournalWriteError`; then nothing of it is kept.
        """
        if not privileged:
            self.need_room()

        def write() -> None:
            self._rows.write_events(epoch, entries)
            self._rows.write_visits(visits or {})
            self._rows.write_settled(settled)

        self._file.transaction(write, reserve=privileged)
        if entries:
            self._file.follow(Head(epoch, entries[-1].seq, entries[-1].head))

    def need_room(self) -> None:
        """Raise `JournalFullError` if an ordinary event would have to use the reserve."""
        self._file.need_room()

    def settle(self, settled: Iterable[tuple[bytes, int, int, Settled]]) -> None:
        """Note what the gateway has: ``(epoch, first, last, state)``. Works on a full disk. Raises `JournalError`."""
        self.recover()
        self._file.transaction(lambda: self._rows.write_settled(settled), reserve=True)

    def unsettle(self, epoch: bytes, first: int, last: int) -> None:
        """Forget that the gateway has these (it asked for them again). Raises `JournalError`."""
        self.recover()

        def write() -> None:
            if epoch in self._file.numbers:
                settlement.remove(self._file.db, self._file.numbers[epoch], first, last)

        self._file.transaction(write, reserve=True)

    def prune(self, epoch: bytes, keep: int, keep_start: int) -> int:
        """Drop acknowledged events of ``epoch`` but the last ``keep``; return how many went (see `settlement.prune`).

        Raises `JournalError`.
        """
        self.recover()
        gone, more = 0, True

        def write() -> None:
            nonlocal gone, more
            number = self._file.numbers.get(epoch)
            count = 0
            if number is not None:
                count = settlement.prune(self._file.db, number, keep, keep_start, _PRUNED_AT_ONCE)
            gone, more = gone + count, count > 0

        while more:
            self._file.transaction(write, reserve=True)
        return gone

    def make_room(self, keep_start: int) -> int:
        """Drop everything that the gateway has, because the disk is full; return how many events went.

        Raises `JournalError`.
        """
        gone = sum(self.prune(epoch, 0, keep_start) for epoch in list(self._file.numbers))
        self._file.shrink_log()
        self._file.lay_reserve()
        return gone

    # -- reading

    def epochs(self) -> list[EpochState]:
        """Return every epoch that still holds events, the oldest first."""
        found = []
        for epoch, number in sorted(self._file.numbers.items(), key=lambda one: one[1]):
            low = number * EPOCH_SHIFT
            span = (low, low + EPOCH_SHIFT - 1)
            # Each end for itself: asked for both at once, SQLite would go through all that is between.
            first, last = (self._file.db.execute(query, (low, *span)).fetchone()[0] for query in (_FIRST, LAST))
            if first is None:
                continue
            settled = settlement.settled(self._file.db, number)
            settled.remove(last + 1, EPOCH_SHIFT)  # what is not there yet cannot have been settled, whoever wrote it
            head = self.head_of(epoch, last)
            if head is None:
                raise JournalDamagedError(f"event {last} is last, and not there")
            if self._prev(epoch, last) is None:
                raise JournalDamagedError(f"event {last} is last, and has lost what it links to")
            urgent: list[int] = []
            if settled.next_missing(first) <= last:
                query = "SELECT id - ? FROM event INDEXED BY urgent WHERE id BETWEEN ? AND ? AND grade = 2"
                urgent = [seq for (seq,) in self._file.db.execute(query, (low, *span)) if seq not in settled]
            found.append(EpochState(epoch, first, last, head, settled, urgent))
        return found

    def read(self, epoch: bytes, first: int, last: int, max_bytes: int) -> Slice | None:
        """Return the events from ``first`` to ``last``, fewer if they would pass ``max_bytes`` or one is not there.

        None where ``first`` itself is not there. Raises `JournalDamagedError` if it is not what was written, or what it
        links to is not there; fewer are returned if that is so of a later one.
        """
        if epoch not in self._file.numbers:
            return None
        low = self._file.numbers[epoch] * EPOCH_SHIFT
        prev = head = self._prev(epoch, first)
        entries: list[Entry] = []
        size = 0
        rows = self._file.db.execute(
            f"SELECT {_COLUMNS} WHERE event.id BETWEEN ? AND ? ORDER BY event.id",
            (low + first, low + last),
        )
        for row in rows:
            entry = checking.entry_in(row, low)
            size += entry.size
            if entry.seq != first + len(entries) or (entries and size > max_bytes):
                break
            # Each of them: a batch is signed when it goes, and what is signed is what was recorded.
            link = entry.sealed, entry.commitment, entry.head
            if head is None or not checking.holds(self._suite, self._device, epoch, entry.seq, head, link):
                if entries:
                    break
                raise JournalDamagedError(f"event {first} does not link to what is before it")
            entries.append(entry)
            head = entry.head
        return Slice(epoch, prev, tuple(entries)) if prev is not None and entries else None

    def head_of(self, epoch: bytes, seq: int) -> bytes | None:
        """Return h[seq], None where it is not known (any more)."""
        number = self._file.numbers.get(epoch)
        if number is None:
            return None
        if seq == 0:
            return ledger.genesis(self._suite, self._device, epoch)
        row = self._file.db.execute("SELECT head FROM event WHERE id = ?", (number * EPOCH_SHIFT + seq,)).fetchone()
        return checking.hash_in(row, seq)

    def visits(self) -> Iterator[tuple[bytes, bytes]]:
        """Return the rows of open visits and last checks."""
        for row in self._file.db.execute("SELECT key, content FROM visit"):
            if checking.has_form(row, (bytes, bytes)):  # one that has rotten costs an open visit
                yield row

    def used_bytes(self) -> int:
        """Return how much of the file is in use. Raises `JournalError`."""
        return self._file.used_bytes()

    def check(self, after: int, count: int) -> int | None:
        """Hash up to ``count`` events after the place ``after`` again; return the next place, None at the end.

        Raises `JournalDamagedError`, `sqlite3.Error`.
        """
        return checking.check_some(self._file.db, self._suite, self._device, after, count)

    # -- inside

    def _look(self) -> None:
        """Ask what whoever opens it asks next, who would end, and begin again: what is damaged is set aside now."""
        try:
            self.epochs()
        except (JournalDamagedError, sqlite3.DatabaseError, *checking.NONSENSE) as error:
            if isinstance(error, sqlite3.DatabaseError) and not is_damage(error):
                raise self._file.named(error) from error
            self._file.condemn(str(error))
            self._file.recover()

    def _prev(self, epoch: bytes, seq: int) -> bytes | None:
        before = self.head_of(epoch, seq - 1)
        if before is not None:
            return before
        identity = self._file.numbers[epoch] * EPOCH_SHIFT + seq
        row = self._file.db.execute("SELECT prev FROM event WHERE id = ?", (identity,)).fetchone()
        return None if row == (None,) else checking.hash_in(row, seq)
