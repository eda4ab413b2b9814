"""服务量汇总, for the civil-affairs department and for pay: what is verified, who pays, what is granted and in doubt.

rule: HOURS, PAYER, PIPL
"""

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from samples.served import NOVEMBER, Served
from zhendao.gateway.cases.values import Act, Decision
from zhendao.gateway.reports.moment import DAY_MS

PAID = ["按付费方式(小时)·免费", "按付费方式(小时)·减免", "按付费方式(小时)·自费", "按付费方式(小时)·未登记"]
ABLE = ["按自理能力(小时)·自理", "按自理能力(小时)·介助", "按自理能力(小时)·介护", "按自理能力(小时)·未登记"]
DOUBT = ["存疑·人次", "存疑·小时", "不予认定·人次", "不予认定·小时"]


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Served:
    """One in which every visit of C1 is good, and each of C4 stands otherwise."""
    office = Served(tmp_path, capsys)
    office.serve("C1", "E1", 2, 480, 90)
    office.serve("C1", "E3", 3, 480, 60, "助浴")
    office.serve("C1", "E4", 3, 600, 30, None)
    office.serve("C1", None, 3, 700, 30)  # at a station
    office.serve("C1", "E1", 4, 480, 45, state="open")
    visits = {name: office.serve("C4", "E2", 5 + n, 600, 60) for n, name in enumerate(
        ("short", "fault", "papers", "upheld", "acknowledged", "more", "review", "moved")
    )}  # fmt: skip
    office.find("short", visits["short"])
    office.find("outside", visits["fault"], fault=True)
    office.find("papers", visits["papers"])
    for name in ("upheld", "acknowledged", "more"):
        office.find("short", visits[name])
        office.case(
            visits[name], "C4", {"short"}, NOVEMBER + DAY_MS, (Act.DECIDED, NOVEMBER + 2 * DAY_MS),
            decision=Decision.UPHELD if name == "upheld" else Decision.ACKNOWLEDGED,
        )  # fmt: skip
    office.find("outside", visits["more"])
    office.find("minute_regular", visits["review"], review=True)
    office.find("moved", visits["moved"])
    return office


def hours(office: Served, *words: str, name: str = "hours") -> Any:
    return office.said("report", name, "--from", "2026-11-01", "--to", "2026-11-14", *words)


def test_hours_are_told_apart_by_who_pays_and_stand_beside_what_is_granted(office: Served) -> None:
    made = hours(office)
    assert made["stamp"] == "2026年11月1日 至 11月14日 24时00分"
    assert made["columns"] == [
        "序号", "乡镇街道", "机构名称", "服务项目", "服务老人(人)", "服务人次", "核实时长(小时)", *PAID, *ABLE,
        "核定时长(小时)", "核定使用率", *DOUBT,
    ]  # fmt: skip
    none = [0, 0, 0, 0]
    assert made["rows"] == [
        # 10 hours a month are 14/30 of that in two weeks; who is granted nothing uses nothing of it.
        [1, "天平路街道", "安康养老院", "助洁", 1, 1, 1.5, 1.5, 0, 0, 0, 0, 0, 1.5, 0, 4.67, 0.3214, *none],
        [2, "天平路街道", "安康养老院", "助浴", 1, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0, 14, 0.0714, *none],
        [3, "天平路街道", "安康养老院", "（未约定）", 1, 1, 0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5, 0, None, *none],
        [4, "湖南路街道", "颐和居家", "助洁", 1, 4, 4, 0, 4, 0, 0, 0, 4, 0, 0, 0, None, 3, 3, 1, 1],
        [5, "湖南路街道", "颐和居家", "助浴", 0, 0, 0, *none, *none, 14, 0, *none],
    ]  # fmt: skip
    assert made["total"] == [
        "合计", None, None, None, 4, 7, 7, 1.5, 4, 1, 0.5, 1, 4, 1.5, 0.5, 18.67, 0.1339, 3, 3, 1, 1,
    ]  # fmt: skip


def test_it_is_of_any_days_and_any_moment_and_any_region(office: Served) -> None:
    assert hours(office, "--region", "湖南路街道")["total"][5:7] == [4, 4]
    assert office.said("report", "hours", "--to", "2026-11-03", "--at", "08:00")["total"][5] == 1
    assert office.said("report", "hours", "--to", "2026-11-03", "--at", "08:01")["total"][5] == 2
    assert office.said("report", "hours", "--from", "2026-11-03", "--to", "2026-11-03")["total"][6] == 1.5


def test_what_an_organisation_did_before_it_closed_is_told_of_it_in_its_region(office: Served, tmp_path: Path) -> None:
    before = hours(office, "--region", "湖南路街道"), hours(office, "--region", "徐汇区", name="pay-hours")
    closing = tmp_path / "机构.csv"
    head = "机构编号,机构名称,机构类型,区划,有效期起,有效期止\n"
    closing.write_text(f"{head}O3,颐和居家,居家服务商,310104002,2026-01-01,2026-11-09\n", "utf-8")
    office.call("registry", "load", str(closing))
    after = hours(office, "--region", "湖南路街道"), hours(office, "--region", "徐汇区", name="pay-hours")
    assert after == before
    ranked = office.said("report", "daily-rank", "--date", "2026-11-14", "--region", "湖南路街道")
    assert [row[1:4] + row[7:] for row in ranked["rows"] if row[3] == "颐和居家"] == [
        ["湖南路街道", "（未登记）", "颐和居家", "机构未登记，不计入合计；其中 1 人非持证护理员"]
    ]


def test_for_pay_everybody_has_a_row_masked_unless_it_is_logged(office: Served, tmp_path: Path) -> None:
    made = hours(office, name="pay-hours")
    assert made["columns"] == [
        "序号", "乡镇街道", "机构名称", "护理员编号", "姓名", "联系方式", "服务天数", "服务人次", "核实时长(小时)",
        *PAID, *DOUBT,
    ]  # fmt: skip
    assert made["rows"] == [
        [1, "天平路街道", "安康养老院", "C1", "*婉", "136********", 2, 3, 3, 1.5, 0, 1, 0.5, 0, 0, 0, 0],
        [2, "湖南路街道", "颐和居家", "C4", "*伟", "139********", 4, 4, 4, 0, 4, 0, 0, 3, 3, 1, 1],
    ]
    assert made["total"][6:9] == ["", 7, 7]
    hours(office, "--unmasked", "--out", str(tmp_path / "pay.xlsx"), name="pay-hours")
    tab = load_workbook(tmp_path / "pay.xlsx").active
    assert [tab[f"E{row}"].value for row in (5, 6)] == ["李婉", "钱伟"]
    assert [cell.value for cell in tab[3]][8:14] == ["核实时长(小时)", "按付费方式(小时)", None, None, None, "存疑"]
    assert [cell.value for cell in tab[4]][8:14] == [None, "免费", "减免", "自费", "未登记", "人次"]
    assert {"I3:I4", "J3:M3", "N3:O3", "A7:F7"} <= {str(one) for one in tab.merged_cells.ranges}
    assert tab.print_title_rows == "$1:$4"
