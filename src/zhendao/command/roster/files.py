"""Reading registry tables from a folder of CSV files, from one of them, or from one spreadsheet (XLSX).

Promise: nothing of the content is judged here beyond which table and which columns it is; whatever is not taken in from
a file is a problem with its place, never an exception, and never left out silently: cells that belong to no column,
merged cells, formulas that were never calculated or failed.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from zhendao.command.roster.cells import Cell, plain
from zhendao.command.roster.problems import Problem
from zhendao.command.roster.sheets import SHEETS, Column, Sheet, sheet_called
from zhendao.command.roster.tabular import Tab, UnreadableError, content_of, csv_rows, letters_of, tabs
from zhendao.protocol.wording import Text

MAX_ROWS: Final = 1_000_000
CSV: Final = ".csv"
_SPREADSHEETS: Final = frozenset({".xlsx", ".xlsm", ".xls", ".et", ".ods"})
_FAILED: Final = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})
_OTHER_COMMA: Final = re.compile(r"[;\t|，；]")


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
    """Read ``source``, a folder, a CSV or an XLSX file; return what it holds, and every problem of form."""
    problems: list[Problem] = []
    if source.is_dir():
        found = _folder(source, problems)
    elif source.suffix.lower() == CSV:
        found = [raw for raw in [_named(source, problems)] if raw is not None]
    else:
        found = _spreadsheet(source, problems)
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
    if source.suffix.lower() == CSV:
        return _csv(sheet, source, problems), problems
    try:
        several = [tab for tab in tabs(content_of(source)) if _holds_anything(tab)]
        if len(several) == 1:
            return _tab(sheet, several[0], f"{source.name}[{several[0].title}]", problems), problems
    except UnreadableError as error:
        return None, [_unreadable(source.name, error)]
    what = Text("有几张工作表", "has several tabs") if several else Text("是空的", "is empty")
    return None, [_file(source.name, what, Text("只留一张有内容的", "keep one with something in it"))]


_NAMES = Text(
    "表名可用：" + "、".join(f"{sheet.zh}({sheet.name})" for sheet in SHEETS),
    "tables are: " + ", ".join(sheet.name for sheet in SHEETS),
)


def _file(name: str, what: Text, cure: Text | None = None) -> Problem:
    return Problem(name, None, None, what, cure or Text("检查该文件", "check this file"))


def _unreadable(name: str, error: UnreadableError) -> Problem:
    return Problem(name, error.line, None, error.what, error.cure)


def _folder(folder: Path, problems: list[Problem]) -> list[RawSheet]:
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        problems.append(_file(folder.name, Text(f"无法读取（{error.strerror}）", f"cannot be read ({error.strerror})")))
        return []
    found = []
    for path in paths:
        ending = path.suffix.lower()
        if ending in _SPREADSHEETS and not path.name.startswith(("~$", ".")):  # those are of who has it open
            what = Text("文件夹中只读 CSV 文件", "of a folder only the CSV files are read")
            cure = Text("另存为 CSV，或单独登记", "save it as CSV, or load it by itself")
            problems.append(_file(path.name, what, cure))
        elif ending == CSV:
            raw = _named(path, problems)
            found += [raw] if raw is not None else []
    return found


def _named(path: Path, problems: list[Problem]) -> RawSheet | None:
    """Read a CSV file as the table that it is called after."""
    sheet = sheet_called(path.stem)
    if sheet is None:
        problems.append(_file(path.name, Text("不是登记表的名称", "is not the name of a registry table"), _NAMES))
        return None
    return _csv(sheet, path, problems)


def _csv(sheet: Sheet, path: Path, problems: list[Problem]) -> RawSheet | None:
    reading = _Reading(sheet, path.name, problems)
    try:
        reading.take(csv_rows(content_of(path)))
    except UnreadableError as error:
        problems.append(_unreadable(path.name, error))
    return reading.done()


def _spreadsheet(path: Path, problems: list[Problem]) -> list[RawSheet]:
    found = []
    try:
        for tab in tabs(content_of(path)):
            sheet, name = sheet_called(tab.title), f"{path.name}[{tab.title}]"
            if not _holds_anything(tab):
                continue  # a new workbook has three
            if sheet is None:
                what = Text("工作表不是登记表的名称", "the tab is not the name of a registry table")
                problems.append(_file(name, what, _NAMES))
                continue
            raw = _tab(sheet, tab, name, problems)
            found += [raw] if raw is not None else []
    except UnreadableError as error:
        problems.append(_unreadable(path.name, error))
        return []
    return found


def _holds_anything(tab: Tab) -> bool:
    return any(plain(cell) for _, cells in tab.rows() for cell in cells)


def _tab(sheet: Sheet, tab: Tab, name: str, problems: list[Problem]) -> RawSheet | None:
    """Read a tab; what is not seen in its cells is told. Raises `UnreadableError`."""
    reading = _Reading(sheet, name, problems)
    reading.take(tab.rows())
    for odd in sorted(tab.odd(), key=lambda one: (one.top, one.left)):
        if odd.top > reading.last or odd.bottom < reading.first or odd.left >= len(reading.titles):
            continue
        what = Text("公式没有计算结果", "a formula that was never calculated")
        cure = Text("用表格软件打开并保存后再登记", "open it in a spreadsheet program, save it, and load it again")
        if odd.merged:
            what = Text(
                f"第 {odd.top} 行的合并单元格只有第一格有内容",
                f"of the cells that line {odd.top} merges only the first has it",
            )
            cure = Text("取消合并，每格都填写", "unmerge them, and fill in each")
        header = reading.titles[odd.left] or letters_of(odd.left)
        problems.append(Problem(name, odd.top, header, what, cure))
    return reading.done()


@dataclass(slots=True)
class _Reading:
    """A table while it is read: first its header, then row by row."""

    sheet: Sheet
    file: str
    problems: list[Problem]
    titles: list[str] = field(default_factory=list)
    columns: list[Column | None] = field(default_factory=list)
    held: list[RawRow] = field(default_factory=list)
    first: int = 0
    """The line of the header, 0 where there is none so far."""
    last: int = 0

    def take(self, rows: Iterable[tuple[int, Sequence[Cell]]]) -> None:
        """Take rows with their lines; the cells of each get the names of their columns."""
        names: list[str | None] = []
        untitled: set[int] = set()
        for line, cells in rows:
            texts = [cell.strip() if type(cell) is str else plain(cell) for cell in cells]
            if not any(texts):
                continue
            self.last = line
            if not self.first:
                self.first = line
                if self._otherwise_divided(texts) or self._names_nothing(texts):
                    return
                self.titles, self.columns = texts, _columns(self.sheet, self.file, line, texts, self.problems)
                names = [None if one is None else one.name for one in self.columns]
                untitled = {place for place, text in enumerate(texts) if not text}
                continue
            if len(self.held) >= MAX_ROWS:
                cure = Text("请分成几次登记", "load it in parts")
                self._say(line, None, Text(f"超过 {MAX_ROWS} 行", f"has more than {MAX_ROWS} rows"), cure)
                return
            if len(texts) > len(names) and any(texts[len(names) :]):
                what = Text("单元格多于表头", "has more cells than the header")
                self._say(line, None, what, Text("检查多出的逗号", "look for a comma too many"))
            if untitled:
                untitled -= self._untitled(line, texts, untitled)
            if not _FAILED.isdisjoint(texts):
                self._failed(line, texts)
            named = zip(names, cells, texts, strict=False)
            self.held.append(RawRow(line, {name: cell for name, cell, text in named if text and name is not None}))

    def _untitled(self, line: int, texts: Sequence[str], places: AbstractSet[int]) -> set[int]:
        """Tell of what stands in columns without a name; return which have been told of."""
        told = {one for one in places if one < len(texts) and texts[one]}
        for place in sorted(told):
            what = Text("有内容的列没有列名", "a column with something in it has no name")
            self._say(line, letters_of(place), what, Text("写上列名，或清空该列", "name it, or empty it"))
        return told

    def _failed(self, line: int, texts: Sequence[str]) -> None:
        for title, text in zip(self.titles, texts, strict=False):
            if text in _FAILED:
                what = Text(f"公式出错：{text}", f"a formula that failed: {text}")
                self._say(line, title, what, Text("改正公式，或填写内容", "mend it, or write what it is"))

    def done(self) -> RawSheet | None:
        """Return the table; None where it has no header."""
        if not self.first:
            if not any(one.file == self.file for one in self.problems):
                cure = Text("第一行写列名", "name the columns first")
                self.problems.append(_file(self.file, Text("没有表头", "has no header"), cure))
            return None
        named = zip(self.columns, self.titles, strict=True)
        return RawSheet(self.sheet, self.file, {c.name: text for c, text in named if c is not None}, tuple(self.held))

    def _otherwise_divided(self, titles: Sequence[str]) -> bool:
        """Tell of a header whose columns are divided by something else than commas."""
        alone = [text for text in titles if text]
        found = _OTHER_COMMA.search(alone[0]) if len(alone) == 1 else None
        if found is None:
            return False
        shown = Text("制表符", "tabs") if found[0] == "\t" else Text(f"“{found[0]}”", f"'{found[0]}'")
        what = Text(f"各列以{shown.zh}分隔，应为逗号", f"its columns are divided by {shown.en}, and not by commas")
        cure = Text("另存为 CSV UTF-8（逗号分隔）", "save it as CSV UTF-8 (comma delimited)")
        self._say(self.first, None, what, cure)
        return True

    def _names_nothing(self, titles: Sequence[str]) -> bool:
        """Tell of a header that knows no column: most likely the title of the list stands above it."""
        known = {header.lower() for column in self.sheet.columns for header in column.headers}
        if any(text.lower() in known for text in titles):
            return False
        what = Text("这一行没有一个认得的列名", "names no column that is known")
        cure = Text(
            "删去列名之上的标题；可用：" + "、".join(column.zh[0] for column in self.sheet.columns),
            "remove what stands above the names of columns; use " + ", ".join(one.name for one in self.sheet.columns),
        )
        self._say(self.first, None, what, cure)
        return True

    def _say(self, line: int, column: str | None, what: Text, cure: Text) -> None:
        self.problems.append(Problem(self.file, line, column, what, cure))


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
