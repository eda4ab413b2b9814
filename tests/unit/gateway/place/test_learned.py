"""A home that is learned: drift is no move, a move is no drift, and what comes later teaches it nothing."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.gateway.place.learned import LATE, SOON, Habit, LearningSettings, learned, sample_of, step, watch
from zhendao.protocol.bodies import Fix
from zhendao.protocol.home import Answer
from zhendao.protocol.position import Sample, moved_by, offset_m
from zhendao.protocol.vocabulary import Constellation, Datum, FixSign

HOME_E7 = (311_883_000, 1_214_368_000)
FIX = Fix(*HOME_E7, Datum.WGS84, 150, 500, 20, 14, 90, constellations=Constellation.BEIDOU, signs=FixSign(0))
SIX_HOURS_S = 21_600.0


def sample(number: int, east: float, north: float, hacc95_m: float = 15.0) -> Sample:
    return Sample(*moved_by(HOME_E7, east, north), hacc95_m, number * SIX_HOURS_S)


def fixes(seed: int, count: int, *, drift: float = 0.0, far_m: float = 0.0, shift_m: float = 0.0) -> list[Sample]:
    """Return fixes that scatter by 6 m, of which a share ``drift`` is up to ``far_m`` off, ``shift_m`` east."""
    dice, found = random.Random(seed), []
    for number in range(count):
        east, north = dice.gauss(shift_m, 6), dice.gauss(0, 6)
        if dice.random() < drift:
            bearing, off = dice.uniform(0, 2 * math.pi), dice.uniform(0.3, 1) * far_m
            east, north = east + off * math.sin(bearing), north + off * math.cos(bearing)
        found.append(sample(number, east, north))
    return found


def after(samples: list[Sample]) -> Habit:
    habit = Habit()
    for one in samples:
        habit, _ = step(habit, one)
    return habit


KNOWN = after(fixes(1, 140))


@pytest.mark.parametrize(("drift", "far_m"), [(0.0, 0.0), (0.03, 400.0), (0.1, 200.0), (0.3, 120.0)])
def test_indoor_drift_is_no_move(drift: float, far_m: float) -> None:
    answers = [v.answer for seed in range(8) for v in watch(fixes(seed, 150, drift=drift, far_m=far_m))]
    assert answers.count(Answer.MOVED) <= 1, "one judgement in ten thousand, asked 1,200 times"
    assert answers.count(Answer.HERE) > 1_000


@pytest.mark.parametrize("shift_m", [100.0, 300.0, 5_000.0, 1_000_000.0])
def test_a_move_is_noticed_by_four_of_seven_fixes(shift_m: float) -> None:
    habit, told = KNOWN, []
    for one in fixes(2, 7, shift_m=shift_m):
        habit, verdict = step(habit, one)
        told.append(verdict.answer)
    assert told == [Answer.HERE] * 3 + [Answer.MOVED] * 4


def test_a_move_is_told_with_what_was_measured_and_what_would_clear_it() -> None:
    habit = KNOWN
    for one in fixes(2, 6, shift_m=300):
        habit, verdict = step(habit, one)
    assert verdict.distance_m == pytest.approx(300, abs=15)
    assert "偏离 30" in verdict.text.zh or "偏离 29" in verdict.text.zh
    assert "重新勘测" in verdict.text.zh
    assert "a new survey" in verdict.text.en


def test_a_terminal_that_is_brought_back_is_here_again() -> None:
    habit = KNOWN
    for one in fixes(2, 7, shift_m=300):
        habit, _ = step(habit, one)
    for one in fixes(3, 11):
        habit, verdict = step(habit, one)
    assert verdict.answer is Answer.HERE


@given(
    st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)), min_size=3, max_size=3), st.permutations(range(7))
)
def test_fewer_than_half_of_the_fixes_may_be_anywhere(wild: list[tuple[float, float]], order: list[int]) -> None:
    window = [*(sample(200 + n, *where) for n, where in enumerate(wild)), *fixes(4, 4)]
    habit = KNOWN
    for place in order:
        habit, verdict = step(habit, window[place])
        assert verdict.answer is Answer.HERE


def test_a_large_stated_error_is_no_move() -> None:
    habit, told = KNOWN, []
    for number in range(30):
        habit, verdict = step(habit, sample(number, 900, 0, hacc95_m=1_000))
        told.append(verdict.answer)
    assert Answer.MOVED not in told
    assert set(told[11:]) == {Answer.CANNOT_TELL}, "most of the long window says nothing"


def test_a_terminal_that_creeps_is_noticed_however_slowly() -> None:
    told = [v.answer for v in watch([*fixes(1, 140), *(sample(140 + n, 0.5 * n, 0) for n in range(400))])]
    assert Answer.MOVED in told
    assert told[-1] is Answer.MOVED


def test_what_speaks_for_a_move_teaches_nothing() -> None:
    young = after(fixes(5, 40))
    habit = young
    for one in fixes(6, 60, shift_m=500):
        habit, _ = step(habit, one)
    assert set(habit.kept) <= set(fixes(5, 40))
    assert habit.homes is not None
    assert math.hypot(*offset_m(HOME_E7, (habit.homes[0].lat_e7, habit.homes[0].lon_e7))) < 5


def test_before_enough_is_known_nothing_is_said() -> None:
    told = list(watch(fixes(1, 20)))
    assert {v.answer for v in told[:18]} == {Answer.CANNOT_TELL}
    assert ("只有 3 次" in told[2].text.zh, "只有 14 次" in told[13].text.zh) == (True, True)
    assert [v.answer for v in told[18:]] == [Answer.HERE] * 2
    poor = list(watch(replace(one, hacc95_m=101.0) for one in fixes(1, 40)))
    assert {v.answer for v in poor} == {Answer.CANNOT_TELL}, "poor fixes teach nothing"


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(
            st.integers(-900_000_000, 900_000_000),
            st.integers(-1_800_000_000, 1_800_000_000),
            st.floats(0, 1e7),
            st.floats(0, 1e12),
        ),
        max_size=40,
    ),
    st.integers(0, 40),
)
def test_any_fixes_have_a_verdict_within_bounds_and_the_same_in_pieces(
    raw: list[tuple[int, int, float, float]], cut: int
) -> None:
    little = LearningSettings(least=3, most=9, soon=3, late=5)
    samples = [Sample(*one) for one in raw]
    habit, told = Habit(), []
    for one in samples:
        habit, verdict = step(habit, one, little)
        told.append(verdict)
        assert (len(habit.kept) <= 9, len(habit.recent) <= 5) == (True, True)
    assert told == list(watch(samples, little))
    assert [v.text.zh for v in told[:cut]] == [v.text.zh for v in watch(samples[:cut], little)]


@given(st.integers(12, 128), st.integers(0, 50))
def test_the_scatter_is_as_wide_as_the_share_that_it_covers(count: int, seed: int) -> None:
    past = fixes(seed, count, drift=0.15, far_m=200)
    for covered in (SOON, LATE):
        home = learned(past, covered)
        where = (home.lat_e7, home.lon_e7)
        law = 8 * ((1 - covered) ** -0.25 - 1)
        within = sum(home.spread.squared(*offset_m(where, (s.lat_e7, s.lon_e7))) <= law for s in past)
        assert within >= math.floor(covered * count) - 1
        assert math.hypot(*offset_m(HOME_E7, where)) < 12


@pytest.mark.parametrize("seed", range(4))
def test_where_one_fix_in_ten_drifts_a_move_is_seen_by_the_long_window(seed: int) -> None:
    habit = after(fixes(seed, 200, drift=0.1, far_m=300))
    for one in fixes(100 + seed, 21, drift=0.1, far_m=300, shift_m=250):
        habit, verdict = step(habit, one)
    assert verdict.answer is Answer.MOVED


def test_which_fixes_are_accepted() -> None:
    assert sample_of(FIX, 5_000) == Sample(*HOME_E7, 15.0, 5.0)
    assert sample_of(replace(FIX, signs=FixSign.WEAK), 0) is not None
    assert sample_of(replace(FIX, signs=FixSign.SIMULATOR), 0) is None
    assert sample_of(replace(FIX, datum=Datum.GCJ02), 0) is None
