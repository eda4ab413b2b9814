"""What the days of a trend hold, read from the store: who checked in, what was served, what was found.

Promise: each visit, each verified second and each finding is of one day, as in the reports of that day alone.
rule: DAILY-RANK, HOURS
"""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection

from zhendao.gateway.judging.attendance import times_held
from zhendao.gateway.judging.days import local_date
from zhendao.gateway.reports.answering import Answering
from zhendao.gateway.reports.daily_trend import Day
from zhendao.gateway.reports.found import found_on, visits_on
from zhendao.gateway.reports.moment import DAY_MS, Span
from zhendao.gateway.reports.served import served_in
from zhendao.gateway.store.sealing import StoreKey


def present_by_day(connection: Connection, span: Span) -> dict[date, set[str]]:
    """Return who checked in on each day of ``span``."""
    found: dict[date, set[str]] = {}
    known: dict[int, set[str]] = {}
    for who, at_ms in times_held(connection, span.from_ms, span.until_ms):
        known.setdefault((at_ms + span.offset_ms) // DAY_MS, set()).add(who)
    for number, people in known.items():
        found[local_date(number * DAY_MS - span.offset_ms, span.offset_ms)] = people
    return found


def add_work(
    connection: Connection, key: StoreKey, answering: Answering, days: Mapping[date, Day], span: Span,
    region: str | None,
) -> None:  # fmt: skip
    """Add visits, verified seconds and findings to ``days``, all of ``span``: of what lies in ``region``."""
    stock = answering.stock
    inside: dict[str | None, bool] = {}

    def counts(organisation: str | None) -> bool:
        known = inside.get(organisation)
        if known is None:
            known = inside[organisation] = stock.lies_in(answering.region(organisation), region)
        return known

    for at_ms, organisation in visits_on(connection, answering, span):
        if counts(organisation):
            days[local_date(at_ms, span.offset_ms)].visits += 1
    for one, doubt in served_in(connection, key, stock.registry, span):
        if doubt is None and counts(one.organisation):
            days[local_date(one.at_ms, span.offset_ms)].seconds += one.seconds
    for at_ms, organisation in found_on(connection, answering, span):
        if counts(organisation):
            days[local_date(at_ms, span.offset_ms)].found += 1
