"""A receiver that misbehaves, on real lines and processes: found again, bounded, and named up to the stored event."""

import queue
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from samples.home import Home
from samples.receiver import Simulator
from zhendao.device.gnss.condition import Condition
from zhendao.device.gnss.listening import ListeningSettings, RateFound, Standing
from zhendao.device.gnss.rate import RateSettings
from zhendao.device.gnss.receiver import GoodFix
from zhendao.device.gnss.serial_source import PortUp, Posted, SerialSource
from zhendao.protocol.bodies import Check
from zhendao.protocol.health import HealthReport
from zhendao.protocol.vocabulary import Concern, Constellation, FixSign, Kind, PartState


@pytest.fixture
def posted() -> "queue.Queue[Posted]":
    return queue.Queue()


def wait_for(
    posted: "queue.Queue[Posted]", kind: type[Any], good: Any = lambda _one: True, seconds: float = 180
) -> Any:
    until = time.monotonic() + seconds
    while True:
        value = posted.get(timeout=max(0.01, until - time.monotonic()))
        if isinstance(value, kind) and good(value):
            return value


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Simulator]:
    made = Simulator(tmp_path / "gnss", "--baud", "38400", "--rate", "5")
    yield made
    assert made.end() == 0


def test_a_receiver_at_another_rate_is_found_and_found_again(
    device: Simulator, tmp_path: Path, posted: "queue.Queue[Posted]"
) -> None:
    quick = ListeningSettings(rate=RateSettings(listen_s=0.8, lost_s=1.6))
    source = SerialSource(str(tmp_path / "gnss"), 9600, posted.put, settings=quick)
    source.start()
    try:
        assert wait_for(posted, RateFound).rate == 38400
        wait_for(posted, GoodFix)
        device.order("baud 115200")
        assert wait_for(posted, RateFound).rate == 115200
        wait_for(posted, GoodFix)
    finally:
        source.stop()


@pytest.mark.usefixtures("device")
def test_a_name_that_leads_to_another_device_is_followed_though_the_old_one_still_speaks(
    tmp_path: Path, posted: "queue.Queue[Posted]"
) -> None:
    """As when udev gives the receiver its name back under another number."""
    name = tmp_path / "by-id"
    name.symlink_to((tmp_path / "gnss").readlink())
    source = SerialSource(str(name), 38400, posted.put)
    source.start()
    other = Simulator(tmp_path / "other", "--baud", "38400", "--rate", "5", "--lat", "30.0")
    try:
        wait_for(posted, GoodFix, lambda fix: fix.epoch.lat_e7 > 305_000_000)
        new = tmp_path / "new"
        new.symlink_to((tmp_path / "other").readlink())
        new.replace(name)
        wait_for(posted, PortUp)
        wait_for(posted, GoodFix, lambda fix: fix.epoch.lat_e7 < 305_000_000)
    finally:
        source.stop()
        assert other.end() == 0


@pytest.mark.parametrize("nonsense", ["flood", pytest.param("garbage", marks=pytest.mark.long)])
def test_babbling_costs_bounded_time_and_is_named(
    device: Simulator, tmp_path: Path, posted: "queue.Queue[Posted]", nonsense: str
) -> None:
    settings = ListeningSettings()
    source = SerialSource(str(tmp_path / "gnss"), 38400, posted.put, settings=settings)
    source.start()
    try:
        wait_for(posted, GoodFix)
        device.order(f"babble {nonsense}")
        named = Condition.BABBLING
        wait_for(posted, Standing, lambda one: one.condition is named)
        while not posted.empty():
            posted.get_nowait()
        used, begun = _cpu_s(), time.monotonic()
        while time.monotonic() - begun < 3:
            time.sleep(0.1)  # what is measured is this process beside its own idle thread
        assert (_cpu_s() - used) / (time.monotonic() - begun) < 0.5, "of a core, on a machine that has other work too"
        assert posted.qsize() <= (settings.budget.epochs_per_s + 5) * 5
        device.order("babble off")
        wait_for(posted, GoodFix)
        wait_for(posted, Standing, lambda one: one.condition is Condition.WELL)
    finally:
        source.stop()


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def reports(home: Home) -> list[HealthReport]:
    return [one.body for one in home.gateway.of_kind(Kind.HEALTH) if isinstance(one.body, HealthReport)]


