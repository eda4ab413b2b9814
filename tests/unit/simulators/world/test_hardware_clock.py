"""A box's clocks: what they read follows from true time and from what was done to them."""

from collections.abc import Callable

import pytest

from zhendao.device.clock.trust import ClockTrust, Seen
from zhendao.protocol.vocabulary import ClockSource
from zhendao.simulators.world.box.clocks import Fitted, HardwareClock
from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.engine.clockwork import Clockwork
from zhendao.simulators.world.story.story import START_MS

S, MINUTE, HOUR, DAY = 10**9, 60 * 10**9, 3600 * 10**9, 86_400 * 10**9
LOST_MS = 946_684_800_000


def made(fitted: Fitted) -> tuple[Clockwork, HardwareClock]:
    clockwork = Clockwork()
    clock = HardwareClock(clockwork, Chance(1, "terminal 0/clock"), fitted, START_MS)
    clock.boot()
    return clockwork, clock


def apart_ms(clock: HardwareClock) -> int:
    return clock.wall_ms() - clock.true_ms()


def test_ntp_sets_the_clock_after_a_while_and_says_how_good_it_is() -> None:
    clockwork, clock = made(Fitted(drift_ppm=20, rtc=False))
    assert clock.wall_ms() == 0
    assert clock.kernel_bound_ms() is None
    clockwork.run(MINUTE)
    bound = clock.kernel_bound_ms()
    assert bound is not None
    assert abs(apart_ms(clock)) <= bound
    clockwork.run(30 * DAY)
    assert abs(apart_ms(clock)) <= bound


def test_a_crystal_runs_away_as_far_as_it_is_off() -> None:
    clockwork, clock = made(Fitted(drift_ppm=40, ntp=False))
    begin = clock.mono_ns()
    clockwork.run(DAY)
    assert clock.mono_ns() - begin == DAY + 40 * DAY // 1_000_000
    assert apart_ms(clock) == 86_400_000 * 40 // 1_000_000
    clock.drift(-40)
    clockwork.run(2 * DAY)
    assert apart_ms(clock) == 0


def test_without_ntp_the_kernel_states_an_error_that_grows_until_it_states_none() -> None:
    clockwork, clock = made(Fitted())
    clockwork.run(HOUR)
    first = clock.kernel_bound_ms()
    clock.ntp(there=False)
    clockwork.run(3 * HOUR)
    later = clock.kernel_bound_ms()
    assert first is not None
    assert later is not None
    assert later == first + 2 * 3_600_000 * 500 // 1_000_000
    clockwork.run(DAY)
    assert clock.kernel_bound_ms() is None


def test_a_lie_of_ntp_is_taken_over_and_put_right() -> None:
    clockwork, clock = made(Fitted())
    clockwork.run(HOUR)
    clock.ntp(there=True, lie_ms=5_000)
    clockwork.run(2 * HOUR)
    assert abs(apart_ms(clock) - 5_000) < 100
    assert clock.kernel_bound_ms() is not None
    clock.ntp(there=True)
    clockwork.run(3 * HOUR)
    assert abs(apart_ms(clock)) < 100


def test_a_step_by_hand_tells_the_kernel_that_nothing_is_known() -> None:
    clockwork, clock = made(Fitted())
    clockwork.run(HOUR)
    mono = clock.mono_ns()
    clock.step(-3_600_000)
    assert abs(apart_ms(clock) + 3_600_000) < 100
    assert clock.mono_ns() == mono
    assert clock.kernel_bound_ms() is None
    clockwork.run(2 * HOUR)
    assert abs(apart_ms(clock)) < 100


@pytest.mark.parametrize(
    ("fitted", "cleanly", "says_ms"),
    [
        (Fitted(ntp=False, rtc=True), False, 10_800_000),
        (Fitted(ntp=False, rtc=False, keeps=True), False, 3_600_000),
        (Fitted(ntp=False, rtc=False, keeps=True), True, 5_400_000),
    ],
)
def test_what_a_boot_finds(fitted: Fitted, cleanly: bool, says_ms: int) -> None:  # noqa: FBT001 - a parameter
    clockwork, clock = made(fitted)
    if fitted.keeps:
        clock.step(START_MS - clock.wall_ms())
    before = clock.boot_id()
    clockwork.run(90 * MINUTE)
    clock.off(cleanly=cleanly)
    clockwork.run(3 * HOUR)
    clock.boot()
    assert clock.boot_id() != before
    assert clock.mono_ns() == 0
    assert clock.wall_ms() - START_MS == says_ms


def test_without_anything_a_boot_is_in_1970() -> None:
    clockwork, clock = made(Fitted(rtc=False, ntp=False))
    clockwork.run(HOUR)
    clock.off(cleanly=True)
    clock.boot()
    assert clock.look() == Seen(0, 0, None, None)


def test_the_kernel_writes_the_battery_clock_right_or_wrong() -> None:
    clockwork, clock = made(Fitted())
    clockwork.run(HOUR)
    clock.ntp(there=True, lie_ms=40_000)
    clockwork.run(2 * HOUR)
    clock.off(cleanly=False)
    clockwork.run(4 * HOUR)
    clock.boot()
    assert 38_000 < apart_ms(clock) < 41_000


def test_a_battery_clock_that_comes_back_has_lost_its_time() -> None:
    clockwork, clock = made(Fitted(ntp=False))
    clock.rtc(there=False)
    assert clock.rtc_ms() is None
    clockwork.run(HOUR)
    clock.rtc(there=True)
    assert clock.rtc_ms() == LOST_MS
    clock.set_rtc(5_000)
    assert clock.rtc_ms() == clock.true_ms() + 5_000


def test_the_next_boot_finds_what_it_is_told_to() -> None:
    clockwork, clock = made(Fitted(ntp=False))
    clockwork.run(HOUR)
    clock.off(cleanly=False)
    clock.boots_with(1_000_000)
    clock.boot()
    assert clock.wall_ms() == 1_000_000
    clock.off(cleanly=False)
    clock.boot()
    assert clock.wall_ms() != START_MS


TROUBLES: list[Callable[[HardwareClock], None]] = [
    lambda clock: clock.step(-(10**9)),
    lambda clock: clock.ntp(there=False),
    lambda clock: clock.set_rtc(10**9),
    lambda clock: clock.rtc(there=False),
]


@pytest.mark.parametrize("trouble", range(len(TROUBLES)))
def test_trust_in_it_is_never_worse_than_said_with_one_trouble(trouble: int) -> None:
    clockwork, clock = made(Fitted(drift_ppm=-45))
    trust = ClockTrust()
    at = 0
    while at < 6 * HOUR:
        at += 10 * S
        clockwork.run(at)
        if at == HOUR:
            TROUBLES[trouble](clock)
        trust.observe(clock.look())
        read = trust.read(clock.wall_ms(), clock.mono_ns())
        if read.source in {ClockSource.NTP, ClockSource.HOLDOVER}:
            assert read.bound_ms is not None
            assert abs(read.wall_ms - clock.true_ms()) <= read.bound_ms
    assert trust.read(0, clock.mono_ns()).source in {ClockSource.NTP, ClockSource.HOLDOVER}
