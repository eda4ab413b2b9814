"""The real agent under a wall clock that starts wrong, is set, and steps: recorded, dated anew, and nothing else moves.

rule: TIME; promise 6. The wall clock is put in at the edge, all else is real; see `samples.wallclock`.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from samples.home import Home
from samples.receiver import Simulator
from samples.wallclock import DAY_S, WallClock, true_ms
from zhendao.device.clock.memory import recall, remember
from zhendao.gateway.visits.lanes import told_time
from zhendao.gateway.visits.moments import Moment, between, dated
from zhendao.protocol.bodies import Check, Clock, Undo
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import ClockReason, ClockSource, Direction, Kind

AWAY = "wait 1500"
"""Time for a token to be seen as gone: the next one at the reader is a new holding."""
CLOCK_MS = 50
"""What reading two clocks of this machine one after another may differ by."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with Home(tmp_path, session="double_tap_s = 0") as home:
        yield home


def clocks(home: Home, reason: ClockReason) -> list[Clock]:
    events = home.gateway.of_kind(Kind.CLOCK)
    return [event.body for event in events if isinstance(event.body, Clock) and event.body.reason is reason]


def checks(home: Home) -> list[Event]:
    return home.gateway.of_kind(Kind.CHECK)


def tap(home: Home, moment: str = "checked-in") -> None:
    home.emulator.do("present door")
    home.terminal.next("door-seen")
    home.emulator.do("present card")
    home.terminal.next(moment)
    home.emulator.do("remove card")
    home.emulator.do("remove door")
    home.emulator.do(AWAY)


def redated(home: Home, check: Event) -> Moment:
    """Date a check as the gateway does, from what the terminal told of its time."""
    told = [told_time(event) for event in home.gateway.of_kind(Kind.CLOCK) if event.boot_id == check.boot_id]
    return dated(check, [one for one in told if one is not None])


def within(moment: Moment) -> bool:
    assert moment.bound_ms is not None
    return abs(moment.wall_ms - true_ms(moment.mono_ns)) <= moment.bound_ms + CLOCK_MS


def said(event: Event) -> bool:
    """Whether the true time lies within what the terminal itself said."""
    bound = event.clock_bound_ms
    return bound is None or abs(event.wall_ms - true_ms(event.mono_ns)) <= bound + CLOCK_MS


def test_a_terminal_that_starts_at_1970_is_dated_anew_when_ntp_comes(home: Home) -> None:
    home.gateway.silent.set()
    wall = WallClock(home.folder)
    wall.epoch()
    home.start()
    tap(home)
    wall.set(0)
    wall.ntp(20)
    home.gateway.silent.clear()
    home.gateway.wait(lambda: bool(clocks(home, ClockReason.ANCHOR)))
    (step,) = clocks(home, ClockReason.STEP)
    assert step.step_ms == pytest.approx((time.time() - 5) * 1000, abs=60_000)
    tap(home, "checked-out")
    home.gateway.wait(lambda: len(checks(home)) == 2)
    first, second = checks(home)
    assert first.clock_source is ClockSource.UNSET
    assert first.wall_ms < 600_000, "what the clock said stands, and is dated beside it"
    assert (second.clock_source, said(second)) == (ClockSource.NTP, True)
    one, two = redated(home, first), redated(home, second)
    assert one.redated
    assert within(one)
    assert within(two)
    assert between(one, two).ms == (second.mono_ns - first.mono_ns) // 10**6
    assert [event.body.direction for event in (first, second) if isinstance(event.body, Check)] == [
        Direction.IN,
        Direction.OUT,
    ]


def test_without_ntp_the_gateways_word_bounds_the_time(home: Home) -> None:
    """Somebody keeps NTP away; the answers to what is sent cannot be forged."""
    wall = WallClock(home.folder)
    wall.set(-14 * DAY_S)
    home.start()
    home.gateway.wait(lambda: bool(clocks(home, ClockReason.SOURCE_CHANGED)))
    tap(home)
    home.gateway.wait(lambda: bool(checks(home)))
    (check,) = checks(home)
    assert check.clock_source is ClockSource.HOLDOVER
    assert check.clock_bound_ms is not None
    assert check.clock_bound_ms < 60_000
    assert said(check)


