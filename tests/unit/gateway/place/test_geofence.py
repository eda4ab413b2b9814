import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.place.circle import _integrate, within_circle
from zhendao.gateway.place.geofence import RADIUS95, Answer, Reason, judge
from zhendao.gateway.registry.snapshot import Place
from zhendao.protocol.bodies import Fix
from zhendao.protocol.datum import to_datum
from zhendao.protocol.position import moved_by
from zhendao.protocol.vocabulary import Constellation, Datum, FixSign

HOME = (31.18830, 121.43680)
PLACE = Place("home", 311_883_000, 1_214_368_000, Datum.WGS84, 100, 5)
FIX = Fix(
    lat_e7=311_883_000,
    lon_e7=1_214_368_000,
    datum=Datum.WGS84,
    hacc95_dm=100,
    age_ms=1000,
    epochs=10,
    sats=9,
    hdop_centi=90,
    cn0_deci=380,
    constellations=Constellation.GPS,
    signs=FixSign(0),
)
METRE_E7 = 1e7 / 111_195.08
ORDER = {Answer.INSIDE: 0, Answer.CANNOT_TELL: 1, Answer.OUTSIDE: 2}

metres = st.floats(0, 3000)
sigmas = st.floats(0.5, 800)
radii = st.floats(5, 2000)
turns = st.floats(0, 360)


def away(fix: Fix, distance_m: float, bearing_deg: float = 0.0) -> Fix:
    north = distance_m * math.cos(math.radians(bearing_deg))
    east = distance_m * math.sin(math.radians(bearing_deg)) / math.cos(math.radians(HOME[0]))
    return replace(fix, lat_e7=fix.lat_e7 + round(north * METRE_E7), lon_e7=fix.lon_e7 + round(east * METRE_E7))


# --- the probability ---------------------------------------------------------------------------------------------


@given(radii, sigmas)
def test_centred_circle_has_a_closed_form(radius: float, sigma: float) -> None:
    assert within_circle(0, 0, radius, sigma, sigma, 0) == pytest.approx(
        1 - math.exp(-((radius / sigma) ** 2) / 2), abs=1e-9
    )


@given(metres, turns, radii, sigmas, st.floats(0.05, 1), turns)
def test_stated_error_bound_against_finer_panels(
    distance: float, bearing: float, radius: float, major: float, ratio: float, orientation: float
) -> None:
    east, north = distance * math.sin(bearing), distance * math.cos(bearing)
    coarse = within_circle(east, north, radius, major, major * ratio, orientation)
    assert coarse == pytest.approx(_integrate(east, north, radius, major, major * ratio, orientation, 0.5), abs=1e-9)


@pytest.mark.parametrize(
    ("east", "north", "radius", "major", "minor", "orientation"),
    [
        (0, 0, 100, 40, 40, 0),
        (80, 0, 100, 20, 20, 0),
        (80, 60, 100, 60, 15, 35),
        (-150, 40, 100, 90, 30, 120),
        (0, 300, 500, 200, 10, 0),
        (99, 0, 100, 0.5, 0.5, 0),
        (20, -70, 50, 30, 5, 170),
    ],
)
def test_against_monte_carlo(
    east: float, north: float, radius: float, major: float, minor: float, orientation: float
) -> None:
    dice = random.Random(5)
    count = 60_000
    sin, cos = math.sin(math.radians(orientation)), math.cos(math.radians(orientation))
    hits = 0
    for _ in range(count):
        along, across = dice.gauss(0, major), dice.gauss(0, minor)
        hits += math.hypot(east + along * sin + across * cos, north + along * cos - across * sin) <= radius
    expected = within_circle(east, north, radius, major, minor, orientation)
    assert hits / count == pytest.approx(expected, abs=5 * math.sqrt(0.25 / count))


@given(metres, turns, turns, radii, sigmas)
def test_a_round_error_knows_no_direction(
    distance: float, one: float, other: float, radius: float, sigma: float
) -> None:
    def from_bearing(degrees: float) -> float:
        angle = math.radians(degrees)
        return within_circle(distance * math.sin(angle), distance * math.cos(angle), radius, sigma, sigma, degrees)

    assert from_bearing(one) == pytest.approx(from_bearing(other), abs=2e-9)


