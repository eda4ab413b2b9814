from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.clock.trust import UNBOUNDED_MS, ClockReading, ClockTrust, Seen, TimeAt
from zhendao.protocol.bodies import Clock
from zhendao.protocol.vocabulary import ClockReason, ClockSource

NOW = 1_795_334_400_000  # 2026-11-22T08:00:00Z
SECOND = 1_000_000_000
SYNCED = Seen(NOW, 0, kernel_bound_ms=20)


def gnss(wall_ms: int, mono_ns: int) -> TimeAt:
    return TimeAt(ClockSource.GNSS, wall_ms, 600, mono_ns)


def reasons(events: list[Clock]) -> list[ClockReason]:
    return [event.reason for event in events]


def test_1970_is_unset() -> None:
    clock = ClockTrust()
    assert clock.observe(Seen(5_000, 0)) == []
    assert clock.read(5_000, 0) == ClockReading(5_000, ClockSource.UNSET, None)
    clock.observe(Seen(5_000, 0, kernel_bound_ms=20, rtc_ms=5_000))
    assert clock.read(5_000, 0).source is ClockSource.UNSET, "not even if the kernel and a dead battery clock agree"


def test_a_plausible_wall_clock_without_a_source_is_unset() -> None:
    """fake-hwclock restores the moment of the last shutdown: plausible, and wrong."""
    clock = ClockTrust()
    clock.observe(Seen(NOW, 0))
    assert clock.read(NOW, 0) == ClockReading(NOW, ClockSource.UNSET, None)


def test_a_battery_clock_that_agrees() -> None:
    clock = ClockTrust()
    clock.observe(Seen(NOW, 0, rtc_ms=NOW - 900))
    assert clock.read(NOW, 0) == ClockReading(NOW, ClockSource.RTC, None)
    clock.observe(Seen(NOW, 0, rtc_ms=NOW - 9_000))
    assert clock.read(NOW, 0).source is ClockSource.UNSET


def test_ntp_then_holdover_with_a_growing_bound() -> None:
    clock = ClockTrust()
    anchor = clock.observe(SYNCED)
    assert anchor == [Clock(ClockReason.ANCHOR, NOW, 20, ClockSource.NTP, 0, step_ms=None)]
    assert clock.read(NOW + 1000, SECOND) == ClockReading(NOW + 1000, ClockSource.NTP, 20)
    hour = 3600 * SECOND
    lost = clock.observe(Seen(NOW + 3_600_000, hour))
    assert reasons(lost) == [ClockReason.SOURCE_CHANGED]
    assert clock.read(NOW + 3_600_000, hour) == ClockReading(NOW + 3_600_000, ClockSource.HOLDOVER, 20 + 180)
    wrong_wall = clock.read(5_000, hour)
    assert wrong_wall.wall_ms == NOW + 3_600_000, "what was trusted goes on, whatever the wall clock is set to"


def test_gnss_dates_a_terminal_that_stands_at_1970() -> None:
    clock = ClockTrust()
    clock.observe(Seen(5_000, 0))
    events = clock.observe(Seen(65_000, 60 * SECOND, gnss=gnss(NOW, 60 * SECOND)))
    assert events == [Clock(ClockReason.ANCHOR, NOW, 600, ClockSource.GNSS, 60 * SECOND, step_ms=None)]
    assert clock.read(66_000, 61 * SECOND) == ClockReading(NOW + 1000, ClockSource.GNSS, 601)


def test_a_sky_that_comes_and_goes_is_no_change_of_source() -> None:
    clock = ClockTrust()
    clock.observe(Seen(NOW, 0, gnss=gnss(NOW, 0)))
    assert clock.observe(Seen(NOW + 600_000, 600 * SECOND)) == []
    assert clock.read(NOW + 600_000, 600 * SECOND).source is ClockSource.GNSS
    assert reasons(clock.observe(Seen(NOW + 901_000, 901 * SECOND))) == [ClockReason.SOURCE_CHANGED]
    assert clock.read(NOW + 901_000, 901 * SECOND).source is ClockSource.HOLDOVER


def test_gnss_goes_before_ntp_where_both_agree() -> None:
    clock = ClockTrust()
    clock.observe(Seen(NOW, 0, kernel_bound_ms=20, gnss=gnss(NOW + 500, 0)))
    assert clock.read(NOW, 0) == ClockReading(NOW + 500, ClockSource.GNSS, 600)
    assert not clock.sources_disagree


def test_sources_that_disagree_are_not_trusted_alone() -> None:
    clock = ClockTrust()
    events = clock.observe(Seen(NOW, 0, kernel_bound_ms=20, gnss=gnss(NOW + 7_000, 0)))
    assert events == [Clock(ClockReason.SOURCES_DISAGREE, NOW, UNBOUNDED_MS, ClockSource.UNSET, 0, step_ms=7_000)]
    assert clock.sources_disagree
    again = clock.observe(Seen(NOW + 10_000, 10 * SECOND, kernel_bound_ms=20, gnss=gnss(NOW + 17_000, 10 * SECOND)))
    assert again == [], "said once an hour, not every ten seconds"


def test_two_of_three_win() -> None:
    clock = ClockTrust()
    clock.observe(SYNCED)
    events = clock.observe(Seen(NOW + 1000, SECOND, kernel_bound_ms=20, gnss=gnss(NOW + 8_000, SECOND)))
    assert reasons(events) == [ClockReason.SOURCES_DISAGREE]
    assert clock.read(NOW + 1000, SECOND).source is ClockSource.NTP, "the monotonic clock bears NTP out"


