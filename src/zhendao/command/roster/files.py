"""Reading registry tables from a folder of CSV files or from one spreadsheet (XLSX).

Promise: nothing of the content is judged here beyond which table and which columns it is; bytes that are no table are
problems with their place, never exceptions of a library. CSV is UTF-8 (with or without mark) or GB18030, as
spreadsheet programs in China write it.
"""

import csv
import difflib
import io
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from zhendao.command.roster.cells import Cell, plain
from zhendao.command.roster.problems import Problem
from zhendao.command.roster.sheets import SHEETS, Column, Sheet, sheet_called
from zhendao.protocol.wording import Text

MAX_FILE = 64 * 1024 * 1024
MAX_UNPACKED = 512 * 1024 * 1024  # of a spreadsheet, which is a ZIP archive
MAX_ROWS = 1_000_000


@dataclass(slots=True)  # not frozen: a city has 200,000, and a frozen one takes four times as long to make
class RawRow:
    """The cells of one row by column, empty cells left out; ``line`` as a spreadsheet counts, the header being 1."""

    line: int
    cells: dict[str, Cell]


@dataclass(frozen=True, slots=True)
class RawSheet:
    """One table as it was read; ``headers`` is how the source calls each column."""

    sheet: Sheet
    file: str
    headers: dict[str, str]
    rows: tuple[RawRow, ...]


def read(source: Path) -> tuple[list[RawSheet], list[Problem]]:
    """Read ``source``, a folder or an XLSX file; return what it holds, and every problem of form."""
    problems: list[Problem] = []
    try:
        found = _folder(source, problems) if source.is_dir() else _workbook(source, problems)
    except OSError as error:
        what = Text(f"无法读取（{error.strerror}）", f"cannot be read ({error.strerror})")
        return [], [_file(source.name, what)]
    for name in {raw.sheet.name for raw in found}:
        files = [raw.file for raw in found if raw.sheet.name == name]
        if len(files) > 1:
            problems.append(_file(files[1], Text(f"与 {files[0]} 是同一张表", f"is the same table as {files[0]}")))
    if not found and not problems:
        problems.append(_file(source.name, Text("没有登记表", "holds no registry table"), _NAMES))
    return found, problems


def read_as(sheet: Sheet, source: Path) -> tuple[RawSheet | None, list[Problem]]:
    """Read ``source``, one CSV file or an XLSX file with one tab, as ``sheet`` whatever it is called."""
    problems: list[Problem] = []
    try:
        if source.suffix.lower() == ".csv":
            text = _decoded(source, problems)
            raw = None if text is None else _sheet(sheet, source.name, _csv_rows(text, source.name, problems), problems)
            return raw, problems
        found = _workbook(source, problems, lambda _title: sheet)
    except OSError as error:
        what = Text(f"无法读取（{error.strerror}）", f"cannot be read ({error.strerror})")
        return None, [_file(source.name, what)]
    if len(found) > 1:
        problems.append(_file(source.name, Text("有几张工作表", "has several tabs"), Text("只留一张", "keep one")))
    return (found[0] if found else None), problems


_NAMES = Text(
    "表名可用：" + "、".join(f"{sheet.zh}({sheet.name})" for sheet in SHEETS),
    "tables are: " + ", ".join(sheet.name for sheet in SHEETS),
)


def _file(name: str, what: Text, cure: Text | None = None) -> Problem:
    return Problem(name, None, None, what, cure or Text("检查该文件", "check this file"))


def _folder(folder: Path, problems: list[Problem]) -> list[RawSheet]:
    found = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() != ".csv":
            continue
        sheet = sheet_called(path.stem)
        if sheet is None:
            problems.append(_file(path.name, Text("不是登记表的名称", "is not the name of a registry table"), _NAMES))
            continue
        text = _decoded(path, problems)
        if text is not None:
            raw = _sheet(sheet, path.name, _csv_rows(text, path.name, problems), problems)
            found += [raw] if raw is not None else []
    return found


def _decoded(path: Path, problems: list[Problem]) -> str | None:
    if path.stat().st_size > MAX_FILE:
        problems.append(_too_big(path.name))
        return None
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    what = Text("既不是 UTF-8 也不是 GB18030 文本", "is neither UTF-8 nor GB18030 text")
    problems.append(_file(path.name, what, Text("另存为 CSV UTF-8", "save it as CSV UTF-8")))
    return None


def _too_big(name: str) -> Problem:
    return _file(name, Text("文件过大", "is too large"), Text("请分成几次登记", "load it in parts"))


