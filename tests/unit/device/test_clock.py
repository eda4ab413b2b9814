from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.clock.telling import told
from zhendao.device.clock.trust import ClockReading, ClockTrust, Known, Seen, TimeAt
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


def test_a_battery_clock_is_read_whatever_the_wall_clock_says() -> None:
    clock = ClockTrust()
    clock.observe(Seen(5_000, 0, rtc_ms=NOW))
    assert clock.read(5_000, SECOND) == ClockReading(NOW + 1000, ClockSource.RTC, None), (
        "how far it is off nobody knows"
    )
    known = ClockTrust(known=Known(rtc_bound_ms=3_000))
    known.observe(Seen(5_000, 0, rtc_ms=NOW))
    assert known.read(5_000, 0) == ClockReading(NOW, ClockSource.RTC, 4_000), "read in whole seconds"


def test_ntp_then_holdover_with_a_growing_bound() -> None:
    clock = ClockTrust()
    anchor = clock.observe(SYNCED)
    assert anchor == [Clock(ClockReason.ANCHOR, NOW, 100, ClockSource.NTP, 0, step_ms=None)]
    assert clock.read(NOW + 1000, SECOND) == ClockReading(NOW + 1000, ClockSource.NTP, 101)
    hour = 3600 * SECOND
    lost = clock.observe(Seen(NOW + 3_600_000, hour))
    assert reasons(lost) == [ClockReason.SOURCE_CHANGED]
    assert clock.read(NOW + 3_600_000, hour) == ClockReading(NOW + 3_600_000, ClockSource.HOLDOVER, 100 + 180)
    wrong_wall = clock.read(5_000, hour)
    assert wrong_wall.wall_ms == NOW + 3_600_000, "what was trusted goes on, whatever the wall clock is set to"


def test_setting_the_wall_clock_between_two_looks_moves_nothing() -> None:
    """Somebody steps a synchronised clock, and a card is held to the reader before the next look."""
    clock = ClockTrust()
    clock.observe(SYNCED)
    for wall_ms in (0, NOW - 86_400_000, NOW + 86_400_000):
        assert clock.read(wall_ms, 5 * SECOND) == ClockReading(NOW + 5_000, ClockSource.NTP, 101)


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
    (event,) = events
    assert (event.reason, event.source, event.step_ms) == (ClockReason.SOURCES_DISAGREE, ClockSource.HOLDOVER, 7_000)
    reading = clock.read(NOW, 0)
    assert reading.bound_ms is not None
    assert reading.wall_ms - reading.bound_ms <= NOW - 100
    assert reading.wall_ms + reading.bound_ms >= NOW + 7_600, "whoever is right, the truth lies within"
    assert clock.sources_disagree
    again = clock.observe(Seen(NOW + 10_000, 10 * SECOND, kernel_bound_ms=20, gnss=gnss(NOW + 17_000, 10 * SECOND)))
    assert again == [], "said once an hour, not every ten seconds"


def test_what_ntp_alone_said_before_does_not_count_for_it_twice() -> None:
    clock = ClockTrust()
    clock.observe(SYNCED)
    events = clock.observe(Seen(NOW + 1000, SECOND, kernel_bound_ms=20, gnss=gnss(NOW + 8_000, SECOND)))
    assert reasons(events) == [ClockReason.SOURCE_CHANGED, ClockReason.SOURCES_DISAGREE]
    assert clock.read(NOW + 1000, SECOND).source is ClockSource.HOLDOVER


def test_two_of_three_win() -> None:
    clock = ClockTrust()
    clock.observe(replace(SYNCED, gnss=gnss(NOW, 0)))
    events = clock.observe(Seen(NOW + 1000, SECOND, kernel_bound_ms=20, gnss=gnss(NOW + 8_000, SECOND)))
    assert ClockReason.SOURCES_DISAGREE in reasons(events)
    assert clock.read(NOW + 1000, SECOND).source is ClockSource.NTP, "what both said before bears NTP out"


@pytest.mark.parametrize("off_ms", [-7_200_000, 7_200_000, -86_400_000])
def test_a_spoofed_sky_is_not_believed_against_the_battery_clock_or_the_gateway(off_ms: int) -> None:
    clock = ClockTrust()
    clock.observe(Seen(5_000, 0, rtc_ms=NOW, gnss=gnss(NOW + off_ms, 0)))
    assert clock.read(5_000, 0).source is ClockSource.HOLDOVER, "one against one"
    clock.hear(TimeAt(ClockSource.HOLDOVER, NOW, 5_000, 0))
    clock.observe(Seen(6_000, SECOND, rtc_ms=NOW + 1000, gnss=gnss(NOW + off_ms + 1000, SECOND)))
    reading = clock.read(6_000, SECOND)
    assert reading == ClockReading(NOW + 1000, ClockSource.HOLDOVER, 5_001), "two against one"
    assert clock.sources_disagree


