"""What is the matter with a terminal, and when it says so. Pure: figures and times in, concerns and reasons out.

Promise: a concern begins at one threshold and ends at another, so that a figure that trembles does not flutter; what
passes by itself (a clock at start, a reader being opened) must last; beside the regular reports there are no more than
``extra`` in an interval, whatever happens.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.protocol.vocabulary import ClockSource, Concern, HealthReason, PartState

if TYPE_CHECKING:
    from zhendao.device.care.vitals import Vitals

_POWER_NOW = 0b101
"""Bits of the Raspberry Pi's firmware: the voltage is too low, or the processor is throttled."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where a concern begins; it ends at half as much again (sizes), or `cooler_dc` below (temperature)."""

    disk_low: int
    memory_low: int
    hot_dc: int
    cooler_dc: int = 50
    reader_ns: int = 30_000_000_000
    clock_ns: int = 600_000_000_000


class Concerns:
    """What is the matter now."""

    def __init__(self, thresholds: Thresholds) -> None:
        self._at = thresholds
        self._now = Concern(0)
        self._since: dict[Concern, int] = {}

    def look(self, vitals: Vitals, reader: PartState, clock: ClockSource, now_ns: int) -> Concern:
        """Return the concerns at ``now_ns``."""
        at = self._at
        self._low(Concern.DISK_LOW, vitals.disk_free, at.disk_low)
        if vitals.memory_free is not None:
            self._low(Concern.MEMORY_LOW, vitals.memory_free, at.memory_low)
        if vitals.temperature_dc is not None:
            was = Concern.HOT in self._now
            self._set(Concern.HOT, vitals.temperature_dc >= at.hot_dc - (at.cooler_dc if was else 0))
        self._set(Concern.POWER, bool((vitals.throttled or 0) & _POWER_NOW))
        self._lasting(Concern.READER_DOWN, reader is PartState.DOWN, at.reader_ns, now_ns)
        self._lasting(Concern.CLOCK_UNSET, clock is ClockSource.UNSET, at.clock_ns, now_ns)
        return self._now

    def _low(self, concern: Concern, value: int, threshold: int) -> None:
        was = concern in self._now
        self._set(concern, value < (threshold + threshold // 2 if was else threshold))

    def _lasting(self, concern: Concern, so: bool, long_ns: int, now_ns: int) -> None:  # noqa: FBT001 - what is seen
        if not so:
            self._since.pop(concern, None)
        self._set(concern, so and now_ns - self._since.setdefault(concern, now_ns) >= long_ns)

    def _set(self, concern: Concern, so: bool) -> None:  # noqa: FBT001 - what is seen
        self._now = self._now | concern if so else self._now & ~concern


class Reports:
    """When a report is due: each interval, and at once when the concerns change, ``extra`` times in an interval."""

    def __init__(self, interval_ns: int, extra: int, now_ns: int) -> None:
        self._interval_ns, self._extra = interval_ns, extra
        self._next_ns = now_ns + interval_ns
        self._told = Concern(0)
        self._left = extra

    def due(self, concerns: Concern, now_ns: int) -> HealthReason | None:
        """Return why a report is to be made now, None where none is; what is returned counts as begun."""
        if now_ns >= self._next_ns:
            late = (now_ns - self._next_ns) // self._interval_ns
            self._next_ns += (late + 1) * self._interval_ns
            self._left = self._extra
            return HealthReason.INTERVAL
        if concerns != self._told and self._left > 0:
            self._left -= 1
            return HealthReason.CHANGE
        return None

    def told(self, concerns: Concern) -> None:
        """Note that the report is in the journal."""
        self._told = concerns
