"""Rows of cells out of a file that a person made: CSV as spreadsheet programs write it, or a spreadsheet (XLSX).

Promise: any bytes give rows or one `UnreadableError` that says where, what and how to mend it, never an exception of a
library, and never more memory than a city's lists take. The file is read once: whoever replaces it meanwhile changes
nothing. CSV is UTF-8 (with or without mark) or GB18030, as spreadsheet programs in China write it.
"""

import csv
import io
import re
import stat
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from zhendao.command.roster.cells import Cell
from zhendao.protocol.wording import Text

MAX_FILE: Final = 64 * 1024 * 1024
MAX_UNPACKED: Final = 512 * 1024 * 1024
"""Of a spreadsheet, which is a ZIP archive."""
_MAX_STRINGS: Final = 128 * 1024 * 1024
"""Of its table of texts, which is held in memory whole, each of them many times as large as in the file."""
_MAX_LINES: Final = 1_048_576
"""What a spreadsheet can have."""
_MARK: Final = b"\xef\xbb\xbf"
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_OLD: Final = b"\xd0\xcf\x11\xe0"
"""How an old .xls begins, and also a spreadsheet under a password."""
_SAVE_CSV: Final = Text("另存为 CSV UTF-8（逗号分隔）", "save it as CSV UTF-8 (comma delimited)")
_SAVE_XLSX: Final = Text("用表格软件另存为 .xlsx", "save it again as .xlsx")
_QUOTES: Final = Text("检查这一行起的引号", "check the quotation marks from this line on")
_SYSTEM: Final = {
    FileNotFoundError: Text("没有这个文件", "there is no such file"),
    IsADirectoryError: Text("是文件夹，不是文件", "is a folder, and no file"),
    PermissionError: Text("没有读取权限", "you may not read it"),
}
_CSV: Final = {
    "unexpected end of data": Text("引号没有配对，直到文件末尾", "a quotation mark is never closed"),
    "',' expected after '\"'": Text("引号之后须是逗号或行末", "after a closing quotation mark comes more than a comma"),
    "field larger than field limit (131072)": Text(
        "单元格过长，多半是引号没有配对", "a cell is too long; most likely a quotation mark is not closed"
    ),
}
_WHERE: Final = rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"'
_UNSOLVED: Final = (
    rb'<(?:\w+:)?c\b(?![^>]*\bt="str")[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*'
    rb"</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_ODD: Final = re.compile(_WHERE + b"|" + _UNSOLVED)
_CHUNK: Final = 1024 * 1024
_OVERLAP: Final = 64 * 1024
"""Longer than any formula."""


class UnreadableError(Exception):
    """A file, or what comes from a ``line`` of it on, is no table."""

    def __init__(self, what: Text, cure: Text, line: int | None = None) -> None:
        """Keep what is to be told."""
        super().__init__(what.en)
        self.what, self.cure, self.line = what, cure, line


@dataclass(frozen=True, slots=True)
class Odd:
    """Cells of a tab that say less than is seen on it: lines from 1, columns from 0, both ends within.

    ``merged``: they are one cell, of which only the first holds anything; else a formula that was never calculated.
    """

    top: int
    left: int
    bottom: int
    right: int
    merged: bool


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of a spreadsheet."""

    title: str
    _tab: Any

    def rows(self) -> Iterator[tuple[int, Sequence[Cell]]]:
        """Give each row with its line, from 1. Raises `UnreadableError`."""
        self._tab.reset_dimensions()  # else each row is as wide as the widest says to be, up to 16,384 cells
        with _told():
            for line, cells in enumerate(self._tab.iter_rows(values_only=True), 1):
                if line > _MAX_LINES:
                    raise _too_big()
                yield line, [one if one is None or isinstance(one, Cell) else str(one) for one in cells]

    def odd(self) -> Iterator[Odd]:
        """Give what says less than is seen. Raises `UnreadableError`."""
        with _told(), self._tab._get_source() as source:  # noqa: SLF001 - of a tab that is only read nothing else knows
            held = b""
            while part := source.read(_CHUNK):
                held += part
                ends = 0
                for found in _ODD.finditer(held):
                    ends = found.end()
                    yield _odd(*(one.decode() for one in found.groups() if one is not None))
                held = held[max(ends, len(held) - _OVERLAP) :]


@contextmanager
def _told() -> Iterator[None]:
    """Turn whatever a broken archive provokes, in the library and below it, into `UnreadableError`."""
    try:
        yield
    except (UnreadableError, OSError, MemoryError):
        raise
    except Exception as error:
        what = Text("不是可读的 XLSX，文件已损坏", "is no readable XLSX: the file is damaged")
        raise UnreadableError(what, _SAVE_XLSX) from error


def letters_of(column: int) -> str:
    """Return what a spreadsheet calls a column, from 0."""
    found = ""
    while column >= 0:
        column, last = divmod(column, 26)
        found, column = chr(ord("A") + last) + found, column - 1
    return found


def content_of(path: Path, most: int = MAX_FILE) -> bytes:
    """Return what is in a file, at most ``most`` bytes. Raises `UnreadableError`."""
    try:
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
            raise UnreadableError(Text("不是文件", "is no file"), Text("给出一个文件", "give a file"))
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        why = _SYSTEM.get(type(error)) or Text(error.strerror or "?", error.strerror or "?")
        what = Text(f"无法读取（{why.zh}）", f"cannot be read ({why.en})")
        raise UnreadableError(what, Text("检查名称与权限", "check its name and who may read it")) from error
    if len(content) > most:
        raise _too_big()
    return content


def csv_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Give each row of a CSV file with its line as a spreadsheet counts, from 1. Raises `UnreadableError`."""
    reader = csv.reader(io.StringIO(_decoded(content), newline=""), strict=True)
    line = 0
    try:
        for cells in reader:
            line += 1
            yield line, cells
    except csv.Error as error:
        why = _CSV.get(str(error), Text(str(error), str(error)))
        what = Text(f"CSV 格式有误：{why.zh}", f"is no valid CSV: {why.en}")
        raise UnreadableError(what, _QUOTES, line + 1) from error


def tabs(content: bytes) -> list[Tab]:
    """Return the tabs of an XLSX file that are tables (and no charts), in their order. Raises `UnreadableError`."""
    from openpyxl import load_workbook  # noqa: PLC0415 - only whoever loads a spreadsheet pays for it

    if content.startswith(_OLD):
        what = Text("是旧式 .xls，或加了密码", "is an old .xls, or under a password")
        raise UnreadableError(what, Text("去掉密码，另存为 .xlsx", "take the password off, and save it as .xlsx"))
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise UnreadableError(Text("不是 XLSX 文件", "is no XLSX file"), _SAVE_XLSX)
    with _told():
        _refuse_bombs(content)
        with warnings.catch_warnings(action="ignore"):  # of what a spreadsheet has beyond cells; nobody here needs it
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    return [Tab(tab.title, tab) for tab in book.worksheets]


def _refuse_bombs(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
    strings = sum(entry.file_size for entry in entries if entry.filename.lower().endswith("sharedstrings.xml"))
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED or strings > _MAX_STRINGS:
        raise _too_big()


def _decoded(content: bytes) -> str:
    if content.startswith(_WIDE) or b"\0" in content:
        raise UnreadableError(Text("是 UTF-16（Unicode 文本），或不是文本", "is UTF-16, or no text at all"), _SAVE_CSV)
    marked, content = content.startswith(_MARK), content.removeprefix(_MARK)
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
    if marked:
        what = Text("标明是 UTF-8，却有不是 UTF-8 的字节", "says that it is UTF-8, and has bytes that are not")
        raise UnreadableError(what, _SAVE_CSV, line)
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError as error:
        what = Text("既不是 UTF-8 也不是 GB18030 文本", "is neither UTF-8 nor GB18030 text")
        raise UnreadableError(what, _SAVE_CSV, line) from error


def _too_big() -> UnreadableError:
    return UnreadableError(Text("文件过大", "is too large"), Text("请分成几次登记", "load it in parts"))


def _odd(left: str, top: str, right: str | None = None, bottom: str | None = None) -> Odd:
    """Return one cell, or cells that are merged, by what a spreadsheet calls their corners."""
    if right is None or bottom is None:
        return Odd(int(top), _column(left), int(top), _column(left), merged=False)
    return Odd(int(top), _column(left), int(bottom), _column(right), merged=True)


def _column(letters: str) -> int:
    """Return which column, from 0, a spreadsheet calls so."""
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - ord("A") + 1
    return found - 1
