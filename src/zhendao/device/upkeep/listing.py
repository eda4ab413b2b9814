"""`zhendao-device journal ls`: the last events, where each stands, whether the gateway has it. Contents are sealed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.output import emit_json, table
from zhendao.device import config
from zhendao.device.journal.entries import Grade, Settled
from zhendao.device.journal.opening import FILE
from zhendao.device.upkeep import books
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse

GRADES = {
    Grade.ORDINARY: Text("普通", "ordinary"),
    Grade.EVIDENCE: Text("凭证", "evidence"),
}
"""Calls are listed as ordinary: a screen that told them apart would show a silent one."""
_WAITING = Text("未确认", "not confirmed")
_STATES = {
    Settled.COMMITTED: Text("网关已收妥", "committed"),
    Settled.QUARANTINED: Text("网关已隔离", "quarantined"),
    Settled.FORK: Text("网关另存（分叉）", "kept beside another history"),
}
_HEADERS = (
    Text("纪元", "epoch"),
    Text("编号", "seq"),
    Text("启动", "start"),
    Text("级别", "grade"),
    Text("字节", "bytes"),
    Text("状态", "state"),
)


def ls(arguments: argparse.Namespace, language: Language) -> int:
    """List the last events."""
    folder = config.read(Path(arguments.config)).terminal.data_dir
    count = max(1, arguments.last)
    found = books.read(folder / FILE, lambda db: books.last_lines(db, count))
    if arguments.json:
        emit_json(
            [
                {
                    "epoch": one.epoch.hex(),
                    "seq": one.seq,
                    "start": one.start,
                    "grade": _grade(one.grade).name.lower(),
                    "bytes": one.size,
                    "head": one.head.hex(),
                    "state": None if one.state is None else one.state.name.lower(),
                }
                for one in found
            ]
        )
        return 0
    rows = [
        [
            *(one.epoch.hex()[:8], one.seq, one.start, GRADES[_grade(one.grade)].in_(language), one.size),
            (_WAITING if one.state is None else _STATES[one.state]).in_(language),
        ]
        for one in found
    ]
    table([one.in_(language) for one in _HEADERS], rows)
    return 0


def _grade(grade: Grade) -> Grade:
    return grade if grade in GRADES else Grade.ORDINARY
