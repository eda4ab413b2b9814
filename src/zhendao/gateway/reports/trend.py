"""A report as a picture of lines: its figures one below the other, from the first row to the last. Pure.

Promise: a line goes through exactly what the report says, from nothing at the bottom to its highest at the top; what
has no figure is a gap, and no nought. rule: DAILY-RANK
"""

from itertools import groupby
from math import floor, log10
from typing import Final

from zhendao.gateway.reports.report import Kind, Lines, Report, as_text
from zhendao.gateway.reports.scene import Box, Line, Point, Scene, Words

_WIDTH: Final = 960
_LEFT, _RIGHT = 90, 870
_TOP: Final = 84
_HIGH, _GAP = 130, 70
_MOST_LABELS: Final = 8
_STEPS: Final = (1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10)
_COLOURS: Final = ("#2f6fb0", "#2e8b57", "#c0562a", "#7a5195")
_DARK, _GREY, _PALE = "#17375e", "#666666", "#e8edf3"


def trend(report: Report, lines: Lines) -> Scene:
    """Return the picture of ``report`` with the columns that ``lines`` names."""
    parts: list[Box | Line | Words] = [
        Words(_WIDTH / 2, 30, report.title, 22, anchor="middle"),
        Words(_WIDTH / 2, 58, report.stamp, 13, _GREY, "middle"),
    ]
    top = float(_TOP)
    for place, value in enumerate(lines.values):
        parts += _panel(report, lines.label, value, top, _COLOURS[place % len(_COLOURS)])
        top += _HIGH + _GAP
    for note in report.notes:
        parts.append(Words(16, top, note, 12, _GREY))
        top += 22
    return Scene(_WIDTH, int(top) + 8, parts)


def _panel(report: Report, label: int, value: int, top: float, colour: str) -> list[Box | Line | Words]:
    column = report.columns[value]
    figures = [cell if isinstance(cell := row[value], int | float) else None for row in report.rows]
    share = column.kind is Kind.SHARE
    most = 1.0 if share else _round(float(max((one for one in figures if one is not None), default=0)))
    bottom, begins = top + 26 + _HIGH, top + 26
    step = (_RIGHT - _LEFT) / max(1, len(figures) - 1)

    def at(place: int, figure: float) -> Point:
        return _LEFT + place * step, bottom - _HIGH * figure / most

    parts: list[Box | Line | Words] = [Words(16, top + 4, column.header, 14, _DARK)]
    for part in (0.0, 0.5, 1.0):
        y = bottom - _HIGH * part
        parts.append(Line([(_LEFT, y), (_RIGHT, y)], _PALE if part else _GREY))
        said = f"{part:.0%}" if share else f"{most * part:.12g}"
        parts.append(Words(_LEFT - 8, y, said, 11, _GREY, "end"))
    for known, group in groupby(enumerate(figures), key=lambda one: one[1] is not None):
        points = [at(place, figure) for place, figure in group if figure is not None]
        if known and len(points) > 1:
            parts.append(Line(points, colour, 2.5))
        parts += [Box(x - 2.5, y - 2.5, 5, 5, colour) for x, y in points]
    told = [(place, figure) for place, figure in enumerate(figures) if figure is not None]
    if told:
        x, y = at(*told[-1])
        parts.append(Words(x + 8, max(begins, y), as_text(told[-1][1], column.kind), 12, colour))
    every = -(-len(figures) // _MOST_LABELS) or 1
    for place in range(0, len(figures), every):
        x, _ = at(place, 0)
        parts.append(Words(x, bottom + 13, str(report.rows[place][label])[5:], 11, _GREY, "middle"))
    return parts


def _round(most: float) -> float:
    """Return a figure with one digit or two, at least ``most``, that an axis can end at."""
    if most <= 0:
        return 1.0
    ten = 10.0 ** floor(log10(most))
    return next(step * ten for step in _STEPS if step * ten >= most)
