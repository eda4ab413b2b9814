"""Lists of homes, elders, caregivers, tokens and terminals from a customer's files, checked before they are relied on.

Promise: every row is taken or told of, with file, line, column, what is wrong and how to mend it. Beside what the lists
say among themselves it is checked what the authority knows: a token id was written here, on that chip, for that role;
a terminal was approved here, for that duty. What is taken is written as lists that the gateway loads as they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Final

from zhendao.command.roster.between import check_together
from zhendao.command.roster.check import Row, check_rows, sift
from zhendao.command.roster.files import read
from zhendao.command.roster.problems import Problem, RosterError
from zhendao.command.roster.sheets import SHEETS
from zhendao.command.roster.writing import report, table
from zhendao.protocol.vocabulary import Role
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning import token_log
from zhendao.provisioning.authority import Authority
from zhendao.provisioning.duty import Duty
from zhendao.provisioning.folders import SECRET, new_folder, write_file
from zhendao.provisioning.terminals import list_terminals
from zhendao.provisioning.token_log import Issued

REPORT: Final = "problems.csv"


class ImportRefusedError(RosterError):
    """The lists are not taken: something is wrong with them."""

    code = "import-refused"
    ending = Text("未作任何导入（--keep-good 可保留无误的行）", "nothing was taken (--keep-good keeps the good rows)")


@dataclass(frozen=True, slots=True)
class Known:
    """What the authority knows: tokens that it wrote, by token id, and terminals that it approved, by device id."""

    tokens: Mapping[bytes, Issued]
    terminals: Mapping[bytes, Duty]

    @classmethod
    def of(cls, authority: Authority) -> "Known":
        """Read it from the authority's folder."""
        written = {one.token.token_id: one.token for one in token_log.read(authority.folder) if one.state == "written"}
        return cls(written, {bytes.fromhex(one.device): one.duty for one in list_terminals(authority)})


@dataclass(frozen=True, slots=True)
class Imported:
    """The rows that are good, and what is wrong with the others."""

    rows: Sequence[Row]
    problems: Sequence[Problem]

    def count(self) -> dict[str, int]:
        """Return how many rows of each table are good."""
        return {sheet.name: found for sheet in SHEETS if (found := sum(r.sheet is sheet for r in self.rows))}


def check(known: Known, source: Path, already: Path | None, zone: tzinfo, tenant: str) -> Imported:
    """Check the lists in ``source`` (a folder of CSV files, or an XLSX file); local times are of ``zone``.

    ``already``: lists that are registered, to which rows may refer and with which they may not overlap. Raises
    `ImportRefusedError` where a file itself is at fault, or the lists that are registered are.
    """
    held = [] if already is None else _held(already, zone, tenant)
    found, problems = read(source)
    checked = [check_rows(raw, zone, tenant) for raw in found]
    wrong = [one for _, several in checked for one in several]
    if problems:
        raise ImportRefusedError([*problems, *wrong])
    rows = [row for several, _ in checked for row in several]
    there = {raw.sheet.name for raw in found} | {row.sheet.name for row in held}
    elsewhere = {sheet.name for sheet in SHEETS} - there

    def together(left: Sequence[Row]) -> list[Problem]:
        new = {(row.sheet.name, row.identity) for row in left}
        kept = [row for row in held if (row.sheet.name, row.identity) not in new]
        mine = [one for row in left for one in _against(row, known)]
        return mine or check_together(left, [*kept, *left], elsewhere)

    rows, between = sift(rows, together)
    return Imported(rows, [*wrong, *between])


def write(imported: Imported, target: Path, language: Language) -> None:
    """Write the good rows, a file for each table, and what is wrong, into the new folder ``target``.

    Raises `FolderExistsError`, `FolderUnusableError`.
    """
    with new_folder(target) as made:
        for sheet in SHEETS:
            rows = [row for row in imported.rows if row.sheet is sheet]
            if rows:
                write_file(made / f"{sheet.zh}.csv", table(sheet, rows), SECRET)
        if imported.problems:
            write_file(made / "problems" / REPORT, report(imported.problems, language), SECRET)


def _held(already: Path, zone: tzinfo, tenant: str) -> list[Row]:
    """Return the rows of lists that are registered, as those of a store: they come from no file of this import."""
    found, problems = read(already)
    rows: list[Row] = []
    for raw in found:
        taken, wrong = check_rows(raw, zone, tenant)
        problems += wrong
        rows += [Row(row.sheet, row.values) for row in taken]
    if problems:
        raise ImportRefusedError(problems)
    return rows


def _against(row: Row, known: Known) -> Iterator[Problem]:
    match row.sheet.name:
        case "tokens":
            yield from _token(row, known)
        case "terminals":
            yield from _terminal(row, known)


def _token(row: Row, known: Known) -> Iterator[Problem]:
    token_id, uid, role = row.values["token_id"], row.values["uid"], row.values["role"]
    if token_id is None:
        return
    written = known.tokens.get(token_id)
    if written is None:
        what = Text("本机构没有写过这个标签", "this authority has written no such token")
        cure = Text("先用 card write 写卡，或只填芯片号", "write it with card write, or give the uid alone")
        yield row.problem("token_id", what, cure)
        return
    if uid is not None and uid != written.uid:
        what = Text(f"写在另一芯片上：{written.uid.hex()}", f"it was written on another chip: {written.uid.hex()}")
        yield row.problem("uid", what, Text("改正，或留空", "mend it, or leave it empty"))
    if Role(role) is not written.role:
        name = written.role.name.lower()
        what = Text(f"写卡时的角色是 {name}", f"it was written as {name}")
        yield row.problem("role", what, Text("改正，或重新写卡", "mend it, or write the card again"))


def _terminal(row: Row, known: Known) -> Iterator[Problem]:
    duty = known.terminals.get(row.values["device"])
    if duty is None:
        what = Text("本机构没有批准过这台终端", "this authority has approved no such terminal")
        yield row.problem("device", what, Text("先用 terminal approve 批准", "approve it with terminal approve"))
        return
    if row.values["placement"] != duty.placement:
        name = duty.placement.name.lower()
        what = Text(f"批准时的安放方式是 {name}", f"it was approved as {name}")
        yield row.problem("placement", what, Text("改正，或重新批准", "mend it, or approve it anew"))
    door = row.values["door_token_id"]
    if duty.door is not None and door is not None and door != duty.door:
        what = Text(f"批准时绑定的门牌是 {duty.door.hex()}", f"it was bound to the door tag {duty.door.hex()}")
        yield row.problem("door_token_id", what, Text("改正，或重新批准", "mend it, or approve it anew"))
