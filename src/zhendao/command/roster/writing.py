"""Lists written as CSV, so that reading them again gives the same rows: UTF-8, Chinese headers, times in UTC."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from zhendao.command.roster.cells import Choice, Degrees, Duration, Kind, Moment
from zhendao.command.roster.check import Row
from zhendao.command.roster.problems import Problem
from zhendao.command.roster.sheets import Sheet
from zhendao.command.roster.shifts import Days
from zhendao.protocol.wording import Language, Text

_E7 = 10_000_000


def as_cell(kind: Kind, value: Any) -> str:
    """Return the text that a column of ``kind`` reads as ``value``; an empty cell for None."""
    if value is None:
        return ""
    match kind:
        case Choice() | Days():
            return kind.word(value, "zh")
        case Degrees():
            whole, part = divmod(abs(value), _E7)
            return f"{'-' if value < 0 else ''}{whole}.{part:07}"
        case Duration():
            return f"{value}s"
        case Moment():
            return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="milliseconds")
    return value.hex() if isinstance(value, bytes) else str(value)


def table(sheet: Sheet, rows: Iterable[Row]) -> bytes:
    """Return ``rows`` of ``sheet`` as a CSV file."""
    lines = [[as_cell(column.kind, row.values[column.name]) for column in sheet.columns] for row in rows]
    return _csv([column.zh[0] for column in sheet.columns], lines)


def report(problems: Iterable[Problem], language: Language) -> bytes:
    """Return what is wrong as a CSV file: a line for each thing, with its place and how to mend it."""
    headers = Text("文件,行,列,问题,办法", "file,line,column,what,how to mend it").in_(language).split(",")
    lines = [
        [one.file, "" if one.line is None else str(one.line), one.column or "", one.what.in_(language),
         one.cure.in_(language)]
        for one in problems
    ]  # fmt: skip
    return _csv(headers, lines)


def _csv(headers: Sequence[str], lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headers)
    writer.writerows(lines)
    return text.getvalue().encode("utf-8-sig")
