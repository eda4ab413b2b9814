"""Is what was read fit to be the registry? Row by row, then all rows together. Pure.

Promise: every thing wrong is told with its file, line and column, and how to mend it; a row is either taken whole or
told of. Rows that the store holds already take part: nothing may overlap with them, and may refer to them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import tzinfo
from itertools import pairwise
from operator import itemgetter
from typing import Any

from zhendao.command.roster.cells import CellError
from zhendao.command.roster.files import RawRow, RawSheet
from zhendao.command.roster.problems import Problem
from zhendao.command.roster.sheets import BY_NAME, HOLDERS, ONLY_WHERE_LISTED, Column, Sheet
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

    ``check`` tells what is wrong between rows (`check_together`). What refers to a row that had to go has to go too. A
    problem that is no row's here cannot be mended by leaving rows out: then none stays.
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
        empty: list[dict[str, Any]] = [{} for _ in sheet.columns]
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
        # A text only: 1, 1.0 and True are one key and three cells.
        if type(cell) is str and cell in held:
            values[name] = held[cell]
            continue
        try:
            values[name] = value = take(cell, zone)
        except CellError as error:
            problems.append(taken.problem(name, error.what, error.cure))
            continue
        if type(cell) is str and len(held) < _REMEMBERED:
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


def check_together(
    loaded: Sequence[Row], whole: Sequence[Row], elsewhere: AbstractSet[str] = frozenset()
) -> list[Problem]:
    """Return what is wrong between rows: ``whole`` is the registry as it would be, ``loaded`` what is new in it.

    ``elsewhere``: tables that are not at hand; what refers to them is taken as it is.
    """
    tables = _by_table(whole)
    found = [*_doubles(loaded), *_overlaps(whole, tables)]
    if not _all_known(tables, elsewhere):
        found += _references(whole, elsewhere)
    return [*found, *_levels(tables.get("regions", ()))]


def _by_table(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.sheet.name, []).append(row)
    return found


def _doubles(loaded: Sequence[Row]) -> list[Problem]:
    for rows in _by_table(loaded).values():
        named = itemgetter(*rows[0].sheet.key, "valid_from")
        if len({named(row.values) for row in rows}) < len(rows):
            break
    else:
        return []
    seen: dict[tuple[Any, ...], Row] = {}
    problems = []
    for row in loaded:
        first = seen.setdefault((row.sheet.name, *row.identity), row)
        if first is not row:
            what = Text(f"与第 {first.line} 行重复", f"says again what line {first.line} says")
            problems.append(row.problem(row.sheet.key[0], what, Text("删去其中一行", "remove one of them")))
    return problems


def _overlaps(whole: Iterable[Row], tables: Mapping[str, Sequence[Row]]) -> list[Problem]:
    several = {name for name, rows in tables.items() if _found_twice(rows)}
    held: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in whole if several else ():
        if row.sheet.name in several:
            for name, key in _looked_up_by(row):
                held[row.sheet.name, name, key].append(row)
    problems: dict[int, Problem] = {}
    for (_, name, _key), rows in held.items():
        rows.sort(key=lambda row: row.values["valid_from"])
        for earlier, later in pairwise(rows):
            if earlier.identity == later.identity and earlier.file and later.file:
                continue  # told of as a double
            if _meet(earlier, later):
                told = later if later.file else earlier
                other = earlier if told is later else later
                where = Text(f"第 {other.line} 行", f"line {other.line}") if other.file else _IN_STORE
                what = Text(f"有效期与{where.zh}重叠", f"holds at the same time as {where.en}")
                cure = Text("给较早的一行填写有效期止", "give the earlier row an end (valid_to)")
                problems.setdefault(id(told), told.problem(name, what, cure))
    return list(problems.values())


def _found_twice(rows: Sequence[Row]) -> bool:
    """Tell whether several rows of one table are looked up by the same thing."""
    sheet = rows[0].sheet
    for names in _TOKEN_NAMES if sheet.name == "tokens" else (sheet.key,):
        named = itemgetter(*names)
        keys = [key for row in rows if (key := named(row.values)) is not None]
        if len(set(keys)) < len(keys):
            return True
    return False


_TOKEN_NAMES = (("token_id",), ("uid",))
_IN_STORE = Text("已登记的一行", "a row that is registered already")


def _meet(earlier: Row, later: Row) -> bool:
    """Return whether both hold at some moment; ``later`` does not begin before the other. Half-open."""
    end = earlier.values["valid_to"]
    return end is None or later.values["valid_from"] < end


def _looked_up_by(row: Row) -> list[tuple[str, Any]]:
    """Return by what the row is found: of each of these one row may hold at a time."""
    if row.sheet.name == "tokens":
        return [(name, row.values[name]) for (name,) in _TOKEN_NAMES if row.values[name] is not None]
    return [(row.sheet.key[0], row.key)]


def _all_known(tables: Mapping[str, Sequence[Row]], elsewhere: AbstractSet[str]) -> bool:
    """Tell whether certainly everything that rows refer to is there."""
    wanted: defaultdict[str, set[Any]] = defaultdict(set)
    for rows in tables.values():
        for column in rows[0].sheet.columns:
            if column.refers_to is not None:
                wanted[column.refers_to].update({row.values[column.name] for row in rows})
    for row in tables.get("tokens", ()):
        if row.values["role"] in HOLDERS:
            wanted[HOLDERS[row.values["role"]]].add(row.values["holder_id"])
    for table, names in wanted.items():
        rows = tables.get(table, ())
        if table not in elsewhere and (rows or table not in ONLY_WHERE_LISTED):
            key = BY_NAME[table].key[0]
            if names - {row.values[key] for row in rows} - {None}:
                return False
    return True


def _references(whole: Sequence[Row], elsewhere: AbstractSet[str]) -> list[Problem]:
    known: defaultdict[str, set[Any]] = defaultdict(set)
    for row in whole:
        known[row.sheet.name].add(row.values[row.sheet.key[0]])
    problems = []
    for row in whole:
        for column, table in _referring(row):
            value = row.values[column.name]
            if table in elsewhere or (table in ONLY_WHERE_LISTED and not known[table]):
                continue
            if value is not None and value not in known[table]:
                shown = value.hex() if isinstance(value, bytes) else value
                zh = BY_NAME[table].zh
                what = Text(f"{zh}表中没有 {shown}", f"{shown} is not in the table {table}")
                problems.append(row.problem(column.name, what, Text(f"先在{zh}表登记", f"enter it in {table}")))
    return problems


def _levels(regions: Iterable[Row]) -> list[Problem]:
    """Return the regions that lie in none of a higher level: so none is, over others, its own parent."""
    levels: defaultdict[str, set[int]] = defaultdict(set)
    for row in regions:
        levels[row.values["region"]].add(row.values["level"])
    problems = []
    for row in regions:
        above = levels.get(row.values["parent"])
        if above is not None and max(above) >= row.values["level"]:
            what = Text("上级区划的级别不高于本级", "its parent is of no higher level")
            problems.append(row.problem("parent", what, Text("检查级别与上级区划", "check level and parent")))
    return problems


def _referring(row: Row) -> list[tuple[Column, str]]:
    found = [(column, column.refers_to) for column in row.sheet.columns if column.refers_to is not None]
    if row.sheet.name == "tokens" and row.values["role"] in HOLDERS:
        holder = next(column for column in row.sheet.columns if column.name == "holder_id")
        found.append((holder, HOLDERS[row.values["role"]]))
    return found
