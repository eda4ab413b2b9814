"""What the gateway has of the journal, as ranges in the database, and what may go because of it.

Promise: nothing is dropped that the gateway has not committed. A quarantined event is kept for ever, and so are the
`boot` events whose keys undelivered ones need; an event whose predecessor goes keeps that one's h (``prev``), so it can
still be sent and proved. Runs inside the journal's transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.errors import JournalDamagedError
from zhendao.device.journal.entries import Settled
from zhendao.device.journal.schema import EPOCH_SHIFT
from zhendao.device.journal.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zhendao.device.files import Connection


def add(db: Connection, number: int, first: int, last: int, state: Settled) -> None:
    """Note that the gateway has ``first``…``last`` of epoch ``number``."""
    spans = _spans(db, number, state)
    spans.add(first, last)
    _replace(db, number, state, spans)


def remove(db: Connection, number: int, first: int, last: int) -> None:
    """Forget that the gateway has ``first``…``last``."""
    for state in Settled:
        spans = _spans(db, number, state)
        spans.remove(first, last)
        _replace(db, number, state, spans)


def settled(db: Connection, number: int) -> Spans:
    """Return all that needs no sending."""
    return _sound(db.execute("SELECT first, last FROM settled WHERE epoch = ?", (number,)))


def prune(db: Connection, number: int, keep: int, keep_start: int, most: int) -> int:
    """Drop events that may go, the oldest first, ``most`` at a time; return how many went.

    The last ``keep`` stay, and the `boot` event ``keep_start``.
    """
    low = number * EPOCH_SHIFT
    (last,) = db.execute("SELECT coalesce(max(id), 0) FROM event WHERE id BETWEEN ? AND ?", _range(low)).fetchone()
    # The newest event always stays: its h is what the next one links to.
    ranges = [(first, min(end, last - low - max(keep, 1))) for first, end in _done(db, number)]
    ranges = [one for one in ranges if one[0] <= one[1]]
    if not ranges:
        return 0
    kept = {keep_start, *_starts_of_undelivered(db, number)}
    marks = ", ".join(str(low + seq) for seq in sorted(kept))
    gone = 0
    for first, end in ranges:
        query = f"SELECT id FROM event WHERE id BETWEEN ? AND ? AND id NOT IN ({marks}) ORDER BY id LIMIT ?"  # noqa: S608 - whole numbers only
        going = [identity for (identity,) in db.execute(query, (low + first, low + end, most - gone))]
        if not going:
            continue
        for seq in (*kept, going[-1] - low + 1):
            if going[0] < low + seq <= going[-1] + 1:
                _remember_prev(db, low + seq)
        query = f"DELETE FROM event WHERE id BETWEEN ? AND ? AND id NOT IN ({marks})"  # noqa: S608 - whole numbers only
        gone += db.execute(query, (going[0], going[-1])).rowcount
        if gone >= most:
            break
    return gone


def _done(db: Connection, number: int) -> Spans:
    """Return what the gateway has committed, beside another history or not."""
    found = _spans(db, number, Settled.COMMITTED)
    for first, last in _spans(db, number, Settled.FORK):
        found.add(first, last)
    for first, last in _spans(db, number, Settled.QUARANTINED):
        found.remove(first, last)
    return found


def _starts_of_undelivered(db: Connection, number: int) -> set[int]:
    """Return the `boot` events that may be delivered and are needed: of each gap, that of its first event.

    Every later start in a gap is a `boot` event in the gap itself.
    """
    low = number * EPOCH_SHIFT
    done, starts, at = _done(db, number), set(), 1
    (last,) = db.execute("SELECT coalesce(max(id), 0) - ? FROM event WHERE id < ?", (low, low + EPOCH_SHIFT)).fetchone()
    while (at := done.next_missing(at)) <= last:
        until = (done.next_present(at) or last + 1) - 1
        query = "SELECT start FROM event WHERE id BETWEEN ? AND ? ORDER BY id LIMIT 1"
        for (one,) in db.execute(query, (low + at, low + until)):
            if not isinstance(one, int):
                raise JournalDamagedError(f"the start of event {at} is not what was written")
            starts.add(one)
        at = until + 1
    return starts


def _remember_prev(db: Connection, identity: int) -> None:
    db.execute(
        "UPDATE event SET prev = (SELECT before.head FROM event before WHERE before.id = ?)"
        " WHERE id = ? AND EXISTS (SELECT 1 FROM event before WHERE before.id = ?)",
        (identity - 1, identity, identity - 1),
    )


def _spans(db: Connection, number: int, state: Settled) -> Spans:
    return _sound(db.execute("SELECT first, last FROM settled WHERE epoch = ? AND state = ?", (number, state)))


def _sound(rows: Iterable[tuple[object, object]]) -> Spans:
    """Return ranges as they stand in a file that may have rotten. Raises `JournalDamagedError`."""
    spans = Spans()
    for first, last in rows:
        if not (isinstance(first, int) and isinstance(last, int) and 0 < first <= last):
            raise JournalDamagedError("what the gateway has is not what was written")
        spans.add(first, last)
    return spans


def _replace(db: Connection, number: int, state: Settled, spans: Spans) -> None:
    query = "SELECT first, last FROM settled WHERE epoch = ? AND state = ?"
    before, after = set(db.execute(query, (number, state))), set(spans)
    query = "DELETE FROM settled WHERE epoch = ? AND state = ? AND first = ?"
    db.executemany(query, [(number, state, first) for first, _ in sorted(before - after)])
    db.executemany(
        "INSERT INTO settled VALUES (?, ?, ?, ?)", [(number, state, *span) for span in sorted(after - before)]
    )


def _range(low: int) -> tuple[int, int]:
    return low, low + EPOCH_SHIFT - 1
