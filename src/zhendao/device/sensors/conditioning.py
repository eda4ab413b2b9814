"""What is made of a sensor's readings: few events, each with what was suppressed and how well the sensor is. Pure.

Promise: however a sensor chatters, floods, sticks or lies, there are at most ``most`` events in any minute, and as many
again for alarms alone; the state in which it settles is always told in the end; an alarm is told at once. Memory is
constant. A sensor that cannot be told apart from an alarm counts as one: help that comes in vain is the lesser evil.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zhendao.device.sensors.manner import Budget
from zhendao.protocol.vocabulary import SensorCondition

if TYPE_CHECKING:
    from zhendao.device.sensors.manner import Manner

_S = 1_000_000_000
GONE_NS = 10 * _S
"""A port or file that cannot be read for so long makes its sensor silent."""
CALM_EDGES = 2
"""So many edges within the calm time are ordinary life."""
GOOD_READINGS = 3
"""After so many plausible readings in a row a sensor that lied is believed again."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is to be told: the value, how many edges or readings were not told singly, how well the sensor is."""

    value: int
    suppressed: int
    condition: SensorCondition


class Conditioner:
    """Of one sensor. Times are CLOCK_BOOTTIME, ns, and never go back."""

    def __init__(self, manner: Manner, now_ns: int) -> None:
        self._manner = manner
        self._raw: int | None = None
        self._raw_ns = self._looked_ns = now_ns
        self._settled: int | None = None
        self._settled_ns = now_ns
        self._shown = 0
        self._told: Report | None = None
        self._told_ns = now_ns
        self._edges = 0
        self._window_ns, self._window = now_ns, 0
        self._wild: SensorCondition | None = None
        self._quiet_ns, self._quiet_edges = now_ns, 0
        self._heard_ns = now_ns
        self._gone_ns: int | None = None
        self._good: tuple[float, int] | None = None
        self._doubted = 0
        self._budget, self._alarms = Budget(manner.most), Budget(manner.most)

    def wired(self, now_ns: int, *, there: bool) -> None:
        """Take whether the sensor can be read at all."""
        if there:
            self._gone_ns = None
        elif self._gone_ns is None:
            self._gone_ns = now_ns

    def seen(self, reading: float, now_ns: int, count: int = 1) -> tuple[Report, ...]:
        """Take a reading that stands for ``count`` edges or readings; return what is to be told now.

        What stood until now is looked at first: a level that held long enough counts, however late anybody looks.
        """
        before = self.look(now_ns)
        self._take(reading, now_ns, count)
        return tuple(one for one in (before, self.look(now_ns)) if one is not None)

    def _take(self, reading: float, now_ns: int, count: int) -> None:
        self._heard_ns, self._gone_ns = now_ns, None
        if not self._plausible(reading, now_ns):
            self._edges += count
            self._busy(count, now_ns)
            return
        value = self._valued(reading)
        moved = value != self._raw or (count > 1 and not self._manner.number)
        if self._manner.number:
            self._busy(count, now_ns)
        if moved:
            first = self._raw is None and count == 1
            self._edges += 0 if first else count
            if not self._manner.number and not first:
                self._busy(count, now_ns)
            if self._wild is not None:
                self._suspect(value, moved=count > 1)
            self._raw, self._raw_ns = value, now_ns

    def look(self, now_ns: int) -> Report | None:
        """Return what is to be told now, None for nothing. To be asked at `due_ns`."""
        self._looked_ns = max(self._looked_ns, now_ns)
        self._settle(now_ns)
        self._calm(now_ns)
        return None if self._unknown(now_ns) else self._tell(now_ns)

    def due_ns(self, now_ns: int) -> int | None:
        """Return when `look` may have something to tell though nothing is read, or a time that has passed; or None."""
        manner, found = self._manner, []
        if self._raw != self._settled:
            found.append(self._raw_ns + self._debounce)
        if self._wild is not None:
            found.append(self._quiet_ns + manner.calm_ns)
        if self._gone_ns is not None:
            found.append(self._gone_ns + GONE_NS)
        if manner.silent_ns is not None:
            found.append(self._heard_ns + manner.silent_ns)
        if (stuck := self._stuck_at()) is not None:
            found.append(stuck)
        told = self._told
        if told is not None and told.condition is not SensorCondition.WELL:
            found.append(self._told_ns + manner.again_ns)
        later = [one for one in found if one > self._looked_ns]  # what has passed since is still to be looked at
        if told is not None and not self._unknown(now_ns) and self._differs(told, now_ns):
            later.append(max(now_ns + 1, self._free_ns(told, now_ns)))
        return min(later, default=None)

    # -- readings

    @property
    def _contact(self) -> bool:
        return not self._manner.number or self._manner.judged

    @property
    def _debounce(self) -> int:
        return self._manner.debounce_ns if self._contact else 0

    def _plausible(self, reading: float, now_ns: int) -> bool:
        manner, before = self._manner, self._good
        good = reading == reading and abs(reading * manner.scale) < 1 << 62  # noqa: PLR0124 - a NaN is not itself
        good = (
            good and (manner.low is None or reading >= manner.low) and (manner.high is None or reading <= manner.high)
        )
        if good and manner.rate is not None and before is not None:
            good = abs(reading - before[0]) <= manner.rate * max(1.0, (now_ns - before[1]) / _S)
        if good:
            self._good = (reading, now_ns)
            self._doubted -= self._doubted > 0
        else:
            self._doubted = GOOD_READINGS
        return good

    def _valued(self, reading: float) -> int:
        manner = self._manner
        if not manner.number:
            return int(reading != 0)
        if manner.judged:
            high = manner.above is not None and reading > manner.above
            return int(high or (manner.below is not None and reading < manner.below))
        return round(reading * manner.scale)

    def _busy(self, count: int, now_ns: int) -> None:
        """Count what came into the second, and into the calm time."""
        if now_ns - self._window_ns >= _S:
            self._window_ns, self._window = now_ns, 0
        self._window += count
        if self._window >= self._manner.flood:
            self._run_wild(SensorCondition.FLOODING, now_ns)
        elif self._window >= self._manner.chatter and not self._manner.number:
            self._run_wild(SensorCondition.CHATTERING, now_ns)
        self._quiet_edges += count
        if self._quiet_edges > self._most_when_calm:
            self._quiet_ns, self._quiet_edges = now_ns, 0

    @property
    def _most_when_calm(self) -> int:
        """Numbers may come all the time, only not in a flood."""
        manner = self._manner
        return manner.flood * manner.calm_ns // (2 * _S) if manner.number else CALM_EDGES

    def _run_wild(self, how: SensorCondition, now_ns: int) -> None:
        if self._wild is None:
            self._shown = self._settled or 0
            self._quiet_ns, self._quiet_edges = now_ns, 0
            if self._raw is not None:
                self._suspect(self._raw, moved=not self._manner.number)
        if self._wild is not SensorCondition.FLOODING:
            self._wild = how

    def _suspect(self, value: int, *, moved: bool) -> None:
        """Take for active what may be an alarm, as long as it is wild."""
        if self._manner.alarm and self._contact and (value or moved):
            self._shown = 1

    # -- states

    def _settle(self, now_ns: int) -> None:
        if self._raw is not None and self._raw != self._settled and now_ns - self._raw_ns >= self._debounce:
            self._settled, self._settled_ns = self._raw, now_ns
            if self._wild is not None:
                self._suspect(self._raw, moved=False)

    def _calm(self, now_ns: int) -> None:
        if self._wild is not None and now_ns - self._quiet_ns >= self._manner.calm_ns:
            self._wild = None

    def _stuck_at(self) -> int | None:
        manner = self._manner
        if manner.stuck_ns is None or self._settled is None or (self._contact and not self._settled):
            return None
        return self._settled_ns + manner.stuck_ns

    def _condition(self, now_ns: int) -> SensorCondition:
        manner, stuck = self._manner, self._stuck_at()
        gone = self._gone_ns is not None and now_ns - self._gone_ns >= GONE_NS
        if gone or (manner.silent_ns is not None and now_ns - self._heard_ns >= manner.silent_ns):
            return SensorCondition.SILENT
        if self._wild is not None:
            return self._wild
        if self._doubted:
            return SensorCondition.IMPLAUSIBLE
        if stuck is not None and now_ns >= stuck:
            return SensorCondition.STUCK
        return SensorCondition.WELL

    def _unknown(self, now_ns: int) -> bool:
        """Return whether nothing is known of it, neither how it stands nor what is the matter with it."""
        return self._settled is None and self._condition(now_ns) is SensorCondition.WELL

    def _value(self) -> int:
        """Return what is told: while it is wild, what stood before it or the alarm that it may be."""
        if self._wild is not None and self._contact:
            return self._shown
        settled = self._settled or 0
        told = self._told
        near = told is not None and not self._contact and abs(settled - told.value) < self._manner.step
        return told.value if near and told is not None else settled

    # -- telling

    def _wanted(self, now_ns: int) -> Report:
        return Report(self._value(), 0, self._condition(now_ns))

    def _differs(self, told: Report, now_ns: int) -> bool:
        wanted = self._wanted(now_ns)
        return (wanted.value, wanted.condition) != (told.value, told.condition)

    def _rises(self, told: Report | None, value: int) -> bool:
        return self._manner.alarm and self._contact and bool(value) and (told is None or not told.value)

    def _free_ns(self, told: Report, now_ns: int) -> int:
        wanted = self._wanted(now_ns)
        if self._rises(told, wanted.value) and self._alarms.free_ns(now_ns) <= now_ns:
            return now_ns
        return self._budget.free_ns(now_ns, 0 if wanted.condition is not told.condition else 1)

    def _tell(self, now_ns: int) -> Report | None:
        told, wanted = self._told, self._wanted(now_ns)
        if told is not None and not self._differs(told, now_ns):
            if wanted.condition is SensorCondition.WELL or now_ns - self._told_ns < self._manner.again_ns:
                return None
        elif self._rises(told, wanted.value) and self._alarms.free_ns(now_ns) <= now_ns:
            self._alarms.spend(now_ns)
            return self._said(wanted, now_ns)
        elif told is not None and wanted.condition is told.condition and self._budget.free_ns(now_ns, 1) > now_ns:
            if self._contact and wanted.condition is SensorCondition.WELL:
                self._run_wild(SensorCondition.CHATTERING, now_ns)
                wanted = self._wanted(now_ns)
            else:
                return None
        if self._budget.free_ns(now_ns) > now_ns:
            return None
        self._budget.spend(now_ns)
        return self._said(wanted, now_ns)

    def _said(self, wanted: Report, now_ns: int) -> Report:
        changed = self._told is not None and self._told.value != wanted.value
        report = replace(wanted, suppressed=max(0, self._edges - changed))
        self._edges, self._told, self._told_ns = 0, report, now_ns
        return report
