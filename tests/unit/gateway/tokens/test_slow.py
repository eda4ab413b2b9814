"""Round trips: how often an honest reading is hinted at, and which relays are (a hint for review, no more)."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.tokens.slow import LEARNED_ANEW, Patience, Timed, is_slow, judged

LEAST = 100
BY_RANK = Patience(one_in=200, least=LEAST, margin_us=0, far_us=10**9)
USUAL = Patience(one_in=200, least=LEAST, margin_us=5_000, far_us=25_000)


def noise(random: Random, kind: str) -> int:
    """Return the shortest round trip of an honest reading in µs: steady, with a heavy tail, or from two readers."""
    if kind == "steady":
        return round(8_000 + random.gauss(0, 400))
    if kind == "heavy":
        return round(7_000 + 1_000 * random.paretovariate(2.5))
    return round(random.choice([8_000, 14_000]) + random.gauss(0, 500))


def rate(kind: str, patience: Patience, count: int) -> float:
    random = Random(kind)
    hints = judged([noise(random, kind) for _ in range(count)], [], patience)
    return sum(hints) / count


@pytest.mark.parametrize("count", [5_000, pytest.param(20_000, marks=pytest.mark.long)])
@pytest.mark.parametrize(("kind", "with_margins"), [("steady", 0.0), ("heavy", 1 / 200), ("two readers", 1 / 200)])
def test_honest_readings_are_hinted_at_no_more_often_than_stated(kind: str, with_margins: float, count: int) -> None:
    assert rate(kind, BY_RANK, count) <= 1.2 / BY_RANK.one_in  # so many readings, so the figure itself has an error
    assert rate(kind, USUAL, count) <= with_margins


@pytest.mark.parametrize("kind", ["steady", "heavy", "two readers"])
def test_a_relay_over_a_network_is_hinted_at_also_when_it_is_used_every_day(kind: str) -> None:
    random = Random(7)
    rtts = [noise(random, kind) for _ in range(200)]
    for _ in range(100):
        rtts += [noise(random, kind) for _ in range(3)] + [noise(random, kind) + 40_000]
    hints = judged(rtts, [], USUAL)
    assert sum(hints[203::4]) >= 95
    assert sum(hints) - sum(hints[203::4]) <= 3


def test_a_relay_that_adds_less_than_the_margin_is_not_noticed() -> None:
    random = Random(7)
    before = [Timed(noise(random, "steady"), slow=False) for _ in range(500)]
    assert not any(is_slow(noise(random, "steady") + 3_000, before, USUAL) for _ in range(200))


def test_nothing_is_said_before_enough_is_known() -> None:
    assert not is_slow(10**6, [Timed(8_000, slow=False)] * (LEAST - 1), USUAL)
    assert is_slow(10**6, [Timed(8_000, slow=False)] * LEAST, USUAL)


def test_a_relay_does_not_teach_the_terminal_that_relays_are_usual() -> None:
    hints = judged([*[8_000] * 200, *[60_000] * 10, 8_000, 60_000], [], USUAL)
    assert hints == [False] * 200 + [True] * 10 + [False, True]


def test_a_terminal_with_another_reader_is_learned_anew() -> None:
    hints = judged([8_000] * 200 + [60_000] * (LEARNED_ANEW + 50), [], USUAL)
    assert hints == [False] * 200 + [True] * LEARNED_ANEW + [False] * 50


@given(
    st.lists(st.integers(0, 10**6), max_size=60),
    st.integers(0, 60),
)
def test_judged_in_one_go_or_piece_by_piece_is_the_same(rtts: list[int], cut: int) -> None:
    patience = Patience(20, 5, 100, 10_000)
    whole = judged(rtts, [], patience)
    first = judged(rtts[:cut], [], patience)
    before = [Timed(rtt, slow) for rtt, slow in zip(rtts[:cut], first, strict=True)]
    assert first + judged(rtts[cut:], before, patience) == whole
