"""Days, hours and regions as people write them, and who is on duty by them."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.command.roster.cells import Cell, CellError, Kind
from zhendao.command.roster.shifts import EVERY_DAY, Days, Hours, Names, minutes, within
from zhendao.command.roster.writing import as_cell
from zhendao.gateway.registry.duty import on_duty
from zhendao.gateway.registry.snapshot import Seat

CHINA = timezone(timedelta(hours=8))


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=CHINA).timestamp() * 1000)


def seat(name: str, rank: int, hours: str | None = None, days: int | None = None, *regions: str) -> Seat:
    return Seat(name, "xuhui", rank, days, hours, regions)


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (Days(), "一至五", 0b001_1111),
        (Days(), "周一到周五", 0b001_1111),
        (Days(), "Mon-Fri", 0b001_1111),
        (Days(), "周六、周日", 0b110_0000),
        (Days(), "六日", 0b110_0000),
        (Days(), "周六至周一", 0b110_0001),
        (Days(), "1,3,5", 0b001_0101),
        (Days(), "每天", EVERY_DAY),
        (Days(), "周天", 0b100_0000),
        (Days(), 3, 0b000_0100),
        (Hours(), "8:00-20:00", "08:00-20:00"),
        (Hours(), "22:00 至 次日 06:00", "22:00-06:00"),
        (Hours(), "全天", "00:00-24:00"),
        (Hours(), "18:30～24:00", "18:30-24:00"),
        (Names(), "徐家汇，天平, 徐家汇", "徐家汇、天平"),
        (Names(), "全部", None),
    ],
)
def test_what_people_write_is_understood(kind: Kind, cell: Cell, value: object) -> None:
    assert kind.take(cell, CHINA) == value


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        (Days(), date(2026, 1, 5)),  # what a spreadsheet made of 1-5
        (Days(), "八"),
        (Days(), "1-"),
        (Hours(), time(8)),
        (Hours(), "8-20"),
        (Hours(), "08:00-08:00"),
        (Hours(), "08:00-24:30"),
        (Hours(), "24:00-08:00"),
        (Names(), "、，"),
    ],
)
def test_what_cannot_be_understood_says_how_to_write_it(kind: Kind, cell: Cell) -> None:
    with pytest.raises(CellError) as caught:
        kind.take(cell, CHINA)
    assert caught.value.cure.zh
    assert caught.value.cure.en


@given(st.integers(1, EVERY_DAY))
@settings(max_examples=40)
def test_days_that_are_written_out_are_read_back_the_same(bits: int) -> None:
    assert Days().take(as_cell(Days(), bits), UTC) == bits
    assert Days().take(Days().word(bits, "en"), UTC) == bits


@given(st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 1439), st.integers(0, 6), st.integers(1, EVERY_DAY))
@settings(max_examples=60)
def test_hours_and_their_complement_cover_each_minute_once(
    begin: int, end: int, minute: int, weekday: int, days: int
) -> None:
    if begin == end:
        end = (begin + 1) % 1440
    shift, rest = (f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in ((begin, end), (end, begin)))
    assert minutes(shift) == (begin, end)
    assert within(minute, weekday, None, shift) != within(minute, weekday, None, rest)
    # Whoever is on duty on some days is so on no other: each moment belongs to the day on which its hours began.
    assert within(minute, weekday, days, shift) + within(minute, weekday, EVERY_DAY ^ days, shift) == within(
        minute, weekday, None, shift
    )


def test_a_night_belongs_to_the_day_on_which_it_began() -> None:
    night = seat("night", 1, "22:00-06:00", 0b000_0001)  # Monday's
    assert on_duty([night], at("2026-11-23T22:00"), CHINA, None) == [night]  # a Monday
    assert on_duty([night], at("2026-11-24T05:59"), CHINA, None) == [night]
    assert on_duty([night], at("2026-11-24T06:00"), CHINA, None) == []
    assert on_duty([night], at("2026-11-23T05:59"), CHINA, None) == []  # Sunday's night, which nobody has


def test_the_order_is_that_of_rank_and_of_one_rank_the_region_comes_first() -> None:
    city, own, other, second = (
        seat("city", 1), seat("own", 1, None, None, "徐家汇"), seat("other", 1, None, None, "天平"), seat("second", 2)
    )  # fmt: skip
    seats = [second, city, other, own]
    assert on_duty(seats, at("2026-11-23T12:00"), CHINA, "徐家汇") == [own, city, second]
    assert on_duty(seats, at("2026-11-23T12:00"), CHINA, "龙华") == [city, second]
    # Nobody wrote down where: then every seat is asked, rather than none.
    assert on_duty(seats, at("2026-11-23T12:00"), CHINA, None) == [city, other, own, second]


def test_who_answers_for_a_street_answers_for_what_lies_in_it() -> None:
    city, street, village, other = (
        seat("city", 1), seat("street", 1, None, None, "徐家汇"), seat("village", 1, None, None, "新华居委"),
        seat("other", 1, None, None, "天平"),
    )  # fmt: skip
    found = on_duty([city, street, village, other], at("2026-11-23T12:00"), CHINA, "新华居委", ("徐家汇", "徐汇"))
    assert found == [village, street, city]
