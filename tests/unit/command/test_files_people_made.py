"""Files that people made, as careless as they come: rows, or line, column, reason and cure; never an exception."""

import csv
import io
import os
import random
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from zhendao.command.roster.caregiver_list import CAREGIVER_LIST
from zhendao.command.roster.check import take_rows
from zhendao.command.roster.files import MAX_ROWS, read, read_as
from zhendao.command.roster.problems import MOST_TOLD, RosterError
from zhendao.command.roster.tabular import MAX_FILE, UnreadableError, content_of, csv_rows, letters_of, tabs

HEAD = ["姓名", "联系方式", "工作为老服务机构", "护理员入职时间"]
LI = ["李婉", "13612345678", "安康养老院", "2026-01-05"]
WANG = ["王芳", "13712345678", "安康养老院", "2026-01-05"]


def told(path: Path, language: str = "en") -> list[str]:
    """Return what is said against the file, as a list of caregivers."""
    raw, problems = read_as(CAREGIVER_LIST, path)
    wrong = [] if raw is None else take_rows(raw, UTC)[1]
    return [one.explain("zh" if language == "zh" else "en") for one in (*problems, *wrong)]


def csv_file(folder: Path, content: str | bytes) -> Path:
    path = folder / "list.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lines(*rows: list[str], comma: str = ",", end: str = "\r\n") -> str:
    return "".join(comma.join(row) + end for row in rows)


def spreadsheet(folder: Path, *rows: list[object], change: Callable[[Workbook], None] | None = None) -> Path:
    book = Workbook()
    assert book.active is not None
    for row in (HEAD, *rows):
        book.active.append(row)
    if change is not None:
        change(book)
    book.save(folder / "list.xlsx")
    return folder / "list.xlsx"