@given(metres, metres, radii, sigmas)
def test_probability_falls_with_distance(one: float, other: float, radius: float, sigma: float) -> None:
    near, far = sorted((one, other))
    assert within_circle(0, near, radius, sigma, sigma, 0) >= within_circle(0, far, radius, sigma, sigma, 0) - 2e-9


@given(st.floats(0, 1), radii, sigmas, sigmas)
def test_probability_falls_with_error_from_within(part: float, radius: float, one: float, other: float) -> None:
    small, large = sorted((one, other))
    distance = part * radius
    assert (
        within_circle(0, distance, radius, small, small, 0)
        >= within_circle(0, distance, radius, large, large, 0) - 2e-9
    )


# --- the verdict -------------------------------------------------------------------------------------------------


def test_at_the_door() -> None:
    verdict = judge(PLACE, FIX)
    assert (verdict.answer, verdict.reason) == (Answer.INSIDE, Reason.WITHIN)
    assert verdict.probability is not None
    assert verdict.probability > 0.999
    assert verdict.distance_m == 0
    assert "登记位置内" in verdict.text.zh


def test_a_kilometre_away() -> None:
    verdict = judge(PLACE, away(FIX, 1000))
    assert (verdict.answer, verdict.reason) == (Answer.OUTSIDE, Reason.BEYOND)
    assert verdict.probability == pytest.approx(0, abs=1e-9)
    assert verdict.distance_m == pytest.approx(1000, abs=1)


def test_on_the_edge() -> None:
    verdict = judge(PLACE, away(FIX, 100))
    assert (verdict.answer, verdict.reason) == (Answer.CANNOT_TELL, Reason.ON_THE_EDGE)
    assert verdict.probability == pytest.approx(0.5, abs=0.05)


def test_nothing_known() -> None:
    assert judge(PLACE, None).reason is Reason.NO_FIX
    assert judge(None, FIX).reason is Reason.NO_PLACE
    assert judge(None, None).answer is Answer.CANNOT_TELL


@given(st.floats(0, 900), turns, st.integers(1, 10_000))
def test_an_error_of_a_kilometre_never_opens_a_fence_nor_accuses(distance: float, bearing: float, radius: int) -> None:
    verdict = judge(replace(PLACE, radius_m=radius), away(replace(FIX, hacc95_dm=10_000), distance, bearing))
    assert verdict.answer is Answer.CANNOT_TELL
    assert verdict.reason is Reason.FIX_INACCURATE


def test_which_error_is_to_blame() -> None:
    assert judge(PLACE, replace(FIX, age_ms=300_000)).reason is Reason.FIX_TOO_OLD
    assert judge(replace(PLACE, accuracy_m=500), FIX).reason is Reason.PLACE_INACCURATE
    assert judge(PLACE, replace(FIX, hacc95_dm=2000)).reason is Reason.FIX_INACCURATE


def test_another_town_is_outside_even_by_a_poor_fix() -> None:
    assert judge(PLACE, away(replace(FIX, hacc95_dm=10_000), 30_000)).answer is Answer.OUTSIDE


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09, Datum.CGCS2000])
def test_a_place_from_a_map_is_compared_in_the_maps_datum(datum: Datum) -> None:
    lat, lon = to_datum(*HOME, Datum.WGS84, datum)
    place = replace(PLACE, lat_e7=round(lat * 1e7), lon_e7=round(lon * 1e7), datum=datum)
    verdict = judge(place, FIX)
    assert verdict.answer is Answer.INSIDE
    assert verdict.distance_m == pytest.approx(0, abs=0.05)
    assert judge(
        replace(PLACE, datum=Datum.WGS84), replace(FIX, lat_e7=place.lat_e7, lon_e7=place.lon_e7, datum=datum)
    ).answer is (Answer.INSIDE), "a fix in the map's datum takes the place forward, never itself back"


