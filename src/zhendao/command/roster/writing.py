"""Lists written as CSV, so that reading them again gives the same rows: UTF-8, Chinese headers, times in UTC."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
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
            return _moment(value)
    return value.hex() if isinstance(value, bytes) else str(value)


@lru_cache(4096)
def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")


def lines(sheet: Sheet, rows: Iterable[Row]) -> Iterator[list[str]]:
    """Yield the cells of the header, and then those of each of ``rows`` of ``sheet``."""
    yield [column.zh[0] for column in sheet.columns]
    for row in rows:
        yield [as_cell(column.kind, row.values[column.name]) for column in sheet.columns]


def table(sheet: Sheet, rows: Iterable[Row]) -> bytes:
    """Return ``rows`` of ``sheet`` as a CSV file."""
    return _csv(lines(sheet, rows))


def report(problems: Iterable[Problem], language: Language) -> bytes:
    """Return what is wrong as a CSV file: a line for each thing, with its place and how to mend it."""
    headers = Text("文件,行,列,问题,办法", "file,line,column,what,how to mend it").in_(language).split(",")
    told = [
        [one.file, "" if one.line is None else str(one.line), one.column or "", one.what.in_(language),
         one.cure.in_(language)]
        for one in problems
    ]  # fmt: skip
    return _csv([headers, *told])


def _csv(written: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(written)
    return text.getvalue().encode("utf-8-sig")