def tampered(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """Write the archive anew, with one of its parts changed."""
    with zipfile.ZipFile(path) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, content in parts.items():
            archive.writestr(one, change(content) if one == name else content)
    return path


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_what_is_right_is_read_whatever_its_encoding_and_its_ends_of_lines(
    tmp_path: Path, encoding: str, end: str
) -> None:
    path = csv_file(tmp_path, lines(HEAD, LI, [], ["", "", "", ""], WANG, [], [], end=end).encode(encoding))
    raw, problems = read_as(CAREGIVER_LIST, path)
    assert raw is not None
    assert problems == []
    assert [(row.line, row.cells["name"]) for row in raw.rows] == [(2, "李婉"), (5, "王芳")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lines(HEAD, LI).encode("utf-16"), "list.csv: is UTF-16, or no text at all -> save it as CSV UTF-8"),
        (lines(HEAD, LI).encode("utf-16-le"), "is UTF-16"),
        (lines(HEAD, ["李\0婉", "1"]), "is UTF-16, or no text"),
        (b"\xef\xbb\xbf" + lines(HEAD).encode() + "李婉".encode("gb18030"), "line 2: says that it is UTF-8"),
        (lines(HEAD, LI).encode() + b"\xff\xff\n", "line 3: is neither UTF-8 nor GB18030"),
        (lines(HEAD, LI, comma=";"), "line 1: its columns are divided by ';', and not by commas -> save"),
        (lines(HEAD, LI, comma="\t"), "line 1: its columns are divided by tabs"),
        (lines(HEAD, LI, comma="，"), "line 1: its columns are divided by '，'"),
        (lines(["护理员信息清单"], HEAD, LI), "line 1: names no column that is known -> remove what stands above"),
        (lines(HEAD[1:], LI[1:]), "line 1, column 姓名: a needed column is missing -> add the column name"),
        (lines([*HEAD, "姓名"], [*LI, "李"]), "line 1, column 姓名: the column is there twice"),
        (lines([*HEAD, "备注"], [*LI, "x"]), "line 1, column 备注: there is no such column -> use region, name"),
        (lines([*HEAD, ""], LI, [*WANG, "请假"], [*LI, "x"]), "line 3, column E: a column with something in it has no"),
        (lines(HEAD, [*LI, "x"]), "line 2: has more cells than the header -> look for a comma too many"),
        (lines(HEAD, LI, ["", *LI[1:]]), "line 3, column 姓名: must not be empty -> fill it in"),
        (lines(HEAD, [*LI[:2], "#N/A", ""]), "line 2, column 工作为老服务机构: a formula that failed: #N/A"),
        (lines(HEAD, [*LI[:3], "05-01-2026"]), "line 2, column 护理员入职时间: '05-01-2026' is no date -> for"),
        (lines(HEAD, LI, ['"王芳', *WANG[1:]], LI), "line 3: is no valid CSV: a quotation mark is never closed"),
        (lines(HEAD, LI, ['"王芳', "x" * 200_000]), "line 3: is no valid CSV: a cell is too long; most likely"),
        (lines(HEAD, ['"李"婉', *LI[1:]]), "line 2: is no valid CSV: after a closing quotation mark"),
        (lines(HEAD, ['"李\n婉"', *LI[1:]], ["", "1"]), "line 3, column 姓名: must not be empty"),
        ("", "has no header -> name the columns first"),
        ("\r\n\r\n", "has no header"),
    ],
)
def test_a_careless_csv_is_told_with_line_column_reason_and_cure(
    tmp_path: Path, content: str | bytes, words: str
) -> None:
    path = csv_file(tmp_path, content)
    said = told(path)
    assert any(words in one for one in said), said
    chinese = told(path, "zh")
    assert all("→" in one for one in chinese)
    assert chinese != said


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "old.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    (tmp_path / "page.xls").write_text("<html><table><tr><td>姓名</td></tr></table></html>")
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(2 * 1024**3)  # takes no room on the disk
    os.mkfifo(tmp_path / "pipe.csv")
    for name, words in (
        ("folder.csv", "is a folder, and no file"), ("missing.csv", "there is no such file"),
        ("old.xlsx", "is an old .xls, or under a password -> take the password off"), ("page.xls", "is no XLSX file"),
        ("huge.csv", "is too large -> load it in parts"), ("pipe.csv", "is no file"),
    ):  # fmt: skip
        (said,) = told(tmp_path / name)
        assert said.startswith(f"{name}: ")
        assert words in said


def test_a_file_is_read_once_and_no_further_than_it_may_be_long(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"x" * 100)
    assert content_of(path, 100) == b"x" * 100
    with pytest.raises(UnreadableError, match="too large"):
        content_of(path, 99)
    assert MAX_FILE < 2 * 1024**3


def test_a_spreadsheet_is_read_with_its_dates_numbers_and_empty_tabs(tmp_path: Path) -> None:
    def more(book: Workbook) -> None:
        book.create_sheet("Sheet2")
        book.create_sheet("Sheet3")

    day = datetime(2026, 1, 5)  # noqa: DTZ001 - a spreadsheet knows no zones
    path = spreadsheet(tmp_path, ["李婉", 13612345678, "", day], ["王芳", "13712345678", None], [None], change=more)
    raw, problems = read_as(CAREGIVER_LIST, path)
    assert raw is not None
    assert problems == []
    first, second = (row.values for row in take_rows(raw, UTC)[0])
    assert (first["phone"], first["employed_on"], second["employed_on"]) == ("13612345678", "2026-01-05", None)


def test_a_date_of_the_system_of_1904_is_the_same_date(tmp_path: Path) -> None:
    def old(book: Workbook) -> None:
        book.epoch = CALENDAR_MAC_1904

    path = spreadsheet(tmp_path, ["李婉", "1", None, date(2026, 1, 5)], change=old)
    raw, _ = read_as(CAREGIVER_LIST, path)
    assert raw is not None
    assert take_rows(raw, UTC)[0][0].values["employed_on"] == "2026-01-05"
    assert "'46027' is no date" in told(spreadsheet(tmp_path, ["李婉", "1", None, 46_027]))[0]