def test_yesterdays_sky_after_a_reboot_is_not_believed() -> None:
    """She pulls the plug, keeps the network away, and feeds the receiver with what it heard yesterday."""
    floor = TimeAt(ClockSource.HOLDOVER, NOW, 100, 0)
    clock = ClockTrust(known=Known(floor=floor))
    events = clock.observe(Seen(5_000, 0, gnss=gnss(NOW - 86_400_000, 0)))
    assert reasons(events) == [ClockReason.SOURCES_DISAGREE]
    assert clock.read(5_000, 0) == ClockReading(5_000, ClockSource.UNSET, None)
    clock.observe(Seen(65_000, 60 * SECOND, kernel_bound_ms=20, gnss=gnss(NOW - 86_340_000, 60 * SECOND)))
    assert clock.read(65_000, 60 * SECOND).source is not ClockSource.NTP, "1970 is no time for NTP either"
    clock.observe(Seen(NOW + 70_000, 70 * SECOND, kernel_bound_ms=20, gnss=gnss(NOW - 86_330_000, 70 * SECOND)))
    assert clock.read(NOW + 70_000, 70 * SECOND) == ClockReading(NOW + 70_000, ClockSource.NTP, 100)
    assert clock.sources_disagree


def test_a_memory_of_the_future_is_overruled_by_two() -> None:
    clock = ClockTrust(known=Known(floor=TimeAt(ClockSource.HOLDOVER, NOW + 10**10, 100, 0)))
    clock.observe(SYNCED)
    assert clock.read(NOW, 0).source is ClockSource.UNSET
    clock.hear(TimeAt(ClockSource.HOLDOVER, NOW, 5_000, 0))
    clock.observe(replace(SYNCED, mono_ns=SECOND, wall_ms=NOW + 1000))
    assert clock.read(NOW, SECOND) == ClockReading(NOW + 1000, ClockSource.NTP, 100)


def test_a_battery_clock_that_lost_an_hour_is_outvoted_by_what_is_remembered() -> None:
    clock = ClockTrust(known=Known(floor=TimeAt(ClockSource.HOLDOVER, NOW - 1_000_000, 100, 0), rtc_bound_ms=1_000))
    clock.observe(replace(SYNCED, rtc_ms=NOW - 3_600_000))
    assert clock.read(NOW, 0) == ClockReading(NOW, ClockSource.NTP, 100)
    assert clock.sources_disagree, "believed, and said"


def test_what_ntp_writes_into_the_battery_clock_is_no_second_witness() -> None:
    clock = ClockTrust(known=Known(rtc_bound_ms=1_000))
    clock.observe(Seen(NOW, 0, kernel_bound_ms=20, rtc_ms=NOW - 86_400_000))
    clock.observe(Seen(NOW + 1000, SECOND, kernel_bound_ms=20, rtc_ms=NOW + 1000))
    assert clock.read(NOW + 1000, SECOND).source is not ClockSource.NTP


def test_a_week_counter_that_rolled_over_is_refused_told_and_contradicts_nobody() -> None:
    clock = ClockTrust()
    weeks_ms = 1024 * 7 * 86_400_000
    events = clock.observe(replace(SYNCED, gnss_refused_ms=NOW - weeks_ms))
    assert reasons(events) == [ClockReason.ANCHOR, ClockReason.SOURCES_DISAGREE]
    assert clock.read(NOW, 0).source is ClockSource.NTP
    assert "1024" in told(events[1]).en
    other = clock.observe(Seen(NOW, SECOND * 3600, 20, gnss_refused_ms=NOW - 10**9))
    assert "1024" not in told(other[-1]).en


def test_a_leap_second_is_a_step_of_a_second_and_no_contradiction() -> None:
    clock = ClockTrust()
    clock.observe(replace(SYNCED, gnss=gnss(NOW, 0)))
    events = clock.observe(Seen(NOW, SECOND, kernel_bound_ms=20, gnss=gnss(NOW, SECOND)))
    assert [(event.reason, event.step_ms) for event in events] == [(ClockReason.STEP, -1000)]
    assert clock.read(NOW, SECOND).wall_ms == NOW, "the second that is there twice"
    assert not clock.sources_disagree


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
    assert clock.sources_disagree, "said once"
    clock.observe(Seen(NOW + 2000, 2 * SECOND, kernel_bound_ms=20, gnss=gnss(NOW + 2000, 2 * SECOND)))
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
    clock = ClockTrust(known=Known(anchor=TimeAt(ClockSource.NTP, NOW, 20, 0)))
    clock.observe(Seen(5_000, 0))
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


