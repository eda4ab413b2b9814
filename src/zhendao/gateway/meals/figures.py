"""Figures of meals out of the store: how many of what, for reports. Counted by the database, for a year is long.

Promise: only what is concluded is counted; a record whose time is after the end of the span is not in it.
rule: MEAL-COUNT, MEAL-COVERAGE
"""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, distinct, func, select

from zhendao.gateway.meals.tables import meals
from zhendao.gateway.meals.values import State


@dataclass(frozen=True, slots=True)
class Days:
    """Local days ``first`` to ``last`` (YYYY-MM-DD), and of the last what was before ``until_ms`` (UTC ms)."""

    first: str
    last: str
    until_ms: int

    def holds(self) -> ColumnElement[bool]:
        """Return what says in a query that a concluded record is in it."""
        within = meals.c.day >= self.first, meals.c.day <= self.last, meals.c.at_ms < self.until_ms
        return and_(*within, meals.c.state.is_not(None))


@dataclass(frozen=True, slots=True)
class Sum:
    """So many records of a ``village`` or a ``point`` that are alike."""

    place: str | None
    state: State
    way: str
    coded: bool
    signed: bool
    records: int


def by_village(connection: Connection, days: Days) -> list[Sum]:
    """Return the records of each village (of elders' register), told apart by what reports tell apart."""
    return _sums(connection, days, meals.c.village)


def by_point(connection: Connection, days: Days) -> list[Sum]:
    """Return the records of each meal point, as `by_village`."""
    return _sums(connection, days, meals.c.point)


def elders_fed(connection: Connection, days: Days) -> dict[str | None, int]:
    """Return how many elders of each village have a record that counts."""
    query = select(meals.c.village, func.count(distinct(meals.c.elder_id)))
    rows = connection.execute(query.where(days.holds(), meals.c.state == State.COUNTED).group_by(meals.c.village))
    return dict(rows.all())


def days_with_records(connection: Connection, days: Days) -> dict[str | None, int]:
    """Return on how many days each point has any signed record."""
    query = select(meals.c.point, func.count(distinct(meals.c.day))).where(days.holds(), meals.c.number == 0)
    return dict(connection.execute(query.group_by(meals.c.point)).all())


def covering(connection: Connection, days: Days) -> dict[str, int]:
    """Return how many records cover each village. rule: MEAL-COVERAGE, MEAL-POINT."""
    query = select(meals.c.village, func.count()).where(
        days.holds(), meals.c.state == State.COUNTED, meals.c.coded, meals.c.village.is_not(None)
    )
    return dict(connection.execute(query.group_by(meals.c.village)).all())


def _sums(connection: Connection, days: Days, place: ColumnElement[str | None]) -> list[Sum]:
    signed = meals.c.number == 0
    key = (place, meals.c.state, meals.c.way, meals.c.coded, signed)
    rows = connection.execute(select(*key, func.count()).where(days.holds()).group_by(*key).order_by(*key))
    return [Sum(one, State(state), way, bool(coded), bool(own), count) for one, state, way, coded, own, count in rows]