def test_ntp_steps_a_fortnight_while_the_card_lies_on_the_reader(tmp_path: Path) -> None:
    """fake-hwclock has restored the last shutdown: plausible, and wrong. Guard, undo and pairing know no wall clock."""
    with Home(tmp_path) as home:
        home.gateway.silent.set()
        wall = WallClock(home.folder)
        wall.set(-14 * DAY_S)
        terminal = home.start()
        home.emulator.do("present door")
        terminal.next("door-seen")
        home.emulator.do("remove door")
        wall.set(-7 * DAY_S)
        home.emulator.do("present card")
        terminal.next("checked-in")
        wall.set(0)
        wall.ntp(20)
        home.gateway.silent.clear()
        home.gateway.wait(lambda: bool(clocks(home, ClockReason.ANCHOR)) and bool(checks(home)))
        assert len(clocks(home, ClockReason.STEP)) >= 1
        (check,) = checks(home)
        assert (check.clock_source, check.clock_bound_ms) == (ClockSource.UNSET, None)
        assert within(redated(home, check))
        home.emulator.do("remove card")
        home.emulator.do(AWAY)
        home.emulator.do("present card")
        terminal.next("already-recorded")
        wall.set(-3600)
        terminal.next("undo-asked")
        home.emulator.do("remove card")
        home.emulator.do(AWAY)
        wall.set(3600)
        home.emulator.do("present card")
        terminal.next("undone")
        home.emulator.do("remove card")
        home.gateway.wait(lambda: bool(home.gateway.of_kind(Kind.UNDO)))
        (undo,) = home.gateway.of_kind(Kind.UNDO)
        assert isinstance(undo.body, Undo)
        assert undo.body.target == check.seq
        assert len(checks(home)) == 1


def test_a_clock_that_is_set_between_two_looks_moves_no_check(home: Home) -> None:
    wall = WallClock(home.folder, look_s=3600)
    wall.ntp(20)
    home.start()
    wall.set(-DAY_S)
    tap(home)
    wall.set(DAY_S)
    tap(home, "checked-out")
    home.gateway.wait(lambda: len(checks(home)) == 2)
    for check in checks(home):
        assert check.clock_source is ClockSource.NTP
        assert said(check)


def test_a_synchronised_clock_that_jumps_is_held_against_what_it_said(home: Home) -> None:
    """Forged NTP: the kernel says synchronised, and it is yesterday. Then a leap second, which is no forgery."""
    wall = WallClock(home.folder)
    wall.ntp(20)
    home.start()
    home.gateway.wait(lambda: bool(clocks(home, ClockReason.ANCHOR)))
    wall.set(-1)
    home.gateway.wait(lambda: bool(clocks(home, ClockReason.STEP)))
    (step,) = clocks(home, ClockReason.STEP)
    assert step.step_ms == pytest.approx(-1000, abs=100)
    tap(home)
    wall.set(-DAY_S)
    home.gateway.wait(lambda: bool(clocks(home, ClockReason.SOURCES_DISAGREE)))
    tap(home, "checked-out")
    home.gateway.wait(lambda: len(checks(home)) == 2)
    first, second = checks(home)
    assert first.clock_source is ClockSource.NTP
    assert abs(first.wall_ms + 1000 - true_ms(first.mono_ns)) <= 200, "the second that is there twice"
    assert second.clock_source is ClockSource.HOLDOVER
    assert said(second)
    assert (first.seq < second.seq, first.mono_ns < second.mono_ns) == (True, True)
    _, _, spoken = home.terminal.stop()
    assert "two sources of time are" in spoken
    assert "the system's clock was set by 1.0 s" in spoken


def test_a_trusted_time_outlives_the_process_and_yesterday_is_not_believed_after_it(home: Home) -> None:
    wall = WallClock(home.folder)
    wall.ntp(20)
    home.start()
    home.gateway.wait(lambda: bool(clocks(home, ClockReason.ANCHOR)))
    assert home.terminal.stop()[0] == 0
    wall.set(-DAY_S)
    home.gateway.silent.set()
    home.start()
    tap(home)
    home.gateway.silent.clear()
    home.gateway.wait(lambda: bool(checks(home)))
    (check,) = checks(home)
    assert check.clock_source is ClockSource.HOLDOVER
    assert said(check)


