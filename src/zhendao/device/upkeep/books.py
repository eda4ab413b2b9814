"""What the journal's database says about itself, for `status`, `journal ls` and the doctor. Read beside its writer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.command.findings import Finding, bad, good, note
from zhendao.device.errors import DeviceError, JournalDamagedError
from zhendao.device.journal.beside import read_beside
from zhendao.device.journal.entries import Grade, Settled
from zhendao.device.journal.opening import FILE
from zhendao.device.journal.schema import EPOCH_SHIFT
from zhendao.device.journal.spans import Spans
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path
    from typing import TypeVar

    T = TypeVar("T")

ASIDE = FILE + ".corrupt.*[0-9]"
"""Damaged journals that were set aside; their logs have the same names with ``-wal``."""


class NoJournalError(DeviceError):
    """There is no journal yet."""

    code = "no-journal"

    def __init__(self, path: Path) -> None:
        super().__init__(
            Text(f"没有日志：{path}", f"there is no journal at {path}"),
            Text("终端运行一次后才有日志", "a terminal has one once it has run"),
        )


@dataclass(frozen=True, slots=True)
class EpochBook:
    """One life of the journal: what is there, and how much of it the gateway does not have."""

    epoch: bytes
    first: int
    last: int
    unacknowledged: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class Line:
    """One event as `journal ls` lists it; ``state`` is None where the gateway has said nothing yet."""

    epoch: bytes
    seq: int
    start: int
    grade: Grade
    size: int
    head: bytes
    state: Settled | None


def read(path: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    """Return what ``work`` makes of the journal at ``path``. Raises `NoJournalError`, `JournalDamagedError`."""
    if not path.exists():
        raise NoJournalError(path)
    return read_beside(path, work)


def device(db: sqlite3.Connection) -> bytes:
    """Return whose journal it is."""
    row = db.execute("SELECT device FROM owner").fetchone()
    if row is None:
        raise JournalDamagedError("no owner")
    found: bytes = row[0]
    return found


def epochs(db: sqlite3.Connection) -> list[EpochBook]:
    """Return every epoch that holds events, the oldest first."""
    found = []
    for number, epoch in db.execute("SELECT number, epoch FROM epoch ORDER BY number").fetchall():
        low = number * EPOCH_SHIFT
        span = (low, low + EPOCH_SHIFT - 1)
        query = "SELECT min(id), max(id), count(*) FROM event WHERE id BETWEEN ? AND ?"
        first, last, count = db.execute(query, span).fetchone()
        if count:
            held = {state: _held(db, low, spans) for state, spans in _states(db, number).items()}
            missing = count - sum(held.values())
            found.append(EpochBook(epoch, first - low, last - low, missing, held[Settled.QUARANTINED]))
    return found


def last_lines(db: sqlite3.Connection, count: int) -> list[Line]:
    """Return the last ``count`` events, in order."""
    known: dict[int, bytes] = dict(db.execute("SELECT number, epoch FROM epoch").fetchall())
    states = {number: _states(db, number) for number in known}
    rows = db.execute(
        "SELECT id, start, grade, length(sealed), head FROM event ORDER BY id DESC LIMIT ?", (count,)
    ).fetchall()
    found = []
    for identity, start, grade, size, head in reversed(rows):
        number, seq = divmod(identity, EPOCH_SHIFT)
        state = next((state for state, spans in states[number].items() if seq in spans), None)
        found.append(Line(known[number], seq, start, Grade(grade), size, head, state))
    return found


def look(folder: Path) -> list[Finding]:
    """Look for the doctor: is the journal there and readable, what waits, what was set aside."""
    asides = [
        note(
            "journal-aside",
            Text(f"有搁置的损坏日志：{aside.name}", f"a damaged journal was set aside: {aside.name}"),
            Text(
                "停止终端后运行 zhendao-device journal salvage",
                "stop the terminal, then run zhendao-device journal salvage",
            ),
        )
        for aside in sorted(folder.glob(ASIDE))
    ]
    return [_journal(folder / FILE), *asides]


def _journal(path: Path) -> Finding:
    try:
        books = read(path, epochs)
    except NoJournalError as error:
        return note("journal", error.what, error.cure)
    except JournalDamagedError as error:
        cure = Text(
            "终端下次启动时会将其搁置并接管其中可读的记录",
            "at its next start the terminal sets it aside and takes over what can be read",
        )
        return bad("journal", error.what, cure)
    waiting, refused = sum(one.unacknowledged for one in books), sum(one.quarantined for one in books)
    if refused:
        return note(
            "journal",
            Text(
                f"日志正常；上次落盘时 {waiting} 条待确认，{refused} 条被网关隔离",
                f"{waiting} unconfirmed, {refused} quarantined when last written",
            ),
            Text("请网关管理员查看被隔离的记录", "ask who runs the gateway to look at what it quarantined"),
        )
    return good(
        "journal",
        f"日志正常，上次落盘时 {waiting} 条待确认",
        f"the journal is sound, {waiting} unconfirmed when last written",
    )


def _states(db: sqlite3.Connection, number: int) -> dict[Settled, Spans]:
    rows = db.execute("SELECT state, first, last FROM settled WHERE epoch = ?", (number,)).fetchall()
    return {state: Spans((first, last) for of, first, last in rows if of == state) for state in Settled}


def _held(db: sqlite3.Connection, low: int, spans: Spans) -> int:
    query = "SELECT count(*) FROM event WHERE id BETWEEN ? AND ?"
    return sum(db.execute(query, (low + first, low + last)).fetchone()[0] for first, last in spans)
