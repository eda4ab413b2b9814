"""From what was asked, on a command line or over HTTP, to the report: each is read from one moment of the store.

Promise: every report that there is stands in `MAKERS`, under the name by which it is asked for. rule: DAILY-RANK,
DAILY-DETAIL, RECORD-LIST, ROSTER, PER-10K, HOURS, SAME-DAY
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from zhendao.gateway.evidence.heads import newest
from zhendao.gateway.judging.attendance import days_held, times_held
from zhendao.gateway.judging.days import periods_of
from zhendao.gateway.judging.overdue import overdue_of
from zhendao.gateway.meals import reporting as meals
from zhendao.gateway.registry.book import Book
from zhendao.gateway.reminders import reporting as reminders
from zhendao.gateway.reports.anomalies import anomalies
from zhendao.gateway.reports.answering import Answering
from zhendao.gateway.reports.asked import Asked
from zhendao.gateway.reports.caseload import caseload
from zhendao.gateway.reports.certified import certified
from zhendao.gateway.reports.daily_detail import daily_detail
from zhendao.gateway.reports.daily_rank import daily_rank
from zhendao.gateway.reports.daily_trend import attendance_of, daily_trend
from zhendao.gateway.reports.enrolled import entries
from zhendao.gateway.reports.found import cases_at, found_in, visits_in
from zhendao.gateway.reports.granted import granted_in
from zhendao.gateway.reports.heard import heard_at
from zhendao.gateway.reports.moment import Span, day_until, days_between, days_until
from zhendao.gateway.reports.overdue_list import overdue_list
from zhendao.gateway.reports.people import names_at, people
from zhendao.gateway.reports.record_list import Sought, days_present, record_list
from zhendao.gateway.reports.report import Report
from zhendao.gateway.reports.roster import check_ins, roster
from zhendao.gateway.reports.rules import Rules
from zhendao.gateway.reports.served import served_in
from zhendao.gateway.reports.service_hours import service_hours
from zhendao.gateway.reports.stock import Stock, stock
from zhendao.gateway.reports.terminal_health import terminal_health
from zhendao.gateway.reports.worked import add_work, present_by_day
from zhendao.gateway.reports.working_hours import working_hours
from zhendao.gateway.store.sealing import StoreKey


@dataclass(frozen=True, slots=True)
class Source:
    """What a report is made from: one moment of the store, its key, the settings that it follows, and now (UTC ms)."""

    connection: Connection
    key: StoreKey
    rules: Rules
    now_ms: int

    @property
    def book(self) -> Book:
        """What reads the registry with what is personal."""
        return Book(self.key)

    @property
    def offset_ms(self) -> int:
        """How far the local day is ahead of Greenwich's."""
        return self.rules.valid.offset_ms

    def day(self, asked: Asked) -> Span:
        """Return the local day that is asked for."""
        return day_until(asked.date, asked.at, self.now_ms, self.offset_ms)

    def days(self, asked: Asked) -> Span:
        """Return the local days that are asked for."""
        return days_until(asked.first, asked.last, asked.at, self.now_ms, self.offset_ms)

    def stock(self, span: Span) -> Stock:
        """Return the registry as it is at the end of ``span``."""
        return stock(self.connection, self.book, span.at_ms)

    def present(self, span: Span) -> set[str]:
        """Return who checked in in ``span``, by their numbers."""
        return {who for who, _ in times_held(self.connection, span.from_ms, span.until_ms)}


def _daily_rank(source: Source, asked: Asked) -> Report:
    span = source.day(asked)
    held = source.stock(span)
    return daily_rank(held, source.present(span), span, held.wanted(asked.region))


def _daily_detail(source: Source, asked: Asked) -> Report:
    span = source.day(asked)
    held = source.stock(span)
    region = held.wanted(asked.region)
    named = people(source.connection, source.book, span.at_ms, span.at_ms + 1)
    return daily_detail(held, named.values(), source.present(span), span, region, unmasked=asked.unmasked)


def _roster(source: Source, asked: Asked) -> Report:
    span = source.day(asked)
    held = source.stock(span)
    region = held.wanted(asked.region)
    times = check_ins(times_held(source.connection, span.from_ms, span.until_ms))
    listed = entries(source.connection, source.book, held, times, source.rules.valid, asked.roster)
    return roster(held, listed, times, span, region, unmasked=asked.unmasked)


