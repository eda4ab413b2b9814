"""Times of one boot that contradict each other: which they are, and what is held against them. rule: TIME"""

from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from samples.site import NOW_MS, Authority, Site
from samples.taps import HOUR_NS, check
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.facts import findings
from zhendao.gateway.visits.divided import apart_ms, contradict
from zhendao.gateway.visits.moments import SAME_MS, Anchor, dated, told_time, window_of
from zhendao.protocol.bodies import Clock
from zhendao.protocol.event import Event, kind_and_version
from zhendao.protocol.vocabulary import ClockReason, ClockSource, Direction

MS = 10**6
HOUR = 3_600_000
TIMES = st.builds(
    lambda mono_ms, off_ms, bound_ms: Anchor(mono_ms * MS, NOW_MS + mono_ms + off_ms, bound_ms),
    st.integers(0, 10**9),
    st.integers(-12_000, 12_000),
    st.integers(0, 5_000),
)


@given(st.lists(TIMES, max_size=12))
def test_some_two_of_them_contradict_each_other_or_none_does(times: list[Anchor]) -> None:
    assert contradict(times) == any(apart_ms(one, other) for one, other in combinations(times, 2))
    assert contradict(times[::-1]) == contradict(times)


def test_bounds_and_drift_explain_what_they_explain_and_no_millisecond_more() -> None:
    later_ns = 20_000 * MS * 1_000
    most_ms = SAME_MS + 300 + 2_000  # 20,000 s at 100 ppm
    near = Anchor(later_ns, NOW_MS + 20_000_000 + most_ms, 200)
    far = Anchor(later_ns, NOW_MS + 20_000_000 + most_ms + 1, 200)
    assert [apart_ms(Anchor(0, NOW_MS, 100), one) for one in (near, far)] == [0, most_ms + 1]


def clock(mono_h: float, wall_ms: int, received_ms: int) -> Anchor | None:
    body = Clock(ClockReason.ANCHOR, wall_ms, 100, ClockSource.NTP, int(mono_h * HOUR_NS))
    event = Event(bytes(16), bytes(16), 1, bytes(16), body.mono_ns, wall_ms, body.source, 100, *kind_and_version(body),
                  body)  # fmt: skip
    return told_time(event, received_ms)


@pytest.mark.parametrize(("behind_ms", "disputed"), [(0, False), (HOUR, True)])
def test_a_check_of_the_clock_that_arrivals_bear_out_stands_and_one_of_the_other_does_not(
    behind_ms: int, disputed: bool,  # noqa: FBT001 - a case
) -> None:  # fmt: skip
    true, lie = clock(1, NOW_MS, NOW_MS + 900), clock(3, NOW_MS + HOUR, NOW_MS + 2 * HOUR + 900)
    assert true is not None
    assert lie is not None
    assert (true.prompt, lie.prompt) == (True, False)
    body, wall_ms = check(Direction.IN), NOW_MS + 2 * HOUR - behind_ms
    event = Event(bytes(16), bytes(16), 2, bytes(16), 3 * HOUR_NS, wall_ms, ClockSource.NTP, 100,
                  *kind_and_version(body), body)  # fmt: skip
    window = window_of(event, None, None, NOW_MS + 9 * HOUR)  # it waited for the network
    moment = dated(event, [true, lie], window, doubtful=True)
    assert moment.disputed is disputed
    assert abs(moment.wall_ms - (NOW_MS + 2 * HOUR)) <= (moment.bound_ms or 0)


@pytest.mark.parametrize("order", list(permutations(range(4)))[::5])
def test_a_server_that_was_behind_puts_what_it_dated_in_doubt_in_the_store_and_nothing_else(
    site: Site, authority: Authority, order: tuple[int, ...]
) -> None:
    line = authority.terminal()

    def tell(hours: int, behind_ms: int) -> None:
        wall_ms = NOW_MS + hours * HOUR - behind_ms
        body = Clock(ClockReason.STEP, wall_ms, 100, ClockSource.NTP, hours * HOUR_NS)
        line.add(body, mono_ns=hours * HOUR_NS, wall_ms=wall_ms, source=ClockSource.NTP)

    def visit(hours: int, behind_ms: int) -> None:
        for at in (hours, hours + 1):
            line.add(
                check(Direction.IN if at == hours else Direction.OUT), mono_ns=at * HOUR_NS,
                wall_ms=NOW_MS + at * HOUR - behind_ms, source=ClockSource.NTP,
            )  # fmt: skip

    tell(1, 0)
    visit(2, 0)
    tell(4, 90 * 60_000)
    visit(5, 90 * 60_000)
    tell(7, 0)
    visit(8, 0)
    parts = [(1, 2, 1), (3, 4, 3), (5, 7, 6), (8, len(line.items), 9)]
    for place in order:
        first, last, hours = parts[place]
        site.take(line.message(first, last, 1), now_ms=NOW_MS + hours * HOUR + 2_000)
    site.settle(NOW_MS + 12 * HOUR)
    with site.store.reading() as connection:
        records = connection.execute(select(visits.c.record).where(visits.c.state != "withdrawn")).scalars().all()
        kinds = connection.execute(select(findings.c.kind)).scalars().all()
    assert "clock_divided" in kinds
    found = {one["in"]["seq"]: {flag["flag"] for flag in one["flags"]} for one in records}
    assert {seq: "clock_disputed" in flags for seq, flags in found.items()} == {3: False, 6: True, 9: False}
    assert {one["duration_s"] for one in records} == {3_600}
