import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.datum import distance_m, gcj02_to_bd09, is_forward, to_datum, wgs84_to_gcj02
from zhendao.protocol.vocabulary import Datum

CITIES = {
    "Beijing": (39.90420, 116.40740),
    "Shanghai": (31.18830, 121.43680),
    "Hangzhou": (30.27410, 120.15510),
    "Nanjing": (32.06030, 118.79690),
    "Guangzhou": (23.12910, 113.26440),
}
inland = st.tuples(st.floats(20, 50), st.floats(80, 130))
anywhere = st.tuples(st.floats(-89, 89), st.floats(-180, 180))


def test_published_figures() -> None:
    """The figures that eviltransform and coordtransform carry in their own suites."""
    # Shanghai, Shenzhen, Beijing
    assert wgs84_to_gcj02(31.1774276, 121.5272106) == pytest.approx((31.17530398364597, 121.531541859215), abs=2e-7)
    assert wgs84_to_gcj02(22.543847, 113.912316) == pytest.approx((22.540796131694766, 113.9171764808363), abs=2e-7)
    assert wgs84_to_gcj02(39.911954, 116.377817) == pytest.approx((39.91334545536069, 116.38404722455657), abs=2e-7)
    assert wgs84_to_gcj02(39.915, 116.404) == pytest.approx((39.91640428150164, 116.41024449916938), abs=1e-11)
    assert gcj02_to_bd09(39.915, 116.404) == pytest.approx((39.92133699351021, 116.41036949371029), abs=1e-11)


@pytest.mark.parametrize("city", CITIES)
def test_offsets_are_those_of_the_field(city: str) -> None:
    lat, lon = CITIES[city]
    gcj = wgs84_to_gcj02(lat, lon)
    bd = gcj02_to_bd09(*gcj)
    assert 250 <= distance_m(lat, lon, *gcj) <= 650
    assert 850 <= distance_m(*gcj, *bd) <= 970
    assert 940 <= distance_m(lat, lon, *bd) <= 1400


def test_outside_china_maps_show_wgs84() -> None:
    assert wgs84_to_gcj02(-45.8775915, 170.5001248) == (-45.8775915, 170.5001248)


@given(inland)
def test_the_shift_is_smooth_and_bounded(place: tuple[float, float]) -> None:
    lat, lon = place
    here = wgs84_to_gcj02(lat, lon)
    assert 10 < distance_m(lat, lon, *here) < 1000
    near = wgs84_to_gcj02(lat + 1e-5, lon)
    assert distance_m(*here, *near) == pytest.approx(1.112, abs=0.01), "a metre stays a metre: no tear in the map"


@given(inland, st.sampled_from(Datum))
def test_a_datum_to_itself_changes_nothing(place: tuple[float, float], datum: Datum) -> None:
    assert to_datum(*place, datum, datum) == place


@given(inland)
def test_cgcs2000_counts_as_wgs84(place: tuple[float, float]) -> None:
    assert to_datum(*place, Datum.CGCS2000, Datum.WGS84) == place
    assert to_datum(*place, Datum.CGCS2000, Datum.BD09) == to_datum(*place, Datum.WGS84, Datum.BD09)


@pytest.mark.parametrize(
    ("from_", "to"), [(Datum.BD09, Datum.GCJ02), (Datum.GCJ02, Datum.WGS84), (Datum.BD09, Datum.CGCS2000)]
)
def test_there_is_no_way_back(from_: Datum, to: Datum) -> None:
    assert not is_forward(from_, to)
    with pytest.raises(ValueError, match="not converted back"):
        to_datum(31.0, 121.0, from_, to)


@given(anywhere, anywhere)
def test_distance_is_symmetric_and_bounded(a: tuple[float, float], b: tuple[float, float]) -> None:
    there = distance_m(*a, *b)
    assert there == pytest.approx(distance_m(*b, *a), abs=1e-6)
    assert 0 <= there <= math.pi * 6_371_009


def test_distance_of_a_degree() -> None:
    assert distance_m(0, 0, 0, 1) == pytest.approx(111_195, abs=1)
    assert distance_m(0, 179.9999, 0, -179.9999) == pytest.approx(22.2, abs=0.1), "over the date line"
    assert distance_m(31, 121, 31, 121) == 0
