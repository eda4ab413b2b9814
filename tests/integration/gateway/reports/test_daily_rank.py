"""打卡情况数据晾晒 as an office asks for it: columns, order, total, and what is said of those who do not count.

rule: DAILY-RANK, ORG-TYPES, ROLES, BINDING
"""

import resource
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from samples.office import Office, busy_office
from zhendao.gateway.registry.exporting import write_new

HEADERS = ["序号", "乡镇街道", "机构类型", "机构名称", "系统入驻并绑定(人)", "打卡人数(人)", "打卡率", "备注"]


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return busy_office(tmp_path, capsys)


def rank(office: Office, *words: str) -> Any:
    return office.said("report", "daily-rank", "--date", "2026-11-02", *words)


WHOLE_DAY = [
    [1, "天平路街道", "养老机构", "安康养老院", 2, 2, 1.0, "其中 1 人非持证护理员"],
    [2, "天平路街道", "照料中心", "仁济照料中心", 1, 0, 0.0, None],
    [3, "湖南路街道", "居家服务商", "颐和居家", 2, 1, 0.5, "其中 1 人非持证护理员"],
    [4, "湖南路街道", "其他", "好邻居商店", 1, 1, 1.0, "不属八类机构，不计入合计；其中 1 人非持证护理员"],
    [5, "湖南路街道", "护理院", "空白护理院", 0, 0, None, "无绑定护理员"],
]


def test_the_best_street_and_organisation_come_first_and_the_total_last(office: Office) -> None:
    made = rank(office)
    assert (made["columns"], made["stamp"]) == (HEADERS, "截至 11月2日 24时00分")
    assert made["rows"] == WHOLE_DAY
    assert made["total"] == ["合计", None, None, None, 5, 3, 0.6, ""]
    assert made["notes"] == ["另有未绑定机构的护理员 1 人，其中打卡 1 人。"]


def test_it_is_of_any_moment_of_the_day(office: Office) -> None:
    for time, present in (("08:00", 0), ("08:01", 1), ("10:30", 1), ("10:31", 2), ("17:01", 3)):
        assert rank(office, "--at", time)["total"][5] == present


def test_a_region_holds_what_lies_in_it_by_number_or_by_title(office: Office) -> None:
    for asked in ("310104002", "湖南路街道"):
        made = rank(office, "--region", asked)
        assert [row[3] for row in made["rows"]] == ["颐和居家", "好邻居商店", "空白护理院"]
        assert (made["total"][4:6], made["notes"]) == ([2, 1], [])
    assert rank(office, "--region", "徐汇区")["rows"] == WHOLE_DAY
    assert "没有区划 静安" in office.call("report", "daily-rank", "--region", "静安", "--lang", "zh", code=2)


def test_the_spreadsheet_is_the_report_and_merges_its_streets(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "晾晒.xlsx"
    assert rank(office, "--out", str(target))["rows"] == 5
    tab = load_workbook(target).active
    assert [cell.value for cell in tab[3]] == HEADERS
    assert {"B4:B5", "B6:B8", "A9:D9"} <= {str(one) for one in tab.merged_cells.ranges}
    assert target.stat().st_mode & 0o777 == 0o600
    assert "already" in office.call("report", "daily-rank", "--out", str(target), "--lang", "en", code=1)
    assert "kind of file" in office.call("report", "daily-rank", "--out", "x.doc", "--lang", "en", code=1)


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "晾晒.xlsx"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))  # as on a full disk: the rest cannot be written
    try:
        with pytest.raises(OSError, match="too large"):
            write_new(target, bytes(2_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
    write_new(target, b"whole")
    with pytest.raises(FileExistsError):
        write_new(target, b"another")
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("晾晒.xlsx", b"whole")]
    (tmp_path / "link.csv").symlink_to("nowhere")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "link.csv", b"through")


def test_on_the_screen_it_is_a_table(office: Office) -> None:
    shown = office.call("report", "daily-rank", "--date", "2026-11-02")
    assert "打卡情况数据晾晒  截至 11月2日 24时00分" in shown
    assert "60.00%" in shown