OFFSETS = st.integers(-(10**10), 10**10) | st.integers(-10_000, 10_000)
MOMENTS = st.tuples(
    st.integers(1, 2_000_000),  # how long after the last one, ms
    st.integers(-100, 100) | st.none(),  # NTP's error, or it is not there
    st.integers(-600, 600) | st.none(),  # GNSS
    st.integers(-5_000, 5_000) | st.none(),  # the gateway's word
    OFFSETS,  # what the liar adds
)


@given(
    liar=st.sampled_from(["", "ntp", "gnss", "rtc", "gateway", "memory"]),
    battery=st.booleans(),
    remembered=st.integers(0, 10**9) | st.none(),
    moments=st.lists(MOMENTS, max_size=12),
)
def test_one_liar_is_never_believed_against_an_honest_source(
    *,
    liar: str,
    battery: bool,
    remembered: int | None,
    moments: list[tuple[int, int | None, int | None, int | None, int]],
) -> None:
    """Any coming and going, one of the sources lying as it likes: beside an honest one the truth is in the bound."""
    lie = moments[0][4] if moments else 0
    floor = None
    if remembered is not None:
        floor = TimeAt(ClockSource.HOLDOVER, NOW - remembered + (lie if liar == "memory" else 0), 0, 0)
    clock = ClockTrust(known=Known(floor=floor, rtc_bound_ms=1_000))
    mono_ms, seen_gnss_ms = 0, -(10**9)
    for wait_ms, ntp_error, gnss_error, word_error, lie in moments:
        mono_ms += wait_ms
        truth, mono_ns = NOW + mono_ms, mono_ms * 1_000_000

        def says(who: str, error: int, truth: int = truth, lie: int = lie) -> int:
            return truth + error + (lie if who == liar else 0)

        if word_error is not None:
            clock.hear(TimeAt(ClockSource.HOLDOVER, says("gateway", word_error), 5_000, mono_ns))
        wall = truth if ntp_error is None else says("ntp", ntp_error)
        rtc = says("rtc", 0) if battery else None
        sample = None if gnss_error is None else gnss(says("gnss", gnss_error), mono_ns)
        seen_gnss_ms = mono_ms if sample is not None else seen_gnss_ms
        clock.observe(Seen(wall, mono_ns, None if ntp_error is None else 20, rtc, sample))
        reading = clock.read(wall, mono_ns)
        honest = (ntp_error is not None and liar != "ntp") or (mono_ms - seen_gnss_ms <= 900_000 and liar != "gnss")
        if honest and reading.bound_ms is not None:
            assert abs(reading.wall_ms - truth) <= reading.bound_ms


@given(
    st.lists(st.integers(1, 3_600_000), min_size=1, max_size=10),
    st.lists(st.tuples(st.integers(1, 3_600_000), OFFSETS), min_size=1, max_size=10),
)
def test_a_source_that_begins_to_lie_is_held_against_what_it_said_before(
    honest_ms: list[int], lies: list[tuple[int, int]]
) -> None:
    clock = ClockTrust()
    mono_ms = 0
    for wait_ms in honest_ms:
        mono_ms += wait_ms
        clock.observe(Seen(NOW + mono_ms, mono_ms * 1_000_000, 20))
    for wait_ms, lie in lies:
        mono_ms += wait_ms
        if abs(lie) > 2_000 + 2_000:  # above what two honest looks may differ, and the drift of these hours
            clock.observe(Seen(NOW + mono_ms + lie, mono_ms * 1_000_000, 20))
            assert clock.sources_disagree or abs(lie) > 10**9
            reading = clock.read(0, mono_ms * 1_000_000)
            assert reading.source is ClockSource.HOLDOVER
            assert reading.bound_ms is not None
            assert abs(reading.wall_ms - NOW - mono_ms) <= reading.bound_ms


@pytest.mark.parametrize("source", [ClockSource.NTP, ClockSource.GNSS])
def test_trusted_time_is_extrapolated_both_ways(source: ClockSource) -> None:
    time = TimeAt(source, NOW, 100, 1000 * SECOND)
    assert time.later(900 * SECOND, 50) == TimeAt(source, NOW - 100_000, 105, 900 * SECOND)
