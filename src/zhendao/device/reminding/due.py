"""When an open visit is to be reminded of its check-out: before its planned end, else before a usual length. Pure.

Promise: at most once for each visit, and never for one that has ended. A plan counts only where the wall clock is known
well enough to say a time of day; the usual length needs the monotonic clock alone. What falls due while the terminal is
off is given up to `LATE_NS` later, and then not at all: nobody stands there any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.device.taps.visits import UNREFERRED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zhendao.device.taps.today import DayClock
    from zhendao.device.taps.visits import Visit

_MS_NS = 1_000_000
LATE_NS = 15 * 60_000_000_000
EARLY_MS = 2 * 3_600_000
"""A check-in up to so long before the planned beginning is that visit's."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A visit that is planned here, by the pseudonym of the card; UTC ms."""

    caregiver: bytes
    begin_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class RemindSettings:
    """Times in nanoseconds.

    Attributes:
        before_ns: so long before the end.
        service_ns: how long a visit is meant to be of which no plan is known; 0: it is not reminded.
        open_ns: an older open visit is over.
    """

    before_ns: int
    service_ns: int
    open_ns: int


def remind_at_ns(visit: Visit, plan: Iterable[Planned], clock: DayClock, settings: RemindSettings) -> int | None:
    """Return when (ns of this boot) whoever is here with ``visit`` is reminded; None: not at all."""
    if visit.open_seq == 0 or clock.stamp.mono_ns - visit.open_ns > settings.open_ns:
        return None
    length_ns = _planned_ns(visit, plan, clock) or settings.service_ns
    if length_ns == 0:
        return None
    # Who comes so late that the reminder would be at once is reminded at the end.
    return visit.open_ns + (length_ns - settings.before_ns if length_ns > settings.before_ns else length_ns)


def _vague_ms(visit: Visit) -> int | None:
    """Return how far the time of the check-in may be off; None where that is not known."""
    return 0 if visit.exact else visit.done[-1].bound_ms if visit.done else None


def _planned_ns(visit: Visit, plan: Iterable[Planned], clock: DayClock) -> int | None:
    """Return how long it is from check-in to planned end; of several plans that which begins nearest counts."""
    opened_ms = clock.wall_ms(visit.open_ns, _vague_ms(visit))
    if opened_ms is None:
        return None
    hers = (one for one in plan if one.caregiver == visit.caregiver)
    fitting = [one for one in hers if one.begin_ms - EARLY_MS <= opened_ms < one.end_ms]
    nearest = min(fitting, key=lambda one: abs(one.begin_ms - opened_ms), default=None)
    return None if nearest is None else (nearest.end_ms - opened_ms) * _MS_NS


class Reminders:
    """Which visits were reminded. ``reminded``: of before a restart, by the key of the visit, with its check-in."""

    def __init__(self, settings: RemindSettings, reminded: Mapping[bytes, int] | None = None) -> None:
        self._settings = settings
        self.reminded = dict(reminded or {})

    def step(self, rows: Mapping[bytes, Visit], plan: Iterable[Planned], clock: DayClock) -> tuple[bool, int | None]:
        """Return whether somebody is to be reminded now, and when (ns) to ask next; None: when a visit changes."""
        several, now_ns, remind, next_ns = tuple(plan), clock.stamp.mono_ns, False, None
        self._forget_ended(rows)
        for key, visit in rows.items():
            if key in self.reminded:
                continue
            at_ns = remind_at_ns(visit, several, clock, self._settings)
            if at_ns is None:
                continue
            if at_ns > now_ns:
                next_ns = at_ns if next_ns is None else min(next_ns, at_ns)
                continue
            self.reminded[key] = visit.open_seq
            remind = remind or now_ns - at_ns <= LATE_NS
        return remind, next_ns

    def _forget_ended(self, rows: Mapping[bytes, Visit]) -> None:
        """Forget visits that have ended for good: one whose check-out may yet be taken back is the same visit then."""
        for key, seq in list(self.reminded.items()):
            row = rows.get(key)
            standing = 0 if row is None else row.open_seq or row.closed_seq
            if standing == UNREFERRED:
                self.reminded[key] = UNREFERRED  # of an epoch before: its number may come again
            elif standing != seq:
                del self.reminded[key]
