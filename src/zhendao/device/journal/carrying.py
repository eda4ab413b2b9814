"""What a damaged journal still holds and the gateway does not have, taken over into a new one: it is sent by itself.

Promise: only what hashes to the head that it was chained to is taken over, in its own epoch under its own number, so
nothing signed is lost that can be read. What cannot be read stays in the damaged file, which is only read here.
"""

from __future__ import annotations

import contextlib
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from zhendao.device.errors import JournalDamagedError
from zhendao.device.journal.beside import open_beside
from zhendao.device.journal.checking import EVENT, has_form, holds
from zhendao.device.journal.headcopy import LAG
from zhendao.device.journal.schema import EPOCH_SHIFT, is_full
from zhendao.device.journal.spans import Spans
from zhendao.protocol import ledger
from zhendao.protocol.limits import ID_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from zhendao.device.files import Connection, Files
    from zhendao.device.journal.headcopy import Head
    from zhendao.protocol.suite import Suite

_CHUNK = 256
_MOST_FAILURES = 4096
"""So many ranges that cannot be read, and the rest is left where it is."""
_QUERY = (
    "SELECT event.id, start, grade, certificate.id, sealed, commitment, signature, head, prev"
    " FROM event JOIN certificate ON certificate.number = event.certificate WHERE event.id BETWEEN ? AND ? ORDER BY 1"
)


@dataclass(frozen=True, slots=True)
class Sound:
    """An event that hashes to its ``head`` from ``prev``, in the order of the columns of the table."""

    seq: int
    start: int
    grade: int
    certificate_id: bytes
    sealed: bytes
    commitment: bytes
    signature: bytes
    head: bytes
    prev: bytes


def carry_over(
    files: Files, damaged: Path, to: Connection, suite: Suite, device: bytes, known: Head | None = None
) -> int:
    """Copy what ``damaged`` holds undelivered into ``to``; return how many events. Raises `sqlite3.Error` of ``to``.

    ``known`` is a head from elsewhere: how far to look where the file does not say. ``to`` then waits for a new epoch:
    its newest one has no event, so a start that finds it like this knows.
    """
    count = 0
    with contextlib.suppress(JournalDamagedError), closing(open_beside(damaged, files)) as db:
        for number, epoch in _epochs(db):
            settled = _all(db, f"SELECT state, first, last FROM settled WHERE epoch = {number:d}", (int, int, int))  # noqa: S608 - a whole number
            hint = known.seq + LAG if known is not None and known.epoch == epoch else 0
            events = undelivered(db, number, epoch, suite, device, hint)
            while chunk := [one for one, _ in zip(events, range(_CHUNK), strict=False)]:
                try:
                    put_in(to, suite, device, epoch, chunk, settled)
                except sqlite3.Error as error:
                    if not is_full(error):
                        raise
                    return count
                count += len(chunk)
    wait_for_new_epoch(to)
    return count


def _epochs(db: Connection) -> list[tuple[int, bytes]]:
    """Return number and name of each epoch, by the table and by its index: what has rotted in one is in the other.

    Under a name that is not its own no event is sound.
    """
    ways = ("NOT INDEXED", "INDEXED BY sqlite_autoindex_epoch_1")
    return sorted({row for way in ways for row in _all(db, f"SELECT number, epoch FROM epoch {way}", (int, bytes))})  # noqa: S608 - ours


def wait_for_new_epoch(to: Connection) -> None:
    """Make the newest epoch one without an event, so that the next start begins a new one. Raises `sqlite3.Error`."""
    newest = to.execute("SELECT epoch FROM epoch ORDER BY number DESC LIMIT 1").fetchone()
    another = sha256(newest[0] if newest else b"").digest()[:ID_BYTES]
    to.execute("INSERT INTO epoch (epoch, genesis) VALUES (?, ?)", (another, bytes(32)))


def undelivered(
    db: Connection, number: int, epoch: bytes, suite: Suite, device: bytes, hint: int = 0
) -> Iterator[Sound]:
    """Yield the sound events of epoch ``number`` that are not settled, and the `boot` events that they need.

    ``hint``: the seq up to which there may be some, where the end cannot be read.
    """
    low = number * EPOCH_SHIFT
    done = Spans(_all(db, f"SELECT first, last FROM settled WHERE epoch = {number:d}", (int, int)))  # noqa: S608 - a whole number
    span = f"BETWEEN {low:d} AND {low + EPOCH_SHIFT - 1:d}"
    # One row at either end: an aggregate over both would read every page, damaged ones too.
    lowest, highest = (_all(db, f"SELECT {end}(id) FROM event WHERE id {span}") for end in ("min", "max"))  # noqa: S608 - whole numbers
    if (None,) in (*lowest, *highest):
        return
    first = lowest[0][0] - low if lowest else 1
    last = highest[0][0] - low if highest else max(hint, _last_readable(db, low))
    reading = _Reading(db, low, epoch, suite, device)
    starts: set[int] = set()
    at = done.next_missing(first)
    while at <= last:
        until = min((done.next_present(at) or last + 1) - 1, last)
        for one in reading.sound(at, until):
            if one.start not in starts and one.start in done:
                yield from reading.sound(one.start, one.start)
            starts.add(one.start)
            yield one
        at = done.next_missing(until + 1)


