"""Is each row that was read fit to be in the registry? What is wrong between rows is told by `between`. Pure.

Promise: every thing wrong is told with its file, line and column, and how to mend it; a row is either taken whole or
told of.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from zhendao.command.roster.cells import Cell, CellError
from zhendao.command.roster.files import RawRow, RawSheet
from zhendao.command.roster.problems import Problem
from zhendao.command.roster.sheets import Sheet
from zhendao.protocol.wording import Text


@dataclass(slots=True)  # not frozen, as `files.RawRow`
class Row:
    """A row that is well-formed: all its ``values`` by column, and from where it came (None: from the store)."""

    sheet: Sheet
    values: Mapping[str, Any]
    file: str | None = None
    line: int | None = None
    headers: Mapping[str, str] | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """Return what the row is about."""
        return tuple(self.values[name] for name in self.sheet.key)

    @property
    def identity(self) -> tuple[Any, ...]:
        """Return what makes it the same row when it is loaded again: what it is about, and from when it holds."""
        return (*self.key, self.values["valid_from"])

    def problem(self, column: str | None, what: Text, cure: Text) -> Problem:
        """Return a problem of this row."""
        header = None if column is None else (self.headers or {}).get(column, column)
        return Problem(self.file or self.sheet.name, self.line, header, what, cure)


def check_rows(raw: RawSheet, zone: tzinfo, tenant: str) -> tuple[list[Row], list[Problem]]:
    """Turn each row's cells into values; ``zone`` is that of local times, ``tenant`` that of rows that name none."""
    rows, problems = [], []
    known = _Known(raw.sheet, zone)
    for row in raw.rows:
        values: dict[str, Any] = {}
        taken, wrong = _cells(raw, row, known, values)
        values["tenant"] = values["tenant"] or tenant
        wrong = wrong or _within(taken)
        problems += wrong
        if not wrong:
            rows.append(taken)
    return rows, problems


def take_rows(raw: RawSheet, zone: tzinfo) -> tuple[list[Row], list[Problem]]:
    """Turn each row's cells into values and no more; for lists that are no table of the registry."""
    known = _Known(raw.sheet, zone)
    taken = [_cells(raw, row, known, {}) for row in raw.rows]
    return [row for row, wrong in taken if not wrong], [one for _, wrong in taken for one in wrong]


def sift(rows: Sequence[Row], check: Callable[[Sequence[Row]], list[Problem]]) -> tuple[list[Row], list[Problem]]:
    """Return the rows that can stay without the others, and all that is wrong with the others.

    ``check`` tells what is wrong between rows (`between.check_together`). What refers to a row that had to go has to
    go too. A problem that is no row's here cannot be mended by leaving rows out: then none stays.
    """
    left, told = list(rows), list[Problem]()
    while problems := check(left):
        told += problems
        bad = {problem.row for problem in problems}
        good = [row for row in left if (row.file, row.line) not in bad]
        left = [] if len(good) == len(left) else good
        if not left:
            break
    return left, told


class _Known:
    """How each column's cells are taken, and what became of texts that stood there before: most say the same again."""

    def __init__(self, sheet: Sheet, zone: tzinfo) -> None:
        self.zone = zone
        empty: list[dict[Cell, Any]] = [{} for _ in sheet.columns]
        self.columns = [(one, one.name, one.kind.take, held) for one, held in zip(sheet.columns, empty, strict=True)]


_REMEMBERED = 1_000
"""So many texts of a column at most: of one that names each row anew nothing comes again."""


def _cells(raw: RawSheet, row: RawRow, known: _Known, values: dict[str, Any]) -> tuple[Row, list[Problem]]:
    """Put each cell's value into ``values``, which the row keeps."""
    taken = Row(raw.sheet, values, raw.file, row.line, raw.headers)
    problems: list[Problem] = []
    zone, cells = known.zone, row.cells
    for column, name, take, held in known.columns:
        values[name] = None
        cell = cells.get(name)
        if cell is None:
            if column.required:
                cure = Text("请填写", "fill it in")
                problems.append(taken.problem(name, Text("不能为空", "must not be empty"), cure))
            continue
        if cell in held:
            values[name] = held[cell]
            continue
        try:
            values[name] = value = take(cell, zone)
        except CellError as error:
            problems.append(taken.problem(name, error.what, error.cure))
            continue
        if type(cell) is str and len(held) < _REMEMBERED:  # 1, 1.0 and True would be one key of three cells
            held[cell] = value
    return taken, problems


def _within(row: Row) -> list[Problem]:
    """Return what is wrong between the columns of one row."""
    problems = []
    values = row.values
    if values["valid_to"] is not None and values["valid_to"] <= values["valid_from"]:
        what = Text("不晚于有效期起", "is not later than valid_from")
        problems.append(row.problem("valid_to", what, Text("改为更晚，或留空", "make it later, or leave it empty")))
    match row.sheet.name:
        case "tokens" if values["token_id"] is None and values["uid"] is None:
            what = Text("标签编号与芯片号至少填一项", "token_id and uid are both empty")
            problems.append(row.problem("token_id", what, Text("填写其中一项", "fill in one of them")))
        case "services":
            problems += _limits(row)
        case "blocklist":
            problems += _blocked(row)
    return problems


def _limits(row: Row) -> list[Problem]:
    """Return what is wrong with a service's limits."""
    values, problems = row.values, []
    if values["max_s"] < values["min_s"]:
        what = Text("最长时长小于最短时长", "the longest time is shorter than the shortest")
        problems.append(row.problem("max_s", what, Text("检查两列", "check both columns")))
    if values["period"] is None and (values["times"] is not None or values["least_s"] is not None):
        what = Text("有次数或周期最少时长，没有周期", "says how often or how much, and not in which period")
        problems.append(row.problem("period", what, Text("填写日、周、月或年", "write day, week, month or year")))
    return problems


def _blocked(row: Row) -> list[Problem]:
    """Return what is wrong with an entry of the blocklist. rule: BLOCKLIST (to bar somebody takes three records)."""
    values, problems = row.values, []
    if (values["person"] is None) is (values["number"] is None):
        what = Text("人员编号与标签编号须填且只填一项", "names not exactly one of a person and a number")
        problems.append(row.problem("person", what, Text("填写其中一项", "fill in one of them")))
    if values["reason"] == "barred":
        if values["person"] is None:
            what = Text("禁入须指明人员", "only a person can be barred")
            problems.append(row.problem("person", what, Text("填写人员编号", "fill in the person")))
        for office in ("street", "civil", "police"):
            if values[office] is None:
                what = Text("禁入须有街道、民政、公安三方记录", "to bar somebody takes the records of all three")
                problems.append(row.problem(office, what, Text("填写该方记录", "fill in this office's record")))
    return problems
