"""Cells: any text ends as a value or as a named error; what people write is understood, what lost digits is refused."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.command.roster.cells import Cell, CellError, Degrees, Duration, Hex, Kind, Moment, Whole, Words
from zhendao.command.roster.sheets import SHEETS
from zhendao.gateway.registry.masking import mask

CHINA = timezone(timedelta(hours=8))
kinds = st.sampled_from([column.kind for sheet in SHEETS for column in sheet.columns])
cells = (
    st.text(min_size=1)
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.datetimes()
    | st.dates()
    | st.times()
    | st.from_regex(r"\d{4}-\d{1,2}-\d{1,2}( \d\d:\d\d)?", fullmatch=True)
)


@given(kinds, cells)
def test_any_cell_is_a_value_or_a_named_error(kind: Kind, cell: Cell) -> None:
    with suppress(CellError):
        kind.take(cell, CHINA)


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (Hex(4, 10), "04:A1-b2 c3", b"\x04\xa1\xb2\xc3"),
        (Degrees(90), "31.1885432", 311_885_432),
        (Degrees(180), 121.4370001, 1_214_370_001),
        (Degrees(90), -0.5, -5_000_000),
        (Whole(0, 100), 50.0, 50),
        (Duration(), "60分钟", 3_600),
        (Duration(), "90 s", 90),
        (Duration(), "2小时", 7_200),
        (Words(), 1001.0, "1001"),
    ],
)
def test_what_people_write_is_understood(kind: Kind, cell: Cell, value: object) -> None:
    assert kind.take(cell, CHINA) == value


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        (Hex(4, 10), 4112233),
        (Hex(4, 10), "041122"),
        (Degrees(90), "90.0000001"),
        (Degrees(90), "NaN"),
        (Duration(), "60"),
        (Duration(), "8days"),
        (Whole(1, 10), "1.5"),
        (Moment(), "2026-02-30"),
        (Moment(), "昨天"),
        (Words(3), "四个汉字"),
    ],
)
def test_what_cannot_be_meant_is_refused(kind: Kind, cell: Cell) -> None:
    with pytest.raises(CellError):
        kind.take(cell, CHINA)


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("cell", "begin", "end"),
    [
        ("2026-11-01", "2026-11-01T00:00+08:00", "2026-11-02T00:00+08:00"),
        ("2026年11月1日", "2026-11-01T00:00+08:00", "2026-11-02T00:00+08:00"),
        ("2026/11/1 08:30", "2026-11-01T08:30+08:00", "2026-11-01T08:30+08:00"),
        ("2026-11-01T00:00:00Z", "2026-11-01T00:00+00:00", "2026-11-01T00:00+00:00"),
        (date(2026, 11, 1), "2026-11-01T00:00+08:00", "2026-11-02T00:00+08:00"),
        (datetime(2026, 11, 1), "2026-11-01T00:00+08:00", "2026-11-02T00:00+08:00"),  # noqa: DTZ001 - as spreadsheets do
        (datetime(2026, 11, 1, tzinfo=UTC), "2026-11-01T00:00+00:00", "2026-11-01T00:00+00:00"),
    ],
)
def test_a_bare_date_as_an_end_is_the_last_day(cell: Cell, begin: str, end: str) -> None:
    assert Moment().take(cell, CHINA) == ms(begin)
    assert Moment(end=True).take(cell, CHINA) == ms(end)


def test_masks_show_what_the_rule_shows() -> None:
    assert mask("name", "李婉") == "*婉"
    assert mask("phone", "13512345678") == "135********"
    assert mask("name", "李") == "*"
    assert mask("phone", "12345") == "*****"
    assert mask("address", "天钥桥路 1 号") == "***"