def _last_readable(db: Connection, low: int) -> int:
    """Return how far events can be read from the beginning on, where the last page cannot; 0 for not at all."""
    good, bad = 0, EPOCH_SHIFT
    while good + 1 < bad:
        middle = (good + bad) // 2
        if _all(db, f"SELECT id FROM event WHERE id >= {low + middle:d} ORDER BY id LIMIT 1"):  # noqa: S608 - a whole number
            good = middle
        else:
            bad = middle
    return good


class _Reading:
    """Reads what can be read of one epoch: a range that fails is halved until the row that fails is alone."""

    def __init__(self, db: Connection, low: int, epoch: bytes, suite: Suite, device: bytes) -> None:
        self._db, self._low, self._epoch, self._suite, self._device = db, low, epoch, suite, device
        self._failures = 0

    def sound(self, first: int, last: int) -> Iterator[Sound]:
        """Yield the events from ``first`` to ``last`` that are what was written."""
        before = (0, ledger.genesis(self._suite, self._device, self._epoch))
        at = max(1, first - 1)
        while at <= last and self._failures < _MOST_FAILURES:
            until = min(last, at + _CHUNK - 1)
            rows = self._rows(at, until)
            at = until + 1 if rows else self._next(until + 1, last)
            for identity, *rest, prev in rows:
                seq, head = identity - self._low, rest[-1]
                known = prev or (before[1] if before[0] == seq - 1 else None)
                before = seq, head
                sealed, commitment = rest[3], rest[4]
                if (
                    seq >= first
                    and known is not None
                    and holds(self._suite, self._device, self._epoch, seq, known, (sealed, commitment, head))
                ):
                    start, grade, certificate, sealed, commitment, signature, head = rest
                    yield Sound(seq, start, grade, certificate, sealed, commitment, signature, head, known)

    def _next(self, first: int, last: int) -> int:
        """Return which the next one from ``first`` on is: the number of the last one may have rotten to any."""
        query = "SELECT id FROM event WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 1"
        try:
            row = self._db.execute(query, (self._low + first, self._low + last)).fetchone()
        except sqlite3.Error:
            self._failures += 1
            return first
        return max(first, row[0] - self._low) if row is not None else last + 1

    def _rows(self, first: int, last: int) -> list[Any]:
        if self._failures >= _MOST_FAILURES:
            return []
        try:
            rows = self._db.execute(_QUERY, (self._low + first, self._low + last)).fetchall()
            return [one for one in rows if has_form(one, EVENT) and isinstance(one[8], bytes | None)]
        except sqlite3.Error:
            self._failures += 1
        if first == last:
            return []
        middle = (first + last) // 2
        return self._rows(first, middle) + self._rows(middle + 1, last)


def put_in(
    to: Connection,
    suite: Suite,
    device: bytes,
    epoch: bytes,
    chunk: Sequence[Sound],
    settled: Sequence[tuple[int, int, int]] = (),
) -> None:
    """Put sound events into a journal, in one transaction; what is there already stays. Raises `sqlite3.Error`."""
    genesis = ledger.genesis(suite, device, epoch)
    to.execute("BEGIN IMMEDIATE")
    try:
        to.execute("INSERT OR IGNORE INTO epoch (epoch, genesis) VALUES (?, ?)", (epoch, genesis))
        (number,) = to.execute("SELECT number FROM epoch WHERE epoch = ?", (epoch,)).fetchone()
        to.executemany("INSERT OR IGNORE INTO settled VALUES (?, ?, ?, ?)", [(number, *one) for one in settled])
        for one in chunk:
            to.execute("INSERT OR IGNORE INTO certificate (id) VALUES (?)", (one.certificate_id,))
            to.execute(
                "INSERT OR IGNORE INTO event (id, start, grade, certificate, sealed, commitment, signature, head, prev)"
                " SELECT ?, ?, ?, number, ?, ?, ?, ?, ? FROM certificate WHERE id = ?",
                (
                    *(number * EPOCH_SHIFT + one.seq, one.start, one.grade),
                    *(one.sealed, one.commitment, one.signature, one.head, one.prev, one.certificate_id),
                ),
            )
        to.execute("COMMIT")
    except sqlite3.Error:
        with contextlib.suppress(sqlite3.Error):
            to.execute("ROLLBACK")
        raise


def _all(db: Connection, query: str, form: tuple[type, ...] = ()) -> list[Any]:
    try:
        return [row for row in db.execute(query) if has_form(row, form)]
    except sqlite3.Error:
        return []
