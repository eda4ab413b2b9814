"""The reports of meals: counts by village and point, coverage with both figures, the lists, and who may see names."""

from pathlib import Path
from typing import Any

import pytest

from samples.eaten import BAG, BARE, CANTEEN, LOOSE
from samples.site import TENANT, Authority, Site
from samples.village import CHINA, DAY, NOW_MS, backfill, eat, register, settle
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load
from zhendao.gateway.reports.asked import Asked
from zhendao.gateway.reports.delivering import FORMS
from zhendao.gateway.reports.making import Source, make
from zhendao.gateway.reports.report import Report
from zhendao.gateway.reports.rules import Rules

NAMES = (
    "meal-count", "meal-points", "meal-coverage", "meal-uncovered", "meal-dead", "meal-backfill", "meal-findings",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A week: E1 to E3 eat at the canteen, E2 again at another point, E4 had died, E5 eats where there is no code."""
    site = Site(tmp_path_factory.mktemp("site"), Authority())
    register(site, died={4: "2026-09-01"})
    lines = {device: site.authority.terminal(device=device) for device in (CANTEEN, BAG, BARE, LOOSE)}
    for n in (1, 2, 3, 4):
        eat(lines[CANTEEN], n, who=n)
    eat(lines[CANTEEN], 4.5, who=3)
    eat(lines[BARE], 30, who=2)
    eat(lines[BARE], 31, who=5)
    eat(lines[BAG], 20, door=6)
    eat(lines[LOOSE], 40, who=8)
    for line in lines.values():
        site.take(line.message(1, len(line.items)), now_ms=NOW_MS)
    settle(site)
    backfill(site, f"M1,2026-09-21,午餐,E6\nM1,2026-09-21,晚餐,E7\nM1,{DAY},晚餐,E7\n")
    return site


def told(site: Site, name: str, **asked: Any) -> Report:
    with site.store.reading() as connection:
        return make(name, Source(connection, site.key, Rules(), NOW_MS), Asked(**asked))


def columns(report: Report, *headers: str) -> list[tuple[Any, ...]]:
    places = [[one.header for one in report.columns].index(header) for header in headers]
    return [tuple(row[place] for place in places) for row in report.rows]


def test_meals_by_village_with_what_does_not_count(site: Site) -> None:
    report = told(site, "meal-count")
    assert [one.header for one in report.columns] == [
        "序号", "乡镇街道", "村社", "登记老人(人)", "用餐老人(人)", "助餐人次", "堂食",
        "送餐", "其中补录", "其中无场所码",
    ]  # fmt: skip
    assert [row[2:] for row in report.rows] == [
        ("V1", 3, 3, 3, 3, 0, 0, 0),
        ("V2", 4, 4, 5, 4, 1, 2, 2),
        ("V3", 0, 0, 0, 0, 0, 0, 0),
    ]
    assert report.total is not None
    assert list(report.total[5:]) == [8, 7, 1, 2, 2]
    assert "同一餐重复 1 条，同一餐另点 1 条，已故或注销老人 1 条，补录日已有刷卡 1 条" in report.notes[1]
    assert columns(told(site, "meal-count", last=DAY, first=DAY), "助餐人次") == [(3,), (3,), (0,)]
    assert columns(told(site, "meal-count", region="V1"), "村社") == [("V1",)]


def test_meals_by_point(site: Site) -> None:
    report = told(site, "meal-points")
    wanted = ("助餐点", "场所码", "助餐人次", "有刷卡记录(天)", "其中补录", "重复刷卡", "补录不计", "其他不计", "备注")
    assert columns(report, *wanted) == [
        ("一号食堂", "C-1", 5, 1, 2, 1, 1, 1, ""),
        ("送餐站", "C-2", 1, 1, 0, 0, 0, 0, ""),
        ("无码食堂", "", 1, 1, 0, 0, 0, 1, "无场所码，不计覆盖"),
        ("（未登记）", "", 1, 1, 0, 0, 0, 0, "未登记助餐点"),
    ]


def test_a_point_that_was_closed_keeps_its_name_and_its_meals(tmp_path: Path) -> None:
    site = Site(tmp_path, Authority())
    register(site)
    backfill(site, "M1,2026-09-21,午餐,E6\n")
    closing = tmp_path / "meal_points.csv"
    head = "point,title,kind,place_code,region,place_id,valid_from,valid_to\n"
    closing.write_text(f"{head}M1,一号食堂,食堂,C-1,V1,P0,2026-01-01,2026-09-24\n", "utf-8")
    load(site.store, Book(site.key), closing, zone=CHINA, tenant=TENANT)
    for region in (None, "V1"):
        rows = columns(told(site, "meal-points", region=region), "助餐点", "场所码", "助餐人次", "备注")
        assert ("一号食堂", "C-1", 1, "现已停用") in rows
    assert columns(told(site, "meal-backfill"), "助餐点") == [("一号食堂",)]


def test_a_week_is_covered_by_three_and_both_figures_are_said(site: Site) -> None:
    report = told(site, "meal-coverage", date=DAY)
    assert [row[2:] for row in report.rows] == [
        ("V1", 3, 3, "是", ""), ("V2", 4, 3, "是", ""), ("V3", 0, 0, "否", "无登记老人"),
    ]  # fmt: skip
    assert report.notes[:2] == [
        "全部村社 3 个，已覆盖 2 个（66.67%）。",
        "不计无登记老人的村社，共 2 个，已覆盖 2 个（100.00%）。",
    ]
    assert "第39周" in report.stamp
    next_week = told(site, "meal-coverage", date="2026-09-14")
    assert columns(next_week, "是否覆盖") == [("否",)] * 3


def test_what_is_not_covered_yet_is_listed_as_of_any_moment_of_the_week(site: Site) -> None:
    assert told(site, "meal-uncovered", date=DAY).rows == []
    early = told(site, "meal-uncovered", date=DAY, at="12:02")
    assert [tuple(row)[2:] for row in early.rows] == [("V1", 3, 1, 2), ("V2", 4, 2, 1)]
    assert early.notes[2] == "无登记老人、无法覆盖的村社：V3。"


def test_who_had_died_is_listed_and_names_are_masked(site: Site) -> None:
    report = told(site, "meal-dead", first="2026-09-01")
    assert columns(report, "老人编号", "姓名", "去世日期", "用餐日期", "餐次", "助餐点", "来源") == [
        ("E4", "**4", "2026-09-01", DAY, "午餐", "一号食堂", "刷卡")
    ]
    assert report.shown == 0
    whole = told(site, "meal-dead", first="2026-09-01", unmasked=True)
    assert columns(whole, "姓名") == [("老人4",)]
    assert whole.shown == 1


def test_every_back_filled_row_has_its_answer(site: Site) -> None:
    report = told(site, "meal-backfill", first="2026-09-01")
    assert columns(report, "导入", "行", "日期", "餐次", "老人编号", "是否计入") == [
        (1, 2, "2026-09-21", "午餐", "E6", "是"),
        (1, 3, "2026-09-21", "晚餐", "E7", "是"),
        (1, 4, DAY, "晚餐", "E7", "否"),
    ]
    assert columns(report, "说明")[2] == ("当日该点已有刷卡记录，补录不计",)


def test_what_is_worth_a_look_is_listed_for_review(site: Site) -> None:
    assert columns(told(site, "meal-findings", first="2026-09-01"), "类别", "老人编号", "测得") == [
        ("已故老人用餐", "E4", None), ("同一餐两个助餐点", "E2", 28),
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_each_can_be_written_as_a_table(site: Site, name: str) -> None:
    report = told(site, name)
    for form in (".xlsx", ".csv"):
        assert len(FORMS[form](report)) > 40
    assert all(len(row) == len(report.columns) for row in [*report.rows, *([report.total] if report.total else [])])
