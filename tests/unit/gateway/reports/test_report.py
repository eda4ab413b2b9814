"""A report says the same in every form: what is merged, what is a number, and that no text becomes a formula."""

import csv
import io
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.reports.comma_separated import comma_separated
from zhendao.gateway.reports.errors import ReportError
from zhendao.gateway.reports.interface import Name
from zhendao.gateway.reports.making import MAKERS
from zhendao.gateway.reports.report import Column, Kind, Report, across, as_text, runs, share
from zhendao.gateway.reports.workbook import workbook

COLUMNS = (
    Column("街道", 10, merged=True),
    Column("类型", 10, merged=True),
    Column("机构", 20, left=True),
    Column("人数", 8, Kind.WHOLE),
    Column("率", 8, Kind.SHARE),
    Column("时数", 8, Kind.DECIMAL),
)
ROWS = (
    ("甲", "x", "一", 3, share(1, 3), 1.5),
    ("甲", "x", "=1+1", 0, share(0, 0), 0.0),
    ("乙", "x", "+86 138", 1, share(1, 1), 2.25),
    ("乙", "y", "@二", 2, share(1, 2), 0.5),
    ("乙", "y", None, 2, share(2, 3), 12.0),
)
REPORT = Report("晾晒/1", "标题", "截至", COLUMNS, ROWS, ("合计", None, None, 8, share(1, 8), 16.25), ("说明",))


def test_every_report_can_be_asked_for_on_the_command_line_and_over_http() -> None:
    words = {command.words[-1] for command in PROGRAM.commands if command.words[0] == "report"}
    assert words >= set(MAKERS) == set(get_args(Name))


def opened(report: Report) -> Any:
    return load_workbook(io.BytesIO(workbook([report]))).active


def test_the_spreadsheet_has_title_moment_headers_rows_total_and_notes() -> None:
    tab = opened(REPORT)
    assert tab.title == "晾晒／1"
    lines = [[cell.value for cell in row] for row in tab.iter_rows()]
    assert [line[0] for line in lines] == ["标题", "截至", "街道", "甲", None, "乙", None, None, "合计", "说明"]
    assert lines[2] == [column.header for column in COLUMNS]
    assert lines[4][1:] == [None, "=1+1", 0, "—", 0]
    assert lines[8] == ["合计", None, None, 8, 0.125, 16.25]
    assert sorted(map(str, tab.merged_cells.ranges)) == [
        "A10:F10", "A1:F1", "A2:F2", "A4:A5", "A6:A8", "A9:C9", "B4:B5", "B7:B8",
    ]  # fmt: skip
    assert {tab[cell].data_type for cell in ("C5", "C6", "C7")} == {"s"}
    assert [tab[f"{letter}4"].number_format for letter in "CDEF"] == ["@", "0", "0.00%", "0.00"]


def test_it_prints_on_a4_as_wide_as_the_paper_with_headers_on_each_page() -> None:
    tab = opened(REPORT)
    assert (str(tab.page_setup.paperSize), tab.page_setup.orientation) == ("9", "portrait")
    wide = opened(replace(REPORT, landscape=True, columns=(Column("街道", 200), *COLUMNS[1:])))
    assert (str(wide.page_setup.paperSize), wide.page_setup.orientation) == ("8", "landscape")
    assert (tab.page_setup.fitToWidth, tab.page_setup.fitToHeight) == (1, 0)
    assert tab.sheet_properties.pageSetUpPr.fitToPage
    assert tab.print_title_rows == "$1:$3"
    assert tab.freeze_panes == "A4"
    assert tab.oddFooter.center.text == "第 &P 页，共 &N 页"


def test_a_csv_file_has_whole_rows_and_no_formula() -> None:
    rows = list(csv.reader(io.StringIO(comma_separated(REPORT).decode("utf-8-sig"))))
    assert rows[0] == [column.header for column in COLUMNS]
    assert rows[1] == ["甲", "x", "一", "3", "33.33%", "1.50"]
    assert rows[2] == ["甲", "x", "'=1+1", "0", "—", "0.00"]
    assert [row[2] for row in rows[3:6]] == ["+86 138", "'@二", ""]
    assert rows[6] == ["合计", "", "", "8", "12.50%", "16.25"]


def test_what_is_merged_over_several_rows_makes_none_of_them_higher() -> None:
    tab = opened(replace(REPORT, rows=[("很长的街道名称", f"{n}", "一", 1, None, 1.0) for n in range(3)]))
    assert {tab.row_dimensions[row].height for row in (4, 5, 6)} == {18.5}
    alone = opened(replace(REPORT, rows=[("很长的街道名称", "x", "一", 1, None, 1.0)]))
    assert alone.row_dimensions[4].height > 30


def test_a_sheet_is_none_that_a_program_would_call_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    tab = opened(replace(REPORT, notes=["长" * 5_000]))
    assert max(one.height for one in tab.row_dimensions.values() if one.height) == 409
    monkeypatch.setattr("zhendao.gateway.reports.workbook._MOST_ROWS", len(REPORT.rows) - 1)
    with pytest.raises(ReportError, match="too many for a tab"):
        workbook([REPORT])


@pytest.mark.parametrize("text", ["=1", "+x", "-x", "@x", "＝1", "＋x", "－x", "＠x", "\t=1", "\n=1"])
def test_what_begins_as_a_formula_has_an_apostrophe_in_front(text: str) -> None:
    rows = csv.reader(
        io.StringIO(comma_separated(replace(REPORT, rows=[("甲", text, "一", 1, None, 1.0)])).decode(), newline="")
    )
    assert list(rows)[1][1] == f"'{text}"


def test_a_report_without_rows_is_one_all_the_same() -> None:
    tab = opened(Report("空", "标题", "截至", COLUMNS, ()))
    assert [row[0].value for row in tab.iter_rows()] == ["标题", "截至", "街道"]
    assert list(runs(Report("空", "", "", COLUMNS, ()))) == []


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [(1, 8, "12.50%"), (1, 16, "6.25%"), (1, 32, "3.13%"), (3, 3, "100.00%"), (0, 5, "0.00%")],
)
def test_a_share_is_rounded_half_up_once_and_the_same_everywhere(part: int, whole: int, text: str) -> None:
    assert as_text(share(part, whole), Kind.SHARE) == text


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.just("z")), max_size=12))
def test_what_is_merged_is_the_same_in_it_and_within_what_is_merged_to_the_left(rows: list[tuple[str, ...]]) -> None:
    found = list(runs(Report("", "", "", COLUMNS[:3], rows)))
    for place, first, last in found:
        assert last > first
        assert len({row[: place + 1] for row in rows[first : last + 1]}) == 1
        # and no longer run there is
        for beyond in (first - 1, last + 1):
            assert not 0 <= beyond < len(rows) or rows[beyond][: place + 1] != rows[first][: place + 1]
    covered = {(place, row) for place, first, last in found for row in range(first, last)}
    expected = {
        (place, row) for place in (0, 1) for row in range(len(rows) - 1)
        if rows[row][: place + 1] == rows[row + 1][: place + 1]
    }  # fmt: skip
    assert covered == expected


def test_in_a_total_a_text_takes_the_empty_cells_behind_it() -> None:
    assert list(across(("合计", None, None, 1, None, "x", None))) == [(0, 2), (5, 6)]
    assert list(across(("合计", 1, ""))) == []
