"""`zhendao-device status` and `journal ls`: what a journal holds, read beside a running terminal, never written.

The journal is sealed: what can be told is which event stands where, how it travels, and whether the gateway has it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhendao.command.output import emit_json, line, table
from zhendao.device import config
from zhendao.device.errors import DeviceError, JournalDamagedError
from zhendao.device.journal.beside import open_beside
from zhendao.device.journal.entries import Grade, Settled
from zhendao.device.journal.opening import FILE
from zhendao.device.journal.schema import EPOCH_SHIFT
from zhendao.device.journal.spans import Spans
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse

_GRADES = {
    Grade.ORDINARY: Text("普通", "ordinary"),
    Grade.EVIDENCE: Text("凭证", "evidence"),
    Grade.URGENT: Text("紧急", "urgent"),
}
_WAITING = Text("未确认", "not confirmed")
_STATES = {
    Settled.COMMITTED: Text("网关已收妥", "committed"),
    Settled.QUARANTINED: Text("网关已隔离", "quarantined"),
    Settled.FORK: Text("网关另存（分叉）", "kept beside another history"),
}


class NoJournalError(DeviceError):
    """There is no journal yet."""

    code = "no-journal"

    def __init__(self, path: Path) -> None:
        super().__init__(
            Text(f"没有日志：{path}", f"there is no journal at {path}"),
            Text("终端运行一次后才有日志", "a terminal has one once it has run"),
        )


def status(arguments: argparse.Namespace, language: Language) -> int:
    """Say what stands in the journal, epoch by epoch."""
    folder = config.read(Path(arguments.config)).terminal.data_dir
    epochs = []
    with closing(_open(folder / FILE)) as db:
        (device,) = _query(db, "SELECT device FROM owner")[0]
        for number, epoch in _query(db, "SELECT number, epoch FROM epoch ORDER BY number"):
            low = number * EPOCH_SHIFT
            span = (low, low + EPOCH_SHIFT - 1)
            first, last, count = _query(
                db, "SELECT min(id), max(id), count(*) FROM event WHERE id BETWEEN ? AND ?", span
            )[0]
            if count:
                done = _states(db, number)
                missing = count - sum(_held(db, low, spans) for spans in done.values())
                epochs.append(
                    {"epoch": epoch.hex(), "first": first - low, "last": last - low, "unacknowledged": missing}
                )
    size = sum(file.stat().st_size for file in folder.glob(FILE + "*"))
    aside = sorted(file.name for file in folder.glob(FILE + ".corrupt.*"))
    if arguments.json:
        emit_json({"device": device.hex(), "bytes": size, "epochs": epochs, "set_aside": aside})
        return 0
    line(
        Text(
            f"终端 {device.hex()}，日志 {size // 1024} KiB", f"terminal {device.hex()}, journal {size // 1024} KiB"
        ).in_(language)
    )
    for name in aside:
        line(Text(f"已搁置的损坏日志：{name}", f"damaged journal set aside: {name}").in_(language))
    headers = [one.in_(language) for one in (_EPOCH, _FIRST, _LAST, _WAITING)]
    table(headers, [[one["epoch"][:8], one["first"], one["last"], one["unacknowledged"]] for one in epochs])
    return 0


def journal_ls(arguments: argparse.Namespace, language: Language) -> int:
    """List the last events."""
    folder = config.read(Path(arguments.config)).terminal.data_dir
    with closing(_open(folder / FILE)) as db:
        epochs: dict[int, bytes] = dict(_query(db, "SELECT number, epoch FROM epoch"))
        states = {number: _states(db, number) for number in epochs}
        rows = _query(
            db,
            "SELECT id, start, grade, length(sealed), hex(head) FROM event ORDER BY id DESC LIMIT ?",
            (max(1, arguments.last),),
        )
    found = []
    for identity, start, grade, size, head in reversed(rows):
        number, seq = divmod(identity, EPOCH_SHIFT)
        state = next((state for state, spans in states[number].items() if seq in spans), None)
        found.append((epochs[number].hex(), seq, start, Grade(grade), size, head.lower(), state))
    if arguments.json:
        names = ("epoch", "seq", "start", "grade", "bytes", "head", "state")
        emit_json([dict(zip(names, map(_word, row), strict=True)) for row in found])
        return 0
    headers = [one.in_(language) for one in (_EPOCH, _SEQ, _START, _GRADE, _BYTES, _STATE)]
    table(
        headers,
        [
            [
                *(epoch[:8], seq, start, _GRADES[grade].in_(language), size),
                (_WAITING if state is None else _STATES[state]).in_(language),
            ]
            for epoch, seq, start, grade, size, _, state in found
        ],
    )
    return 0


def _word(value: Any) -> Any:
    return value.name.lower() if isinstance(value, Enum) else value


_EPOCH, _FIRST, _LAST = Text("纪元", "epoch"), Text("首条", "first"), Text("末条", "last")
_SEQ, _START, _GRADE = Text("编号", "seq"), Text("启动", "start"), Text("级别", "grade")
_BYTES, _STATE = Text("字节", "bytes"), Text("状态", "state")


def _open(path: Path) -> sqlite3.Connection:
    if not path.exists():
        raise NoJournalError(path)
    return open_beside(path)


def _query(db: sqlite3.Connection, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
    try:
        return db.execute(sql, values).fetchall()
    except sqlite3.Error as error:
        raise JournalDamagedError(str(error)) from error


def _states(db: sqlite3.Connection, number: int) -> dict[Settled, Spans]:
    rows = _query(db, "SELECT state, first, last FROM settled WHERE epoch = ?", (number,))
    return {state: Spans((first, last) for of, first, last in rows if of == state) for state in Settled}


def _held(db: sqlite3.Connection, low: int, spans: Spans) -> int:
    query = "SELECT count(*) FROM event WHERE id BETWEEN ? AND ?"
    return sum(_query(db, query, (low + first, low + last))[0][0] for first, last in spans)
