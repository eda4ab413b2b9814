"""Is there anything wrong between rows that are each well-formed: told twice, at the same time, of what is not there?

Promise: as `check`; rows that the store holds already take part: nothing may overlap with them, and may refer to them.
Where everything is well a few sets of a table say so; only where something is not, each row is looked at. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise
from operator import itemgetter
from typing import Any

from zhendao.command.roster.check import Row
from zhendao.command.roster.problems import Problem
from zhendao.command.roster.sheets import BY_NAME, HOLDERS, ONLY_WHERE_LISTED, Column
from zhendao.protocol.wording import Text


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
