"""Back-filled meals: a file is read and checked whole, kept as facts, and answered row by row.

Promise: with anything wrong nothing is kept, and all that is wrong is told with line, column, reason and cure; a row
that was imported before is the same record, so the same file again changes nothing. rule: MEAL-BACKFILL
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from zhendao.command.roster.check import Row, take_rows
from zhendao.command.roster.files import read_as
from zhendao.command.roster.problems import Problem, RosterError
from zhendao.gateway.errors import GatewayError
from zhendao.gateway.meals import book
from zhendao.gateway.meals.backfill_sheet import BACKFILL
from zhendao.gateway.meals.settings import MealRules
from zhendao.gateway.meals.tables import fills, imports, meals
from zhendao.gateway.meals.telling import tell_filled
from zhendao.gateway.meals.values import MEALS, STATES, Filled, State, filled_id, noon_of
from zhendao.gateway.registry.current import Current
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.store.engine import Store, insert_rows
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.wording import Language, Text

MOST_ROWS: Final = 200_000
_AT_ONCE: Final = 500


class BackfillError(RosterError, GatewayError):
    """A file of back-filled meals cannot be taken, and nothing was kept of it."""

    code = "meals-import"
    ending = Text("补录未作任何更改", "nothing was imported")


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a row: ``known`` where an earlier import had brought it."""

    line: int
    row: Filled
    known: bool
    state: State

    @property
    def text(self) -> Text:
        """What is told of it."""
        said = STATES[self.state]
        return Text(f"此前已导入；{said.zh}", f"imported before; {said.en}") if self.known else said

    def as_json(self, language: Language) -> dict[str, Any]:
        """Return it for machines."""
        row = self.row
        return {
            "line": self.line,
            "point": row.point,
            "day": row.day,
            "meal": MEALS[row.meal].in_(language),
            "elder_id": row.elder_id,
            "known": self.known,
            "state": str(self.state),
            "counted": self.state is State.COUNTED,
            "why": self.text.in_(language),
        }


@dataclass(frozen=True, slots=True)
class Import:
    """Who imports which file, and when (UTC ms)."""

    file: str
    by: str
    now_ms: int


def read_fills(source: Path, zone: tzinfo) -> list[Row]:
    """Return the rows of a CSV or XLSX file, each well-formed. Raises `BackfillError` with all that is wrong."""
    raw, problems = read_as(BACKFILL, source)
    rows, wrong = ([], []) if raw is None else take_rows(raw, zone)
    if problems or wrong:
        raise BackfillError([*problems, *wrong])
    if len(rows) > MOST_ROWS:
        too_many = Text(f"超过 {MOST_ROWS} 行", f"has more than {MOST_ROWS} rows")
        raise BackfillError([Problem(source.name, None, None, too_many, Text("请分成几次补录", "import it in parts"))])
    return rows


def checked(rows: Sequence[Row], registry: Registry, rules: MealRules, today: str) -> list[Filled]:
    """Return the records that ``rows`` are, by the numbers of their points. Raises `BackfillError`."""
    problems: list[Problem] = []
    found: dict[bytes, Filled] = {}
    for row in rows:
        values = row.values
        point, wrong = _point(row, registry, rules, today)
        problems += wrong
        if not registry.elder_rows(values["elder_id"]):
            what = Text(f"没有老人 {values['elder_id']}", f"there is no elder {values['elder_id']}")
            problems.append(row.problem("elder_id", what, Text("先在老人表登记", "register the elder first")))
            continue
        if point is None:
            continue
        name = filled_id(point, values["day"], values["meal"], values["elder_id"])
        one = Filled(name, 0, row.line or 0, point, values["day"], values["meal"], values["elder_id"], values["way"])
        first = found.setdefault(name, one)
        if first is not one:
            what = Text(f"与第 {first.line} 行重复", f"says again what line {first.line} says")
            problems.append(row.problem("elder_id", what, Text("删去其中一行", "remove one of them")))
    if problems:
        raise BackfillError(problems)
    return list(found.values())


