"""Whether a terminal was moved: the rate of false alarms by simulation, what is noticed, and real recordings."""

import json
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.places import HOME, recorded, wander
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.home import BLIND_M, FALSE_ALARM, Answer, Home, Seen, home_of_plain, judge, learn
from zhendao.protocol.position import Covariance, estimate, moved_by


def student(chance: random.Random, sigma_m: float, freedom: int) -> tuple[float, float]:
    """Draw an error with heavy tails: two independent normals over one root of chi-square."""
    scale = sigma_m / math.sqrt(sum(chance.gauss(0, 1) ** 2 for _ in range(freedom)) / freedom)
    return chance.gauss(0, scale), chance.gauss(0, scale)


def fixes(chance: random.Random, count: int, sigma_m: float, away_m: float = 0.0, freedom: int = 8) -> list[Seen]:
    return [
        Seen(*moved_by(moved_by(HOME, away_m, 0), *student(chance, sigma_m, freedom)), hacc95_m=sigma_m * 2.4477)
        for _ in range(count)
    ]


def test_false_alarms_stay_below_the_stated_rate() -> None:
    """At a rate of one in twenty, which 4,000 homes can show; tails as heavy as the law allows."""
    chance, alarms = random.Random(5), 0
    for seed in range(4000):
        home = learn(estimate(wander(seed, 30, 6.0)))
        alarms += judge(home, fixes(chance, 5, 6.0), 0.05).answer is Answer.MOVED
    assert alarms <= 200 + 45, "5 % of 4,000 and three deviations"


def test_false_alarms_of_fixes_that_all_err_alike() -> None:
    """Several fixes of one minute share their error: the median of their p-values is still one."""
    chance, alarms = random.Random(6), 0
    home = learn(estimate(wander(1, 300, 6.0)))
    centred = Home(*HOME, home.error, home.spread, home.samples)
    for _ in range(4000):
        shared = moved_by(HOME, *student(chance, 6.0, 8))
        alarms += judge(centred, [Seen(*shared, hacc95_m=15.0)] * 5, 0.05).answer is Answer.MOVED
    assert alarms <= 200 + 45


def test_a_good_sky_never_alarms_at_the_usual_rate() -> None:
    chance = random.Random(7)
    home = learn(estimate(wander(2, 60, 3.0)))
    assert all(judge(home, fixes(chance, 3, 4.1)).answer is Answer.HERE for _ in range(3000))


@pytest.mark.parametrize(("away", "least"), [(60, 0.9), (100, 0.999)])
def test_a_box_that_was_moved_is_noticed(away: float, least: float) -> None:
    chance = random.Random(8)
    home = learn(estimate(wander(3, 60, 3.0)))
    noticed = sum(judge(home, fixes(chance, 3, 4.1, away)).answer is Answer.MOVED for _ in range(500))
    assert noticed >= least * 500


def test_fixes_that_are_far_off_by_half_alarm_nobody() -> None:
    chance = random.Random(9)
    home = learn(estimate(wander(4, 60, 3.0)))
    mixed = [*fixes(chance, 2, 4.1), *fixes(chance, 2, 4.1, 5000)]
    assert judge(home, mixed).answer is Answer.HERE
    assert judge(home, [*mixed, *fixes(chance, 1, 4.1, 5000)]).answer is Answer.MOVED


def test_inaccurate_fixes_say_nothing_and_none_says_nothing() -> None:
    home = learn(estimate(wander(5, 60, 3.0)))
    found = judge(home, [Seen(*moved_by(HOME, 50, 50), hacc95_m=400.0)])
    assert found.answer is Answer.CANNOT_TELL
    assert found.reach_m is not None
    assert found.reach_m > BLIND_M
    assert judge(home, []).answer is Answer.CANNOT_TELL
    assert judge(home, [Seen(*moved_by(HOME, 9000, 0), hacc95_m=400.0)]).answer is Answer.MOVED


@pytest.mark.parametrize("name", ["ublox-neo-m8n", "ublox-zed-f9p-multiband", "sirf-trig-bd"])
def test_recordings_are_at_home_and_noticed_elsewhere(name: str) -> None:
    samples = recorded(name)
    half = len(samples) // 2
    home = learn(estimate(samples[:half]))
    later = [Seen(one.lat_e7, one.lon_e7, one.hacc95_m) for one in samples[half:]]
    assert judge(home, later).answer is Answer.HERE
    reach = judge(home, later).reach_m
    assert reach is not None
    away = [Seen(*moved_by((one.lat_e7, one.lon_e7), 0, 2 * reach), one.hacc95_m) for one in later]
    assert judge(home, away).answer is Answer.MOVED
    assert judge(home, away).p_ppb <= FALSE_ALARM * 1e9


def test_figures_survive_as_json() -> None:
    home = learn(estimate(wander(6, 60, 3.0)))
    again = home_of_plain(json.loads(json.dumps(home.as_plain())))
    assert again.as_plain() == home.as_plain()
    assert again.error.ee == pytest.approx(home.error.ee, abs=0.01)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


@given(
    anything
    | st.fixed_dictionaries(
        {
            name: anything | st.lists(st.integers(), min_size=3, max_size=3)
            for name in ("lat_e7", "lon_e7", "error", "spread", "samples")
        }
    )
)
def test_anything_is_figures_or_malformed(found: object) -> None:
    try:
        home = home_of_plain(found)
    except MalformedError:
        return
    judge(home, [Seen(0, 0, 10.0)])


def test_a_covariance_that_is_none_is_refused() -> None:
    good = Home(*HOME, Covariance(9, 0, 9), Covariance(9, 0, 9), 3).as_plain()
    for bad in ([0, 0, 9], [9, 9, 9], [9, 100, 9]):
        with pytest.raises(MalformedError):
            home_of_plain({**good, "error": bad})
