import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.gnss.sentences import Gga, Gsa, Gst, Gsv, Other, Refused, Rmc, Zda, read
from zhendao.protocol.vocabulary import Constellation


def line(body: str) -> str:
    total = 0
    for character in body:
        total ^= ord(character)
    return f"${body}*{total:02X}"


@pytest.mark.parametrize("talker", ["GN", "GP", "BD", "GB", "GA", "GL", "QZ"])
def test_any_talker(talker: str) -> None:
    sentence = read(line(f"{talker}RMC,171926.00,A,3114.14063,N,12118.85478,E,0.117,,221126,,,A"))
    assert isinstance(sentence, Rmc)
    assert sentence.valid
    assert sentence.place == (312_356_772, 1_213_142_463)
    assert sentence.day_ms == ((17 * 60 + 19) * 60 + 26) * 1000
    assert sentence.date == dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("fields", "valid"),
    [
        ("A,3114.0,N,12118.0,E,0,,221126,,,A,V", True),  # NMEA 4.1: navigation status not provided
        ("A,3114.0,N,12118.0,E,0,,221126,,,D,S", True),
        ("A,3114.0,N,12118.0,E,0,,221126,,", True),  # NMEA 2.0 knows no mode
        ("A,3114.0,N,12118.0,E,0,,221126,,,E", False),
        ("A,3114.0,N,12118.0,E,0,,221126,,,S", False),
        ("A,3114.0,N,12118.0,E,0,,221126,,,N", False),
        ("V,3114.0,N,12118.0,E,0,,221126,,,A", False),
    ],
)
def test_validity_is_read_from_status_and_mode(fields: str, *, valid: bool) -> None:
    sentence = read(line(f"GNRMC,000000,{fields}"))
    assert isinstance(sentence, Rmc)
    assert sentence.valid is valid


@pytest.mark.parametrize("fields", [",,,", "0000.0000,N,00000.0000,E"])
def test_no_null_island(fields: str) -> None:
    sentence = read(line(f"GNGGA,000000,{fields},0,00,,,M,,M,,"))
    assert isinstance(sentence, Gga)
    assert sentence.place is None


def test_whole_minutes_without_a_point() -> None:
    sentence = read(line("GNGGA,000000,3106,N,12106,E,1,08,1.0,5,M,,M,,"))
    assert isinstance(sentence, Gga)
    assert sentence.place == (311_000_000, 1_211_000_000)


def test_southern_and_western_places() -> None:
    sentence = read(line("GNGGA,000000,4552.65403,S,12118.85478,W,1,08,1.0,-5.5,M,,M,,"))
    assert isinstance(sentence, Gga)
    assert sentence.place == (-458_775_672, -1_213_142_463)
    assert sentence.altitude_m == -5.5


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("GNRMC,256060,A,3114.0,N,12118.0,E,0,,221126,,,A", "bad_time"),
        ("GNRMC,123460,A,3114.0,N,12118.0,E,0,,221126,,,A", "bad_time"),
        ("GNRMC,123456,A,3114.0,N,12118.0,E,0,,310226,,,A", "bad_date"),
        ("GNRMC,123456,A,3174.0,N,12118.0,E,0,,221126,,,A", "bad_position"),
        ("GNRMC,123456,A,9114.0,N,12118.0,E,0,,221126,,,A", "bad_position"),
        ("GNRMC,123456,A,3114.0,X,12118.0,E,0,,221126,,,A", "bad_position"),
        ("GNRMC,123456,A,3114.0,N,,,0,,221126,,,A", "bad_position"),
        ("GNRMC,123456,A,3114.0,N,12118.0,E,-3,,221126,,,A", "bad_number"),
        ("GNRMC,123456,X,3114.0,N,12118.0,E,0,,221126,,,A", "bad_status"),
        ("GNRMC,123456,A,3114.0", "few_fields"),
        ("GNGGA,123456,3114.0,N,12118.0,E,9,08,1.0,5,M,,M,,", "bad_number"),
        ("GNGGA,123456,3114.0,N,12118.0,E,1,08,1e2,5,M,,M,,", "bad_number"),
        ("GPGSV,3,3,12,2,40,16,00,090,", "bad_groups"),
        ("GPGSV,1,1,01,02,91,090,40", "bad_number"),
        ("GNGSA,A,,1,2,3,,,,,,,,,,,1,1,1", "bad_mode"),
        ("GNHDV,1", "unknown_type"),
    ],
)
def test_refusals_are_named(body: str, reason: str) -> None:
    assert read(line(body)) == Refused(reason)


