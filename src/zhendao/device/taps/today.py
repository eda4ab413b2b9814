"""What a card hears of its own checks: times of the local day where the clock may be believed, else how long ago. Pure.

Promise: what is said stays true. A time of day is said only where the wall clock, and the age of the check, are known
to `DayClock.bound_ms`; otherwise the age is said, which the monotonic clock of this boot knows; and where that is not
known either, nothing. Nobody's times but those that were handed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.device.clock.local import day_of, minute_of
from zhendao.device.feedback.words import Ago, TimeOfDay

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from zhendao.device.clock.stamp import Stamp
    from zhendao.device.taps.done import Done

_MS_NS = 1_000_000
_MINUTE_NS = 60_000_000_000
HALF_DAY_NS = 12 * 60 * _MINUTE_NS
"""Without a clock so old a check counts as today's."""


@dataclass(frozen=True, slots=True)
class DayClock:
    """Now, as people here say it: ``bound_ms`` is how far a clock may be off that says a time of day to them."""

    stamp: Stamp
    where: tzinfo
    bound_ms: int

    def wall_ms(self, ns: int, vague_ms: int | None = 0) -> int | None:
        """Return UTC ms at ``ns`` of this boot, itself known to ± ``vague_ms``; None where that cannot be said."""
        bound = self.stamp.bound_ms
        if not self.stamp.known_ms or bound is None or vague_ms is None or bound + vague_ms > self.bound_ms:
            return None
        return self.stamp.wall_ms - (self.stamp.mono_ns - ns) // _MS_NS

    def is_today(self, ns: int, vague_ms: int | None = 0) -> bool | None:
        """Return whether ``ns`` lies within the local day of now; None where that cannot be said."""
        wall_ms = self.wall_ms(ns, vague_ms)
        return None if wall_ms is None else day_of(wall_ms, self.where) == day_of(self.stamp.wall_ms, self.where)

    def when(self, ns: int, vague_ms: int | None = 0) -> TimeOfDay | Ago | None:
        """Return how ``ns`` is said; None where nothing true can be."""
        wall_ms = self.wall_ms(ns, vague_ms)
        if wall_ms is not None:
            return TimeOfDay(minute_of(wall_ms, self.where))
        return Ago(max(0, self.stamp.mono_ns - ns) // _MINUTE_NS) if vague_ms == 0 else None


def of_today(done: Iterable[Done], clock: DayClock) -> list[Done]:
    """Return those of ``done`` that are of today, as far as that can be said, in their order.

    Of what was done in this boot without a clock that says so, that of the last twelve hours.
    """
    found = []
    for one in done:
        today = clock.is_today(one.ns, one.bound_ms)
        if today is None:
            today = one.bound_ms == 0 and clock.stamp.mono_ns - one.ns <= HALF_DAY_NS
        if today:
            found.append(one)
    return found


def said(done: Iterable[Done], clock: DayClock) -> tuple[TimeOfDay | Ago, ...]:
    """Return the words for the times of ``done``."""
    several = [clock.when(one.ns, one.bound_ms) for one in done]
    return tuple(one for one in several if one is not None)
