"""逾期事项清单: what the registry shows to be overdue, red and orange first, as of any moment, masked.

rule: FOLLOW-UP, PAPERS, CARE-LEVEL, BINDING, MARK-LOCATION, PIPL
"""

from pathlib import Path
from typing import Any

import pytest

from samples.served import Served


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Served:
    office = Served(tmp_path, capsys)
    lists = tmp_path / "followed"
    lists.mkdir()
    (lists / "随访记录.csv").write_text(
        "老人编号,随访类型,随访时间,随访人,随访记录,有效期起\n"
        "E1,入户核查,2026-10-15,王芳,好,2026-10-15\nE3,入户核查,2026-10-20,王芳,好,2026-10-20\n"
    )
    (lists / "证照.csv").write_text("护理员编号,证照类型,有效期起,有效期止\nC4,健康证,2026-01-01,2026-11-09\n")
    office.call("registry", "load", str(lists))
    return office


def due(office: Served, *words: str) -> Any:
    return office.said("report", "overdue", "--date", "2026-11-12", *words)


def test_red_and_orange_come_first_and_names_are_masked(office: Served) -> None:
    made = due(office)
    assert made["columns"] == [
        "序号", "照护等级", "事项", "乡镇街道", "责任机构", "对象", "编号", "姓名", "联系方式", "应于",
        "逾期(天)", "说明",
    ]  # fmt: skip
    rows = [row for row in made["rows"] if row[2] != "未标记定位"]
    assert [row[1:11] for row in rows[:2]] == [
        ["红", "首次随访", "湖南路街道", "安康养老院", "老人", "E1", "**兰", "", "2026-10-05", 39],
        ["橙", "首次随访", "天平路街道", "颐和居家", "老人", "E2", "**文", "", "2026-01-05", 312],
    ]
    assert [row[1] for row in made["rows"]] == sorted(
        (row[1] for row in made["rows"]), key=["红", "橙", "黄", "绿", ""].index
    )
    (paper,) = [row for row in rows if row[2] == "证照过期"]
    assert paper[3:11] == ["湖南路街道", "颐和居家", "护理员", "C4", "*伟", "139********", "2026-11-10", 3]
    (unbound,) = [row for row in rows if row[2] == "未绑定机构"]
    assert unbound[6:11] == ["C7", "*平", "152********", "", None]
    assert "李婉" not in str(made)


def test_it_is_of_any_moment_and_region(office: Served) -> None:
    kinds = [row[2] for row in office.said("report", "overdue", "--date", "2026-11-09")["rows"]]
    assert "证照将到期" in kinds
    assert "证照过期" not in kinds
    assert {row[3] for row in due(office, "--region", "湖南路街道")["rows"]} == {"湖南路街道"}
