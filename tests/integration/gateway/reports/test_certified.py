"""每万老年人拥有持证护理员数 as an office asks for it: who counts, where, and what is said of those who do not.

rule: PER-10K, ORG-TYPES, ROLES, VALID-MONTH
"""

from pathlib import Path
from typing import Any

import pytest

from samples.office import Office, busy_office


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    office = busy_office(tmp_path, capsys)
    office.config.write_text(office.config.read_text() + "[valid]\nmonth_days = 1\n")
    office.checks_in("C3", 480, 540)
    return office


def made(office: Office, *words: str) -> Any:
    return office.said("report", "per-10k", "--date", "2026-11-02", *words)


def test_whoever_counts_does_so_in_each_region_that_holds_her(office: Office) -> None:
    report = made(office)
    assert report["stamp"] == "2026年11月1日 至 11月2日 24时00分"
    assert report["columns"] == [
        "序号", "区划", "级别", "户籍老年人(人)", "打卡有效的持证护理员(人)", "每万老年人拥有持证护理员数", "备注",
    ]  # fmt: skip
    # C1 (region 002), C3 (of 001) and C4 (002) count. Not so: C2 has no certificate, C6 sells, C7 is bound to none.
    assert report["rows"] == [
        [1, "徐汇区", "区", None, 3, None, "未登记户籍老年人数"],
        [2, "天平路街道", "街道", 20000, 1, 0.5, None],
        [3, "永嘉居委", "居", 3000, 0, 0.0, None],
        [4, "湖南路街道", "街道", 10000, 2, 2.0, None],
    ]
    assert report["total"] == ["合计", None, None, 30000, 3, 1.0, ""]
    assert report["notes"][1:] == ["打卡有效而不计入：不属三类职业 1 人，未绑定机构 1 人。"]


def test_it_is_of_any_moment_and_any_region(office: Office) -> None:
    assert made(office, "--at", "08:59")["rows"][1][4] == 0
    assert made(office, "--at", "09:01")["rows"][1][4] == 1
    report = made(office, "--region", "天平路街道")
    assert [row[1] for row in report["rows"]] == ["天平路街道", "永嘉居委"]
    assert report["total"][3:6] == [20000, 1, 0.5]
    assert report["notes"][1:] == ["打卡有效而不计入：未绑定机构 1 人。"]


def test_without_enough_days_nobody_counts(office: Office) -> None:
    office.config.write_text(office.config.read_text().replace("month_days = 1", "month_days = 2"))
    assert {row[4] for row in made(office)["rows"]} == {0}
