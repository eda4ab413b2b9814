"""Scheduled reports in a gateway's store: made once as of their moment, made up for, given up, deleted for their age.

rule: DAILY-RANK, PIPL
"""

import csv
import io
import os
from pathlib import Path

import pytest
from sqlalchemy import select

from samples.office import DAY, MINUTE, Office, busy_office
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.config import read_config
from zhendao.gateway.reports.moment import DAY_MS
from zhendao.gateway.reports.schedule.due import AGAIN_MS
from zhendao.gateway.reports.schedule.making_due import make_due
from zhendao.gateway.store.engine import open_store

HOUR = 60 * MINUTE
TABLES = """
[[report]]
name = "daily-rank"
times = ["08:30", "10:31"]
forms = ["csv", "svg", "json", "xlsx"]
folder = "out"

[[report]]
name = "daily-detail"
day = "yesterday"
times = ["06:00"]
forms = ["csv"]
folder = "out/lists"
keep_days = 2
unmasked = true
"""


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    office = busy_office(tmp_path, capsys)
    office.config.write_text(office.config.read_text() + TABLES)
    return office


def due(office: Office, now_ms: int) -> tuple[int, int | None]:
    return make_due(read_config(office.config), lambda: now_ms)


def names(office: Office) -> list[str]:
    return sorted(str(one.relative_to(office.folder / "out")) for one in (office.folder / "out").rglob("*.*"))


def test_each_is_made_once_as_of_its_own_moment_and_what_was_missed_is_made_up_for(office: Office) -> None:
    assert due(office, DAY) == (0, None)  # since then it is known
    assert due(office, DAY + 8 * HOUR) == (1, None)
    assert due(office, DAY + 20 * HOUR) == (2, None)  # the gateway was down from before half past eight
    assert due(office, DAY + 20 * HOUR) == (0, None)
    forms = ("csv", "json", "svg", "xlsx")
    ranks = [f"打卡情况数据晾晒_20261102_{time}.{form}" for time in ("0830", "1031") for form in forms]
    assert names(office) == ["lists/数据明细_20261102_0600_昨日_未遮盖.csv", *ranks]
    for time, present in (("0830", "1"), ("1031", "2")):
        file = office.folder / f"out/打卡情况数据晾晒_20261102_{time}.csv"
        rows = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"))))
        assert rows[-1][5] == present
    assert due(office, DAY + 4 * DAY_MS) == (6 - 2 + 2, None)  # two days back, and no further
    assert "数据明细_20261103_0600_昨日_未遮盖.csv" not in str(names(office))


def test_a_clock_that_was_ahead_and_is_set_back_silences_nothing(office: Office) -> None:
    assert due(office, DAY + 4_000 * DAY_MS) == (0, None)
    assert due(office, DAY) == (0, None)  # known since then after all
    assert due(office, DAY + 9 * HOUR) == (2, None)
    assert due(office, DAY + 7 * HOUR) == (0, None)  # set back by hours: what is made is made
    assert due(office, DAY + 9 * HOUR) == (0, None)
    assert len(names(office)) == 5


def test_names_whole_are_logged_and_old_files_go(office: Office) -> None:
    due(office, DAY)
    due(office, DAY + 8 * HOUR)
    (file,) = (office.folder / "out/lists").iterdir()
    assert "王芳" in file.read_text("utf-8-sig")
    assert file.stat().st_mode & 0o777 == 0o600
    store = open_store(f"sqlite:///{office.folder}/gateway.db")
    with store.reading() as connection:
        logged = connection.execute(select(ACCESSES.c.filters, ACCESSES.c.names)).all()
    store.close()
    assert [(one.filters, one.names) for one in logged] == [("by=schedule&to=…_20261102_0600_…_….csv", True)]
    due(office, DAY + 6 * HOUR + 2 * DAY_MS)
    assert file.exists()
    due(office, DAY + 6 * HOUR + 2 * DAY_MS + 1)
    assert not file.exists()
    states = {one["files"][0].rpartition("/")[2]: one["state"] for one in office.said("report", "runs")}
    assert states[file.name] == "deleted"
    assert set(states.values()) == {"deleted", "done"}


def test_what_cannot_be_made_is_told_with_the_reason_and_the_others_are_made(office: Office) -> None:
    (office.folder / "out").mkdir()
    (office.folder / "out/lists").write_text("in the way")
    due(office, DAY)
    now = DAY + 9 * HOUR
    assert due(office, now) == (1, now + AGAIN_MS)
    assert due(office, now + 1) == (0, now + AGAIN_MS)
    failed, made = sorted(office.said("report", "runs"), key=lambda one: one["due_ms"])
    assert (failed["state"], failed["tried"], failed["files"]) == ("failed", 1, [])
    assert "out/lists" in failed["en"]
    assert made["state"] == "done"
    assert due(office, now + AGAIN_MS) == (0, now + 2 * AGAIN_MS)
    (office.folder / "out/lists").unlink()
    assert due(office, now + 2 * AGAIN_MS) == (1, None)
    assert due(office, now + 3 * AGAIN_MS) == (0, None)
    assert {one["state"] for one in office.said("report", "runs")} == {"done"}


def test_a_file_that_a_killed_run_left_whole_is_not_made_again(office: Office) -> None:
    due(office, DAY)
    (office.folder / "out").mkdir()
    there = office.folder / "out/打卡情况数据晾晒_20261102_0830.csv"
    there.write_text("whole")
    part = there.with_name(".0123456789abcdef.part")
    part.write_text("half")
    os.utime(part, (0, 0))
    assert due(office, DAY + 9 * HOUR)[0] == 2
    assert there.read_text() == "whole"
    assert not part.exists()


def test_a_person_sees_when_each_was_made_and_is_made_next(office: Office) -> None:
    assert [one["last"] for one in office.said("report", "schedule")] == [None] * 3
    due(office, DAY)
    due(office, DAY + 9 * HOUR)
    told = office.said("report", "schedule")
    assert [(one["name"], one["time"]) for one in told] == [
        ("daily-rank", "08:30"), ("daily-rank", "10:31"), ("daily-detail", "06:00"),
    ]  # fmt: skip
    assert told[0]["last"]["due_ms"] == DAY + 8 * HOUR + 30 * MINUTE
    assert told[0]["next_ms"] % DAY_MS == (DAY + 8 * HOUR + 30 * MINUTE) % DAY_MS
    shown = office.call("report", "schedule", "--lang", "zh")
    assert "2026-11-02 08:30" in shown
    assert "已生成" in shown
    assert "打卡情况数据晾晒_20261102_0830.csv" in office.call("report", "runs", "--lang", "zh")