def test_a_checksum_is_required_and_right() -> None:
    good = line("GNGGA,000000,3106,N,12106,E,1,08,1.0,5,M,,M,,")
    assert read(good[:-3]) == Refused("cut")
    assert read(good.replace("3106", "3107")) == Refused("checksum")
    assert read("$") == Refused("cut")
    assert read("$GP*17") == Refused("not_nmea")


def test_leap_second() -> None:
    sentence = read(line("GNRMC,235960.00,A,3114.0,N,12118.0,E,0,,311226,,,A"))
    assert isinstance(sentence, Rmc)
    assert sentence.day_ms == 86_400_000


def test_last_century_is_not_the_future() -> None:
    sentence = read(line("GPRMC,000000,A,3114.0,N,12118.0,E,0,,220899,,,A"))
    assert isinstance(sentence, Rmc)
    assert sentence.date == dt.date(1999, 8, 22)


def test_gsa_system_by_id_by_talker_and_by_number() -> None:
    by_id = read(line("GNGSA,A,3,13,12,22,19,08,21,,,,,,,1.05,0.64,0.83,4"))
    assert isinstance(by_id, Gsa)
    assert {system for system, _ in by_id.used} == {Constellation.BEIDOU}
    by_talker = read(line("BDGSA,A,3,02,03,04,,,,,,,,,,2.1,1.1,1.8,1.2"))
    assert isinstance(by_talker, Gsa)
    assert by_talker.used == tuple((Constellation.BEIDOU, number) for number in (2, 3, 4)), "1.2 is SiRF's TDOP"
    by_number = read(line("GNGSA,A,3,67,83,01,33,401,,,,,,,,1.56,0.91,1.27"))
    assert isinstance(by_number, Gsa)
    assert by_number.used == (
        (Constellation.GLONASS, 67),
        (Constellation.GLONASS, 83),
        (Constellation.GPS, 1),
        (Constellation.BEIDOU, 401),
    ), "33 is SBAS"


def test_gsv_with_and_without_signal_id() -> None:
    old = read(line("BDGSV,1,1,02,02,33,240,35,03,51,201,"))
    assert isinstance(old, Gsv)
    assert [(view.system, view.number, view.cn0) for view in old.views] == [
        (Constellation.BEIDOU, 2, 35),
        (Constellation.BEIDOU, 3, None),
    ]
    new = read(line("GBGSV,1,1,01,21,41,301,35,B"))
    assert isinstance(new, Gsv)
    assert (new.signal, len(new.views)) == (0xB, 1)
    mixed = read(line("GPGSV,1,1,03,01,41,301,35,40,41,301,35,194,41,301,35"))
    assert isinstance(mixed, Gsv)
    assert [view.system for view in mixed.views] == [Constellation.GPS, Constellation.QZSS], "40 is SBAS"


def test_gst_and_zda_and_what_is_left_alone() -> None:
    gst = read(line("GNGST,003956.00,235111,,,,2.3,3.5,4.0"))
    assert gst == Gst(2_396_000, None, None, None, 2.3, 3.5)
    assert read(line("GNZDA,003956.00,12,04,2019,00,00")) == Zda(2_396_000, dt.date(2019, 4, 12))
    assert read(line("GNZDA,,,,,,")) == Zda(None, None)
    assert read("$GPTXT,01,01,01,ANTENNA OPEN*25") == Other("TXT")
    assert read(line("PCAS01,5")) == Other("proprietary")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=120))
def test_any_text_is_a_sentence_or_a_refusal(text: str) -> None:
    read("$" + text)


@given(
    st.sampled_from(["RMC", "GGA", "GSA", "GSV", "GST", "ZDA", "GLL", "TXT"]),
    st.lists(
        st.sampled_from(["", "A", "V", "N", "E", "3114.5", "12118.5", "123456.00", "221126", "99", "1.0", "-1", "x"])
        | st.text("0123456789.-ANVE", max_size=8),
        max_size=22,
    ),
)
def test_any_fields_under_a_good_checksum(kind: str, fields: list[str]) -> None:
    read(line(",".join([f"GN{kind}", *fields])))