def test_a_spoofed_only_source_is_not_followed() -> None:
    clock = ClockTrust()
    clock.observe(Seen(NOW, 0, gnss=gnss(NOW, 0)))
    events = clock.observe(Seen(NOW + 60_000, 60 * SECOND, gnss=gnss(NOW + 67_000, 60 * SECOND)))
    assert reasons(events) == [ClockReason.SOURCE_CHANGED, ClockReason.SOURCES_DISAGREE]
    reading = clock.read(NOW + 60_000, 60 * SECOND)
    assert reading.source is ClockSource.HOLDOVER
    assert reading.wall_ms == NOW + 60_000
    assert reading.bound_ms is not None
    assert reading.bound_ms >= 7_000, "whoever is right, the truth lies within"


def test_two_that_agree_put_an_old_error_right() -> None:
    clock = ClockTrust()
    clock.observe(Seen(NOW, 0, gnss=gnss(NOW - 18_000, 0)))
    clock.observe(Seen(NOW + 1000, SECOND, kernel_bound_ms=20, gnss=gnss(NOW + 1000, SECOND)))
    assert not clock.sources_disagree
    assert clock.read(NOW + 1000, SECOND).wall_ms == NOW + 1000


def test_a_step_of_the_wall_clock_is_recorded() -> None:
    clock = ClockTrust()
    clock.observe(Seen(5_000, 0))
    assert clock.observe(Seen(6_400, SECOND)) == [], "0.4 s is slewing"
    events = clock.observe(Seen(NOW, 2 * SECOND))
    assert reasons(events) == [ClockReason.STEP]
    assert events[0].step_ms == NOW - 6_400 - 1_000
    assert events[0].source is ClockSource.UNSET
    assert reasons(clock.observe(Seen(NOW - 1_000_000, 3 * SECOND))) == [ClockReason.STEP], "backward as well"


def test_anchors_are_repeated_every_six_hours() -> None:
    clock = ClockTrust()
    hours = range(25)
    found = [
        hour
        for hour in hours
        for event in clock.observe(replace(SYNCED, wall_ms=NOW + hour * 3_600_000, mono_ns=hour * 3600 * SECOND))
        if event.reason is ClockReason.ANCHOR
    ]
    assert found == [0, 6, 12, 18, 24]


def test_a_much_better_time_is_anchored_at_once() -> None:
    clock = ClockTrust()
    early = TimeAt(ClockSource.GNSS, NOW, 20_600, 0)
    assert [event.bound_ms for event in clock.observe(Seen(5_000, 0, gnss=early))] == [20_600]
    later = TimeAt(ClockSource.GNSS, NOW + 31_000, 600, 31 * SECOND)
    events = clock.observe(Seen(36_000, 31 * SECOND, gnss=later))
    assert [(event.reason, event.bound_ms) for event in events] == [(ClockReason.ANCHOR, 600)]


def test_an_anchor_of_the_process_before() -> None:
    clock = ClockTrust(anchor=TimeAt(ClockSource.NTP, NOW, 20, 0))
    assert clock.read(5_000, 100 * SECOND) == ClockReading(NOW + 100_000, ClockSource.HOLDOVER, 25)


@given(
    st.lists(
        st.tuples(
            st.integers(1, 100_000),
            st.integers(-10_000, 10_000),
            st.booleans(),
            st.integers(-600, 600) | st.none(),
        ),
        max_size=30,
    )
)
def test_the_truth_is_within_the_bound_while_sources_are_honest(
    moments: list[tuple[int, int, bool, int | None]],
) -> None:
    """Any coming and going of NTP and GNSS that keep their own bounds: the reading keeps its bound too."""
    clock = ClockTrust()
    mono_ms = 0
    for wait_ms, wall_error, synced, gnss_error in moments:
        mono_ms += wait_ms
        truth = NOW + mono_ms
        wall = truth + (max(-20, min(20, wall_error)) if synced else wall_error)
        sample = None if gnss_error is None else gnss(truth + gnss_error, mono_ms * 1_000_000)
        clock.observe(Seen(wall, mono_ms * 1_000_000, 20 if synced else None, None, sample))
        reading = clock.read(wall, mono_ms * 1_000_000)
        if reading.bound_ms is not None:
            assert abs(reading.wall_ms - truth) <= reading.bound_ms
        assert not clock.sources_disagree


@given(
    st.lists(
        st.tuples(
            st.integers(-(2**60), 2**60),
            st.integers(0, 2**60),
            st.integers(0, 2**40) | st.none(),
            st.integers(-(2**60), 2**60) | st.none(),
            st.tuples(st.integers(-(2**60), 2**60), st.integers(0, 2**60)) | st.none(),
        ),
        max_size=10,
    )
)
def test_any_times_are_a_reading(
    moments: list[tuple[int, int, int | None, int | None, tuple[int, int] | None]],
) -> None:
    clock = ClockTrust()
    for wall, mono, bound, rtc, sample in moments:
        for event in clock.observe(Seen(wall, mono, bound, rtc, None if sample is None else gnss(*sample))):
            assert event.bound_ms >= 0
        clock.read(wall, mono)


@pytest.mark.parametrize("source", [ClockSource.NTP, ClockSource.GNSS])
def test_trusted_time_is_extrapolated_both_ways(source: ClockSource) -> None:
    time = TimeAt(source, NOW, 100, 1000 * SECOND)
    assert time.later(900 * SECOND, 50) == TimeAt(source, NOW - 100_000, 105, 900 * SECOND)
