"""When a terminal is asked for what is missing: soon, then less and less often, never not at all."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.ingest.gaps import ASK_AGAIN_MS, ASK_AT_LEAST_MS, Gap, advance, to_ask
from zhendao.gateway.ingest.steady import SteadyTime

DAY_MS = 86_400_000


def asked_at(gap: Gap, until_ms: int, step_ms: int = 60_000) -> list[int]:
    times = []
    for now_ms in range(gap.seen_ms, until_ms, step_ms):
        if to_ask([gap], now_ms):
            times.append(now_ms)
            gap = replace(gap, asked_ms=now_ms)
    return times


def test_pauses_double_up_to_a_day() -> None:
    times = asked_at(Gap(5, 9, 0, declared_ms=60_000), 10 * DAY_MS)
    pauses = [later - sooner for sooner, later in pairwise(times)]
    assert times[0] == 0
    assert pauses[:3] == [ASK_AGAIN_MS, ASK_AGAIN_MS, 2 * ASK_AGAIN_MS]
    assert max(pauses) == ASK_AT_LEAST_MS
    assert pauses == sorted(pauses)
    assert len(times) < 20, "ten days cost a terminal that pruned them fewer than twenty questions"


def test_what_is_not_declared_is_not_asked_for() -> None:
    assert to_ask([Gap(5, 9, 0)], 10 * DAY_MS) == []


@given(st.integers(0, 2**50), st.integers(0, 2**50))
def test_after_a_day_it_is_always_asked_again(seen_ms: int, asked_after_ms: int) -> None:
    gap = Gap(1, 1, seen_ms, declared_ms=seen_ms, asked_ms=seen_ms + asked_after_ms)
    assert to_ask([gap], seen_ms + asked_after_ms + ASK_AT_LEAST_MS) == [gap]


@given(seen_ms=st.integers(0, 2**50), asked_ms=st.none() | st.integers(0, 2**50), now_ms=st.integers(0, 2**50))
def test_after_the_clock_was_set_back_a_gap_waits_no_longer_than_a_new_one(
    seen_ms: int, asked_ms: int | None, now_ms: int
) -> None:
    """What an earlier run wrote under a clock that was ahead: its patience begins anew, and ends."""
    declared = None if asked_ms is None else asked_ms
    changes = advance([Gap(5, 9, seen_ms, declared, asked_ms)], [(5, 9)], now_ms, 60_000)
    (gap,) = changes.open
    assert gap.seen_ms <= now_ms
    assert gap.asked_ms is None or gap.asked_ms <= now_ms
    later = advance([gap], [(5, 9)], now_ms + 60_000, 60_000)
    assert later.open[0].declared_ms is not None
    assert to_ask(later.open, now_ms + 60_000 + ASK_AT_LEAST_MS) == list(later.open)


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(-(10**12), 10**12)), max_size=20))
def test_setting_the_wall_clock_shortens_and_lengthens_no_duration(moments: list[tuple[int, int]]) -> None:
    steady = SteadyTime(10**12, 500)
    mono_ms, off_ms = 500, 0
    for waited_ms, step_ms in moments:
        before = steady.at(mono_ms)
        mono_ms, off_ms = mono_ms + waited_ms, off_ms + step_ms
        told = steady.stepped_ms(10**12 - 500 + mono_ms + off_ms, mono_ms)
        assert told == (step_ms if abs(step_ms) >= 1000 else 0)
        assert steady.at(mono_ms) - before == waited_ms