def test_what_is_seen_and_not_in_the_cells_is_told(tmp_path: Path) -> None:
    def merge(book: Workbook) -> None:
        assert book.active is not None
        book.active.merge_cells("C2:C3")
        book.active.merge_cells("A2:A3")
        book.active.merge_cells("A9:D9")  # below the table: of nothing

    name, organisation, empty = told(spreadsheet(tmp_path, LI, [None, WANG[1], None], change=merge))
    assert "line 2, column 姓名: of the cells that line 2 merges only the first has it -> unmerge" in name
    assert "line 2, column 工作为老服务机构: of the cells that line 2 merges only the first" in organisation
    assert "line 3, column 姓名: must not be empty" in empty
    assert "取消合并" in told(tmp_path / "list.xlsx", "zh")[0]
    (said_of_formula,) = told(spreadsheet(tmp_path, LI, [*WANG[:2], '=C2&"<分部>"']))
    assert "line 3, column 工作为老服务机构: a formula that was never calculated -> open it" in said_of_formula


def test_a_formula_counts_as_what_it_came_to_be_it_nothing(tmp_path: Path) -> None:
    path = spreadsheet(tmp_path, [*LI[:2], "=1", "=2"])
    part = "xl/worksheets/sheet1.xml"
    for cell, value in ((b"C2", "安康".encode()), (b"D2", b"")):
        tampered(
            path,
            part,
            lambda xml, cell=cell, value=value: xml.replace(
                xml[(at := xml.index(b'<c r="' + cell)) : xml.index(b"</c>", at) + 4],
                b'<c r="' + cell + b'" t="str"><f>A1&lt;B1</f><v>' + value + b"</v></c>",
            ),
        )
    raw, problems = read_as(CAREGIVER_LIST, path)
    assert raw is not None
    assert problems == []
    assert raw.rows[0].cells == {"name": "李婉", "phone": "13612345678", "organisation": "安康"}


def test_a_number_of_eighteen_digits_has_lost_some_and_is_refused(tmp_path: Path) -> None:
    (said,) = told(spreadsheet(tmp_path, ["李婉", 310104198001011234, None]))
    assert "line 2, column 联系方式: '3101041980010" in said
    assert "became a number and lost its last digits -> format the cell as text" in said
    (said,) = told(spreadsheet(tmp_path, ["李婉", 3.10104198001011e17, None]))
    assert "lost its last digits -> format the cell as text" in said


def test_several_tabs_with_something_in_them_and_none_are_told(tmp_path: Path) -> None:
    def second(book: Workbook) -> None:
        book.create_sheet("旧").append(["姓名"])

    assert told(spreadsheet(tmp_path, LI, change=second)) == [
        "list.xlsx: has several tabs -> keep one with something in it"
    ]
    Workbook().save(tmp_path / "none.xlsx")
    assert told(tmp_path / "none.xlsx") == ["none.xlsx: is empty -> keep one with something in it"]


def test_formats_down_to_the_last_row_and_across_to_the_last_column_cost_nothing(tmp_path: Path) -> None:
    path = spreadsheet(tmp_path, LI)
    part = "xl/worksheets/sheet1.xml"
    tampered(path, part, lambda xml: xml.replace(b"A1:D2", b"A1:XFD1048576"))
    tampered(path, part, lambda xml: xml.replace(b"</sheetData>", b'<row r="30000"><c r="A30000"/></row></sheetData>'))
    assert told(path) == []
    tampered(path, part, lambda xml: xml.replace(b'"30000"', b'"99999999999"'))
    assert told(path) == ["list.xlsx: is too large -> load it in parts"]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = spreadsheet(tmp_path, LI)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/x", bytes(1024 * 1024))
    assert path.stat().st_size < 64 * 1024
    assert told(path) == []
    monkeypatch.setattr("zhendao.command.roster.tabular.MAX_UNPACKED", 1024 * 1024)
    assert told(path) == ["list.xlsx: is too large -> load it in parts"]