def test_a_battery_clock_dates_a_terminal_without_a_network(home: Home) -> None:
    rtc = home.folder / "since_epoch"
    rtc.write_text(f"{int(time.time())}\n")
    home.config.write_text(home.config.read_text() + f'[clock]\nrtc = "{rtc}"\n')
    home.gateway.silent.set()
    wall = WallClock(home.folder)
    wall.epoch()
    home.start()
    tap(home)
    home.gateway.silent.clear()
    home.gateway.wait(lambda: bool(checks(home)))
    (check,) = checks(home)
    assert (check.clock_source, check.clock_bound_ms) == (ClockSource.RTC, None)
    assert abs(check.wall_ms - true_ms(check.mono_ns)) < 10_000


@pytest.mark.long
@pytest.mark.parametrize(
    ("order", "told"),
    [
        ("time -7200", "two sources of time are 7"),
        ("time rollover", "week counter has rolled over (1024 weeks behind)"),
    ],
)
def test_a_forged_or_old_sky_is_told_and_not_believed(home: Home, order: str, told: str) -> None:
    link, rtc = home.folder / "gnss", home.folder / "since_epoch"
    rtc.write_text(f"{int(time.time())}\n")
    home.config.write_text(
        home.config.read_text() + f'[clock]\nrtc = "{rtc}"\n[gnss]\nport = "{link}"\nbaud = 115200\n'
    )
    wall = WallClock(home.folder)
    wall.epoch()
    receiver = Simulator(link, "--baud", "115200", "--lat", "31.2", "--lon", "121.5")
    try:
        receiver.order(order)
        home.start()
        # A receiver's time is taken after thirty seconds at the earliest.
        home.gateway.wait(lambda: bool(clocks(home, ClockReason.SOURCES_DISAGREE)), 120)
        tap(home)
        home.gateway.wait(lambda: bool(checks(home)))
        (check,) = checks(home)
        assert check.clock_source is not ClockSource.GNSS
        assert said(check)
        assert told in home.terminal.stop()[2]
    finally:
        receiver.end()


@pytest.mark.long
def test_a_recording_of_yesterdays_sky_is_not_believed_after_a_reboot(home: Home) -> None:
    """She pulls the plug, keeps network and NTP away, and plays what the receiver heard yesterday."""
    link, memory = home.folder / "gnss", home.data / "clock.memory"
    home.config.write_text(home.config.read_text() + f'[gnss]\nport = "{link}"\nbaud = 115200\n')
    wall = WallClock(home.folder)
    wall.ntp(20)
    home.start()
    home.gateway.wait(lambda: bool(clocks(home, ClockReason.ANCHOR)))
    assert home.terminal.stop()[0] == 0
    kept = recall(memory)
    assert kept is not None
    remember(memory, replace(kept, boot_id=bytes(16)))  # the boot is another one: what was known of this one is gone
    wall.epoch()
    wall.ntp(None)
    home.broker.kill()
    receiver = Simulator(link, "--baud", "115200", "--lat", "31.2", "--lon", "121.5")
    try:
        receiver.order(f"time -{DAY_S}")
        terminal = home.start()
        watched = threading.Timer(60, terminal.process.terminate)
        watched.start()
        spoken = ""
        assert terminal.process.stderr is not None
        for line in terminal.process.stderr:
            spoken += line
            if "two sources of time" in line:
                break
        watched.cancel()
        assert "two sources of time are 86" in spoken
        tap(home)
        home.broker.start()
        home.gateway.wait(lambda: bool(checks(home)), 60)
        (check,) = checks(home)
        assert (check.clock_source, check.clock_bound_ms) == (ClockSource.UNSET, None)
    finally:
        receiver.end()


@pytest.mark.long
def test_a_sky_alone_dates_a_terminal_that_stands_at_1970(home: Home) -> None:
    link = home.folder / "gnss"
    home.config.write_text(home.config.read_text() + f'[gnss]\nport = "{link}"\nbaud = 115200\n')
    home.gateway.silent.set()
    wall = WallClock(home.folder)
    wall.epoch()
    receiver = Simulator(link, "--baud", "115200", "--lat", "31.2", "--lon", "121.5")
    try:
        home.start()
        tap(home)
        home.gateway.silent.clear()
        home.gateway.wait(lambda: bool(clocks(home, ClockReason.ANCHOR)), 120)
        anchor = clocks(home, ClockReason.ANCHOR)[0]
        assert anchor.source is ClockSource.GNSS
        assert anchor.bound_ms > 20_000, "it may not know the leap seconds yet"
        (check,) = checks(home)
        assert check.clock_source is ClockSource.UNSET
        assert within(redated(home, check))
    finally:
        receiver.end()
