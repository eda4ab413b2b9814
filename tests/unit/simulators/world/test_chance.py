from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.simulators.world.engine.chance import Chance

streams = st.builds(Chance, st.integers(0, 2**64), st.text(max_size=20))


def test_the_draws_of_a_seed_are_these_on_every_machine_and_python() -> None:
    chance = Chance(1, "terminal 3/link")
    assert [chance.below(1000) for _ in range(5)] == [811, 83, 391, 87, 253]
    assert chance.bytes(4).hex() == "585ba285"
    assert chance.unit() == 0.6618965002601541
    assert chance.shuffled(range(6)) == [4, 2, 5, 0, 1, 3]


@given(streams, st.integers(1, 10**12))
def test_below_stays_below(chance: Chance, n: int) -> None:
    assert all(0 <= chance.below(n) < n for _ in range(20))


@given(streams, st.integers(-100, 100), st.integers(0, 100))
def test_between_has_both_ends(chance: Chance, low: int, more: int) -> None:
    assert all(low <= chance.between(low, low + more) <= low + more for _ in range(20))


def test_every_value_comes_about_as_often() -> None:
    chance = Chance(2, "fair")
    seen = Counter(chance.below(6) for _ in range(6000))
    assert sorted(seen) == list(range(6))
    assert all(850 < count < 1150 for count in seen.values())
    assert 240 < sum(chance.likely(250) for _ in range(1000)) < 300


def test_there_is_nothing_below_nothing() -> None:
    with pytest.raises(ValueError, match="below 0"):
        Chance(1, "a").below(0)


def test_a_likelihood_costs_one_draw_whatever_it_is() -> None:
    one, other = Chance(5, "x"), Chance(5, "x")
    assert not one.likely(0)
    assert other.likely(1000)
    assert one.bytes(8) == other.bytes(8)


@given(st.integers(0, 2**32), st.integers(0, 50))
def test_a_stream_is_shifted_by_no_other(seed: int, drawn: int) -> None:
    parent = Chance(seed, "terminal 1")
    first = parent.child("link").bytes(16)
    for _ in range(drawn):
        parent.below(10)
        parent.child("disk").below(10)
    assert Chance(seed, "terminal 1").child("link").bytes(16) == first
    assert parent.child("link2").bytes(16) != first


@given(streams, st.lists(st.integers(), max_size=20))
def test_shuffling_keeps_what_there_is(chance: Chance, these: list[int]) -> None:
    assert sorted(chance.shuffled(these)) == sorted(these)
