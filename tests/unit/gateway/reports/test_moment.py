"""Of which moment a report is. rule: DAILY-RANK"""

from datetime import date

import pytest

from zhendao.command.errors import UsageError
from zhendao.gateway.reports.moment import DAY_MS, Span, day_ms, day_until, days_between

CHINA = 8 * 3_600_000
NOON = day_ms(date(2026, 11, 23), CHINA) + DAY_MS // 2


def days(first: str | None, last: str | None) -> Span:
    return days_between(first, last, NOON, CHINA)


@pytest.mark.parametrize(
    ("day", "time", "until", "stamp"),
    [
        (None, None, NOON + 1, "11月23日 12时00分"),
        (None, "8:30", NOON - 3 * 3_600_000 - 1_800_000, "11月23日 08时30分"),
        ("2026-11-23", "12:00", NOON, "11月23日 12时00分"),
        ("2026-11-22", None, NOON - DAY_MS // 2, "11月22日 24时00分"),
        ("2026-11-22", "24:00", NOON - DAY_MS // 2, "11月22日 24时00分"),
        ("2026-11-22", "00:00", NOON - DAY_MS * 3 // 2, "11月22日 00时00分"),
    ],
)
def test_a_day_goes_up_to_the_moment_that_is_asked_for(
    day: str | None, time: str | None, until: int, stamp: str
) -> None:
    span = day_until(day, time, NOON, CHINA)
    assert (span.until_ms, span.stamp) == (until, stamp)
    assert span.from_ms <= span.at_ms < span.from_ms + DAY_MS
    assert span.at_ms == max(span.from_ms, until - 1)


@pytest.mark.parametrize(
    ("day", "time"),
    [("2026-11-24", None), (None, "12:01"), ("2026-11-23", "24:00"), ("23.11.", None), (None, "25:00"), (None, "8.30")],
)
def test_what_is_no_moment_or_still_to_come_is_wrong_use(day: str | None, time: str | None) -> None:
    with pytest.raises(UsageError):
        day_until(day, time, NOON, CHINA)


def test_days_are_whole_and_today_is_what_there_is_of_it() -> None:
    assert days("2026-11-01", "2026-11-03").until_ms - days("2026-11-01", "2026-11-03").from_ms == 3 * DAY_MS
    assert (days("2026-11-01", None).until_ms, days(None, None).from_ms) == (NOON + 1, NOON - DAY_MS // 2)
    for first, last in (("2026-11-02", "2026-11-01"), (None, "2026-11-24"), ("2026-11-24", None)):
        with pytest.raises(UsageError):
            days(first, last)
