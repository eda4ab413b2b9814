"""Valid days of caregivers as they are now, kept in the store; weeks and months follow from them when they are asked.

Promise: a day is the one that `judge` and the reports find of the same check-ins (`judging.days`), and is written
again whenever a visit of it changes. rule: VALID-DAY, VALID-WEEK, VALID-MONTH
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, or_, select

from zhendao.gateway.judging.days import Day, check_ins_of, days_of, local_date
from zhendao.gateway.judging.valid import ValidRule
from zhendao.gateway.store.engine import insert_rows
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.surveys.tables import ATTENDANCE
from zhendao.gateway.visits.judgement import Visit

_EPOCH: Final = date(1970, 1, 1)
_C: Final = ATTENDANCE.c
_SAID: Final = (_C.caregiver_id, _C.day, _C.checks, _C.first_ms, _C.last_ms, _C.valid, _C.sure)
_HELD: Final = Prepared(
    select(*_SAID).where(_C.caregiver_id == bindparam("who"), _C.day.between(bindparam("first"), bindparam("last")))
)
_GONE: Final = Prepared(delete(ATTENDANCE).where(_C.caregiver_id == bindparam("who"), _C.day == bindparam("gone")))


class Place(NamedTuple):
    """Behind which caregiver's day a page begins."""

    caregiver_id: str
    day: date


def settle(
    connection: Connection, caregiver_id: str, visits: Iterable[Visit], span_ms: tuple[int, int], rule: ValidRule,
    now_ms: int,
) -> None:  # fmt: skip
    """Write the days of a caregiver from the one of the first to the one of the last moment (UTC ms) of the span.

    ``visits``: all of hers of which a check may lie in these days.
    """
    first, last = (local_date(at_ms, rule.offset_ms) for at_ms in span_ms)
    found = {
        _number(one.day): _row(one)
        for one in days_of(check_ins_of(visits), rule)
        if one.caregiver_id == caregiver_id and first <= one.day <= last
    }
    held = {
        row[1]: (*row[:5], bool(row[5]), bool(row[6]))
        for row in _HELD.all(connection, who=caregiver_id, first=_number(first), last=_number(last))
    }
    for day, row in held.items():
        if found.get(day) != row:
            _GONE(connection, who=caregiver_id, gone=day)
    rows = [(*row, now_ms) for day, row in sorted(found.items()) if held.get(day) != row]
    insert_rows(connection, ATTENDANCE, rows, *(column.name for column in ATTENDANCE.columns))


def days_kept(
    connection: Connection, first: date, last: date, caregiver_id: str | None, after: Place | None, limit: int
) -> list[Day]:
    """Return at most ``limit`` days from ``first`` to ``last``, by caregiver and day, behind ``after``."""
    query = select(*_SAID).where(*_within(first, last, caregiver_id))
    if after is not None:
        here = and_(_C.caregiver_id == after.caregiver_id, _C.day > _number(after.day))
        query = query.where(or_(_C.caregiver_id > after.caregiver_id, here))
    rows = connection.execute(query.order_by(_C.caregiver_id, _C.day).limit(limit))
    return [_day(row) for row in rows]


def days_of_some(
    connection: Connection, first: date, last: date, caregiver_id: str | None, after: str | None, caregivers: int
) -> list[Day]:
    """Return all days from ``first`` to ``last`` of the next so many ``caregivers`` with any, by caregiver and day."""
    some = select(_C.caregiver_id).where(*_within(first, last, caregiver_id)).distinct()
    if after is not None:
        some = some.where(_C.caregiver_id > after)
    some = some.order_by(_C.caregiver_id).limit(caregivers)
    query = select(*_SAID).where(_C.caregiver_id.in_(some), *_within(first, last, None))
    return [_day(row) for row in connection.execute(query.order_by(_C.caregiver_id, _C.day))]


def whole(first: date, last: date, *, months: bool) -> tuple[date, date]:
    """Return the first and the last day of the whole weeks, or ``months``, that ``first`` … ``last`` touch."""
    if not months:
        return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())
    return first.replace(day=1), (last.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def is_of(period: str, *, months: bool) -> bool:
    """Tell whether a period of this name is a month, or a week."""
    return ("W" not in period) == months


def _within(first: date, last: date, caregiver_id: str | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_C.day.between(_number(first), _number(last))]
    return found if caregiver_id is None else [*found, _C.caregiver_id == caregiver_id]


def _number(day: date) -> int:
    return (day - _EPOCH).days


def _row(one: Day) -> tuple[Any, ...]:
    return one.caregiver_id, _number(one.day), one.checks, one.first_ms, one.last_ms, one.valid, one.sure


def _day(row: Any) -> Day:
    who, day, checks, first_ms, last_ms, valid, sure = row
    return Day(who, _EPOCH + timedelta(days=day), checks, first_ms, last_ms, bool(valid), bool(sure))
