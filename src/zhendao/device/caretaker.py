"""Who looks after the terminal: the sources of time, the machine's figures now and again, reports of its health.

Promise: one `health` event in an interval, and one at once when something begins or ceases to be the matter, a bounded
number of times; what may go by retention goes with the regular one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.device.care.concerns import Concerns, Reports, Thresholds
from zhendao.device.errors import JournalError
from zhendao.device.journal import schema
from zhendao.protocol.health import Counter, HealthReport
from zhendao.protocol.limits import WIRE_VERSION
from zhendao.protocol.vocabulary import Concern, HealthReason, PartState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from zhendao.device.care.vitals import Machine, Vitals
    from zhendao.device.config import DeviceSettings
    from zhendao.device.journal.recorder import Recorded
    from zhendao.device.notices import Notices
    from zhendao.device.scribe import Scribe
    from zhendao.device.timekeeper import Timekeeper
    from zhendao.protocol.bodies import Body

_NS = 1_000_000_000
_MOST_COUNTERS = 32


@dataclass(frozen=True, slots=True)
class Parts:
    """How the parts of the terminal are."""

    reader: PartState
    gnss: PartState
    unacknowledged: int
    counters: Mapping[str, int]
    concerns: Concern
    """What is the matter by the parts' own judgement."""


def reader_state(*, up: bool | None) -> PartState:
    """Return the reader's state; it is absent until it has said something."""
    return PartState.ABSENT if up is None else PartState.WELL if up else PartState.DOWN


class Caretaker:
    """Looks after one agent, each time that ``rest`` is over.

    ``keep`` journals a body, or raises `JournalError`; ``parts`` tells how the parts are; ``errand`` is
    what else is to be looked at, and may raise `JournalError`.
    """

    def __init__(
        self,
        settings: DeviceSettings,
        machine: Machine,
        rest: Callable[[], Awaitable[None]],
        scribe: Scribe,
        time: Timekeeper,
        notices: Notices,
        software: str,
        keep: Callable[[Body], Awaitable[Recorded]],
        parts: Callable[[], Parts],
        errand: Callable[[], Awaitable[None]],
    ) -> None:
        self._machine, self._rest = machine, rest
        self._scribe, self._time, self._notices = scribe, time, notices
        self._software, self._keep, self._parts, self._errand = software, keep, parts, errand
        table = settings.health
        self._concerns = Concerns(Thresholds(table.disk_low_mib << 20, table.memory_low_mib << 20, table.hot_c * 10))
        self._started_ns = self._time.mono_ns()
        self._reports = Reports(settings.terminal.health_s * _NS, table.extra_reports, self._started_ns)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            try:
                self._time.observe()
                while self._time.owed:
                    await self._keep(self._time.owed[0])
                    self._time.owed.popleft()
                await self._scribe.also(self._time.remember)
                await self._errand()
                await self._health()
                await self._scribe.patrol(self._time.mono_ns())
            except JournalError as error:
                self._notices.say("journal", error.what)
            await self._rest()

    async def _health(self) -> None:
        figures, parts = self._machine.look(), self._parts()
        now_ns = self._time.mono_ns()
        concerns = parts.concerns | self._concerns.look(figures, parts.reader, self._time.stamp().source, now_ns)
        reason = self._reports.due(concerns, now_ns)
        if reason is None:
            return
        await self._keep(self._report(reason, concerns, figures, parts, now_ns))
        self._reports.told(concerns)
        if reason is HealthReason.INTERVAL:
            await self._scribe.retain()

    def _report(
        self, reason: HealthReason, concerns: Concern, figures: Vitals, parts: Parts, now_ns: int
    ) -> HealthReport:
        most = sorted(parts.counters.items(), key=lambda one: -one[1])[:_MOST_COUNTERS]
        return HealthReport(
            reason=reason,
            concerns=concerns,
            uptime_s=(now_ns - self._started_ns) // _NS,
            machine_up_s=figures.machine_up_s,
            disk_free_kib=figures.disk_free // 1024,
            written_kib=_kib(figures.written),
            memory_kib=_kib(figures.memory),
            memory_free_kib=_kib(figures.memory_free),
            temperature_dc=figures.temperature_dc,
            throttled=figures.throttled,
            reader=parts.reader,
            gnss=parts.gnss,
            unacknowledged=parts.unacknowledged,
            journal_kib=figures.journal // 1024,
            software=self._software,
            wire_version=WIRE_VERSION,
            schema_version=schema.VERSION,
            kernel=self._machine.kernel,
            model=self._machine.model,
            counters=tuple(Counter(name, count) for name, count in sorted(most)),
        )


def _kib(value: int | None) -> int | None:
    return None if value is None else value // 1024
