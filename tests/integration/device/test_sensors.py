"""Serial sensors over real pseudo-terminals, and the kernel's supplies as files: garbage, full speed, pulled plugs."""

import os
import select
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from samples.pinned import PinnedHome
from zhendao.device.sensors import supplies
from zhendao.device.sensors.modbus import framed
from zhendao.device.sensors.serials import SerialSensors
from zhendao.device.sensors.settings import SensorTable
from zhendao.device.sensors.supplies import Supplies
from zhendao.device.sensors.values import Posted, Seen, Source, Wired
from zhendao.protocol.bodies import Sensor
from zhendao.protocol.vocabulary import Kind, SensorCondition
from zhendao.simulators.pins.hand import Hand
from zhendao.simulators.pseudoterminal import PseudoTerminal

PATIENCE_S = 180


class Heard:
    """What a source has posted."""

    def __init__(self) -> None:
        self.all: list[Posted] = []
        self._news = threading.Condition()

    def post(self, posted: Posted) -> None:
        with self._news:
            self.all.append(posted)
            self._news.notify_all()

    def wait(self, good: Callable[[], object]) -> None:
        with self._news:
            assert self._news.wait_for(good, PATIENCE_S), self.all[-10:]

    def readings(self, sensor: int = 0) -> list[float]:
        return [one.reading for one in self.all if isinstance(one, Seen) and one.sensor == sensor]


def now_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


@contextmanager
def started(source: Source) -> Iterator[Heard]:
    heard = Heard()
    source.start(heard.post)
    try:
        yield heard
    finally:
        began = time.monotonic()
        source.stop()
        assert time.monotonic() - began < 30, "it does not stop"


def test_lines_are_read_through_garbage_and_a_pulled_plug(tmp_path: Path) -> None:
    pty = PseudoTerminal(tmp_path / "line")
    pty.plug()
    rows = {
        0: SensorTable("heat", "other", port=pty.link, pattern=r"T=(?P<value>[-\d.]+)"),
        3: SensorTable("bed", "mattress", port=pty.link, pattern=r"BED (?:(?P<active>OUT)|(?P<rest>IN))"),
    }
    with started(SerialSensors(pty.link, rows, now_ns)) as heard:
        heard.wait(lambda: [one.sensor for one in heard.all if isinstance(one, Wired)] == [0, 3])
        pty.write(b"T=21.5 BED IN\r\n")
        heard.wait(lambda: heard.readings(3) == [0.0] and heard.readings(0) == [21.5])
        pty.write(b"\xff\x00\x80garbage" * 40 + b"\nT=x\nT=22\n")
        heard.wait(lambda: heard.readings(0)[-1:] == [22.0])
        pty.unplug()
        heard.wait(lambda: isinstance(heard.all[-1], Wired) and heard.all[-1].why is not None)
        pty.plug()
        heard.wait(lambda: isinstance(heard.all[-1], Wired) and heard.all[-1].why is None)
        pty.write(b"BED OUT\r\n")
        heard.wait(lambda: heard.readings(3)[-1:] == [1.0])
    pty.unplug()


def test_full_speed_is_a_few_postings_with_a_count(tmp_path: Path) -> None:
    pty = PseudoTerminal(tmp_path / "line")
    pty.plug()
    rows = {0: SensorTable("heart", "other", port=pty.link, pattern=r"H=(?P<value>\d+)")}
    with started(SerialSensors(pty.link, rows, now_ns)) as heard:
        heard.wait(lambda: heard.all)
        begun, written = time.monotonic(), 0
        while len(heard.readings()) < 10:
            assert time.monotonic() - begun < PATIENCE_S
            select.select([], [pty.master], [], 0.05)
            try:
                written += os.write(pty.master, b"".join(b"H=%d\r\n" % (60 + n % 40) for n in range(100)))
            except BlockingIOError:
                continue
        took = time.monotonic() - begun
        posted = [one for one in heard.all if isinstance(one, Seen)]
        assert len(posted) <= took / 0.05 + 1, "twenty a second at most"
        assert sum(one.count for one in posted) > 10 * len(posted), "and they stand for many"
    pty.unplug()


