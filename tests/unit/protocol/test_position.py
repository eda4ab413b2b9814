"""One place out of many fixes, on simulated errors and on what four real receivers wrote."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.places import HOME, recorded, wander
from zhendao.protocol.position import (
    FLOOR_M,
    RADIUS95,
    WANDER_S,
    Covariance,
    Position,
    Sample,
    covariance,
    estimate,
    geometric_median,
    moved_by,
    offset_m,
)


def off_m(found: Position) -> float:
    return math.hypot(*offset_m(HOME, (found.lat_e7, found.lon_e7)))


def test_the_truth_lies_in_the_stated_ellipse_as_often_as_stated() -> None:
    inside = 0
    for seed in range(200):
        found = estimate(wander(seed, 120, 8.0))
        offset = offset_m((found.lat_e7, found.lon_e7), HOME)
        inside += found.error.squared(*offset) <= RADIUS95**2
    assert inside >= 182, "91 % of 200: less than three deviations below 95 %"


def test_it_is_not_overstated_either() -> None:
    found = estimate(wander(1, 600, 20.0))
    assert found.independent == pytest.approx(1 + 599 / WANDER_S)
    assert found.error.ellipse().major_m < 20.0 * RADIUS95


def test_a_third_of_the_fixes_may_be_anywhere() -> None:
    for seed in range(20):
        found = estimate(wander(seed, 60, 3.0, far=0.3))
        assert off_m(found) < 12
        assert found.outliers >= 8
        assert found.spread.ellipse(1.0).major_m < 20


def test_more_of_the_same_minute_makes_it_no_better_than_its_floor() -> None:
    still = [Sample(*HOME, hacc95_m=10.0, at_s=second / 10) for second in range(600)]
    found = estimate(still)
    assert (found.lat_e7, found.lon_e7) == HOME
    ellipse = found.error.ellipse()
    assert ellipse.minor_m == pytest.approx(FLOOR_M)
    assert found.independent == pytest.approx(1 + 59.9 / WANDER_S)


@pytest.mark.parametrize(
    ("name", "least"), [("ublox-neo-m8n", 20), ("ublox-zed-f9p-multiband", 9), ("sirf-trig-bd", 5)]
)
def test_what_real_receivers_wrote(name: str, least: int) -> None:
    samples = recorded(name)
    assert len(samples) >= least
    found = estimate(samples)
    middle = samples[len(samples) // 2]
    assert math.hypot(*offset_m((middle.lat_e7, middle.lon_e7), (found.lat_e7, found.lon_e7))) < 10
    assert FLOOR_M <= found.error.ellipse().major_m < 40
    spoilt = [*samples]
    for place in range(len(spoilt) // 3):
        far = moved_by(HOME, 4000.0 * place, 900.0)
        spoilt[3 * place] = Sample(*far, hacc95_m=10.0, at_s=samples[3 * place].at_s)
    again = estimate(spoilt)
    assert math.hypot(*offset_m((again.lat_e7, again.lon_e7), (found.lat_e7, found.lon_e7))) < 10


def test_the_multiband_recording_is_where_it_says() -> None:
    found = estimate(recorded("ublox-zed-f9p-multiband"))
    assert found.samples == 9


@given(
    st.integers(-890_000_000, 890_000_000),
    st.integers(-1_800_000_000, 1_799_999_999),
    st.floats(-5e3, 5e3),
    st.floats(-5e3, 5e3),
)
def test_there_and_back(lat: int, lon: int, east: float, north: float) -> None:
    there = moved_by((lat, lon), east, north)
    back = offset_m((lat, lon), there)
    assert math.dist(back, (east, north)) < 0.1 + 0.02 * math.hypot(east, north) * (abs(lat) > 700_000_000)


@given(st.floats(0.5, 500), st.floats(0.05, 1), st.floats(0, math.pi))
def test_a_covariance_is_its_ellipse(major: float, ratio: float, angle: float) -> None:
    found = covariance(major, major * ratio, angle).ellipse(1.0)
    assert found.major_m == pytest.approx(major, rel=1e-6)
    assert found.minor_m == pytest.approx(major * ratio, rel=1e-4, abs=1e-6 * major)
    if ratio < 0.99:
        apart = abs(math.degrees(angle) - found.orientation_deg) % 180
        assert min(apart, 180 - apart) < 0.6
    along = covariance(major, major * ratio, angle).squared(major * math.sin(angle), major * math.cos(angle))
    assert along == pytest.approx(1, rel=1e-5)


def test_the_least_axis_keeps_the_direction() -> None:
    found = covariance(10, 1, math.radians(30)).at_least(4).ellipse(1.0)
    assert (round(found.major_m, 6), round(found.minor_m, 6), found.orientation_deg) == (10, 4, 30)
    assert Covariance(1, 0, 1).at_least(4).ellipse(1.0).minor_m == pytest.approx(4)


@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)), min_size=1, max_size=12))
def test_no_neighbour_of_the_geometric_median_is_nearer_to_all(points: list[tuple[float, float]]) -> None:
    def total(place: tuple[float, float]) -> float:
        return sum(math.dist(place, one) for one in points)

    found = geometric_median(points)
    least = min(total((found[0] + dx, found[1] + dy)) for dx in (-1, 0, 1) for dy in (-1, 0, 1))
    assert total(found) <= min(least, *(total(one) for one in points)) * 1.001 + 1
