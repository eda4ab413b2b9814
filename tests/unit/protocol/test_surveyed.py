"""Fixes of a survey read again: any rows are a position or malformed, at the poles and across the date line too."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.errors import MalformedError
from zhendao.protocol.home import home_of_plain, learn
from zhendao.protocol.position import offset_m
from zhendao.protocol.surveyed import as_plain, position

rows = st.lists(
    st.tuples(
        st.integers(-900_000_000, 900_000_000) | st.sampled_from([900_000_000, -900_000_000]),
        st.integers(-1_800_000_000, 1_800_000_000) | st.sampled_from([1_800_000_000, -1_800_000_000]),
        st.integers(1, 1 << 31),
        st.integers(0, 1 << 47),
    ).map(lambda row: [*row, 9, 90, None, 0]),
    max_size=8,
)
junk = st.lists(st.lists(st.none() | st.integers() | st.text(max_size=2), max_size=9), max_size=3)


@given(rows | junk)
def test_any_rows_are_a_position_or_malformed(found: list[Any]) -> None:
    try:
        place = position({"fixes": found, "datum": "wgs84"})
    except MalformedError:
        return
    if place is None:
        assert found == []
        return
    said = as_plain(place)
    assert abs(said["lat_e7"]) <= 900_000_000
    assert abs(said["lon_e7"]) <= 1_800_000_000
    assert said["error95"][0] >= said["error95"][1] >= 99


def test_fixes_on_both_sides_of_the_date_line_are_beside_each_other() -> None:
    fixes = [[400_000_000, lon, 100, 0, 9, 90, None, 0] for lon in (1_799_999_000, -1_799_999_000, 1_799_999_990)]
    place = position({"fixes": fixes, "datum": "wgs84"})
    assert place is not None
    assert abs(offset_m((400_000_000, 1_800_000_000), (place.lat_e7, place.lon_e7))[0]) < 20
    assert home_of_plain(learn(place).as_plain()).samples == 3
