"""The visits that are planned in each home on one local day, from the registry's schedules. Pure.

rule: SERVICES. Promise: a plan names cards, never people, and only cards and elders that are registered at the time; of
more visits than a plan can hold those that begin first are in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from zhendao.command.roster.shifts import EVERY_DAY, minutes
from zhendao.protocol.plan import MOST_VISITS, Plan, PlannedVisit

DAY_MS = 86_400_000
_MINUTE_MS = 60_000
_THURSDAY = 3
"""The weekday (0 Monday) of the first of January 1970."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A visit of ``caregiver`` to ``elder``, on ``days`` and at ``hours`` as `shifts` keeps them, while it holds."""

    elder: str
    caregiver: str
    days: int | None
    hours: str
    from_ms: int
    to_ms: int | None


@dataclass(frozen=True, slots=True)
class Span:
    """One local day: ``from_ms`` to ``to_ms`` (UTC ms), ``weekday`` 0 is Monday."""

    from_ms: int
    to_ms: int
    weekday: int


@lru_cache(1024)
def local_day(now_ms: int, offset_ms: int) -> Span:
    """Return the local day at ``now_ms`` (UTC ms), ``offset_ms`` east of Greenwich."""
    number = (now_ms + offset_ms) // DAY_MS
    begin = number * DAY_MS - offset_ms
    return Span(begin, begin + DAY_MS, (number + _THURSDAY) % 7)


def planned(day: Span, slots: Iterable[Slot], cards: dict[str, list[bytes]]) -> dict[str, Plan]:
    """Return the plan of each elder with a visit on ``day``; ``cards``: the token ids of each caregiver's cards.

    A visit across midnight belongs to the day on which it begins, and is in the plan of the next one too.
    """
    visits: dict[str, list[PlannedVisit]] = {}
    for slot in slots:
        for begin_ms, end_ms in times_of(slot, day):
            for card in cards.get(slot.caregiver, ()):
                visits.setdefault(slot.elder, []).append(PlannedVisit(card, begin_ms, end_ms))
    return {elder: _plan(day, several) for elder, several in visits.items()}


def _plan(day: Span, visits: list[PlannedVisit]) -> Plan:
    several = sorted(visits, key=lambda one: (one.begin_ms, one.end_ms, one.card))
    return Plan(day.from_ms, day.to_ms, tuple(several[:MOST_VISITS]))


def times_of(slot: Slot, day: Span) -> list[tuple[int, int]]:
    """Return begin and end of the visits of ``slot`` that touch ``day``: of the day itself, and of the night before."""
    begin, end = minutes(slot.hours)
    end += 0 if end > begin else 24 * 60
    found = []
    for back in (0, 1):
        on, midnight_ms = (day.weekday - back) % 7, day.from_ms - back * DAY_MS
        begin_ms, end_ms = midnight_ms + begin * _MINUTE_MS, midnight_ms + end * _MINUTE_MS
        holds = slot.from_ms <= begin_ms and (slot.to_ms is None or begin_ms < slot.to_ms)
        if holds and end_ms > day.from_ms and (EVERY_DAY if slot.days is None else slot.days) >> on & 1:
            found.append((begin_ms, end_ms))
    return found
