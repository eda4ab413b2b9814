"""Valid days, weeks and months of caregivers, from their check-ins at homes and stations alike. Pure.

rule: VALID-DAY, VALID-WEEK, VALID-MONTH, STATION. Promise: the error of a clock takes no day away: a day counts unless
it is surely too short, and says whether that is sure. A check that nobody can date is of no day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from zhendao.gateway.visits.judgement import Visit
from zhendao.gateway.visits.moments import Moment, Span

_EPOCH: Final = date(1970, 1, 1)
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class ValidRule:
    """When a day, a week, a month is valid. ``offset_ms``: how far the local day is ahead of Greenwich's."""

    checks: int = 2
    apart_ms: int = 3_600_000
    week_days: int = 5
    month_days: int = 20
    offset_ms: int = 8 * 3_600_000


@dataclass(frozen=True, slots=True)
class Day:
    """A caregiver's local day: how many check-ins, the first and the last (UTC ms), whether it is valid, and surely."""

    caregiver_id: str
    day: date
    checks: int
    first_ms: int
    last_ms: int
    valid: bool
    sure: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as `judge` writes it."""
        return {
            "caregiver_id": self.caregiver_id,
            "day": self.day.isoformat(),
            "checks": self.checks,
            "first_ms": self.first_ms,
            "last_ms": self.last_ms,
            "valid": self.valid,
            "sure": self.sure,
        }


@dataclass(frozen=True, slots=True)
class Period:
    """How many valid days a caregiver's week (``2026-W39``) or month (``2026-09``) has, and whether that is enough."""

    caregiver_id: str
    period: str
    days: int
    valid: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as `judge` writes it."""
        return {"caregiver_id": self.caregiver_id, "period": self.period, "days": self.days, "valid": self.valid}


def days_of(visits: Iterable[Visit], rule: ValidRule) -> list[Day]:
    """Return the days on which a known caregiver checked in, by caregiver and day."""
    found: dict[tuple[str, date], list[tuple[bytes, Moment]]] = {}
    for visit in visits:
        if visit.pair is None or visit.caregiver_id is None:
            continue
        for check in visit.pair.checks:
            if check.moment.known:
                day = _EPOCH + timedelta(days=(check.moment.wall_ms + rule.offset_ms) // _DAY_MS)
                found.setdefault((visit.caregiver_id, day), []).append((check.device, check.moment))
    return [_day(*key, moments, rule) for key, moments in sorted(found.items())]


def periods_of(days: Iterable[Day], rule: ValidRule) -> list[Period]:
    """Return weeks (ISO, from Monday) and months in which there was a check-in, by caregiver and name."""
    counts: dict[tuple[str, str], int] = {}
    for one in days:
        year, week, _ = one.day.isocalendar()
        for name in (f"{year:04}-W{week:02}", f"{one.day.year:04}-{one.day.month:02}"):
            counts[one.caregiver_id, name] = counts.get((one.caregiver_id, name), 0) + one.valid
    return [
        Period(caregiver, name, days, days >= (rule.week_days if "W" in name else rule.month_days))
        for (caregiver, name), days in sorted(counts.items())
    ]


def _day(caregiver_id: str, day: date, moments: list[tuple[bytes, Moment]], rule: ValidRule) -> Day:
    moments.sort(key=lambda one: (one[1].wall_ms, one[0], one[1].mono_ns))
    (here, first), (there, last) = moments[0], moments[-1]
    enough = len(moments) >= rule.checks
    exact = here == there and first.boot_id == last.boot_id
    apart = (last.mono_ns - first.mono_ns) // 10**6 if exact else last.wall_ms - first.wall_ms
    span = Span(apart, 0 if exact else (first.bound_ms or 0) + (last.bound_ms or 0))
    valid = enough and not span.surely_shorter(rule.apart_ms)
    sure = not enough or span.surely_shorter(rule.apart_ms) or span.surely_longer(rule.apart_ms - 1)
    return Day(caregiver_id, day, len(moments), first.wall_ms, last.wall_ms, valid, sure)
