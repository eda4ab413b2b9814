"""The trend as an office asks for it: each day as the reports of that day have it, in rows and as a picture.

rule: DAILY-RANK, HOURS
"""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from samples.served import NOVEMBER, Served
from zhendao.gateway.reports.moment import DAY_MS


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Served:
    office = Served(tmp_path, capsys)
    good = office.serve("C1", "E1", 2, 480, 90)
    office.serve("C4", "E2", 2, 480, 60)
    doubted = office.serve("C1", "E1", 3, 480, 60)
    office.serve("C6", "E3", 3, 480, 30)  # of an organisation that does not count: her visit does
    office.find("outside", good, fault=True, at_ms=NOVEMBER + DAY_MS)
    office.find("short", doubted, at_ms=NOVEMBER + 2 * DAY_MS)
    office.find("minute_regular", doubted, at_ms=NOVEMBER + 2 * DAY_MS, review=True)
    return office


def trend(office: Served, *words: str) -> Any:
    return office.said("report", "trend", "--from", "2026-11-01", "--to", "2026-11-03", *words)


def test_each_day_is_told_of_as_on_that_day(office: Served) -> None:
    made = trend(office)
    assert made["columns"] == [
        "日期", "绑定护理员(人)", "打卡人数(人)", "打卡率", "上门人次", "核实时长(小时)", "疑点(个)", "每百次上门疑点",
    ]  # fmt: skip
    assert made["rows"] == [
        ["2026-11-01", 5, 0, 0.0, 0, 0, 0, None],
        ["2026-11-02", 5, 2, 0.4, 2, 2.5, 1, 50],
        ["2026-11-03", 5, 1, 0.2, 2, 0.5, 1, 50],
    ]
    assert made["total"] == ["合计(人天)", 15, 3, 0.2, 4, 3, 2, 50]
    for row in made["rows"]:
        total = office.said("report", "daily-rank", "--date", row[0])["total"]
        assert row[1:4] == total[4:7]


def test_weeks_are_the_sums_of_their_days_and_a_region_is_what_lies_in_it(office: Served) -> None:
    assert trend(office, "--by", "week")["rows"] == [
        ["2026-11-01 至 11-01", 5, 0, 0.0, 0, 0, 0, None],
        ["2026-11-02 至 11-03", 10, 3, 0.3, 4, 3, 2, 50],
    ]
    assert trend(office, "--region", "天平路街道")["total"][1:] == [9, 2, 0.2222, 2, 1.5, 2, 100]
    assert office.said("report", "trend", "--to", "2026-11-02", "--at", "08:00")["total"][2] == 0


def test_it_is_drawn_and_its_lines_go_through_its_figures(office: Served, tmp_path: Path) -> None:
    for ending in ("svg", "png", "json", "csv"):
        trend(office, "--out", str(tmp_path / f"trend.{ending}"))
    assert "打卡率" in (tmp_path / "trend.svg").read_text("utf-8")
    assert Image.open(io.BytesIO((tmp_path / "trend.png").read_bytes())).size[0] == 1_920
    assert '"合计(人天)"' in (tmp_path / "trend.json").read_text("utf-8")
