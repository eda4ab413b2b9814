"""A report as a picture of bars: who stands where, group by group, and the total below. Pure.

Promise: a bar is as long as its share, and says it in the words of the report; what has no share has no bar. No name is
longer than its place. rule: DAILY-RANK
"""

from collections.abc import Sequence
from typing import Final

from zhendao.command.output import columns
from zhendao.gateway.reports.report import Bars, Cell, Report, as_text
from zhendao.gateway.reports.scene import Box, Line, Scene, Words

_WIDTH: Final = 960
_LEFT, _LONG = 330, 460
"""Where bars begin, and how long one of the whole is."""
_ROW: Final = 24
_GAP: Final = 6
_TOP: Final = 78
_MOST_COLUMNS: Final = 44
_BLUE, _DARK, _GREY, _PALE = "#2f6fb0", "#17375e", "#666666", "#e8edf3"


def ranking(report: Report, bars: Bars) -> Scene:
    """Return the picture of ``report`` with the columns that ``bars`` names."""
    parts: list[Box | Line | Words] = [
        Words(_WIDTH / 2, 30, report.title, 22, anchor="middle"),
        Words(_WIDTH / 2, 58, report.stamp, 13, _GREY, "middle"),
    ]
    y, group = float(_TOP), None
    for row in report.rows:
        if row[bars.group] != group:
            group, y = row[bars.group], y + _GAP
            parts.append(Words(16, y + _ROW / 2, str(group), 14, _DARK))
            parts.append(Line([(16, y + _ROW), (_WIDTH - 16, y + _ROW)], _PALE))
            y += _ROW + 4
        parts += _bar(report, bars, row, str(row[bars.label]), y, _BLUE)
        y += _ROW
    if report.total is not None:
        parts.append(Line([(16, y + 6), (_WIDTH - 16, y + 6)], _GREY))
        parts += _bar(report, bars, report.total, str(report.total[0]), y + 10, _DARK)
        y += _ROW + 10
    for note in report.notes:
        parts.append(Words(16, y + _ROW / 2, note, 12, _GREY))
        y += _ROW
    return Scene(_WIDTH, int(y) + 16, parts)


def _bar(
    report: Report, bars: Bars, cells: Sequence[Cell], label: str, y: float, fill: str
) -> list[Box | Line | Words]:
    value, middle = cells[bars.value], y + _ROW / 2
    part, whole = (as_text(cells[one], report.columns[one].kind) for one in (bars.part, bars.whole))
    said = f"{as_text(value, report.columns[bars.value].kind)}　{part}/{whole}"
    long = _LONG * max(0.0, min(1.0, value)) if isinstance(value, int | float) else 0.0
    return [
        Words(_LEFT - 10, middle, _cut(label), 13, anchor="end"),
        Box(_LEFT, y + 4, _LONG, _ROW - 8, _PALE),
        Box(_LEFT, y + 4, long, _ROW - 8, fill),
        Words(_LEFT + _LONG + 10, middle, said, 13),
    ]


def _cut(text: str) -> str:
    """Return ``text`` with its middle left out where it is too long: branches of one house differ at the end."""
    if columns(text) <= _MOST_COLUMNS:
        return text
    head, tail = text[: len(text) // 2], text[len(text) // 2 :]
    while columns(head) + columns(tail) > _MOST_COLUMNS - 2:
        head, tail = (head[:-1], tail) if columns(head) > columns(tail) else (head, tail[1:])
    return f"{head}…{tail}"
