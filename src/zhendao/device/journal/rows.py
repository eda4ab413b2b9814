"""Rows of the journal as they are written within a transaction: events, open visits, what the gateway has.

Promise: an event that was put at the end is looked for there before the transaction ends, so a damaged index is found
before any good signal. Epochs and certificates are numbered when they come for the first time. Tables: `schema`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.errors import JournalDamagedError
from zhendao.device.journal import settlement
from zhendao.device.journal.schema import EPOCH_SHIFT
from zhendao.protocol import ledger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zhendao.device.journal.database import Database
    from zhendao.device.journal.entries import Entry, Settled
    from zhendao.protocol.suite import Suite

LAST = "SELECT max(id) - ? FROM event WHERE id BETWEEN ? AND ?"
_THERE = "SELECT 1 FROM event WHERE id = ?"


class Rows:
    """Writes into the open ``file``, whose transaction is the caller's."""

    def __init__(self, file: Database, suite: Suite, device: bytes) -> None:
        self._file, self._suite, self._device = file, suite, device

    def write_events(self, epoch: bytes, entries: Sequence[Entry]) -> None:
        """Put ``entries`` at the end of ``epoch``. Raises `JournalDamagedError` if the last is not found there."""
        number = self._number_of(epoch)
        self._file.db.executemany(
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
        if entries:
            self._check_end(number, entries[-1].seq)

    def write_settled(self, settled: Iterable[tuple[bytes, int, int, Settled]]) -> None:
        """Note what the gateway has: ``(epoch, first, last, state)``."""
        for epoch, first, last, state in settled:
            settlement.add(self._file.db, self._number_of(epoch), first, last, state)

    def write_visits(self, visits: Mapping[bytes, bytes | None]) -> None:
        """Put in the rows of open visits by their keys; None takes one away."""
        for key, content in visits.items():
            number = self._file.visits.get(key)
            if content is None:
                self._file.db.execute("DELETE FROM visit WHERE number = ?", (number,))
                self._file.visits.pop(key, None)
            elif number is not None:
                self._file.db.execute("UPDATE visit SET content = ? WHERE number = ?", (content, number))
            else:
                made = self._file.db.execute("INSERT INTO visit (key, content) VALUES (?, ?)", (key, content)).lastrowid
                self._file.visits[key] = made or 0

    def _check_end(self, number: int, seq: int) -> None:
        """Raise `JournalDamagedError` if what was just put at the end is not last, or not found."""
        low = number * EPOCH_SHIFT
        (last,) = self._file.db.execute(LAST, (low, low, low + EPOCH_SHIFT - 1)).fetchone()
        if last != seq or self._file.db.execute(_THERE, (low + seq,)).fetchone() is None:
            raise JournalDamagedError(f"event {seq} is not found after event {last}")

    def _number_of(self, epoch: bytes) -> int:
        if epoch not in self._file.numbers:
            genesis = ledger.genesis(self._suite, self._device, epoch)
            made = self._file.db.execute("INSERT INTO epoch (epoch, genesis) VALUES (?, ?)", (epoch, genesis)).lastrowid
            self._file.numbers[epoch] = made or 0
        return self._file.numbers[epoch]

    def _certificate(self, identity: bytes) -> int:
        if identity not in self._file.certificates:
            made = self._file.db.execute("INSERT INTO certificate (id) VALUES (?)", (identity,)).lastrowid
            self._file.certificates[identity] = made or 0
        return self._file.certificates[identity]
