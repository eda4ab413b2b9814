"""Addresses in GCJ-02 and BD-09 are recognised by their offset, with the probability that is stated, or not at all."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.datum import to_datum
from zhendao.protocol.position import RADIUS95, covariance, moved_by
from zhendao.protocol.vocabulary import Datum
from zhendao.provisioning.site.address import DATUMS, Certainty, Hypothesis, compare

CITIES = {
    "上海": (31.2304, 121.4737),
    "北京": (39.9042, 116.4074),
    "成都": (30.5728, 104.0668),
    "三亚": (18.2528, 109.5119),
}
GOOD = covariance(5, 4, 0.3)


def e7(place: tuple[float, float]) -> tuple[int, int]:
    return round(place[0] * 1e7), round(place[1] * 1e7)


def address(true: tuple[float, float], datum: Datum, error_m: float, chance: random.Random) -> tuple[int, int]:
    written = e7(to_datum(*true, Datum.WGS84, datum))
    return moved_by(written, chance.gauss(0, error_m / RADIUS95), chance.gauss(0, error_m / RADIUS95))


@pytest.mark.parametrize("city", CITIES)
@pytest.mark.parametrize("written", [Hypothesis.WGS84, Hypothesis.GCJ02, Hypothesis.BD09])
def test_each_datum_is_recognised_in_each_city(city: str, written: Hypothesis) -> None:
    chance, right = random.Random(1), 0
    for _ in range(50):
        place = moved_by(e7(CITIES[city]), chance.gauss(0, 5), chance.gauss(0, 4))
        found = compare(place, GOOD, address(CITIES[city], DATUMS[written], 50, chance), 50)
        right += found.best.hypothesis is written and found.certainty is Certainty.SURE
        distance = found.of(written).distance_m
        assert distance is not None
        assert distance < 150
    assert right >= 49


def test_what_is_said_to_be_sure_is_right_as_often_as_it_says() -> None:
    """Drawn as the law assumes, with errors so large that datums mix: of those said at 90 % at least 90 % are right."""
    chance, said, right = random.Random(2), 0, 0
    true = CITIES["上海"]
    for _ in range(600):
        written = chance.choice([Hypothesis.WGS84, Hypothesis.GCJ02, Hypothesis.BD09])
        scale = math.sqrt(sum(chance.gauss(0, 1) ** 2 for _ in range(4)) / 4)
        place = moved_by(e7(true), chance.gauss(0, 100), chance.gauss(0, 100))
        found = compare(place, covariance(100, 100, 0), address(true, DATUMS[written], 300 / scale, chance), 300)
        if found.certainty is not Certainty.CANNOT_TELL:
            said += 1
            right += found.best.hypothesis is written
    assert said > 100
    assert right >= 0.9 * said


def test_a_wrong_address_is_no_datum() -> None:
    far = moved_by(e7(CITIES["北京"]), 5200, -3100)
    found = compare(e7(CITIES["北京"]), GOOD, far, 50)
    assert (found.best.hypothesis, found.certainty) == (Hypothesis.ELSEWHERE, Certainty.SURE)


def test_a_poor_survey_cannot_tell() -> None:
    place = e7(CITIES["上海"])
    found = compare(place, covariance(400, 400, 0), e7(to_datum(*CITIES["上海"], Datum.WGS84, Datum.GCJ02)), 50)
    assert found.certainty is Certainty.CANNOT_TELL


def test_outside_china_the_datums_are_one() -> None:
    """GCJ-02 is WGS-84 there: the two share the probability, and together they are sure."""
    found = compare(e7((52.52, 13.405)), GOOD, e7((52.5201, 13.4051)), 50)
    assert {one.hypothesis for one in found.fits[:2]} == {Hypothesis.WGS84, Hypothesis.GCJ02}
    assert found.certainty is Certainty.SURE
    assert found.best.probability == pytest.approx(found.fits[1].probability)


@given(
    st.tuples(st.integers(-900_000_000, 900_000_000), st.integers(-1_800_000_000, 1_799_999_999)),
    st.tuples(st.integers(-900_000_000, 900_000_000), st.integers(-1_800_000_000, 1_799_999_999)),
    st.floats(1, 5000),
)
def test_any_two_places_give_probabilities(place: tuple[int, int], there: tuple[int, int], error_m: float) -> None:
    found = compare(place, GOOD, there, error_m)
    assert sum(one.probability for one in found.fits) == pytest.approx(1)
    assert len(found.fits) == 4
