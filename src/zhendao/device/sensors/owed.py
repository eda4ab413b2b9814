"""What the sensors have reported and the journal has not taken yet. Pure.

Promise: a journal that refuses for days costs a few reports of each sensor; what is dropped is counted as suppressed in
the one behind it, and the newest is never dropped. Alarms are handed out first.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhendao.device.feedback.moment import Moment
    from zhendao.device.sensors.conditioning import Report

MOST = 8
"""So many reports of one sensor wait."""


@dataclass(slots=True)
class Waiting:
    """One report. ``told``: what a person has been told already."""

    report: Report
    told: set[Moment] = field(default_factory=set)


@dataclass(slots=True)
class Owed:
    """Of all sensors, by their numbers; ``alarms`` are those that go first."""

    alarms: frozenset[int]
    _waiting: dict[int, deque[Waiting]] = field(default_factory=dict)

    def add(self, sensor: int, report: Report) -> None:
        """Take in one."""
        queue = self._waiting.setdefault(sensor, deque())
        queue.append(Waiting(report))
        if len(queue) > MOST:
            # Neither the first, which may be under way, nor the newest; an alarm last of all.
            between = range(1, MOST)
            at = next((one for one in between if not (sensor in self.alarms and queue[one].report.value)), 1)
            dropped = queue[at].report
            del queue[at]
            queue[at].report = replace(
                queue[at].report, suppressed=queue[at].report.suppressed + dropped.suppressed + 1
            )

    def first(self) -> tuple[int, Waiting] | None:
        """Return the one that is journalled next, None where none waits."""
        sensors = [sensor for sensor, queue in self._waiting.items() if queue]
        if not sensors:
            return None
        found = min(sensors, key=lambda one: (one not in self.alarms or not self._waiting[one][0].report.value, one))
        return found, self._waiting[found][0]

    def done(self, sensor: int) -> None:
        """Take out the first of ``sensor``: it stands in the journal."""
        self._waiting[sensor].popleft()

    def __len__(self) -> int:
        return sum(len(queue) for queue in self._waiting.values())