def test_a_map_coordinate_taken_for_wgs84_would_be_outside() -> None:
    lat, lon = to_datum(*HOME, Datum.WGS84, Datum.BD09)
    place = replace(PLACE, lat_e7=round(lat * 1e7), lon_e7=round(lon * 1e7), datum=Datum.WGS84)
    assert judge(place, FIX).answer is Answer.OUTSIDE


def test_a_long_ellipse_is_used() -> None:
    long = replace(FIX, hacc95_dm=600, sigma_major_dm=300, sigma_minor_dm=20, orientation_deg=0)
    across = judge(replace(PLACE, accuracy_m=0), away(long, 85, 90))
    along = judge(replace(PLACE, accuracy_m=0), away(long, 85, 0))
    assert across.probability is not None
    assert along.probability is not None
    assert across.probability > along.probability + 0.1


def test_an_ellipse_below_the_floor_is_widened_to_the_stated_error() -> None:
    tiny = replace(FIX, hacc95_dm=400, sigma_major_dm=10, sigma_minor_dm=10, orientation_deg=0)
    at = replace(PLACE, accuracy_m=0, radius_m=40)
    verdict = judge(at, tiny)
    assert verdict.probability == pytest.approx(1 - math.exp(-((RADIUS95) ** 2) / 2), abs=1e-6)


@given(st.floats(0, 2000), st.floats(0, 2000), turns, st.integers(0, 3000))
def test_further_away_is_never_more_inside(one: float, other: float, bearing: float, hacc_dm: int) -> None:
    near, far = sorted((one, other))
    fix = replace(FIX, hacc95_dm=hacc_dm)
    assert (
        ORDER[judge(PLACE, away(fix, near, bearing)).answer] <= ORDER[judge(PLACE, away(fix, far + 1, bearing)).answer]
    )


@given(
    st.floats(0, 2000),
    turns,
    st.integers(0, 20_000),
    st.integers(0, 20_000),
    st.integers(0, 600_000),
    st.integers(0, 600_000),
)
def test_more_error_never_makes_surer(
    distance: float, bearing: float, one: int, other: int, age: int, later: int
) -> None:
    small, large = sorted((one, other))
    young, old = sorted((age, later))
    sharp = judge(PLACE, away(replace(FIX, hacc95_dm=small, age_ms=young), distance, bearing)).answer
    blurred = judge(PLACE, away(replace(FIX, hacc95_dm=large, age_ms=old), distance, bearing)).answer
    assert blurred in {sharp, Answer.CANNOT_TELL}


@given(
    st.integers(-900_000_000, 900_000_000),
    st.integers(-1_800_000_000, 1_800_000_000),
    st.integers(0, 2**63),
    st.integers(0, 2**63),
    st.none() | st.integers(0, 2**40),
    st.none() | st.integers(0, 2**40),
    st.sampled_from(Datum),
)
def test_any_fix_has_a_verdict(
    lat: int, lon: int, hacc: int, age: int, major: int | None, minor: int | None, datum: Datum
) -> None:
    fix = replace(
        FIX,
        lat_e7=lat,
        lon_e7=lon,
        hacc95_dm=hacc,
        age_ms=age,
        sigma_major_dm=major,
        sigma_minor_dm=minor,
        orientation_deg=45,
        datum=datum,
    )
    verdict = judge(PLACE, fix)
    assert verdict.probability is not None
    assert 0 <= verdict.probability <= 1
    assert verdict.text.zh
    assert verdict.text.en


# --- an outline instead of a circle ------------------------------------------------------------------------------

COURT_M = [(-120, -30), (120, -30), (120, 30), (20, 30), (20, 150), (-20, 150), (-20, 30), (-120, 30)]
"""A long building and a wing to the north, metres from the door."""


def outlined(datum: Datum = Datum.WGS84, accuracy_m: int = 5) -> Place:
    def in_datum(lat_e7: int, lon_e7: int) -> tuple[int, int]:
        lat, lon = to_datum(lat_e7 / 1e7, lon_e7 / 1e7, Datum.WGS84, datum)
        return round(lat * 1e7), round(lon * 1e7)

    corners = tuple(in_datum(*moved_by((PLACE.lat_e7, PLACE.lon_e7), *corner)) for corner in COURT_M)
    at = in_datum(PLACE.lat_e7, PLACE.lon_e7)
    return Place("court", *at, datum, 1, accuracy_m, outline=corners)