def check(home: Home) -> Check:
    """Hold both tokens there; return the check as the gateway stored it."""
    home.emulator.do("present door")
    home.terminal.next("door-seen")
    home.emulator.do("remove door")
    home.emulator.do("present card")
    while (one := home.terminal.any())["moment"] not in {"checked-in", "checked-out"}:
        pass
    home.emulator.do("remove card")
    home.emulator.do("wait 800")  # as a person does: away, and only then again
    place = (bytes.fromhex(one["epoch"]), one["seq"])
    home.gateway.wait(lambda: place in home.gateway.events)
    body = home.gateway.events[place].body
    assert isinstance(body, Check)
    return body


def with_receiver(home: Home, receiver: Path) -> None:
    table = f'[gnss]\nport = "{receiver}"\nbaud = 9600\nsilence_s = 3\n[health]\nextra_reports = 100\n'
    home.config.write_text(home.config.read_text() + table)


def test_a_wrong_baud_rate_at_the_real_terminal_is_found_remembered_and_told_once(tmp_path: Path) -> None:
    receiver = Simulator(tmp_path / "gnss", "--baud", "115200", "--rate", "5")
    try:
        with Home(tmp_path, session="double_tap_s = 0") as home:
            with_receiver(home, tmp_path / "gnss")
            terminal = home.start()
            until = time.monotonic() + 180
            while (fix := check(home).fix) is None:
                assert time.monotonic() < until
            assert Constellation.BEIDOU in fix.constellations
            assert fix.signs & ~FixSign.WEAK == FixSign(0)
            assert (home.data / "gnss.baud").read_text() == "115200\n"
            code, seconds, said = terminal.stop()
            assert code == 0
            assert seconds < 30
            assert said.count("115200 baud, not at [gnss] baud = 9600") == 1
    finally:
        receiver.end()


@pytest.mark.long
def test_every_trouble_of_the_receiver_reaches_the_stored_event_and_stops_no_check(tmp_path: Path) -> None:
    receiver = Simulator(tmp_path / "gnss", "--baud", "9600", "--rate", "1")
    troubles = [
        ("unplug", "replug", Concern.GNSS_UNPLUGGED),
        ("silence", "speak", Concern.GNSS_SILENT),
        ("babble garbage", "babble off", Concern.GNSS_BABBLING),
        ("sky jammed", "sky good", Concern.GNSS_JAMMED),
        ("quality 8", "quality 1", Concern.GNSS_SUSPECT),
    ]
    try:
        with Home(tmp_path, session="double_tap_s = 0") as home:
            with_receiver(home, tmp_path / "gnss")
            home.start()
            until = time.monotonic() + 180
            while check(home).fix is None:
                assert time.monotonic() < until
            for begin, end, concern in troubles:
                count = len(reports(home))
                receiver.order(begin)
                home.gateway.wait(lambda c=concern, n=count: any(c in one.concerns for one in reports(home)[n:]), 90)
                found = check(home)
                assert found.fix is not None, "the last good one, with its age"
                if concern is Concern.GNSS_SUSPECT:
                    assert FixSign.SIMULATOR in found.fix.signs
                    break  # this one lasts for a minute after its end
                receiver.order(end)
                home.gateway.wait(lambda c=concern: c not in reports(home)[-1].concerns, 120)
            assert [one.gnss for one in reports(home) if Concern.GNSS_UNPLUGGED in one.concerns] == [PartState.DOWN]
            assert home.gateway.problems == []
            code, _, said = home.terminal.stop()
            assert code == 0
            assert said.count("went away") == 1, said
    finally:
        receiver.end()
