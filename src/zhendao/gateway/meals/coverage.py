"""Which villages are covered in a week: enough records of elders who are registered there. Pure.

A village with no elders can never be covered: both shares are said, with those villages and without them.
rule: MEAL-COVERAGE, MEAL-POINT
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from zhendao.gateway.meals.settings import MealRules
from zhendao.gateway.meals.telling import VILLAGE, village_of
from zhendao.gateway.meals.values import Meals, noon_of
from zhendao.gateway.registry.snapshot import Registry


@dataclass(frozen=True, slots=True)
class Village:
    """A village in a week (ISO, ``2026-W48``): its living registered ``elders``, and the ``records`` that count."""

    week: str
    region: str
    elders: int
    records: int
    covered: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as `judge` writes it."""
        return {
            "week": self.week,
            "region": self.region,
            "elders": self.elders,
            "records": self.records,
            "covered": self.covered,
        }


@dataclass(frozen=True, slots=True)
class Covered:
    """How many villages are covered, of ``villages`` in all, of which ``with_elders`` have elders."""

    covered: int
    villages: int
    with_elders: int


def week_of(day: str) -> str:
    """Return the ISO week of ``day`` (YYYY-MM-DD)."""
    year, week, _ = date.fromisoformat(day).isocalendar()
    return f"{year}-W{week:02}"


def days_of(week: str) -> tuple[str, str]:
    """Return the Monday and the Sunday of an ISO week. Raises `ValueError` for what is none."""
    monday = date.fromisoformat(f"{week}-1")
    return monday.isoformat(), (monday + timedelta(days=6)).isoformat()


def elders_by_village(registry: Registry, at_ms: int, day: str) -> dict[str, int]:
    """Return every village that is registered at ``at_ms``, with how many living elders its register has on ``day``."""
    known = {one.region: 0 for one in registry.standing.regions_at(at_ms) if one.level == VILLAGE}
    found = Counter(
        village
        for elder in registry.elders_at(at_ms)
        if (elder.died_on is None or day <= elder.died_on)
        and (village := village_of(elder, registry, at_ms)) is not None
    )
    return dict(sorted({**known, **found}.items()))


def of_week(week: str, records: Mapping[str, int], elders: Mapping[str, int], rules: MealRules) -> list[Village]:
    """Return every village as it is in ``week``: how many ``records`` count, and how many ``elders`` it has."""
    return [
        Village(week, region, count, records.get(region, 0), records.get(region, 0) >= rules.cover_least)
        for region, count in sorted({**dict.fromkeys(records, 0), **elders}.items())
    ]


def figures(villages: Iterable[Village]) -> Covered:
    """Return both figures of a week: with the villages that have no elders, and without."""
    several = list(villages)
    return Covered(sum(one.covered for one in several), len(several), sum(one.elders > 0 for one in several))


def coverage(meals: Iterable[Meals], registry: Registry, rules: MealRules) -> list[Village]:
    """Return every village in every week with any record, by week and region; elders as of its last day."""
    weeks: dict[str, Counter[str]] = {}
    for one in meals:
        counts = weeks.setdefault(week_of(one.told.day), Counter())
        if one.covers and one.told.village is not None:
            counts[one.told.village] += 1
    found = []
    for week in sorted(weeks):
        last = days_of(week)[1]
        elders = elders_by_village(registry, noon_of(last, rules.offset_ms), last)
        found += of_week(week, weeks[week], elders, rules)
    return found
