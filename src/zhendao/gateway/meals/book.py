"""Meals in the store: what is told of each record, and what becomes of it, home by home; in the caller's transaction.

Promise: a record that is told again touches its own home and, where a point's day changes hands, the homes of what was
back-filled there, and nothing else; a revision is made only where the record says something else (promise 4).
rule: MEAL-BACKFILL, MEAL-COUNT
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any, Final, TypeVar

import orjson
from sqlalchemy import Connection, Row, bindparam, case, func, or_, select, update

from zhendao.gateway.forward.outbox import Owed, enqueue_many
from zhendao.gateway.meals.concluding import Point, household, standing
from zhendao.gateway.meals.settings import MealRules
from zhendao.gateway.meals.tables import fills, meals
from zhendao.gateway.meals.telling import tell_filled
from zhendao.gateway.meals.values import Filled, Meals, State, Told
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey

Home = tuple[str, str]
"""A local day and a household."""
RECORD_TYPE: Final = "meal"
_IN_ONE: Final = 200
_T = TypeVar("_T", str, str | None)
_TOLD: Final = (
    "at_ms", "day", "meal", "point", "coded", "elder_id", "household", "village", "way", "by", "fixed", "flags",
    "distance_m", "dead_on",
)  # fmt: skip
_WRITE: Final = (
    update(meals)
    .where(meals.c.id == bindparam("the_id"))
    .values({name: bindparam(f"new_{name}") for name in (*_TOLD, "waits", "doubtful")})
)
_SETTLE: Final = (
    update(meals)
    .where(meals.c.id == bindparam("the_id"))
    .values({name: bindparam(f"new_{name}") for name in ("state", "of", "digest", "revision", "changed_ms")})
)


_STATES: Final = {str(one): one for one in State}
_REST: Final = (
    "at_ms", "meal", "point", "elder_id", "household", "village", "way", "by", "number", "line", "distance_m",
    "dead_on", "device",
)  # fmt: skip
_OF_DAY: Final = Prepared(
    select(
        *(meals.c[name] for name in ("id", "state", "of", "coded", "fixed", "flags", *_REST)),
    )
    .where(meals.c.day == bindparam("day"), meals.c.state.is_not(None))
    .order_by(meals.c.at_ms, meals.c.id)
)


def write(connection: Connection, told: Sequence[tuple[Told, bool]], rules: MealRules, **how: Any) -> int:
    """Write what is told of records, each with whether its time is doubtful, and draw what follows; see `draw`."""
    if not told:
        return 0
    homes, places = _stood(connection, [one.id for one, _ in told])
    places |= {(one.point, one.day) for one, _ in told if one.point is not None}
    before = _taken(connection, places)
    connection.execute(_WRITE, [_row_of(one, doubtful=doubtful) for one, doubtful in told])
    after = _taken(connection, places)
    homes |= {(one.day, one.household) for one, _ in told}
    changed = {place for place in places if before.get(place) != after.get(place)}
    return draw(connection, homes | _filled_homes(connection, changed), rules, **how)


def write_filled(connection: Connection, limit: int, registry: Registry, rules: MealRules, **how: Any) -> int:
    """Tell back-filled records that wait, at most ``limit``, and draw what follows; return how many there were."""
    query = select(fills).join(meals, meals.c.id == fills.c.id).where(meals.c.waits).order_by(fills.c.id).limit(limit)
    several = [filled_of(row) for row in connection.execute(query)]
    write(connection, [(tell_filled(one, registry, rules), False) for one in several], rules, **how)
    return len(several)


def draw(
    connection: Connection,
    homes: Iterable[Home],
    rules: MealRules,
    *,
    now_ms: int,
    store_key: StoreKey,
    forward: bool = False,
) -> int:
    """Conclude ``homes`` anew, write what changed and what is owed of it; return how many records changed."""
    changes: list[dict[str, Any]] = []
    owed: list[Owed] = []
    for day, several in _parts(homes):
        query = select(meals).where(meals.c.day == day, meals.c.household.in_(several))
        rows = {row.id: row for row in connection.execute(query)}
        records: dict[str, list[Told]] = {}
        for row in rows.values():
            records.setdefault(row.household, []).append(told_of(row))
        stands = _standing(connection, [one for home in records.values() for one in home])
        for one in (meal for home in several for meal in household(records.get(home, ()), stands, rules)):
            row, record = rows[one.told.id], one.as_json()
            digest = sha256(orjson.dumps(record, option=orjson.OPT_SORT_KEYS)).digest()
            if row.digest == digest:
                continue
            revision = row.revision + 1
            changes.append(
                {
                    "the_id": one.told.id, "new_state": str(one.state), "new_of": one.of, "new_digest": digest,
                    "new_revision": revision, "new_changed_ms": now_ms,
                }
            )  # fmt: skip
            owed.append(Owed(RECORD_TYPE, one.told.id.hex(), revision, {**record, "revision": revision}))
    if changes:
        connection.execute(_SETTLE, changes)
    if forward:
        enqueue_many(connection, store_key, owed, now_ms)
    return len(changes)


def meals_between(connection: Connection, first: str, last: str) -> Iterator[Meals]:
    """Give every record of the local days ``first`` to ``last`` (YYYY-MM-DD) that is concluded, by day, time and id.

    Day by day: a city's year takes no more memory than its fullest day.
    """
    days = select(meals.c.day).where(meals.c.day >= first, meals.c.day <= last).distinct().order_by(meals.c.day)
    for day in connection.execute(days).scalars().all():
        # Plain values, not rows by name: a year has one and a half million.
        for name, state, of, coded, fixed, flags, *rest in _OF_DAY.all(connection, day=day):
            at_ms, meal, point, elder_id, household, village, way, by, number, line, distance_m, dead_on, device = rest
            told = Told(
                name, at_ms, day, meal, point, bool(coded), elder_id, household, village, way, by, _STATES.get(fixed),
                tuple(flags.split(",")) if flags else (), number, line, distance_m, dead_on, device,
            )  # fmt: skip
            yield Meals(told, _STATES[state], of)


def told_of(row: Row[Any]) -> Told:
    """Return what a row of `meals` tells."""
    return Told(
        row.id,
        row.at_ms,
        row.day,
        row.meal,
        row.point,
        row.coded,
        row.elder_id,
        row.household,
        row.village,
        row.way,
        row.by,
        None if row.fixed is None else State(row.fixed),
        tuple(row.flags.split(",")) if row.flags else (),
        row.number,
        row.line,
        row.distance_m,
        row.dead_on,
        row.device,
    )


def filled_of(row: Row[Any]) -> Filled:
    """Return the back-filled record of a row of `meal_fills`."""
    return Filled(row.id, row.number, row.line, row.point, row.day, row.meal, row.elder_id, row.way)


def _row_of(one: Told, *, doubtful: bool) -> dict[str, Any]:
    said = {f"new_{name}": getattr(one, name) for name in _TOLD}
    fixed = None if one.fixed is None else str(one.fixed)
    more = {"new_fixed": fixed, "new_flags": ",".join(one.flags), "new_waits": False, "new_doubtful": doubtful}
    return {**said, **more, "the_id": one.id}


def _stood(connection: Connection, ids: Sequence[bytes]) -> tuple[set[Home], set[Point]]:
    """Return the homes, and the days of points, of which these records were before they were told anew."""
    columns = (meals.c.day, meals.c.household, meals.c.point)
    rows = connection.execute(select(*columns).where(meals.c.id.in_(ids), meals.c.day.is_not(None))).all()
    return {(row.day, row.household) for row in rows}, {(row.point, row.day) for row in rows if row.point is not None}


def _filled_homes(connection: Connection, places: Iterable[Point]) -> set[Home]:
    """Return the homes of what was back-filled for these days of points."""
    found: set[Home] = set()
    for point, days in _parts(places):
        query = select(meals.c.day, meals.c.household).where(
            meals.c.point == point, meals.c.day.in_(days), meals.c.number > 0
        )
        found |= {(day, home) for day, home in connection.execute(query)}
    return found


def _standing(connection: Connection, records: Iterable[Told]) -> Callable[[Told], State | None]:
    """Return what says of the back-filled ones of ``records`` whether their point's day was taken; see `standing`."""
    taken = _taken(connection, {(one.point, one.day) for one in records if not one.signed})
    return standing(
        {place for place, (signed, _) in taken.items() if signed},
        {place: first for place, (_, first) in taken.items() if first is not None},
    )