def fill(
    store: Store,
    check: Callable[[Registry], list[Filled]],
    made: Import,
    rules: MealRules,
    store_key: StoreKey,
    *,
    forward: bool,
) -> list[Answer]:
    """Keep what is new of the rows that ``check`` returns, draw what follows, and return the answer to each.

    What is new is kept in one transaction, and drawn in small ones: whoever else writes waits for no more than that.
    What a kill leaves undrawn is drawn by the running gateway, or by the next import. Raises as ``check`` does.
    """
    current = Current(store_key)
    with store.reading() as connection:
        registry = current.at(connection)
    rows = check(registry)
    with store.writing() as connection:
        if current.at(connection) is not registry:  # a load came between
            rows = check(current.at(connection))
        known = {name for part in _parts(rows) for name in _known(connection, part)}
        new = _keep(connection, [one for one in rows if one.id not in known], made)
    how = {"now_ms": made.now_ms, "store_key": store_key, "forward": forward}
    for at in range(0, len(new), _AT_ONCE):
        with store.writing() as connection:
            registry = current.at(connection)
            told = [(tell_filled(one, registry, rules), False) for one in new[at : at + _AT_ONCE]]
            book.write(connection, told, rules, **how)
    more = _AT_ONCE
    while more:  # what an import that was killed had left
        with store.writing() as connection:
            more = book.write_filled(connection, _AT_ONCE, current.at(connection), rules, **how)
    with store.reading() as connection:
        states = {name: state for part in _parts(rows) for name, state in _states(connection, part)}
    return [Answer(one.line, one, one.id in known, State(states[one.id])) for one in rows]


def _keep(connection: Connection, new: Sequence[Filled], made: Import) -> list[Filled]:
    """Write down an import, and return its rows as they are kept, by point and day; in a write transaction."""
    if not new:
        return []
    columns = {"file": made.file[:200], "rows": len(new), "by": made.by[:64], "made_ms": made.now_ms}
    number = int(connection.execute(insert(imports).values(columns)).inserted_primary_key[0])  # type: ignore[index]
    said = [(one.id, number, one.line, one.point, one.day, one.meal, one.elder_id, one.way) for one in new]
    insert_rows(connection, fills, said, "id", "number", "line", "point", "day", "meal", "elder_id", "way")
    waiting = [(one.id, number, one.line, made.now_ms, True, False, 0, made.now_ms) for one in new]
    insert_rows(
        connection, meals, waiting, "id", "number", "line", "received_ms", "waits", "doubtful", "revision", "changed_ms"
    )
    return sorted((replace(one, number=number) for one in new), key=lambda one: (one.point, one.day, one.line))


def _point(row: Row, registry: Registry, rules: MealRules, today: str) -> tuple[str | None, list[Problem]]:
    """Return the number of the point that a row names, by its number or its code, as registered on that day."""
    named, day = row.values["point"], row.values["day"]
    if day > today:
        return None, [
            row.problem("day", Text(f"{day} 还没有到", f"{day} is yet to come"), Text("检查日期", "check the date"))
        ]
    at_ms = noon_of(day, rules.offset_ms)
    point = registry.standing.meal_point(named, at_ms) or registry.standing.meal_point_of(named, at_ms)
    if point is not None:
        return point.point, []
    what = Text(f"{day} 没有登记助餐点 {named}", f"no meal point {named} was registered on {day}")
    return None, [row.problem("point", what, Text("先在助餐点表登记，或检查日期", "register it, or check the date"))]


def _parts(rows: Sequence[Filled]) -> list[list[bytes]]:
    ids = [one.id for one in rows]
    return [ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE)]


def _known(connection: Connection, ids: Sequence[bytes]) -> list[bytes]:
    return list(connection.execute(select(fills.c.id).where(fills.c.id.in_(ids))).scalars())


def _states(connection: Connection, ids: Sequence[bytes]) -> list[tuple[bytes, str]]:
    query = select(meals.c.id, meals.c.state).where(meals.c.id.in_(ids))
    return [(name, state) for name, state in connection.execute(query)]
