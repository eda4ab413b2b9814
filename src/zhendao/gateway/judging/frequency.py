"""Services that were given less often, or for less time, than their code asks for in a period that is over. Pure.

Promise: told only of whole periods, day to year, that lie within what the visits cover, and in which the service was
agreed with the elder from beginning to end. It is a list for the office, and nobody's finding.
rule: SERVICES, CARE-LEVEL
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from zhendao.gateway.judging.days import local_date
from zhendao.gateway.registry.snapshot import Registry, Service
from zhendao.gateway.visits.judgement import Visit

_EPOCH: Final = date(1970, 1, 1)
_DAY_MS: Final = 86_400_000
_LEVELS: Final = ("red", "orange", "yellow", "green", None)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What an elder got of a service in the period that began on ``since``: ``visits`` and ``seconds``.

    ``times`` and ``least_s`` are what the service asks for; None: nothing.
    """

    elder_id: str
    level: str | None
    service: str
    period: str
    since: date
    visits: int
    times: int | None
    seconds: int
    least_s: int | None

    def as_json(self) -> dict[str, Any]:
        """Return it as `judge` writes it."""
        names = ("elder_id", "service", "period", "visits", "times", "seconds", "least_s")
        return {name: getattr(self, name) for name in names} | {
            "care_level": self.level, "since": self.since.isoformat(),
        }  # fmt: skip


def shortfalls_of(visits: Sequence[Visit], registry: Registry, as_of_ms: int, offset_ms: int) -> list[Shortfall]:
    """Return them, red and orange first; days are local, ``offset_ms`` east of Greenwich."""
    begins = [one.begin_ms for one in visits if one.begin_ms is not None]
    if not begins:
        return []
    first, today = local_date(min(begins), offset_ms), local_date(as_of_ms, offset_ms)
    given: dict[tuple[str, str], list[tuple[date, int]]] = {}
    for one in visits:
        code = one.record.get("service")
        if one.elder_id is not None and code is not None and one.begin_ms is not None and one.state == "closed":
            told = (local_date(one.begin_ms, offset_ms), one.record["duration_s"] or 0)
            given.setdefault((one.elder_id, code), []).append(told)
    agreed = sorted({(one.row.elder_id, one.row.code) for one in registry.schedules})
    found: list[Shortfall] = []
    for elder_id, code in agreed:
        service = registry.service(code, as_of_ms)
        if service is None or service.period is None or (service.times is None and service.least_s is None):
            continue
        for since, until in _periods(service.period, first, today):
            span = _midnight(since, offset_ms), _midnight(until, offset_ms) - 1
            if all(_is_agreed(registry, elder_id, code, at_ms) for at_ms in span):
                several = [lasted for day, lasted in given.get((elder_id, code), ()) if since <= day < until]
                found += _judged(registry, elder_id, service, since, several, as_of_ms)
    return sorted(found, key=lambda one: (_LEVELS.index(one.level), one.since, one.elder_id, one.service))


def _judged(
    registry: Registry, elder_id: str, service: Service, since: date, several: Sequence[int], as_of_ms: int
) -> Iterable[Shortfall]:
    few = service.times is not None and len(several) < service.times
    brief = service.least_s is not None and sum(several) < service.least_s
    if few or brief:
        elder = registry.elder(elder_id, as_of_ms)
        level = None if elder is None else elder.care_level
        yield Shortfall(
            elder_id, level, service.code, service.period or "", since, len(several), service.times, sum(several),
            service.least_s,
        )  # fmt: skip


def _is_agreed(registry: Registry, elder_id: str, code: str, at_ms: int) -> bool:
    return any(one.code == code for one in registry.schedules_for(elder_id, at_ms))


def _periods(period: str, first: date, today: date) -> Iterable[tuple[date, date]]:
    """Give the whole periods behind ``first`` and before ``today``: the first day, and that behind the last."""
    since = _begin(period, first)
    while True:
        until = _begin(period, since + timedelta(days={"day": 1, "week": 7, "month": 32, "year": 367}[period]))
        if until > today:
            return
        if since >= first:
            yield since, until
        since = until


def _begin(period: str, day: date) -> date:
    match period:
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "year":
            return day.replace(month=1, day=1)
    return day


def _midnight(day: date, offset_ms: int) -> int:
    return (day - _EPOCH).days * _DAY_MS - offset_ms
