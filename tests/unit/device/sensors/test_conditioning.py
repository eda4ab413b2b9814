"""What is made of a sensor's readings, however wild: bounded, flagged, and where it settles is always told."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.device.sensors.conditioning import Conditioner, Report
from zhendao.device.sensors.manner import MINUTE_NS, Manner
from zhendao.protocol.vocabulary import SensorCondition

MS, S = 1_000_000, 1_000_000_000
HOUR = 3600 * S
WELL = SensorCondition.WELL


class Played:
    """A conditioner under readings at their times; looked at whenever it asks to be, as the loop does."""

    def __init__(self, manner: Manner) -> None:
        self.one = Conditioner(manner, 0)
        self.now = 0
        self.told: list[tuple[int, Report]] = []

    def until(self, at: int) -> None:
        for _ in range(10_000):
            due = self.one.due_ns(self.now)
            if due is None or due > at:
                break
            assert due > self.now, "asks for a time that has passed"
            self.now = due
            self._note(self.one.look(due))
        else:
            raise AssertionError("it never rests")
        self.now = at

    def seen(self, reading: float, at: int, count: int = 1) -> None:
        self.until(at)
        for report in self.one.seen(reading, at, count):
            self._note(report)

    def play(self, edges: Iterable[tuple[float, int]]) -> None:
        for reading, at in edges:
            self.seen(reading, at)

    def _note(self, report: Report | None) -> None:
        if report is not None:
            self.told.append((self.now, report))

    @property
    def reports(self) -> list[Report]:
        return [report for _, report in self.told]


def flood(begin: int, seconds: int, per_s: int = 1000, last: int = 0) -> list[tuple[float, int]]:
    step = S // per_s
    count = seconds * per_s
    return [(float((count - n + last) % 2), begin + n * step) for n in range(count + 1)]


def test_a_bouncing_door_is_one_event_with_what_was_left_out() -> None:
    door = Played(Manner())
    door.seen(0, 0)
    door.until(S)
    door.play((float(n % 2 == 0), S + n * 2 * MS) for n in range(7))
    door.until(5 * S)
    assert door.reports == [Report(0, 0, WELL), Report(1, 6, WELL)]
    assert door.told[1][0] == S + 12 * MS + 50 * MS


def test_a_brush_is_no_event_and_is_counted() -> None:
    door = Played(Manner())
    door.play([(0, 0), (1, S), (0, S + 30 * MS), (1, 3 * S)])
    door.until(4 * S)
    assert door.reports == [Report(0, 0, WELL), Report(1, 2, WELL)]


@pytest.mark.parametrize("alarm", [False, True])
def test_a_flood_is_flagged_at_once_bounded_and_its_end_is_told(*, alarm: bool) -> None:
    pad = Played(Manner(alarm=alarm))
    pad.seen(0, 0)
    pad.play(flood(S, 60))
    pad.until(120 * S)
    assert [report.condition for report in pad.reports] == [WELL, *pad_between(pad), WELL]
    assert SensorCondition.FLOODING in pad_between(pad)
    assert pad.told[1][0] < 2 * S, "within the first second"
    assert sum(report.suppressed for report in pad.reports) >= 59_990
    assert pad.reports[-1].value == 0, "where it stands"
    assert [report.value for report in pad.reports[1:-1]] == [int(alarm)] * len(pad_between(pad)), "may be an alarm"


def pad_between(pad: Played) -> list[SensorCondition]:
    return [report.condition for report in pad.reports[1:-1]]


@pytest.mark.parametrize("per_s", [1000, 50_000])
def test_edges_counted_at_the_edge_are_a_flood_as_well(per_s: int) -> None:
    pad = Played(Manner())
    pad.seen(0, 0)
    for n in range(6_000):
        pad.seen(float(n % 2), S + n * 10 * MS, per_s // 100)
    pad.until(120 * S)
    # At a thousand a second it is chatter for a moment, before it is enough for a flood.
    before = [SensorCondition.CHATTERING] * (per_s == 1000)
    assert [report.condition for report in pad.reports][1:] == [*before, SensorCondition.FLOODING, WELL]
    assert (pad.reports[-1].value, pad.reports[-1].suppressed > 50 * per_s) == (1, True)


def test_an_alarm_goes_at_once_though_everything_else_is_used_up() -> None:
    pad = Played(Manner(alarm=True, most=2))
    at = 0
    for n in range(6):
        pad.seen(float(n % 2), at := at + 3 * S)
    told = [at for at, report in pad.told if report.value]
    assert told[0] == 6 * S + 50 * MS
    pad.until(at + 130 * S)
    assert pad.reports[-1] == Report(1, pad.reports[-1].suppressed, WELL)


def test_an_alarm_that_nobody_looked_at_while_it_lasted_is_told() -> None:
    pad = Conditioner(Manner(alarm=True), 0)
    pad.seen(0, 0)
    pad.look(S)
    pad.seen(1, 2 * S)
    assert pad.seen(0, 3 * S) == (Report(1, 0, WELL),)
    assert pad.look(4 * S) == Report(0, 0, WELL)


def test_a_contact_that_is_active_for_a_day_is_stuck_once_and_well_when_it_moves() -> None:
    cord = Played(Manner(alarm=True, stuck_ns=24 * HOUR, again_ns=1000 * HOUR))
    cord.play([(0, 0), (1, HOUR), (0, 100 * HOUR)])
    cord.until(200 * HOUR)
    assert [(report.value, report.condition) for report in cord.reports] == [
        *[(0, WELL), (1, WELL), (1, SensorCondition.STUCK), (0, WELL)]
    ]
    assert cord.told[2][0] == 25 * HOUR + 50 * MS


def test_a_contact_at_rest_is_never_stuck() -> None:
    door = Played(Manner(stuck_ns=HOUR))
    door.seen(0, 0)
    door.until(1000 * HOUR)
    assert door.reports == [Report(0, 0, WELL)]


def test_a_number_that_never_changes_is_stuck() -> None:
    heart = Played(Manner(number=True, stuck_ns=HOUR, again_ns=1000 * HOUR))
    for n in range(100):
        heart.seen(72, n * 60 * S)
    heart.seen(73, 6000 * S)
    assert [report.condition for report in heart.reports] == [WELL, SensorCondition.STUCK, WELL]


def test_a_lie_is_flagged_and_the_last_that_could_be_is_told() -> None:
    heart = Played(Manner(number=True, low=20, high=250))
    heart.play([(72, 0), (900, S), (float("nan"), 2 * S), (float("inf"), 3 * S), (74, 4 * S), (75, 5 * S), (76, 6 * S)])
    assert heart.reports == [
        *(Report(72, 0, WELL), Report(72, 1, SensorCondition.IMPLAUSIBLE)),
        *(Report(74, 2, SensorCondition.IMPLAUSIBLE), Report(75, 0, SensorCondition.IMPLAUSIBLE)),
        Report(76, 0, WELL),
    ]


def test_what_changes_faster_than_it_can_is_a_lie_until_there_was_time_for_it() -> None:
    room = Played(Manner(number=True, rate=1))
    room.play([(20, 0), (60, S), (60, 20 * S), (60, 45 * S), (60, 46 * S), (60, 47 * S)])
    assert [(report.value, report.condition) for report in room.reports] == [
        *[(20, WELL), (20, SensorCondition.IMPLAUSIBLE), (60, SensorCondition.IMPLAUSIBLE), (60, WELL)]
    ]


def test_a_number_is_judged_where_the_settings_say_from_when_it_is_an_alarm() -> None:
    gas = Played(Manner(number=True, alarm=True, above=50, stuck_ns=None))
    for n in range(100):
        gas.seen(20 + n % 3, n * 100 * MS)
    for n in range(100, 200):
        gas.seen(80 + n % 3, n * 100 * MS)
    gas.until(60 * S)
    assert gas.reports == [Report(0, 0, WELL), Report(1, gas.reports[1].suppressed, WELL)]
    assert gas.told[1][0] == 10 * S + 50 * MS


def test_silence_is_told_and_so_is_a_port_that_is_gone() -> None:
    bus = Played(Manner(number=True, silent_ns=60 * S, again_ns=1000 * HOUR))
    bus.seen(5, 0)
    bus.until(100 * S)
    bus.seen(5, 100 * S)
    bus.one.wired(110 * S, there=False)
    bus.until(125 * S)
    bus.one.wired(125 * S, there=True)
    bus.until(126 * S)
    bus.seen(6, 127 * S)
    assert [(at // S, report.value, report.condition) for at, report in bus.told] == [
        *[(0, 5, WELL), (60, 5, SensorCondition.SILENT), (100, 5, WELL), (120, 5, SensorCondition.SILENT)],
        *[(125, 5, WELL), (127, 6, WELL)],
    ]


def test_a_sensor_that_never_said_anything_is_silent() -> None:
    bus = Played(Manner(silent_ns=60 * S, again_ns=1000 * HOUR))
    bus.until(HOUR)
    assert bus.reports == [Report(0, 0, SensorCondition.SILENT)]


def test_what_was_due_while_nobody_looked_is_due_still() -> None:
    door = Conditioner(Manner(), 0)
    door.seen(0, 0)
    assert door.due_ns(10 * S) == 50 * MS
    assert door.look(10 * S) == Report(0, 0, WELL)
    assert door.due_ns(10 * S) is None
    for n in range(1000):
        door.seen(n % 2, 20 * S + n * MS)
    assert door.due_ns(100 * S) is not None
    told = door.look(100 * S)
    assert told is not None
    assert (told.value, told.condition) == (1, WELL)


def test_one_that_is_back_without_a_word_is_waited_for_and_costs_nothing() -> None:
    bus = Played(Manner(again_ns=1000 * HOUR))
    bus.one.wired(0, there=False)
    bus.until(20 * S)
    bus.one.wired(20 * S, there=True)
    bus.until(HOUR)
    assert bus.reports == [Report(0, 0, SensorCondition.SILENT)], "of which nobody knows anything better"
    bus.seen(1, 2 * HOUR)
    bus.until(3 * HOUR)
    assert bus.reports[1:] == [Report(1, 0, WELL)]


def test_what_is_not_well_is_told_again_every_hour() -> None:
    cord = Played(Manner(stuck_ns=HOUR))
    cord.play([(1, 0)])
    cord.until(5 * HOUR + S)
    assert [report.condition for report in cord.reports] == [WELL, *[SensorCondition.STUCK] * 5]


GAPS = st.one_of(st.integers(0, 3 * MS), st.integers(0, 200 * MS), st.integers(0, 20 * S), st.integers(0, 2 * HOUR))
STEPS = st.tuples(GAPS, st.floats(-10, 300) | st.sampled_from([0.0, 1.0]), st.integers(1, 500))
MANNERS = st.builds(
    Manner,
    number=st.booleans(),
    alarm=st.booleans(),
    most=st.integers(2, 8),
    stuck_ns=st.none() | st.just(HOUR),
    silent_ns=st.none() | st.just(600 * S),
    low=st.none() | st.just(0.0),
    rate=st.none() | st.just(5.0),
    above=st.none() | st.just(100.0),
)


@settings(max_examples=150)
@given(MANNERS, st.lists(STEPS, max_size=60), st.sampled_from([0.0, 1.0]))
def test_whatever_comes_it_is_bounded_and_the_last_state_is_told(
    manner: Manner, steps: list[tuple[int, float, int]], last: float
) -> None:
    played, at, edges = Played(manner), 0, 0
    for gap, reading, count in steps:
        at += gap
        edges += count
        played.seen(reading if manner.number else float(reading > 1), at, count)
    for _ in range(8):  # as long as it takes to be believed again
        at += 30 * S
        played.seen(last, at)
    told = len(played.told)
    played.until(at + 70 * S)
    times = [at for at, _ in played.told]
    for n, first in enumerate(times):
        assert sum(one < first + MINUTE_NS for one in times[n:]) <= manner.most * (2 if manner.alarm else 1)
    newest = played.reports[-1]
    assert newest.value == (0 if manner.judged else int(last)), told
    assert newest.condition in {WELL, SensorCondition.STUCK if manner.stuck_ns else WELL}, told
    assert sum(report.suppressed for report in played.reports) <= edges + 8