def _record_list(source: Source, asked: Asked) -> Report:
    span = days_between(asked.first, asked.last, source.now_ms, source.offset_ms)
    held = source.stock(span)
    sought = Sought(asked.name, asked.organisation, asked.type, held.wanted(asked.region), asked.page, asked.page_size)
    named = people(source.connection, source.book, span.from_ms, span.until_ms)
    days = days_present(times_held(source.connection, span.from_ms, span.until_ms), source.offset_ms)
    return record_list(held, named.values(), days, span, sought, unmasked=asked.unmasked)


def _per_10k(source: Source, asked: Asked) -> Report:
    span = days_until(None, asked.date, asked.at, source.now_ms, source.offset_ms)
    held = source.stock(span)
    days = days_held(
        source.connection, span.first, span.last + timedelta(days=1), source.rules.valid, before_ms=span.until_ms
    )
    months = [one for one in periods_of(days, source.rules.valid, held.registry) if "W" not in one.period]
    return certified(held, months, span, source.rules.valid, held.wanted(asked.region))


def _hours(source: Source, asked: Asked) -> Report:
    span = source.days(asked)
    held = source.stock(span)
    served = served_in(source.connection, source.key, held.registry, span)
    return service_hours(held, served, granted_in(held.registry, span), span, held.wanted(asked.region))


def _pay_hours(source: Source, asked: Asked) -> Report:
    span = source.days(asked)
    held = source.stock(span)
    served = served_in(source.connection, source.key, held.registry, span)
    named = people(source.connection, source.book, span.from_ms, span.until_ms)
    return working_hours(held, named, served, span, held.wanted(asked.region), unmasked=asked.unmasked)


def _anomalies(source: Source, asked: Asked) -> Report:
    span = source.days(asked)
    held = source.stock(span)
    answering = Answering(held)
    found = found_in(source.connection, source.key, answering, span)
    counts = visits_in(source.connection, answering, span)
    return anomalies(held, found, counts, span, held.wanted(asked.region))


def _cases(source: Source, asked: Asked) -> Report:
    span = source.days(asked)
    held = source.stock(span)
    cases = cases_at(source.connection, source.key, Answering(held), span, source.rules.cases)
    return caseload(held, cases, span, held.wanted(asked.region))


def _overdue(source: Source, asked: Asked) -> Report:
    span = source.day(asked)
    held = source.stock(span)
    due = overdue_of(held.registry, span.at_ms, source.rules.overdue, source.offset_ms)
    named = names_at(source.connection, source.book, span.at_ms, {one.subject for one in due})
    return overdue_list(held, due, named, span, held.wanted(asked.region), unmasked=asked.unmasked)


def _terminals(source: Source, asked: Asked) -> Report:
    span = source.day(asked)
    held = source.stock(span)
    heard = heard_at(source.connection, source.key, span.until_ms)
    return terminal_health(held, heard, span, source.rules.cases.silence_s * 1000, held.wanted(asked.region))


def _trend(source: Source, asked: Asked) -> Report:
    span = source.days(asked)
    held = source.stock(span)
    region = held.wanted(asked.region)
    days = attendance_of(held.registry, present_by_day(source.connection, span), span, region)
    add_work(source.connection, source.key, Answering(held), days, span, region)
    return daily_trend(held, days, span, region, weekly=asked.by == "week")


MAKERS: Final[dict[str, Callable[[Source, Asked], Report]]] = {
    "daily-rank": _daily_rank,
    "daily-detail": _daily_detail,
    "record-list": _record_list,
    "roster": _roster,
    "per-10k": _per_10k,
    "hours": _hours,
    "pay-hours": _pay_hours,
    "anomalies": _anomalies,
    "cases": _cases,
    "overdue": _overdue,
    "terminals": _terminals,
    "trend": _trend,
    **meals.MAKERS,
    **reminders.MAKERS,
}
"""Each report by its name. Raise `UsageError` for what cannot be asked, `RegistryError` for a list that is none."""


def make(name: str, source: Source, asked: Asked) -> Report:
    """Return report ``name`` with the newest head of the gateway's log below it. Raises as those in `MAKERS` do.

    Whoever keeps the report keeps the head: what it was made from cannot be changed unnoticed later. rule: EVIDENCE
    """
    report, head = MAKERS[name](source, asked), newest(source.connection)
    if head is None:
        return report
    at = datetime.fromtimestamp(head.made_ms / 1000, UTC) + timedelta(milliseconds=source.offset_ms)
    told = f"网关日志截至 {at:%Y-%m-%d %H:%M} 共 {head.size} 项，根 {head.root.hex()}。"
    return replace(report, notes=[*report.notes, told])
