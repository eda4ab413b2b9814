"""When something is the matter, and when it is told."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.care.concerns import Concerns, Reports, Thresholds
from zhendao.device.care.vitals import Vitals
from zhendao.protocol.vocabulary import ClockSource, Concern, HealthReason, PartState

WELL = Vitals(disk_free=1000, journal=0, machine_up_s=1, memory_free=1000, temperature_dc=400)
AT = Thresholds(disk_low=100, memory_low=100, hot_dc=800)
SECOND = 1_000_000_000


def look(concerns: Concerns, vitals: Vitals = WELL, at_s: int = 0) -> Concern:
    return concerns.look(vitals, PartState.WELL, ClockSource.NTP, at_s * SECOND)


def test_a_concern_ends_later_than_it_began() -> None:
    one = Concerns(AT)
    free = [look(one, replace(WELL, disk_free=free)) for free in (100, 99, 149, 150)]
    assert [Concern.DISK_LOW in found for found in free] == [False, True, True, False]
    memory = [look(one, replace(WELL, memory_free=free)) for free in (100, 99, 149, 150)]
    assert [Concern.MEMORY_LOW in found for found in memory] == [False, True, True, False]
    heat = [look(one, replace(WELL, temperature_dc=heat)) for heat in (799, 800, 751, 749)]
    assert [Concern.HOT in found for found in heat] == [False, True, True, False]


def test_voltage_counts_while_it_is_too_low() -> None:
    one = Concerns(AT)
    found = [look(one, replace(WELL, throttled=bits)) for bits in (None, 0x50005, 0x50000, 0x4)]
    assert [Concern.POWER in concerns for concerns in found] == [False, True, False, True]


def test_what_may_pass_by_itself_must_last() -> None:
    one = Concerns(AT)

    def at(second: int, reader: PartState, clock: ClockSource) -> Concern:
        return one.look(WELL, reader, clock, second * SECOND)

    assert at(0, PartState.DOWN, ClockSource.UNSET) == Concern(0)
    assert at(29, PartState.DOWN, ClockSource.UNSET) == Concern(0)
    assert at(30, PartState.DOWN, ClockSource.UNSET) == Concern.READER_DOWN
    assert at(40, PartState.WELL, ClockSource.UNSET) == Concern(0)
    assert at(50, PartState.DOWN, ClockSource.UNSET) == Concern(0)
    assert at(600, PartState.WELL, ClockSource.UNSET) == Concern.CLOCK_UNSET
    assert at(610, PartState.WELL, ClockSource.NTP) == Concern(0)


def test_one_report_in_an_interval_and_one_at_once_for_a_change() -> None:
    reports = Reports(900 * SECOND, 2, 0)
    made = []
    for second in range(0, 2000, 10):
        concerns = Concern.HOT if 100 <= second < 300 else Concern(0)
        reason = reports.due(concerns, second * SECOND)
        if reason is not None:
            reports.told(concerns)
            made.append((second, reason))
    change, interval = HealthReason.CHANGE, HealthReason.INTERVAL
    assert made == [(100, change), (300, change), (900, interval), (1800, interval)]


def test_what_could_not_be_recorded_is_tried_again() -> None:
    reports = Reports(900 * SECOND, 4, 0)
    assert reports.due(Concern.DISK_LOW, 10 * SECOND) is HealthReason.CHANGE
    assert reports.due(Concern.DISK_LOW, 20 * SECOND) is HealthReason.CHANGE
    reports.told(Concern.DISK_LOW)
    assert reports.due(Concern.DISK_LOW, 30 * SECOND) is None


@given(
    st.integers(0, 6),
    st.lists(st.tuples(st.integers(0, 3_000), st.booleans(), st.booleans()), max_size=200),
)
def test_whatever_flutters_the_number_of_reports_is_bounded(extra: int, steps: list[tuple[int, bool, bool]]) -> None:
    interval_s, now_s = 900, 0
    reports = Reports(interval_s * SECOND, extra, 0)
    made = 0
    for step, hot, fails in steps:
        now_s += step
        concerns = Concern.HOT if hot else Concern(0)
        if reports.due(concerns, now_s * SECOND) is not None:
            made += 1
            if not fails:
                reports.told(concerns)
    intervals = now_s // interval_s
    assert made <= intervals + extra * (intervals + 1)