def by(east: float, north: float, **changed: int) -> Fix:
    lat_e7, lon_e7 = moved_by((PLACE.lat_e7, PLACE.lon_e7), east, north)
    return replace(FIX, lat_e7=lat_e7, lon_e7=lon_e7, **changed)


@pytest.mark.parametrize("datum", Datum)
@pytest.mark.parametrize(
    ("east", "north", "answer"),
    [
        (0, 0, Answer.INSIDE),
        (100, 10, Answer.INSIDE),
        (0, 120, Answer.INSIDE),
        (120, 0, Answer.CANNOT_TELL),
        (60, 120, Answer.OUTSIDE),
        (0, -60, Answer.OUTSIDE),
    ],
)
def test_an_outline_has_corners_that_no_circle_has_in_every_datum(
    datum: Datum, east: float, north: float, answer: Answer
) -> None:
    verdict = judge(outlined(datum), by(east, north))
    assert verdict.answer is answer
    assert ("范围" in verdict.text.zh, "outline" in verdict.text.en) == (True, True)


def test_the_distance_to_an_outline_is_to_its_edge() -> None:
    assert judge(outlined(), by(60, 120)).distance_m == pytest.approx(40, abs=0.1)
    assert judge(outlined(), by(50, 0)).distance_m == 0
    shifted = judge(outlined(Datum.BD09), by(60, 120)).distance_m
    assert shifted == pytest.approx(40, abs=0.2), "a map's own distortion of 40 m is centimetres"


@given(st.floats(-700, 700), st.floats(-700, 700))
def test_an_error_of_a_kilometre_opens_no_outline_nor_accuses(east: float, north: float) -> None:
    verdict = judge(outlined(), by(east, north, hacc95_dm=10_000))
    assert (verdict.answer, verdict.reason) == (Answer.CANNOT_TELL, Reason.FIX_INACCURATE)


def test_a_long_error_across_a_thin_building_is_less_sure_than_along_it() -> None:
    long = {"hacc95_dm": 600, "sigma_major_dm": 250, "sigma_minor_dm": 20}
    along = judge(outlined(), by(0, -10, orientation_deg=90, **long)).probability
    across = judge(outlined(), by(0, -10, orientation_deg=0, **long)).probability
    assert along is not None
    assert across is not None
    assert along > across + 0.2


@given(
    st.floats(-900, 900), st.floats(-900, 900), st.integers(0, 3_000), st.integers(0, 3_000), st.integers(0, 100_000)
)
def test_more_error_never_makes_surer_of_an_outline(east: float, north: float, one: int, other: int, age: int) -> None:
    small, large = sorted((one, other))
    sharp = judge(outlined(), by(east, north, hacc95_dm=small)).answer
    blurred = judge(outlined(), by(east, north, hacc95_dm=large, age_ms=age)).answer
    if sharp is Answer.OUTSIDE:
        assert blurred is not Answer.INSIDE
    if sharp is Answer.INSIDE:
        assert blurred is not Answer.OUTSIDE


def test_where_there_is_an_outline_the_radius_says_nothing() -> None:
    wide = replace(outlined(), radius_m=10_000)
    assert judge(wide, by(60, 120)) == judge(outlined(), by(60, 120))
    assert judge(wide, by(60, 120)).answer is Answer.OUTSIDE


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
def test_a_fix_of_a_map_takes_the_whole_outline_forward(datum: Datum) -> None:
    def of_map(fix: Fix) -> Fix:
        lat, lon = to_datum(fix.lat_e7 / 1e7, fix.lon_e7 / 1e7, Datum.WGS84, datum)
        return replace(fix, lat_e7=round(lat * 1e7), lon_e7=round(lon * 1e7), datum=datum)

    assert judge(outlined(), of_map(by(100, 10))).answer is Answer.INSIDE
    assert judge(outlined(), of_map(by(60, 120))).distance_m == pytest.approx(40, abs=0.2)
