"""The sensors of a terminal on its loop: readings in, few events out, what a person must know told.

Promise: no reading waits for the journal, and none makes it busy (`conditioning`). What the journal refuses is kept and
tried again; a source that fails is a silent sensor, and stops nobody from tapping. rule: EDGE-NODES
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from zhendao.device.attending import Attendant
from zhendao.device.errors import JournalError
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.moment import Moment
from zhendao.device.inputs.lines import Line
from zhendao.device.sensors import body
from zhendao.device.sensors.classes import CALL_CORD, CLASSES
from zhendao.device.sensors.conditioning import Conditioner
from zhendao.device.sensors.owed import Owed
from zhendao.device.sensors.settings import inverted, manner
from zhendao.device.sensors.values import Seen
from zhendao.device.timekeeper import seconds_until
from zhendao.protocol.vocabulary import SensorCondition

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from pathlib import Path

    from zhendao.device.attending import Around, Rows
    from zhendao.device.desk import Desk
    from zhendao.device.inputs.lines import Edge
    from zhendao.device.journal.recorder import Recorded
    from zhendao.device.sensors.conditioning import Report
    from zhendao.device.sensors.owed import Waiting
    from zhendao.device.sensors.settings import SensorTable
    from zhendao.device.sensors.values import Posted, Source

AGAIN_NS = 10_000_000_000
"""So long after the journal has refused it is asked again."""


def sensors(around: Around) -> Sensors | None:
    """Return what attends to the sensors; None where there are none."""
    return Sensors(around) if around.settings.sensor else None


class Sensors(Attendant):
    """All of ``[[sensor]]``."""

    def __init__(self, around: Around) -> None:
        self._around, self._rows = around, around.settings.sensor
        now_ns = around.clock.mono_ns()
        self._conditioners = [Conditioner(manner(row), now_ns) for row in self._rows]
        self._by_line = {_line_name(row): number for number, row in enumerate(self._rows) if row.pin is not None}
        self._owed = Owed(frozenset(number for number, row in enumerate(self._rows) if CLASSES[row.kind].alarm))
        self._last: dict[int, Report] = {}
        self._wake = asyncio.Event()
        self._again_ns: int | None = None
        self._suppressed = self._faults = 0
        self._others: tuple[Attendant, ...] = ()

    def lines(self) -> tuple[Line, ...]:
        """Return the lines of the dry contacts."""
        return tuple(
            Line(_line_name(row), row.pin, row.wired == "ground", tells_rest=True)
            for row in self._rows
            if row.pin is not None
        )

    def meet(self, desk: Desk, others: tuple[Attendant, ...]) -> None:
        """Take in to whom a call is told."""
        del desk
        self._others = others

    def edge(self, edge: Edge) -> None:
        """Take in an edge of a contact, with those that were left out before it."""
        number = self._by_line[edge.line]
        active = edge.active is not inverted(self._rows[number])
        self._take(Seen(number, float(active), edge.mono_ns, 1 + edge.skipped))

    def counters(self) -> Mapping[str, int]:
        """Return how many edges were not told singly, and how often a sensor began to be out of order."""
        found = {"sensor-suppressed": self._suppressed, "sensor-faults": self._faults}
        return {name: count for name, count in found.items() if count}

    def run(self) -> Coroutine[None, None, None]:
        """Read and tell, all day."""
        return self._run()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()

        def post(posted: Posted) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._take, posted)

        found = sources(self._rows, self._around.clock.mono_ns)
        for one in found:
            one.start(post)
        try:
            while True:
                self._wake.clear()
                self._look()
                await self._record()
                try:
                    async with asyncio.timeout(seconds_until(self._due_ns(), self._around.clock.mono_ns())):
                        await self._wake.wait()
                except TimeoutError:
                    continue
        finally:
            await asyncio.gather(*(asyncio.to_thread(one.stop) for one in found))

    def _due_ns(self) -> int | None:
        now_ns = self._around.clock.mono_ns()
        found = [due for one in self._conditioners if (due := one.due_ns(now_ns)) is not None]
        return min([*found, *([] if self._again_ns is None else [self._again_ns])], default=None)

    # -- readings

    def _take(self, posted: Posted) -> None:
        one = self._conditioners[posted.sensor]
        if isinstance(posted, Seen):
            for report in one.seen(posted.reading, posted.mono_ns, posted.count):
                self._owe(posted.sensor, report)
        else:
            one.wired(posted.mono_ns, there=posted.why is None)
            if posted.why is not None:
                self._around.notices.say(f"sensor {self._rows[posted.sensor].name}", posted.why)
        self._wake.set()

    def _look(self) -> None:
        now_ns = self._around.clock.mono_ns()
        for number, one in enumerate(self._conditioners):
            if (report := one.look(now_ns)) is not None:
                self._owe(number, report)

    def _owe(self, number: int, report: Report) -> None:
        self._suppressed += report.suppressed
        self._owed.add(number, report)

    # -- telling

    async def _record(self) -> None:
        """Journal what waits, alarms first."""
        now_ns = self._around.clock.mono_ns()
        if self._again_ns is not None and now_ns < self._again_ns:
            return
        self._again_ns = None
        while (following := self._owed.first()) is not None:
            number, waiting = following
            try:
                rows = self._rows_beside() if self._calls(number, waiting.report) else None
                done = await self._around.keep(body.body(self._rows[number], waiting.report), rows=rows)
            except JournalError as error:
                self._around.notices.say("journal", error.what)
                self._tell(number, waiting, None)
                if self._calls(number, waiting.report) and Moment.SOS_NOT_RECORDED not in waiting.told:
                    waiting.told.add(Moment.SOS_NOT_RECORDED)
                    self._around.feedback.give(Given(Moment.SOS_NOT_RECORDED, self._around.clock.mono_ns()))
                self._again_ns = self._around.clock.mono_ns() + AGAIN_NS
                return
            self._owed.done(number)
            self._tell(number, waiting, done)
            if self._calls(number, waiting.report):
                for one in self._others:
                    one.called(done, self._around.clock.mono_ns())
            self._note(number, waiting.report)

    def _tell(self, number: int, waiting: Waiting, done: Recorded | None) -> None:
        for moment in body.moments(self._rows[number], self._last.get(number), waiting.report):
            if moment not in waiting.told and (done is not None or moment not in body.NEEDS_RECORD):
                waiting.told.add(moment)
                place = (None, None) if done is None else (done.epoch, done.seq)
                self._around.feedback.give(Given(moment, self._around.clock.mono_ns(), *place))

    def _calls(self, number: int, report: Report) -> bool:
        """Return whether somebody has pulled a call cord: now, and not since long."""
        before = self._last.get(number)
        pulled = self._rows[number].kind == CALL_CORD and report.value == 1
        return pulled and (before is None or before.value == 0)

    def _rows_beside(self) -> Rows | None:
        """Return what stands beside a call in the journal, from whoever follows it."""
        found = (one.calling(self._around.clock.mono_ns()) for one in self._others)
        return next((rows for rows in found if rows is not None), None)

    def _note(self, number: int, report: Report) -> None:
        before, self._last[number] = self._last.get(number), report
        was = SensorCondition.WELL if before is None else before.condition
        if report.condition is not was:
            self._faults += was is SensorCondition.WELL
            self._around.notices.say(f"sensor {self._rows[number].name}", body.notice(self._rows[number], report))


def sources(rows: tuple[SensorTable, ...], now_ns: Callable[[], int]) -> list[Source]:
    """Return what reads the sensors that hang on no pin; loads what it needs only where there are such."""
    ports: dict[Path, dict[int, SensorTable]] = {}
    supplies: dict[int, SensorTable] = {}
    for number, row in enumerate(rows):
        if row.port is not None:
            ports.setdefault(row.port, {})[number] = row
        elif row.supply is not None:
            supplies[number] = row
    found: list[Source] = []
    if ports:
        from zhendao.device.sensors.serials import SerialSensors  # noqa: PLC0415 - only where there is such a sensor

        found += [SerialSensors(port, of, now_ns) for port, of in ports.items()]
    if supplies:
        from zhendao.device.sensors.supplies import Supplies  # noqa: PLC0415 - as above

        found.append(Supplies(supplies, now_ns))
    return found


def _line_name(row: SensorTable) -> str:
    return f"sensor {row.name}"
