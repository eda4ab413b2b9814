"""The sensors on their loop: what is journalled, what a person is told, also while the journal refuses."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from zhendao.device.attending import Attendant
from zhendao.device.errors import JournalFullError
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.moment import Moment
from zhendao.device.inputs.lines import Edge
from zhendao.device.journal.entries import Grade
from zhendao.device.journal.recorder import Recorded
from zhendao.device.sensors import attending
from zhendao.device.sensors.attending import Sensors, sensors
from zhendao.device.sensors.conditioning import Report
from zhendao.device.sensors.owed import MOST, Owed
from zhendao.device.sensors.settings import SensorTable
from zhendao.protocol.bodies import Body, Sensor, Tamper
from zhendao.protocol.vocabulary import SensorClass, SensorCondition, TamperCause

if TYPE_CHECKING:
    from zhendao.device.attending import Around

WELL = SensorCondition.WELL
PATIENCE_S = 180


class House:
    """What a terminal is to its sensors: a journal that may refuse, and a person who is told."""

    def __init__(self, *rows: SensorTable) -> None:
        self.bodies: list[Body] = []
        self.told: list[Moment] = []
        self.said: list[str] = []
        self.full = False
        self.asked = 0
        self.changed = asyncio.Event()
        around = SimpleNamespace(
            settings=SimpleNamespace(sensor=rows),
            clock=SimpleNamespace(mono_ns=now_ns),
            feedback=SimpleNamespace(give=self._give),
            notices=SimpleNamespace(say=lambda _subject, text: self.said.append(text.en)),
            keep=self._keep,
        )
        self.sensors = sensors(cast("Around", around))

    def edge(self, name: str, *, active: bool, skipped: int = 0) -> None:
        self.attendant.edge(Edge(f"sensor {name}", active, now_ns(), skipped))

    @property
    def attendant(self) -> Sensors:
        assert self.sensors is not None
        return self.sensors

    async def wait(self, good: Callable[[], Any]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not good():
                self.changed.clear()
                await self.changed.wait()

    def _give(self, given: Given) -> None:
        self.told.append(given.moment)
        self.changed.set()

    async def _keep(self, body: Body, rows: Any = None) -> Recorded:
        del rows
        self.asked += 1
        self.changed.set()
        await asyncio.sleep(0)
        if self.full:
            raise JournalFullError(Path("data"))
        self.bodies.append(body)
        self.changed.set()
        return Recorded(bytes(16), len(self.bodies), Grade.ORDINARY, None)


def now_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


@contextlib.asynccontextmanager
async def at_work(house: House) -> AsyncIterator[House]:
    task = asyncio.create_task(house.attendant.run())
    try:
        yield house
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def test_where_there_are_no_sensors_nothing_attends_to_them() -> None:
    assert House().sensors is None


async def test_a_contact_that_is_closed_at_rest_is_journalled_as_its_class() -> None:
    house = House(SensorTable("bed", "mattress", pin=5, normal="closed"), SensorTable("door", "door", pin=6))
    assert [(line.pin, line.tells_rest) for line in house.attendant.lines()] == [(5, True), (6, True)]
    async with at_work(house):
        house.edge("bed", active=True)
        house.edge("door", active=True)
        await house.wait(lambda: len(house.bodies) == 2)
        house.edge("bed", active=False)
        await house.wait(lambda: len(house.bodies) == 3)
    assert house.bodies == [
        Sensor("bed", SensorClass.MATTRESS, 0, 0, condition=WELL),
        Sensor("door", SensorClass.DOOR_CONTACT, 1, 0, condition=WELL),
        Sensor("bed", SensorClass.MATTRESS, 1, 0, condition=WELL),
    ]
    assert house.told == [], "what the elder does is nobody's business here"


async def test_the_case_the_mains_and_the_battery_are_told_when_they_change_and_not_at_the_start() -> None:
    house = House(*(SensorTable(one, one, pin=pin) for pin, one in enumerate(("case", "mains", "battery"))))
    async with at_work(house):
        for active in (False, True, False):
            for name in ("case", "mains", "battery"):
                house.edge(name, active=active)
            count = len(house.bodies)
            await house.wait(lambda count=count: len(house.bodies) == count + 3)
            if not active and count == 0:
                assert house.told == []
    assert house.told == [
        *(Moment.TAMPER_OPEN, Moment.MAINS_LOST, Moment.BATTERY_LOW),
        *(Moment.TAMPER_CLOSED, Moment.MAINS_BACK),
    ]
    assert [one for one in house.bodies if isinstance(one, Tamper)] == [
        Tamper(TamperCause.CASE, active=active, detail=None) for active in (False, True, False)
    ]


async def test_while_the_disk_is_full_what_is_true_is_told_once_and_what_is_recorded_only_then(
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr(attending, "AGAIN_NS", 1_000_000)
    house = House(SensorTable("mains", "mains", pin=1), SensorTable("case", "case", pin=2))
    house.full = True
    async with at_work(house):
        house.edge("mains", active=True)
        await house.wait(lambda: house.asked >= 4)
        assert house.told == [Moment.MAINS_LOST]
        house.edge("case", active=True)
        asked = house.asked
        await house.wait(lambda: house.asked >= asked + 4)
        assert house.told == [Moment.MAINS_LOST]
        house.full = False
        await house.wait(lambda: len(house.told) == 2)
    assert house.told == [Moment.MAINS_LOST, Moment.TAMPER_OPEN]
    assert len(house.bodies) == 2


async def test_a_flood_is_a_few_events_a_fault_that_is_told_and_a_count() -> None:
    house = House(SensorTable("door", "door", pin=1, calm_s=1))
    async with at_work(house):
        house.edge("door", active=False)
        await house.wait(lambda: house.bodies)
        for n in range(100):
            house.edge("door", active=n % 2 == 0, skipped=499)
        await house.wait(lambda: Moment.SENSOR_FAULT in house.told)
        await house.wait(lambda: Moment.SENSOR_WELL in house.told)
    found = [one for one in house.bodies if isinstance(one, Sensor)]
    assert [one.condition for one in found] == [WELL, SensorCondition.FLOODING, WELL]
    assert house.attendant.counters() == {"sensor-suppressed": 50_000, "sensor-faults": 1}
    assert sum(one.suppressed for one in found) == 50_000
    assert "sensor door (the door contact) floods" in house.said


def test_what_waits_is_bounded_counted_and_alarms_are_kept_and_go_first() -> None:
    owed = Owed(frozenset({1}))
    for n in range(100):
        owed.add(0, Report(n % 2, 1, WELL))
    owed.add(1, Report(0, 0, WELL))
    owed.add(1, Report(1, 0, WELL))
    for _ in range(100):
        owed.add(1, Report(0, 0, WELL))
    assert len(owed) == 2 * MOST
    taken: list[tuple[int, Report]] = []
    while (following := owed.first()) is not None:
        taken.append((following[0], following[1].report))
        owed.done(following[0])
    assert sum(report.suppressed + 1 for sensor, report in taken if sensor == 0) == 200
    assert [report.value for sensor, report in taken if sensor == 0][-1] == 1, "the newest is there"
    assert [report.value for sensor, report in taken if sensor == 1][:2] == [0, 1], "the alarm is kept"
    owed.add(0, Report(1, 0, WELL))
    owed.add(1, Report(1, 0, WELL))
    assert owed.first() == (1, owed._waiting[1][0])


class Desk(Attendant):
    """Whoever is told of calls."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def called(self, call: Recorded, mono_ns: int) -> None:
        del mono_ns
        self.calls.append(call.seq)


async def test_a_call_cord_is_a_call_each_time_that_it_is_pulled_and_told_if_it_cannot_be_recorded(
    monkeypatch: Any,
) -> None:
    monkeypatch.setattr(attending, "AGAIN_NS", 1_000_000)
    house, desk = House(SensorTable("bath", "call-cord", pin=1, debounce_ms=1)), Desk()
    house.attendant.meet(cast("Any", None), (desk,))
    async with at_work(house):
        for active in (False, True, False):
            house.edge("bath", active=active)
            count = len(house.bodies)
            await house.wait(lambda count=count: len(house.bodies) > count)
        assert desk.calls == [2]
        house.full = True
        house.edge("bath", active=True)
        await house.wait(lambda: house.asked > 6)
        assert house.told == [Moment.SOS_NOT_RECORDED], "once"
        house.full = False
        await house.wait(lambda: len(house.bodies) == 4)
    assert desk.calls == [2, 4]
