"""When a terminal is asked for what is missing: soon, then less and less often, never not at all."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.ingest.gaps import ASK_AGAIN_MS, ASK_AT_LEAST_MS, Gap, to_ask

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
