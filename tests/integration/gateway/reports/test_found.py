"""疑点统计 and 疑点处理情况 as offices ask for them: each finding and each case in one row, as of any moment.

rule: SAME-DAY, CARE-LEVEL, LOCATION, TIME, RATING, SUPPLY
"""

from pathlib import Path
from typing import Any

import pytest

from samples.served import NOVEMBER, Served
from zhendao.gateway.cases.values import Act, Decision
from zhendao.gateway.reports.anomalies import GROUPS
from zhendao.gateway.reports.moment import DAY_MS

HOUR = 3_600_000
README = Path(__file__).parents[4] / "docs/anomalies/README.md"


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Served:
    return Served(tmp_path, capsys)


def told(made: Any, row: int) -> dict[str, Any]:
    """The cells of a row that are not nought, by their headers."""
    cells = zip(made["columns"], (*made["rows"], made["total"])[row], strict=True)
    return {name.rpartition("·")[2]: cell for name, cell in cells if cell not in {0, None, ""}}


def test_every_kind_has_its_column_under_the_words_of_the_handbook() -> None:
    rows = [line.split("|") for line in README.read_text("utf-8").splitlines() if line.startswith("| [")]
    handbook = {row[1].strip(" []").partition("]")[0]: row[2].strip() for row in rows}
    assert {kind: title for several in GROUPS.values() for kind, title in several.items()} == handbook


def test_what_is_found_stands_with_whoever_answers_for_it(office: Served) -> None:
    good = office.serve("C1", "E1", 2, 480, 60)
    lent = office.serve("C4", "E2", 2, 480, 60)
    unknown = office.serve("C9", "E3", 3, 480, 60)
    office.serve("C9", None, 3, 600, 60)
    office.find("short", good)
    office.find("outside", good, fault=True)
    office.find("short", lent)
    office.find("clock", unknown)
    office.find("missed", subject=("elder", "E1"), at_ms=NOVEMBER + DAY_MS)
    office.find("over_capacity", subject=("organisation", "O3"))
    office.find("gap", subject=("terminal", "ab" * 16), at_ms=NOVEMBER)
    office.find("minute_regular", lent, review=True)
    office.find("short", lent, at_ms=NOVEMBER - 1)
    days = ("--from", "2026-11-01", "--to", "2026-11-03")
    made = office.said("report", "anomalies", *days)
    assert [told(made, row) for row in range(4)] == [
        {"序号": 1, "乡镇街道": "天平路街道", "机构名称": "安康养老院", "上门人次": 2, "服务时长不足": 1,
         "位置在登记地点之外": 1, "时间不可信": 1, "未上门": 1, "疑点合计": 4, "每百次上门疑点": 200,
         "其中可由设备故障造成": 1},
        {"序号": 2, "乡镇街道": "湖南路街道", "机构名称": "颐和居家", "上门人次": 1, "服务时长不足": 1, "超出容量": 1,
         "掐点签退": 1, "疑点合计": 3, "每百次上门疑点": 300},
        {"序号": 3, "乡镇街道": "（未登记）", "机构名称": "（未归属）", "上门人次": 1, "日志缺失": 1, "疑点合计": 1,
         "每百次上门疑点": 100},
        {"序号": "合计", "上门人次": 4, "服务时长不足": 2, "位置在登记地点之外": 1, "时间不可信": 1, "未上门": 1,
         "超出容量": 1, "掐点签退": 1, "日志缺失": 1, "疑点合计": 8, "每百次上门疑点": 200, "其中可由设备故障造成": 1},
    ]  # fmt: skip
    assert told(office.said("report", "anomalies", *days, "--region", "湖南路街道"), -1)["疑点合计"] == 3
    assert told(office.said("report", "anomalies", "--to", "2026-11-02", "--at", "08:00"), -1).get("上门人次") is None


def test_cases_are_answered_in_time_or_due_or_overdue_and_those_that_wait_have_a_level(office: Served) -> None:
    first, second = NOVEMBER + DAY_MS + 9 * HOUR, NOVEMBER + 2 * DAY_MS + 9 * HOUR
    late = NOVEMBER + 2 * DAY_MS + HOUR
    visits = [office.serve("C1", "E1", 2, 480 + 60 * n, 30) for n in range(9)]
    office.case(visits[0], "C1", {"short"}, first, (Act.DECIDED, first + HOUR), decision=Decision.UPHELD)
    office.case(visits[1], "C1", {"short"}, first, (Act.CLEARED, first + HOUR))
    office.case(visits[2], "C1", {"short"}, first, (Act.ESCALATED, late), level="orange")
    office.case(
        visits[3], "C1", {"short"}, first, (Act.ESCALATED, late), (Act.DECIDED, late + HOUR), decision=Decision.FIXED
    )
    office.case(visits[4], "C1", {"short"}, second, level="red")
    office.case(visits[5], "C4", {"short"}, second)
    office.case(visits[6], "C1", {"short"}, NOVEMBER - DAY_MS, level="green")
    office.case(visits[7], "C1", {"short"}, NOVEMBER - DAY_MS, (Act.CLEARED, NOVEMBER - DAY_MS + 1))
    office.case(
        visits[8], "C1", {"short"}, first, (Act.DECIDED, first + 1), (Act.REOPENED, second),
        (Act.DECIDED, second + HOUR), decision=Decision.ACKNOWLEDGED,
    )  # fmt: skip
    days = ("--from", "2026-11-01", "--to", "2026-11-03")
    made = office.said("report", "cases", *days, "--at", "12:00")
    assert told(made, 0) == {
        "序号": 1, "乡镇街道": "天平路街道", "机构名称": "安康养老院", "应答复(件)": 6, "按时答复(件)": 3,
        "按时答复率": 0.5, "未到期(件)": 1, "逾期(件)": 2, "疑点消除": 1, "更正": 1, "情况属实有因": 1, "疑点成立": 1,
        "待答复(件)": 2, "逾期已上报(件)": 1, "红": 1, "橙": 1, "绿": 1,
    }  # fmt: skip
    assert told(made, 1)["未分级"] == 1
    assert told(made, -1)["应答复(件)"] == 7
    # The day before, at ten: what came later is not told of.
    before = office.said("report", "cases", "--from", "2026-11-02", "--to", "2026-11-02", "--at", "10:01")
    assert told(before, 0) == {
        "序号": 1, "乡镇街道": "天平路街道", "机构名称": "安康养老院", "应答复(件)": 5, "按时答复(件)": 3,
        "按时答复率": 0.6, "未到期(件)": 2, "疑点消除": 1, "情况属实有因": 1, "疑点成立": 1, "待答复(件)": 3,
        "橙": 1, "绿": 1, "未分级": 1,
    }  # fmt: skip