def test_a_unit_on_the_bus_is_asked_and_one_that_is_silent_is_named(tmp_path: Path) -> None:
    pty = PseudoTerminal(tmp_path / "bus")
    pty.plug()
    rows = {
        0: SensorTable("heat", "other", port=pty.link, unit=1, register=5, signed=True, every_s=0.2),
        1: SensorTable("pad", "mattress", port=pty.link, unit=2, table="input-bit", normal="closed", every_s=0.2),
        2: SensorTable("gone", "water", port=pty.link, unit=3, every_s=0.2),
    }
    answers = {
        framed(bytes.fromhex("010300050001")): framed(bytes.fromhex("010302ff9c")),
        framed(bytes.fromhex("020200000001")): framed(bytes.fromhex("02020100")),
    }
    done = threading.Event()

    def unit() -> None:
        heard = b""
        while not done.is_set():
            if select.select([pty.master], [], [], 0.05)[0]:
                heard = (heard + pty.read())[-8:]
            if heard in answers:
                pty.write(answers[heard])
                heard = b""

    slave = threading.Thread(target=unit)
    slave.start()
    try:
        with started(SerialSensors(pty.link, rows, now_ns)) as heard:
            heard.wait(lambda: heard.readings(0) and heard.readings(1))
            heard.wait(lambda: any(isinstance(one, Wired) and one.sensor == 2 for one in heard.all))
            assert heard.readings(0)[0] == -100
            assert heard.readings(1)[0] == 1, "open is active where it is closed at rest"
    finally:
        done.set()
        slave.join()
        pty.unplug()


def test_mains_and_battery_as_the_kernel_tells_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supplies, "EVERY_S", 0.02)
    mains, cell = tmp_path / "AC", tmp_path / "BAT0"
    mains.mkdir()
    cell.mkdir()
    (mains / "online").write_text("1\n")
    (cell / "capacity_level").write_text("Normal\n")
    rows = {
        0: SensorTable("mains", "mains", supply=str(mains)),
        1: SensorTable("cell", "battery", supply=str(cell)),
    }
    with started(Supplies(rows, now_ns)) as heard:
        heard.wait(lambda: heard.readings(0) == [0.0] and heard.readings(1) == [100.0])
        (mains / "online").write_text("0\n")
        (cell / "capacity").write_text("19\n")
        heard.wait(lambda: heard.readings(0) == [0.0, 1.0] and heard.readings(1) == [100.0, 19.0])
        (mains / "online").unlink()
        heard.wait(lambda: isinstance(heard.all[-1], Wired) and heard.all[-1].sensor == 0)
        (mains / "online").write_text("1\n")
        heard.wait(lambda: heard.readings(0)[-1] == 0.0)


SENSORS = """
[[sensor]]
name = "door"
kind = "door"
pin = 20
[[sensor]]
name = "bed"
kind = "mattress"
pin = 21
normal = "closed"
"""


def test_a_card_is_taken_while_a_contact_floods_and_an_alarm_is_through(tmp_path: Path) -> None:
    with PinnedHome(tmp_path, more=SENSORS) as home:
        home.launch()
        with Hand(home.pins) as hand, Hand(home.pins) as other:
            hand.do("close 21")
            home.terminal.next("ready")
            storm = threading.Thread(target=other.do, args=("storm 20 500 4000",))
            storm.start()
            home.tap("door", "card")
            hand.do("open 21")
            home.gateway.wait(lambda: told(home, "bed")[-1:] == [(1, SensorCondition.WELL)])
            home.gateway.wait(lambda: SensorCondition.FLOODING in {condition for _, condition in told(home, "door")})
            storm.join()
        assert len(told(home, "door")) <= 6
        assert len(home.gateway.of_kind(Kind.CHECK)) == 1


def told(home: PinnedHome, sensor: str) -> list[tuple[int, SensorCondition]]:
    """Return what the gateway has of ``sensor``."""
    bodies = [event.body for event in home.gateway.of_kind(Kind.SENSOR)]
    return [(one.value, one.condition) for one in bodies if isinstance(one, Sensor) and one.sensor == sensor]