def _csv_rows(text: str, name: str, problems: list[Problem]) -> Iterator[tuple[int, Sequence[Cell]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as error:
        problems.append(
            Problem(
                name, reader.line_num, None, Text(f"CSV 格式有误：{error}", f"is no valid CSV: {error}"),
                Text("检查该行的引号", "check the quotation marks of this line"),
            )
        )  # fmt: skip


def _workbook(
    path: Path, problems: list[Problem], called: Callable[[str], Sheet | None] = sheet_called
) -> list[RawSheet]:
    from openpyxl import load_workbook  # noqa: PLC0415 - only whoever loads a spreadsheet pays for it
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415 - as above

    if path.stat().st_size > MAX_FILE or _unpacked(path) > MAX_UNPACKED:
        problems.append(_too_big(path.name))
        return []
    try:
        with warnings.catch_warnings(action="ignore"):  # of what a spreadsheet has beyond cells; nobody here needs it
            book = load_workbook(path, read_only=True, data_only=True)
        found = []
        for tab in book.worksheets:
            sheet = called(tab.title)
            if sheet is None:
                what = Text("工作表不是登记表的名称", "the tab is not the name of a registry table")
                problems.append(_file(f"{path.name}[{tab.title}]", what, _NAMES))
                continue
            rows = (
                (line, [_cell(one) for one in cells]) for line, cells in enumerate(tab.iter_rows(values_only=True), 1)
            )
            raw = _sheet(sheet, f"{path.name}[{tab.title}]", rows, problems)
            found += [raw] if raw is not None else []
        book.close()
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        SyntaxError,
        AttributeError,
        TypeError,
    ) as error:
        # openpyxl lets whatever a broken archive provokes pass through.
        what = Text(f"不是可读的 XLSX：{error}", f"is no readable XLSX: {error}")
        problems.append(_file(path.name, what, Text("用表格软件另存为 .xlsx", "save it again as .xlsx")))
        return []
    return found


def _cell(value: object) -> Cell:
    """Return the cell as one of our types; what a spreadsheet has beyond those is read as its text."""
    return value if value is None or isinstance(value, Cell) else str(value)


def _unpacked(path: Path) -> int:
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        return 0  # told of by whoever opens it


def _sheet(
    sheet: Sheet, file: str, rows: Iterable[tuple[int, Sequence[Cell]]], problems: list[Problem]
) -> RawSheet | None:
    """Find the header, and give each row's cells the names of their columns."""
    columns: list[Column | None] | None = None
    headers: dict[str, str] = {}
    names: list[str | None] = []
    held: list[RawRow] = []
    for line, cells in rows:
        texts = [cell.strip() if type(cell) is str else plain(cell) for cell in cells]
        if not any(texts):
            continue
        if columns is None:
            columns = _columns(sheet, file, line, texts, problems)
            headers = {c.name: text for c, text in zip(columns, texts, strict=False) if c is not None}
            names = [None if c is None else c.name for c in columns]
            continue
        if len(held) >= MAX_ROWS:
            problems.append(_too_big(file))
            break
        if len(texts) > len(columns) and any(texts[len(columns) :]):
            what = Text("单元格多于表头", "has more cells than the header")
            problems.append(Problem(file, line, None, what, Text("检查多出的逗号", "look for a comma too many")))
        named = zip(names, cells, texts, strict=False)
        held.append(RawRow(line, {name: cell for name, cell, text in named if text and name is not None}))
    if columns is None:
        problems.append(_file(file, Text("没有表头", "has no header"), Text("第一行写列名", "name the columns first")))
        return None
    return RawSheet(sheet, file, headers, tuple(held))


def _columns(sheet: Sheet, file: str, line: int, titles: list[str], problems: list[Problem]) -> list[Column | None]:
    by_header = {header.lower(): column for column in sheet.columns for header in column.headers}
    columns: list[Column | None] = []
    for title in titles:
        column = by_header.get(title.lower())
        if title and column is None:
            near = difflib.get_close_matches(title.lower(), by_header, 1, 0.5)
            cure = (
                Text(f"是否指 {near[0]}？", f"did you mean {near[0]}?")
                if near
                else Text(
                    "可用：" + "、".join(c.zh[0] for c in sheet.columns),
                    "use " + ", ".join(c.name for c in sheet.columns),
                )
            )
            problems.append(Problem(file, line, title, Text("没有这一列", "there is no such column"), cure))
        if column is not None and column in columns:
            what = Text("该列出现两次", "the column is there twice")
            problems.append(Problem(file, line, title, what, Text("删去一列", "remove one of them")))
        columns.append(column)
    for column in sheet.columns:
        if column.required and column not in columns:
            cure = Text(f"请增加 {column.zh[0]} 列", f"add the column {column.name}")
            problems.append(Problem(file, line, column.zh[0], Text("缺少必需的列", "a needed column is missing"), cure))
    return columns
