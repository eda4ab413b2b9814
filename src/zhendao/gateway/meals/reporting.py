"""The reports of meals: from what was asked to the report, each from one moment of the store. See `reports.making`."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, Row, select

from zhendao.gateway.judging.days import local_date
from zhendao.gateway.meals import figures
from zhendao.gateway.meals.book import meals_between, told_of
from zhendao.gateway.meals.count_reports import meal_count, meal_coverage, meal_points, meal_uncovered
from zhendao.gateway.meals.coverage import Village, elders_by_village, of_week, week_of
from zhendao.gateway.meals.figures import Days
from zhendao.gateway.meals.findings import found_among
from zhendao.gateway.meals.list_reports import Imported, meal_backfill, meal_dead, meal_findings
from zhendao.gateway.meals.tables import imports, meals
from zhendao.gateway.meals.values import Meals, State
from zhendao.gateway.reports.moment import Span, days_until

if TYPE_CHECKING:
    from zhendao.gateway.reports.asked import Asked
    from zhendao.gateway.reports.making import Source
    from zhendao.gateway.reports.report import Report
    from zhendao.gateway.reports.stock import Stock


def _meal_count(source: "Source", asked: "Asked") -> "Report":
    span = _year(source, asked)
    held, days = source.stock(span), _days(span)
    last = span.last.isoformat()
    sums, fed = figures.by_village(source.connection, days), figures.elders_fed(source.connection, days)
    elders = elders_by_village(held.registry, span.at_ms, last)
    return meal_count(held, sums, fed, elders, span, held.wanted(asked.region))


def _meal_points(source: "Source", asked: "Asked") -> "Report":
    span = _year(source, asked)
    held, days = source.stock(span), _days(span)
    sums, dates = figures.by_point(source.connection, days), figures.days_with_records(source.connection, days)
    return meal_points(held, sums, dates, span, held.wanted(asked.region))


def _meal_coverage(source: "Source", asked: "Asked") -> "Report":
    held, villages, span = _week(source, asked)
    return meal_coverage(held, villages, span, held.wanted(asked.region))


def _meal_uncovered(source: "Source", asked: "Asked") -> "Report":
    held, villages, span = _week(source, asked)
    return meal_uncovered(held, villages, source.rules.meals.cover_least, span, held.wanted(asked.region))


def _meal_dead(source: "Source", asked: "Asked") -> "Report":
    span = source.days(asked)
    held = source.stock(span)
    rows = select(meals).where(_days(span).holds(), meals.c.state == State.DEAD).order_by(meals.c.at_ms, meals.c.id)
    dead = _read(source.connection.execute(rows))
    region = held.wanted(asked.region)
    return meal_dead(held, dead, _names(source, dead), span, region, unmasked=asked.unmasked)


def _meal_backfill(source: "Source", asked: "Asked") -> "Report":
    span = source.days(asked)
    held = source.stock(span)
    filled = _read(source.connection.execute(select(meals).where(_days(span).holds(), meals.c.number > 0)))
    files = {row.number: Imported(row.file, row.made_ms) for row in source.connection.execute(select(imports))}
    region = held.wanted(asked.region)
    return meal_backfill(held, filled, files, _names(source, filled), span, region, unmasked=asked.unmasked)


def _meal_findings(source: "Source", asked: "Asked") -> "Report":
    span = source.days(asked)
    held = source.stock(span)
    first, last = span.first.isoformat(), span.last.isoformat()
    several = (one for one in meals_between(source.connection, first, last) if one.told.at_ms < span.until_ms)
    return meal_findings(held, found_among(several, source.rules.meals), span, held.wanted(asked.region))


MAKERS: Final[dict[str, Callable[["Source", "Asked"], "Report"]]] = {
    "meal-count": _meal_count,
    "meal-points": _meal_points,
    "meal-coverage": _meal_coverage,
    "meal-uncovered": _meal_uncovered,
    "meal-dead": _meal_dead,
    "meal-backfill": _meal_backfill,
    "meal-findings": _meal_findings,
}


def _year(source: "Source", asked: "Asked") -> Span:
    """Return the local days that are asked for, from the first of the year where nothing is said."""
    last = asked.last or local_date(source.now_ms, source.offset_ms).isoformat()
    return days_until(asked.first or f"{last[:4]}-01-01", asked.last, asked.at, source.now_ms, source.offset_ms)


def _week(source: "Source", asked: "Asked") -> "tuple[Stock, list[Village], Span]":
    """Return every village in the week (from Monday) of the day that is asked for, up to that moment."""
    span = source.day(asked)
    monday: date = span.last - timedelta(days=span.last.weekday())
    held = source.stock(span)
    days = Days(monday.isoformat(), span.last.isoformat(), span.until_ms)
    records = figures.covering(source.connection, days)
    elders = elders_by_village(held.registry, span.at_ms, days.last)
    return held, of_week(week_of(days.last), records, elders, source.rules.meals), span


def _days(span: Span) -> Days:
    return Days(span.first.isoformat(), span.last.isoformat(), span.until_ms)


def _read(rows: Iterable[Row]) -> list[Meals]:  # type: ignore[type-arg]
    return [Meals(told_of(row), State(row.state), row.of) for row in rows]


def _names(source: "Source", several: Iterable[Meals]) -> dict[str, str]:
    wanted = {one.told.elder_id for one in several if one.told.elder_id is not None}
    found: dict[str, str] = {}
    ordered = sorted(wanted)
    connection: Connection = source.connection
    for at in range(0, len(ordered), 500):
        found |= source.book.names(connection, "elders", set(ordered[at : at + 500]))
    return found
