import math
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.place.approved import judge_each
from zhendao.gateway.place.geofence import Answer, Reason, judge
from zhendao.gateway.registry.snapshot import Place
from zhendao.protocol.bodies import Fix
from zhendao.protocol.position import moved_by
from zhendao.protocol.vocabulary import Constellation, Datum, FixSign

HOME_E7 = (311_883_000, 1_214_368_000)
DAUGHTERS_E7 = moved_by(HOME_E7, 2_000, 0)
HOME = Place("home", *HOME_E7, Datum.WGS84, 60, 5)
DAUGHTERS = Place("daughters", *DAUGHTERS_E7, Datum.WGS84, 60, 5)
FIX = Fix(*HOME_E7, Datum.WGS84, 150, 500, 20, 14, 90, constellations=Constellation.BEIDOU, signs=FixSign(0))

steps = st.floats(-3_000, 3_000)


def at(east: float, north: float, hacc95_dm: int = 150) -> Fix:
    lat_e7, lon_e7 = moved_by(HOME_E7, east, north)
    return replace(FIX, lat_e7=lat_e7, lon_e7=lon_e7, hacc95_dm=hacc95_dm)


def test_a_check_at_an_approved_place_is_inside_and_says_where() -> None:
    verdict, place = judge_each(HOME, [DAUGHTERS], at(2_000, 10), judge)
    assert (verdict.answer, place) == (Answer.INSIDE, DAUGHTERS)


def test_away_from_every_place_is_outside_by_the_nearest() -> None:
    verdict, place = judge_each(HOME, [DAUGHTERS], at(1_500, 0), judge)
    assert (verdict.answer, place) == (Answer.OUTSIDE, DAUGHTERS)
    assert verdict.distance_m is not None
    assert math.isclose(verdict.distance_m, 500, rel_tol=0.01)


def test_where_one_place_cannot_be_told_nobody_is_accused_by_another() -> None:
    verdict, place = judge_each(HOME, [DAUGHTERS], at(2_060, 0), judge)
    assert (verdict.answer, verdict.reason, place) == (Answer.CANNOT_TELL, Reason.ON_THE_EDGE, DAUGHTERS)


def test_without_a_fix_or_a_place_it_is_as_with_one_place() -> None:
    assert judge_each(HOME, [DAUGHTERS], None, judge) == (judge(HOME, None), HOME)
    assert judge_each(None, [], FIX, judge) == (judge(None, FIX), None)
    assert judge_each(None, [HOME], FIX, judge) == (judge(HOME, FIX), HOME)


def test_of_equal_places_the_home_is_told_then_the_first_by_id() -> None:
    twins = [replace(HOME, place_id=name) for name in ("a", "b")]
    assert judge_each(HOME, twins, FIX, judge)[1] is HOME
    assert judge_each(None, twins[::-1], FIX, judge)[1] is twins[0]


@given(steps, steps, st.integers(0, 20_000))
def test_a_home_alone_is_judged_as_ever(east: float, north: float, hacc: int) -> None:
    fix = at(east, north, hacc)
    assert judge_each(HOME, [], fix, judge) == judge_each(HOME, [HOME], fix, judge) == (judge(HOME, fix), HOME)


@given(steps, steps, st.integers(0, 20_000), st.lists(st.tuples(steps, steps, st.integers(10, 500)), max_size=5))
def test_several_places_open_no_fence_that_none_opens_and_accuse_only_where_all_do(
    east: float, north: float, hacc: int, others: list[tuple[float, float, int]]
) -> None:
    fix = at(east, north, hacc)
    places = [Place(f"p{n}", *moved_by(HOME_E7, e, s), Datum.WGS84, r, 5) for n, (e, s, r) in enumerate(others)]
    verdict, place = judge_each(HOME, places, fix, judge)
    each = [judge(one, fix).answer for one in (HOME, *places)]
    assert (verdict.answer is Answer.INSIDE) == (Answer.INSIDE in each)
    assert (verdict.answer is Answer.OUTSIDE) == (set(each) == {Answer.OUTSIDE})
    assert verdict == judge(place, fix)
    turned, _ = judge_each(HOME, places[::-1], fix, judge)
    assert turned == verdict, "the order in which places were registered says nothing"
