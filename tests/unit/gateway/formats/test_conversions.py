"""Conversions: datum both ways, times in a zone with its summer, codes, short ids that stay apart."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.formats.back import in_datum
from zhendao.gateway.formats.conversions import CONVERSIONS, Around, CannotSayError
from zhendao.gateway.formats.values import Point
from zhendao.protocol.datum import distance_m, to_datum
from zhendao.protocol.vocabulary import Datum

AROUND = Around(ZoneInfo("America/New_York"), {"sex": {"female": "F", "true": "Y"}, "all": {"*": "x"}})


def convert(said: str, value: object) -> object:
    word, *words = said.split()
    return CONVERSIONS[word].function(value, tuple(words), AROUND)


@given(st.floats(18.5, 53), st.floats(74, 134), st.sampled_from([Datum.GCJ02, Datum.BD09]))
def test_a_place_of_a_map_comes_back_to_where_it_was(lat: float, lon: float, datum: Datum) -> None:
    there = to_datum(lat, lon, Datum.WGS84, datum)
    back = in_datum(*there, datum, Datum.WGS84)
    assert distance_m(lat, lon, *back) < 0.01
    assert in_datum(lat, lon, Datum.WGS84, datum) == there


def test_degrees_are_said_in_the_datum_asked_for() -> None:
    gcj = to_datum(31.1886, 121.4365, Datum.WGS84, Datum.GCJ02)
    point = Point(round(gcj[0] * 1e7), round(gcj[1] * 1e7), Datum.GCJ02)
    assert (convert("lat WGS-84 5", point), convert("lon WGS-84 5", point)) == ("31.18860", "121.43650")
    assert convert("lat GCJ-02 7", point) == f"{gcj[0]:.7f}"


@pytest.mark.parametrize(
    ("said", "moment_ms", "shown"),
    [
        ("utc", 1_790_035_200_999, "2026-09-22T00:00:00Z"),
        ("local", 1_790_035_200_000, "2026-09-21 20:00:00"),
        ("local %H:%M %z", 1_793_514_600_000, "01:30 -0500"),  # 1 November 2026: the hour comes twice
        ("local %H:%M %z", 1_793_511_000_000, "01:30 -0400"),
        ("utc %Y%m%d", -1, "19691231"),
    ],
)
def test_moments_are_said_in_their_zone(said: str, moment_ms: int, shown: str) -> None:
    assert convert(said, moment_ms) == shown


def test_codes_are_those_of_the_table_or_told() -> None:
    assert (convert("code sex", "female"), convert("code sex", value=True), convert("code all", "any")) == (
        "F",
        "Y",
        "x",
    )
    with pytest.raises(CannotSayError, match="sex has no male"):
        convert("code sex", "male")


def test_short_ids_are_letters_and_figures_and_differ_with_the_first_eighty_bits() -> None:
    one, other = (convert("short 16", f"{n:02x}" * 32) for n in (1, 2))
    assert isinstance(one, str)
    assert (len(one), one.isalnum(), one != other) == (16, True, True)


def test_flags_numbers_and_texts() -> None:
    assert [convert("yes N Y", one) for one in (True, False)] == ["N", "Y"]
    assert (convert("number", "2000"), convert("number", "31.5"), convert("per 60", 3_599)) == (2000, 31.5, 59)
    assert (convert("digits", "C-001"), convert("family", "王秀兰"), convert("given-letters", "王秀兰")) == (
        "001", "王", "Xiulan",
    )  # fmt: skip