def test_macros_links_elsewhere_and_entities_are_never_followed(tmp_path: Path) -> None:
    path = spreadsheet(tmp_path, LI)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0")
        archive.writestr("xl/externalLinks/externalLink1.xml", b"<externalLink>")
    assert told(path.rename(tmp_path / "list.xlsm")) == []
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">'.encode() for n in range(12)
    )
    path = tampered(
        spreadsheet(tmp_path, LI),
        "xl/worksheets/sheet1.xml",
        lambda xml: bomb + b"]>" + xml.replace(b"<sheetData>", b"<sheetData><x>&m;</x>"),
    )
    assert told(path) == ["list.xlsx: is no readable XLSX: the file is damaged -> save it again as .xlsx"]


def test_a_damaged_spreadsheet_is_rows_or_a_problem(tmp_path: Path, seed: int) -> None:
    whole, draw = spreadsheet(tmp_path, LI, WANG).read_bytes(), random.Random(seed)
    for _ in range(60):
        content = bytearray(whole)
        for _ in range(draw.choice((1, 1, 20))):
            content[draw.randrange(len(content))] = draw.randrange(256)
        del content[draw.choice((len(content), draw.randrange(len(content)))) :]
        (tmp_path / "hurt.xlsx").write_bytes(content)
        raw, problems = read_as(CAREGIVER_LIST, tmp_path / "hurt.xlsx")
        assert problems or raw is not None


@given(content=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_rows_or_a_named_error(content: bytes) -> None:
    for rows in (csv_rows, lambda given: [one for tab in tabs(given) for one in tab.rows()]):
        with suppress(UnreadableError):
            assert all(line > 0 for line, _ in rows(content))


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=9), min_size=1)
    )
)
def test_rows_have_the_lines_that_a_spreadsheet_shows(rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    found = list(csv_rows(b"\xef\xbb\xbf" + text.getvalue().encode()))
    assert [line for line, _ in found] == list(range(1, len(rows) + 1))
    assert [cells for _, cells in found] == rows


def test_a_folder_tells_of_spreadsheets_in_it_and_one_csv_is_read_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "护理员.csv").write_text("护理员编号,姓名,有效期起\nC1,李,2026-01-01\n", "utf-8")
    found, problems = read(tmp_path / "护理员.csv")
    assert ([raw.sheet.name for raw in found], problems) == (["caregivers"], [])
    (tmp_path / "~$护理员.xlsx").write_bytes(b"")
    assert read(tmp_path)[1] == []
    (tmp_path / "机构.xlsx").write_bytes(b"")
    (problem,) = read(tmp_path)[1]
    assert "机构.xlsx: of a folder only the CSV files are read -> save it as CSV" in problem.explain("en")
    assert "is not the name of a registry table" in read(csv_file(tmp_path, "x\n"))[1][0].what.en


def test_of_thousands_of_wrong_rows_as_many_are_told_as_fit(tmp_path: Path) -> None:
    path = csv_file(tmp_path, lines(HEAD, *[["", "1", "", ""]] * 20_000))
    raw, _ = read_as(CAREGIVER_LIST, path)
    assert raw is not None
    error = RosterError(take_rows(raw, UTC)[1])
    assert len(error.problems) == 20_000
    for language, more in (("en", "... and 19900 more"), ("zh", "……另有 19900 处")):
        said = error.explain("zh" if language == "zh" else "en").splitlines()
        assert len(said) == MOST_TOLD + 2
        assert said[-2] == more
        assert "20000" in said[-1]
    assert MAX_ROWS > 20_000


@given(st.integers(0, 16_383))
def test_columns_are_called_as_a_spreadsheet_calls_them(column: int) -> None:
    assert letters_of(column) == get_column_letter(column + 1)
