"""When a terminal ran is told by the trusted time next to each moment, however many there are."""

from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.judging.running_times import _Dated
from zhendao.protocol.bodies import Sensor
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import ClockSource, SensorClass

S_NS = 10**9
BODY = Sensor("door", SensorClass.DOOR_CONTACT, 0, 0)
TIMES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 3)), min_size=1, max_size=8)


def event(at: int, mono_s: int, bound_ms: int, wall_s: int) -> Event:
    wall_ms = 1_790_000_000_000 + wall_s * 1000
    return Event(
        bytes(16), bytes(16), at + 1, bytes(16), mono_s * S_NS, wall_ms, ClockSource.NTP, bound_ms, 10, 2, BODY
    )


@given(TIMES, st.integers(0, 4))
def test_the_nearest_and_best_time_counts(times: list[tuple[int, int, int]], mono_s: int) -> None:
    events = [event(at, *one) for at, one in enumerate(times)]
    best = min(events, key=lambda one: (abs(one.mono_ns - mono_s * S_NS), one.clock_bound_ms or 0, one.wall_ms))
    assert _Dated(events).at(mono_s * S_NS) == best.wall_ms + mono_s * 1000 - best.mono_ns // 10**6