def _taken(connection: Connection, places: Iterable[Point]) -> dict[Point, tuple[bool, int | None]]:
    """Return of days of points with records whether any was signed, and which import was the first to fill them."""
    found: dict[Point, tuple[bool, int | None]] = {}
    signed, first = func.min(meals.c.number) == 0, func.min(case((meals.c.number > 0, meals.c.number)))
    for point, days in _parts((one, day) for one, day in places if one is not None):
        query = select(meals.c.day, signed, first).where(meals.c.point == point, meals.c.day.in_(days))
        for day, own, filled in connection.execute(query.group_by(meals.c.day)):
            found[point, day] = bool(own), filled
    return found


def _parts(pairs: Iterable[tuple[_T, str]]) -> Iterator[tuple[_T, list[str]]]:
    """Give ``pairs`` by the first of each, with so many of the second as fit into one statement.

    Pairs in one list are no way to ask: SQLite looks through the whole table for them.
    """
    found: dict[_T, list[str]] = {}
    for one, other in sorted(set(pairs)):
        found.setdefault(one, []).append(other)
    for one, several in found.items():
        for at in range(0, len(several), _IN_ONE):
            yield one, several[at : at + _IN_ONE]


def wait_again(connection: Connection, since_day: str) -> None:
    """Have every record from ``since_day`` on be told anew: the registry says something else."""
    recent = or_(meals.c.day >= since_day, meals.c.day.is_(None))
    connection.execute(update(meals).where(recent).values(waits=True))
