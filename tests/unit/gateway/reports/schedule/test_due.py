"""Each moment of each scheduled report is due once, whatever the gateway did meanwhile. rule: DAILY-RANK"""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.command import settings
from zhendao.command.errors import SettingsError
from zhendao.gateway.reports.interface import Name
from zhendao.gateway.reports.making import MAKERS
from zhendao.gateway.reports.moment import DAY_MS, day_ms
from zhendao.gateway.reports.schedule.due import (
    AGAIN_MS,
    TRIES,
    Past,
    again_ms,
    days_asked,
    file_of,
    jobs_of,
    moments,
    next_ms,
    waiting,
)  # fmt: skip
from zhendao.gateway.reports.schedule.settings import DRAWN, NAMES, ReportTable, problems_of

CHINA, HOUR, MINUTE = 8 * 3_600_000, 3_600_000, 60_000
MONDAY = day_ms(date(2026, 11, 2), CHINA)
TABLE = ReportTable("daily-rank", ("10:30", "16:00"), Path("/srv/reports"))


def test_what_can_be_scheduled_is_what_there_is() -> None:
    assert set(NAMES) == set(MAKERS) == set(get_args(Name))
    assert set(NAMES) >= DRAWN


def test_each_time_of_the_day_is_due_once_as_far_back_as_it_is_made_up_for() -> None:
    morning, afternoon = jobs_of([TABLE, TABLE])
    assert (morning.time, afternoon.time) == ("10:30", "16:00")
    due = MONDAY + 10 * HOUR + 30 * MINUTE
    assert moments(morning, MONDAY - DAY_MS, due - 1, CHINA) == [due - DAY_MS]
    assert moments(morning, MONDAY - DAY_MS, due, CHINA) == [due - DAY_MS, due]
    assert moments(morning, due - DAY_MS, due, CHINA) == [due]
    assert moments(morning, due, due + 1, CHINA) == []
    assert moments(morning, 0, due, CHINA) == [due - 2 * DAY_MS, due - DAY_MS, due]
    (never,) = jobs_of([replace(TABLE, times=("10:30",), catch_up_h=0)])
    assert moments(never, 0, due, CHINA) == [due]
    assert moments(never, 0, due + 1, CHINA) == []
    assert next_ms([morning, afternoon], due, CHINA) == MONDAY + 16 * HOUR
    assert next_ms([morning, afternoon], due - 1, CHINA) == due
    assert next_ms([morning], due, CHINA) == due + DAY_MS


@given(
    st.lists(st.integers(1, 50 * HOUR), max_size=30), st.sets(st.sampled_from(["00:00", "07:15", "23:59"]), min_size=1)
)
def test_whenever_it_is_looked_each_moment_is_made_once_and_as_soon_as_it_is_looked(
    pauses: list[int], times: set[str]
) -> None:
    jobs = jobs_of([replace(TABLE, times=tuple(sorted(times)), catch_up_h=8_760)])
    now, past, made = MONDAY, dict[tuple[str, int], Past](), list[tuple[str, int]]()
    since = {job.key: now for job in jobs}
    for pause in pauses:
        now += pause
        for at_ms, job in waiting(jobs, since, past, now, CHINA):
            made.append((job.time, at_ms))
            past[job.key, at_ms] = Past(done=True, tried=1, at_ms=now)
        assert waiting(jobs, since, past, now, CHINA) == []
    days = range((now - MONDAY) // DAY_MS + 1)
    expected = {
        (job.time, MONDAY + day * DAY_MS + job.minute * MINUTE) for day in days for job in jobs
        if MONDAY < MONDAY + day * DAY_MS + job.minute * MINUTE <= now
    }  # fmt: skip
    assert sorted(made) == sorted(expected)


def test_what_failed_is_tried_again_after_a_while_and_then_given_up() -> None:
    (job, _) = jobs_of([TABLE])
    due = MONDAY + 10 * HOUR + 30 * MINUTE
    since = {job.key: due - 1}
    for tried in range(1, TRIES):
        past = {(job.key, due): Past(done=False, tried=tried, at_ms=due)}
        assert waiting([job], since, past, due + AGAIN_MS - 1, CHINA) == []
        assert waiting([job], since, past, due + AGAIN_MS, CHINA) == [(due, job)]
        assert again_ms(past.values()) == due + AGAIN_MS
    past = {(job.key, due): Past(done=False, tried=TRIES, at_ms=due)}
    assert waiting([job], since, past, due + DAY_MS - 1, CHINA) == []
    assert again_ms(past.values()) is None


def test_a_report_is_of_the_day_or_of_the_day_before_and_no_two_have_one_name() -> None:
    due = MONDAY + 10 * HOUR + 30 * MINUTE
    tables = [
        replace(TABLE, times=("10:30",)),
        replace(TABLE, times=("10:30",), region="徐家汇/一"),
        replace(TABLE, times=("10:30",), day="yesterday"),
        replace(TABLE, times=("10:30",), days=7),
        replace(TABLE, times=("10:30",), days=7, day="yesterday"),
        replace(TABLE, times=("10:30",), unmasked=True),
        replace(TABLE, times=("10:31",)),
    ]
    jobs = jobs_of(tables)
    asked = [days_asked(job, due, CHINA) for job in jobs]
    assert asked[0] == (None, None, None)
    assert asked[2] == ("2026-11-01", None, "2026-11-01")
    assert asked[3] == (None, "2026-10-27", None)
    assert asked[4] == ("2026-11-01", "2026-10-26", "2026-11-01")
    files = [file_of(job, "晾晒", due, "xlsx", CHINA) for job in jobs]
    assert files[0] == Path("/srv/reports/晾晒_20261102_1030.xlsx")
    assert files[1].name == "晾晒_20261102_1030_徐家汇_一.xlsx"
    assert len({*files}) == len({job.key for job in jobs}) == len(tables)


def test_what_cannot_be_made_is_told_before_anything_is_opened(tmp_path: Path) -> None:
    tables = [
        ReportTable("daily-detail", ("10:30",), tmp_path, ("png",)),
        ReportTable("hours", ("10:30",), tmp_path, unmasked=True),
        ReportTable("daily-rank", ("10:30",), tmp_path, days=7),
    ]
    said = [one.en for one in problems_of(tables, tmp_path / "gateway.toml")]
    assert [one.rpartition(": ")[2] for one in said] == [
        "there is no picture of daily-detail", "hours names nobody", "daily-rank is of a day",
    ]  # fmt: skip
    assert problems_of([TABLE, replace(TABLE, forms=("png", "json"))], tmp_path) == []
    for row in (
        {"times": []},
        {"times": ["24:00"]},
        {"times": ["8:30"]},
        {"times": "10:30"},
        {"forms": ["pdf"]},
        {"name": "x"},
    ):
        given_row = {"name": "daily-rank", "times": ["10:30"], "folder": "out"} | row
        with pytest.raises(SettingsError):
            settings.check(given_row, ReportTable, name="[[report]]", folder=tmp_path)
    row = {"name": "daily-rank", "times": ["16:00", "10:30", "16:00"], "folder": "out", "forms": ["csv", "csv"]}
    checked = settings.check(row, ReportTable, name="[[report]]", folder=tmp_path)
    assert (checked.times, checked.forms, checked.folder) == (("10:30", "16:00"), ("csv",), tmp_path / "out")
