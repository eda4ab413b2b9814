"""Meals in the store: what is told of each record, and what becomes of it, home by home; in the caller's transaction.

Promise: a record that is told again touches its own home and, where a point's day changes hands, the homes of what was
back-filled there, and nothing else; a revision is made only where the record says something else (promise 4).
rule: MEAL-BACKFILL, MEAL-COUNT
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, bindparam, func, or_, select, tuple_, update

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
    connection.execute(_WRITE, [_row_of(one, doubtful=doubtful) for one, doubtful in told])
    homes |= {(one.day, one.household) for one, _ in told}
    places |= {(one.point, one.day) for one, _ in told if one.point is not None}
    return draw(connection, homes | _filled_homes(connection, places), rules, **how)


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
    for day, name in sorted(homes):
        query = select(meals).where(meals.c.day == day, meals.c.household == name)
        rows = {row.id: row for row in connection.execute(query)}
        records = [told_of(row) for row in rows.values()]
        for one in household(records, _standing(connection, records), rules):
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
    wanted = list(places)
    query = select(meals.c.day, meals.c.household).where(
        tuple_(meals.c.point, meals.c.day).in_(wanted), meals.c.number > 0, meals.c.day.is_not(None)
    )
    return {(day, home) for day, home in connection.execute(query)} if wanted else set()


def _standing(connection: Connection, records: Iterable[Told]) -> Any:
    """Return what says of the back-filled ones of ``records`` whether their point's day was taken; see `standing`."""
    signed, first = set[Point](), dict[Point, int]()
    for place in {(one.point, one.day) for one in records if not one.signed}:
        here = (meals.c.point == place[0], meals.c.day == place[1])
        if connection.execute(select(meals.c.id).where(*here, meals.c.number == 0).limit(1)).first() is not None:
            signed.add(place)
        lowest = connection.execute(select(func.min(meals.c.number)).where(*here, meals.c.number > 0)).scalar()
        if lowest is not None:
            first[place] = lowest
    return standing(signed, first)


def wait_again(connection: Connection, since_day: str) -> None:
    """Have every record from ``since_day`` on be told anew: the registry says something else."""
    recent = or_(meals.c.day >= since_day, meals.c.day.is_(None))
    connection.execute(update(meals).where(recent).values(waits=True))
