"""What is found from the nearest times of a boot is what is found from all of them, and they are few."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from samples.witnessed import HOUR_S, MORNING_MS, Witness
from zhendao.gateway.visits.moments import Anchor, dated
from zhendao.gateway.visits.nearest import Nearest
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import ClockSource

HOUR_NS = HOUR_S * 10**9
monos = st.integers(0, 50).map(lambda hours: hours * HOUR_NS) | st.integers(0, 2**64 - 1)
anchors = st.builds(
    Anchor, monos, st.integers(0, 50).map(lambda hours: MORNING_MS + hours), st.sampled_from([0, 1, 50, 10_000, 2**41])
)


def undated() -> Event:
    home = Witness()
    home.come(0, source=ClockSource.UNSET)
    return home.facts[0].event


EVENT = undated()


@given(st.lists(anchors, max_size=30), monos)
def test_the_nearest_times_find_what_all_of_them_find(several: list[Anchor], mono_ns: int) -> None:
    event = replace(EVENT, mono_ns=mono_ns)
    assert dated(event, Nearest(several).of(mono_ns)) == dated(event, several)


def test_of_a_thousand_hours_a_few_are_looked_at() -> None:
    several = [Anchor(hour * HOUR_NS, MORNING_MS + hour * HOUR_S * 1000, 50) for hour in range(1_000)]
    assert 1 <= len(Nearest(several).of(500 * HOUR_NS + HOUR_NS // 2)) <= 4
