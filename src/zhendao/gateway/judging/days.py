"""Valid days, weeks and months of caregivers, from their check-ins at homes and stations alike. Pure.

rule: VALID-DAY, VALID-WEEK, VALID-MONTH, STATION, ROLES. Promise: the error of a clock takes no day away: a day counts
unless it is surely too short, and says whether that is sure. A check that nobody can date is of no day, and the same
tap made again is no second check-in. Whoever does not count as a certified caregiver is told of with the reason.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from zhendao.gateway.judging.counted import Uncounted, uncounted
from zhendao.gateway.judging.valid import ValidRule
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.visits.judgement import Visit
from zhendao.gateway.visits.moments import Span

_EPOCH: Final = date(1970, 1, 1)
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A check of a known caregiver with a known time (UTC ms, off by ``bound_ms`` at most).

    Of one ``boot_id`` the monotonic clock (``mono_ns``) says how far two are apart.
    """

    caregiver_id: str
    device: bytes
    boot_id: bytes
    mono_ns: int
    wall_ms: int
    bound_ms: int


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
    """How many valid days a caregiver's week (``2026-W39``) or month (``2026-09``) has, and whether that is enough.

    ``uncounted``: why the caregiver did not count as one at the last check-in of it; None where they did.
    """

    caregiver_id: str
    period: str
    days: int
    valid: bool
    uncounted: Uncounted | None

    def as_json(self) -> dict[str, Any]:
        """Return it as `judge` writes it."""
        return {
            "caregiver_id": self.caregiver_id,
            "period": self.period,
            "days": self.days,
            "valid": self.valid,
            "uncounted": None if self.uncounted is None else self.uncounted.value,
        }


def check_ins_of(visits: Iterable[Visit]) -> Iterator[CheckIn]:
    """Give the check-ins of ``visits``: what begins and ends them, and what was between by agreement."""
    for visit in visits:
        pair = visit.pair
        if pair is None or visit.caregiver_id is None:
            continue
        for check in (pair.first, *pair.rechecks, *(() if pair.last is None else (pair.last,))):
            moment = check.moment
            if moment.known:
                yield CheckIn(
                    visit.caregiver_id, check.device, moment.boot_id, moment.mono_ns, moment.wall_ms,
                    moment.bound_ms or 0,
                )  # fmt: skip


def local_date(at_ms: int, offset_ms: int) -> date:
    """Return the local date at ``at_ms`` (UTC ms)."""
    return _EPOCH + timedelta(days=(at_ms + offset_ms) // _DAY_MS)


def days_of(check_ins: Iterable[CheckIn], rule: ValidRule) -> list[Day]:
    """Return the days on which a caregiver checked in, by caregiver and day."""
    found: dict[tuple[str, date], list[CheckIn]] = {}
    for one in check_ins:
        found.setdefault((one.caregiver_id, local_date(one.wall_ms, rule.offset_ms)), []).append(one)
    return [_day(*key, several, rule) for key, several in sorted(found.items())]


def names_of(day: date) -> tuple[str, str]:
    """Return the names of the week (ISO, from Monday) and of the month in which ``day`` lies."""
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}", f"{day.year:04}-{day.month:02}"


def periods_of(days: Iterable[Day], rule: ValidRule, registry: Registry) -> list[Period]:
    """Return weeks and months in which there was a check-in, by caregiver and name."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for one in days:
        for name in names_of(one.day):
            before, last_ms = counts.get((one.caregiver_id, name), (0, one.last_ms))
            counts[one.caregiver_id, name] = before + one.valid, max(last_ms, one.last_ms)
    return [
        Period(caregiver, name, days, days >= rule.enough(name), uncounted(caregiver, last_ms, registry))
        for (caregiver, name), (days, last_ms) in sorted(counts.items())
    ]


def day_of(caregiver_id: str, day: date, checks: int, first: CheckIn, last: CheckIn, rule: ValidRule) -> Day:
    """Return the day on which this caregiver made so many ``checks``, from ``first`` to ``last``."""
    enough = checks >= rule.checks
    exact = first.device == last.device and first.boot_id == last.boot_id
    apart = (last.mono_ns - first.mono_ns) // 10**6 if exact else last.wall_ms - first.wall_ms
    span = Span(apart, 0 if exact else first.bound_ms + last.bound_ms)
    valid = enough and not span.surely_shorter(rule.apart_ms)
    sure = not enough or span.surely_shorter(rule.apart_ms) or span.surely_longer(rule.apart_ms - 1)
    return Day(caregiver_id, day, checks, first.wall_ms, last.wall_ms, valid, sure)


def _day(caregiver_id: str, day: date, several: list[CheckIn], rule: ValidRule) -> Day:
    several.sort(key=lambda one: (one.wall_ms, one.device, one.mono_ns))
    return day_of(caregiver_id, day, len(several), several[0], several[-1], rule)
