"""How many hours of a service are granted (核定) to elders in a span, whatever period they are granted for. Pure.

Promise: a grant for a week, a month or a year counts for a span by the days of it in which it holds, so that grants of
different periods can be summed and held against what was given. rule: HOURS
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.registry.standing import Authorisation
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.reports.moment import DAY_MS, Span, day_ms

_WEEK: Final = 7


def granted_in(registry: Registry, span: Span) -> dict[tuple[str, str], int]:
    """Return the seconds that each elder is granted of each service in ``span``: the whole days of it."""
    months = list(_months(span))
    found: dict[tuple[str, str], int] = {}
    for one in registry.standing.authorisations():
        seconds = sum(_within(one, *month) for month in months)
        if seconds:
            name = one.row.elder_id, one.row.code
            found[name] = found.get(name, 0) + seconds
    return found


def _within(one: Valid[Authorisation], from_ms: int, until_ms: int, days: dict[str, int]) -> int:
    begins, ends = max(one.from_ms, from_ms), until_ms if one.to_ms is None else min(one.to_ms, until_ms)
    return max(0, ends - begins) * one.row.amount_s // (days[one.row.period] * DAY_MS)


def _months(span: Span) -> Iterator[tuple[int, int, dict[str, int]]]:
    """Give each month of ``span``: from when to before when (UTC ms), and how many days each period has in it."""
    begins = span.first
    while begins <= span.last:
        after = (begins.replace(day=1) + timedelta(days=32)).replace(day=1)
        ends = min(after, span.last + timedelta(days=1))
        year = (date(begins.year + 1, 1, 1) - date(begins.year, 1, 1)).days
        periods = {"day": 1, "week": _WEEK, "month": (after - begins.replace(day=1)).days, "year": year}
        yield day_ms(begins, span.offset_ms), day_ms(ends, span.offset_ms), periods
        begins = after
