"""数据明细 and 打卡记录 as an office asks for them: columns, masks, filters, and the log of what was shown whole.

rule: DAILY-DETAIL, RECORD-LIST, PIPL
"""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from samples.office import Office, busy_office
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.store.engine import open_store


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return busy_office(tmp_path, capsys)


def detail(office: Office, *words: str) -> Any:
    return office.said("report", "daily-detail", "--date", "2026-11-02", *words)


def records(office: Office, *words: str) -> Any:
    return office.said("report", "record-list", "--from", "2026-11-01", "--to", "2026-11-02", *words)


def logged(office: Office) -> list[Any]:
    store = open_store(f"sqlite:///{office.folder}/gateway.db")
    with store.reading() as connection:
        query = select(ACCESSES.c.resource, ACCESSES.c["items"], ACCESSES.c.names, ACCESSES.c.filters)
        found = [tuple(row) for row in connection.execute(query)]
    store.close()
    return found


def test_everybody_of_the_day_is_told_of_masked_by_street_and_organisation(office: Office) -> None:
    made = detail(office, "--at", "10:31")
    assert made["stamp"] == "11月2日 10时31分"
    assert made["columns"] == [
        "序号", "街道(乡镇)", "姓名", "联系方式", "人员类型", "为老服务机构类型", "入住机构名称", "是否打卡1102",
    ]  # fmt: skip
    assert made["rows"] == [
        [1, "天平路街道", "*敏", "138********", "护士", "照料中心", "仁济照料中心", "否"],
        [2, "天平路街道", "*婉", "136********", "护理员", "养老机构", "安康养老院", "是"],
        [3, "天平路街道", "*芳", "137********", "护理员", "养老机构", "安康养老院", "否"],
        [4, "天平路街道", "*平", "152********", "护理员", "", "（未绑定）", "是"],
        [5, "湖南路街道", "*立", "151********", "店员", "其他", "好邻居商店", "是"],
        [6, "湖南路街道", "*伟", "139********", "护理员", "居家服务商", "颐和居家", "是"],
        [7, "湖南路街道", "************)", "150********", "护理员", "居家服务商", "颐和居家", "否"],
    ]
    assert made["notes"] == ["共 7 人，已打卡 4 人，未打卡 3 人。"]
    assert [row[2] for row in detail(office, "--region", "永嘉居委")["rows"]] == ["*婉", "*芳"]


def test_unmasked_it_is_a_file_and_is_logged_before(office: Office, tmp_path: Path) -> None:
    assert "--out" in office.call("report", "daily-detail", "--unmasked", "--lang", "en", code=2)
    for ending in ("xlsx", "csv"):
        detail(office, "--out", str(tmp_path / f"masked.{ending}"))
    assert [one[2] for one in logged(office)] == [False, False]
    detail(office, "--unmasked", "--out", str(tmp_path / "whole.xlsx"))
    tab = load_workbook(tmp_path / "whole.xlsx").active
    names = {tab.cell(row, 3).value for row in range(4, 11)}
    assert {"李婉", "=HYPERLINK(1)"} <= names
    assert {tab.cell(row, 3).data_type for row in range(4, 11)} == {"s"}
    assert tab.auto_filter.ref == "A3:H10"
    (*_, (resource, items, whole, filters)) = logged(office)
    assert (resource, items, whole) == ("report 数据明细", 7, True)
    assert "whole.xlsx" in filters
    records(office, "--unmasked", "--name", "李", "--out", str(tmp_path / "one.csv"))
    assert logged(office)[-1][:3] == ("report 打卡记录", 1, True)
    assert "李婉,女,45,13612345678" in (tmp_path / "one.csv").read_text("utf-8-sig")
    assert "李婉" not in (tmp_path / "masked.csv").read_text("utf-8-sig")
    masked = load_workbook(tmp_path / "masked.xlsx").active
    assert "*婉" in {masked.cell(row, 3).value for row in range(4, 11)}


def test_days_are_counted_once_each_with_sex_age_and_region(office: Office) -> None:
    made = records(office)
    assert made["columns"] == ["姓名", "性别", "年龄", "手机号码", "人员类型", "所属区划", "打卡天数"]
    assert made["stamp"] == "2026年11月1日 至 2026年11月2日"
    by_name = {row[0]: row for row in made["rows"]}
    assert by_name["*婉"] == ["*婉", "女", 45, "136********", "护理员", "湖南路街道", 1]
    assert by_name["*敏"] == ["*敏", "女", 36, "138********", "护士", "天平路街道", 1]
    assert by_name["*伟"][2] is None
    assert by_name["*芳"][5:] == ["永嘉居委", 1]
    assert [row[6] for row in records(office, "--name", "HYPER")["rows"]] == [0]  # taken back


WHO = {
    ("--organisation", "O1"): ["*芳", "*婉"],
    ("--organisation", "安康"): ["*芳", "*婉"],
    ("--organisation", "未绑定"): ["*平"],
    ("--type", "护士"): ["*敏"],
    ("--region", "310104001"): ["*敏", "*平", "*芳"],
    ("--name", "婉"): ["*婉"],
    ("--name", "张"): [],
    ("--region", "湖南路街道", "--type", "护理员"): ["*婉", "*伟", "*" * 12 + ")"],
}


def test_whoever_is_looked_for_is_found(office: Office) -> None:
    for words, names in WHO.items():
        assert sorted(row[0] for row in records(office, *words)["rows"]) == sorted(names), words


def test_a_page_holds_so_many_and_tells_of_the_others(office: Office) -> None:
    pages = [records(office, "--page-size", "3", "--page", str(n)) for n in (1, 2, 3)]
    assert [len(one["rows"]) for one in pages] == [3, 3, 1]
    assert [row for one in pages for row in one["rows"]] == records(office)["rows"]
    assert pages[1]["stamp"].endswith("第 2 页，共 3 页")
    assert records(office, "--page-size", "3", "--page", "4")["rows"] == []
    for wrong in ("0", "x", "-1", "²"):
        office.call("report", "record-list", "--page", wrong, code=2)


def test_who_left_before_the_last_day_keeps_the_days(office: Office) -> None:
    lists = office.folder / "left"
    lists.mkdir()
    (lists / "护理员.csv").write_text(
        "护理员编号,姓名,联系方式,机构编号,有效期起,有效期止\nC1,李婉,13612345678,O1,2026-01-01,2026-11-01\n"
    )
    office.call("registry", "load", str(lists))
    made = detail(office)
    assert "*婉" not in [row[2] for row in made["rows"]]
    assert made["notes"] == ["共 6 人，已打卡 4 人，未打卡 2 人。", "另有此时未登记的持卡人打卡 1 人。"]
    assert made["notes"][1] in office.said("report", "daily-rank", "--date", "2026-11-02")["notes"]
    assert [row[6] for row in records(office, "--name", "李婉")["rows"]] == [1]
    assert records(office, "--from", "2026-11-02", "--name", "李婉")["rows"] == []
