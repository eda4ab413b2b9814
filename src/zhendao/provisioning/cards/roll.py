"""The roll of a batch: who is to get a card, from CSV (UTF-8 or GB18030) or the first tab of an XLSX file.

Promise: any file gives people or one `RollError` that names every mistake by line and column and says how to mend it;
nothing of a roll with mistakes is written. Names are shown to the person at the desk, and kept nowhere.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from zhendao.command.roster.problems import Problem
from zhendao.command.roster.tabular import UnreadableError, csv_rows, letters_of, tabs
from zhendao.protocol.vocabulary import Role
from zhendao.protocol.wording import Text
from zhendao.provisioning.cards.errors import RollError
from zhendao.provisioning.cards.goals import MOST_HOLDER
from zhendao.provisioning.folders import read_file

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_PEOPLE: Final = 100_000
_MOST_NAME: Final = 64
_UID: Final = re.compile(r"(?:[0-9a-fA-F]{2}){4}|(?:[0-9a-fA-F]{2}){7}|(?:[0-9a-fA-F]{2}){10}")
ROLES: Final = {
    "caregiver": Role.CAREGIVER, "护理员": Role.CAREGIVER,
    "elder": Role.ELDER, "老人": Role.ELDER,
    "engineer": Role.ENGINEER, "工程": Role.ENGINEER,
    "door": Role.DOOR, "门牌": Role.DOOR,
}  # fmt: skip
HEADERS: Final = {
    "holder": ("holder_id", "caregiver_id", "elder_id", "place_id", "护理员编号", "持有者编号", "老人编号", "地点编号"),
    "name": ("name", "姓名"),
    "role": ("role", "角色"),
    "uid": ("uid", "芯片号", "卡号"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """One line of the roll. ``uid``: of the one card that is meant, None for any blank one."""

    line: int
    holder: str
    name: str
    role: Role
    uid: bytes | None = None


@dataclass
class _Problems:
    file: str
    found: list[Problem] = field(default_factory=list)

    def add(self, line: int | None, column: str | None, what: Text, cure: Text) -> None:
        self.found.append(Problem(self.file, line, column, what, cure))


def read_roll(path: Path, role: Role) -> tuple[Person, ...]:
    """Return the people of the roll in their order; ``role`` where no column says another.

    Raises:
        RollError: mistakes, all of them.
        FolderUnusableError: the file cannot be read.
    """
    problems = _Problems(path.name)
    data = read_file(path, MOST_BYTES)
    try:
        rows = _first_tab(data, problems) if path.suffix.lower() == ".xlsx" else list(csv_rows(data))
    except UnreadableError as error:
        raise RollError([Problem(path.name, error.line, None, error.what, error.cure)]) from error
    people = _people(rows, role, problems)
    if not people and not problems.found:
        problems.add(None, None, Text("没有人员", "holds nobody"), Text("请检查文件", "check the file"))
    if problems.found:
        raise RollError(problems.found)
    return tuple(people)


def _first_tab(data: bytes, problems: _Problems) -> list[tuple[int, list[str]]]:
    rows: list[tuple[int, list[str]]] = []
    for tab in tabs(data)[:1]:
        for line, cells in tab.rows():
            if len(rows) > MOST_PEOPLE:
                break
            if any(cells):
                rows.append((line, [_cell(one, line, at, problems) for at, one in enumerate(cells)]))
    return rows


def _cell(value: object, line: int, column: int, problems: _Problems) -> str:
    """Return a cell as text. A number has lost what a spreadsheet cut off (leading zeros, digits): it is refused."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    what = Text(f"“{value}”不是文本", f"{value!r} is no text")
    cure = Text("把该列设为文本格式再填写", "make the column text, and type it again")
    problems.add(line, letters_of(column), what, cure)
    return ""


def _people(rows: Iterable[tuple[int, Sequence[str]]], role: Role, problems: _Problems) -> list[Person]:
    columns: list[str | None] | None = None
    people: list[Person] = []
    by_holder: dict[tuple[str, Role], int] = {}
    by_uid: dict[bytes, int] = {}
    for line, raw in rows:
        cells = [cell.strip() for cell in raw]
        if not any(cells):
            continue
        if columns is None:
            columns = _columns(line, cells, problems)
            continue
        if len(people) >= MOST_PEOPLE:
            problems.add(line, None, Text("人员过多", "too many people"), Text("请分成几个文件", "split the file"))
            break
        named = {column: cell for column, cell in zip(columns, cells, strict=False) if column and cell}
        person = _person(line, named, role, problems)
        if person is None:
            continue
        twice = by_holder.setdefault((person.holder, person.role), line)
        if twice != line:
            what = Text(f"{person.holder} 已在第 {twice} 行", f"{person.holder} is in line {twice} already")
            problems.add(line, HEADERS["holder"][0], what, Text("删去其中一行", "remove one of the two"))
        if person.uid is not None and (twice := by_uid.setdefault(person.uid, line)) != line:
            what = Text(f"芯片号已在第 {twice} 行", f"this uid is in line {twice} already")
            problems.add(line, "uid", what, Text("一张卡只给一人", "a card is one person's"))
        people.append(person)
    return people


def _columns(line: int, titles: Sequence[str], problems: _Problems) -> list[str | None]:
    by_header = {header: column for column, headers in HEADERS.items() for header in headers}
    columns = [by_header.get(title.lower()) for title in titles]
    if "holder" not in columns:
        what = Text("没有持有者编号列", "there is no column with the holder's number")
        cure = Text("第一行应有 护理员编号", "the first line names the columns; one is caregiver_id")
        problems.add(line, None, what, cure)
    for column in HEADERS:
        if columns.count(column) > 1:
            what = Text("该列出现两次", "the column is there twice")
            problems.add(line, HEADERS[column][0], what, Text("删去一列", "remove one of them"))
    return columns


def _person(line: int, cells: dict[str, str], role: Role, problems: _Problems) -> Person | None:
    before = len(problems.found)
    holder, name, uid = cells.get("holder", ""), cells.get("name", ""), cells.get("uid", "")
    if not holder or len(holder) > MOST_HOLDER or not holder.isprintable():
        what = Text("编号为空或不可用", "the number is missing or cannot be used")
        problems.add(line, HEADERS["holder"][0], what, Text("填写登记表中的编号", "give it as the registry has it"))
    if len(name) > _MOST_NAME or not name.isprintable():
        problems.add(line, "name", Text("姓名过长或含控制字符", "too long, or not printable"), Text("改正", "mend it"))
    if uid and not _UID.fullmatch(uid):
        what = Text(f"“{uid}”不是芯片号", f"{uid!r} is no uid")
        problems.add(line, "uid", what, Text("8、14 或 20 位十六进制", "8, 14 or 20 hexadecimal digits"))
    if "role" in cells:
        found = ROLES.get(cells["role"].lower())
        if found is None:
            what = Text(f"没有角色“{cells['role']}”", f"there is no role {cells['role']!r}")
            problems.add(line, "role", what, Text("护理员、老人、工程、门牌", "caregiver, elder, engineer or door"))
        else:
            role = found
    if len(problems.found) > before:
        return None
    return Person(line, holder, name, role, bytes.fromhex(uid) if uid else None)
