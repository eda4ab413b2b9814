"""`zhendao-gateway meals import` as an office calls it: answers in every form, exit codes, nothing half-done."""

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from samples.village import written
from zhendao.command.run import run
from zhendao.gateway.cli import PROGRAM

HEAD = ["助餐点", "日期", "餐次", "老人编号"]
ROWS = [["M1", "2026-09-21", "午餐", "E1"], ["C-1", "2026-09-21", "晚餐", "E1"], ["M3", "2026-09-21", "午餐", "E1"]]


class Office:
    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.config = folder / "gateway.toml"
        self.config.write_text(
            'data_dir = "data"\nstore.url = "sqlite:///gateway.db"\n'
            'broker.url = "mqtt://127.0.0.1:1883"\nhttp.listen = "127.0.0.1:0"\n'
        )
        self.call("registry", "load", str(written(folder / "lists", {4: "2026-01-02"})))

    def call(self, *words: str, code: int = 0) -> str:
        assert run(PROGRAM, [*words, "--config", str(self.config), "--lang", "en"]) == code
        captured = self.capsys.readouterr()
        return captured.err if code else captured.out

    def file(self, rows: list[list[str]], name: str = "补录.csv") -> str:
        path = self.folder / name
        if name.endswith(".xlsx"):
            book = Workbook()
            for row in [HEAD, *rows]:
                book.active.append(row)  # type: ignore[union-attr]
            book.save(path)
        else:
            path.write_text("\n".join(",".join(row) for row in [HEAD, *rows]) + "\n", "utf-8")
        return str(path)

    def said(self, *words: str) -> Any:
        return json.loads(self.call(*words, "--json"))


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Office:
    return Office(tmp_path, capsys)


@pytest.mark.parametrize("name", ["补录.csv", "补录.xlsx"])
def test_every_row_is_answered_and_twice_changes_nothing(office: Office, name: str) -> None:
    source = office.file(ROWS, name)
    told = office.said("meals", "import", source)
    assert [(one["line"], one["point"], one["counted"], one["state"]) for one in told["answers"]] == [
        (2, "M1", True, "counted"), (3, "M1", True, "counted"), (4, "M3", False, "elsewhere"),
    ]  # fmt: skip
    again = office.said("meals", "import", source)
    assert (again["rows"], again["counted"], again["known"]) == (3, 2, 3)
    report = office.said("report", "meal-backfill", "--from", "2026-09-01", "--to", "2026-09-30")
    assert len(report["rows"]) == 3
    assert office.said("report", "meal-count", "--from", "2026-09-01", "--to", "2026-09-30")["total"][5] == 2


def test_answers_are_written_as_csv_xlsx_and_json(office: Office) -> None:
    source = office.file(ROWS)
    for ending in ("csv", "xlsx", "json"):
        target = office.folder / f"answers.{ending}"
        assert "3 rows: 2 count" in office.call("meals", "import", source, "--out", str(target))
        assert target.stat().st_mode & 0o777 == 0o600
    assert "同一餐已在另一助餐点计入" in (office.folder / "answers.csv").read_text("utf-8-sig")
    sheet = load_workbook(office.folder / "answers.xlsx").active
    assert sheet is not None
    assert any("同一餐已在另一助餐点计入" in str(cell.value) for row in sheet.iter_rows() for cell in row)
    assert json.loads((office.folder / "answers.json").read_text())[2]["state"] == "elsewhere"
    before = (office.folder / "answers.csv").read_bytes()
    office.call("meals", "import", source, "--out", str(office.folder / "answers.csv"), code=2)
    assert (office.folder / "answers.csv").read_bytes() == before
    assert "kind of file" in office.call("meals", "import", source, "--out", "answers.doc", code=1)


def test_with_anything_wrong_nothing_is_imported_and_all_of_it_is_told(office: Office) -> None:
    bad = office.file([*ROWS, ["M9", "2026-09-21", "午餐", "E1"], ["M1", "2099-01-01", "早餐", "E99"]])
    said = office.call("meals", "import", bad, code=1)
    for words in (
        "line 5, column 助餐点",
        "line 6, column 日期",
        "line 6, column 老人编号",
        "3 problem(s); nothing was imported",
    ):
        assert words in said
    assert "夜宵" in office.call("meals", "import", office.file([["M1", "2026-09-21", "夜宵", "E1"]]), code=1)
    for name, text in (("no.csv", ""), ("odd.csv", "a,b\n1,2\n"), ("broken.xlsx", "not a spreadsheet")):
        (office.folder / name).write_text(text)
        office.call("meals", "import", str(office.folder / name), code=1)
    assert office.said("report", "meal-backfill", "--from", "2026-01-01")["rows"] == []


def test_a_dead_elders_row_is_kept_answered_and_listed(office: Office) -> None:
    (one,) = office.said("meals", "import", office.file([["M1", "2026-09-21", "午餐", "E4"]]))["answers"]
    assert (one["state"], one["counted"]) == ("dead", False)
    rows = office.said("report", "meal-dead", "--from", "2026-09-01")["rows"]
    assert [(row[3], row[4], row[9]) for row in rows] == [("E4", "**4", "补录")]
