"""The list of caregivers held against a day, the registry's own and one that an office gives. rule: ROSTER"""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from samples.office import Office, busy_office

HEADER = (
    "行政区划,姓名,联系方式,用户类型,职业类型,法定数据源比对结果,"
    "上月有效打卡天数,上月打卡是否有效,上周有效打卡天数,上周打卡是否有效,昨日打卡情况,"
    "工作为老服务机构,机构对外名称,为老服务机构地址,为老服务机构类型,护理员入职时间,就业类型"
)


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return busy_office(tmp_path, capsys)


def compared(office: Office, *words: str) -> Any:
    return office.said("report", "roster", "--date", "2026-11-02", *words)


def given(office: Office, *people: str) -> str:
    path = office.folder / "清单.csv"
    lines = (f"天平路街道,{one},护理员,养老护理员,一致,22,是,5,是,已打卡,安康养老院,,,养老机构,," for one in people)
    path.write_text("\n".join((HEADER, *lines)) + "\n", "utf-8")
    return str(path)


def results(made: Any) -> dict[str, str]:
    return {row[1]: row[18] for row in made["rows"]}


def test_the_registrys_list_has_its_columns_then_the_day_and_the_result(office: Office) -> None:
    made = compared(office)
    assert made["columns"] == [*HEADER.split(","), "打卡情况1102", "比对结果"]
    by_name = {row[1]: row for row in made["rows"]}
    assert len(by_name) == len(made["rows"]) == 7
    assert by_name["*婉"] == [
        "湖南路街道", "*婉", "136********", "护理员", "养老护理员", "", "0", "否", "0", "否", "未打卡",
        "安康养老院", "", "", "养老机构", "", "", "打卡 4 次（08:00–11:00）", "已打卡",
    ]  # fmt: skip
    assert by_name["*芳"][17:] == ["打卡 1 次（17:00）", "已打卡"]
    assert by_name["*敏"][10:] == [
        "打卡 2 次（23:30–23:59），无效", "仁济照料中心", "", "", "照料中心", "", "", "未打卡", "未打卡",
    ]  # fmt: skip
    assert made["notes"] == ["名册 7 人：已打卡 5 人，未打卡 2 人，未入驻系统 0 人；名册外打卡 0 人。"]
    assert results(compared(office, "--at", "09:00"))["*伟"] == "未打卡"
    assert results(compared(office, "--region", "永嘉居委")) == {"*芳": "已打卡"}  # her organisation's


def test_a_list_of_the_office_is_held_against_who_is_registered_and_who_came(office: Office) -> None:
    source = given(office, "李婉,13612345678", "赵敏,13812345678", "张三,13012345678", "王芳,13000000000")
    made = compared(office, "--roster", source)
    assert results(made) == {
        "*婉": "已打卡", "*敏": "未打卡", "*三": "未入驻系统", "*芳": "名册外打卡",
        "*伟": "名册外打卡", "*立": "名册外打卡", "*平": "名册外打卡",
    }  # fmt: skip
    assert made["notes"] == ["名册 4 人：已打卡 1 人，未打卡 1 人，未入驻系统 2 人；名册外打卡 4 人。"]
    # What the list claims of past days is not believed: the figures are the gateway's own.
    assert {row[6] for row in made["rows"]} == {"0"}
    near = compared(office, "--roster", source, "--region", "湖南路街道")
    assert results(near) == {"*伟": "名册外打卡", "*立": "名册外打卡"}


def test_who_came_and_is_registered_no_more_is_beside_the_list(office: Office) -> None:
    lists = office.folder / "left"
    lists.mkdir()
    (lists / "护理员.csv").write_text(
        "护理员编号,姓名,联系方式,机构编号,有效期起,有效期止\nC1,李婉,13612345678,O1,2026-01-01,2026-11-01\n"
    )
    office.call("registry", "load", str(lists))
    office.checks_in("C9", 500, 600)
    made = compared(office)
    assert results(made) | {"*婉": "名册外打卡", "C9": "名册外打卡"} == results(made)
    assert [row[18] for row in made["rows"]][-2:] == ["名册外打卡"] * 2


def test_a_list_that_cannot_be_taken_is_told_with_its_line(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "比对.xlsx"
    for people, words in (
        (("李婉,13612345678", "李婉,13612345678"), "line 3, column 姓名: is the person of line 2"),
        ((",13612345678",), "line 2, column 姓名: must not be empty"),
    ):
        asked = ("--roster", given(office, *people), "--out", str(target), "--lang", "en")
        assert words in office.call("report", "roster", *asked, code=1)
        assert not target.exists()


def test_written_whole_it_names_everybody(office: Office, tmp_path: Path) -> None:
    compared(office, "--unmasked", "--out", str(tmp_path / "比对.xlsx"))
    tab = load_workbook(tmp_path / "比对.xlsx").active
    assert [cell.value for cell in tab[3]][:17] == HEADER.split(",")
    assert "李婉" in {tab.cell(row, 2).value for row in range(4, 11)}
    assert "13612345678" in {tab.cell(row, 3).value for row in range(4, 11)}
