"""From the store into files that load again: a folder of CSV files, or one spreadsheet.

Promise: what is written says the same as the store, row by row, with all that is personal in it: so it is written for
its owner alone (0600), into something new, and that it was read is logged before. rule: PIPL.
"""

import errno
import os
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zhendao.command.roster.caregiver_list import CAREGIVER_LIST
from zhendao.command.roster.check import Row
from zhendao.command.roster.digest import digest
from zhendao.command.roster.sheets import BY_NAME, SHEETS, Sheet
from zhendao.command.roster.workbook import workbook
from zhendao.command.roster.writing import table
from zhendao.gateway.accesses.shell import read_at_shell, told_file
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.caregiver_list import Figures, listing
from zhendao.gateway.registry.errors import RegistryError
from zhendao.gateway.store.engine import Store
from zhendao.protocol.wording import Text

SPREADSHEET: Final = ".xlsx"


@dataclass(frozen=True, slots=True)
class Exported:
    """How many rows of each table were written, and the `digest` of them all."""

    rows: dict[str, int]
    digest: str


def held(store: Store, book: Book, sheets: Collection[Sheet], at_ms: int | None) -> list[Row]:
    """Return the rows of ``sheets`` with what is personal: all there are, or those that hold at ``at_ms`` (UTC ms)."""
    with store.reading() as connection:
        return [row for sheet in sheets for row in book.whole(connection, sheet, at_ms)]


def export_caregiver_list(
    store: Store, book: Book, target: Path, *, at_ms: int, by: str, figures: Mapping[str, Figures]
) -> Exported:
    """Write the list of caregivers of ``at_ms`` (UTC ms) to the new file ``target``, XLSX where it is so named.

    ``figures``: of past days, by number of the caregiver. ``by`` and what it raises: as `export`.
    """
    rows = held(store, book, [BY_NAME["caregivers"], BY_NAME["organisations"]], at_ms)
    people, firms = ([row for row in rows if row.sheet.name == name] for name in ("caregivers", "organisations"))
    listed = listing(people, firms, figures)
    if not listed:
        raise _nothing()
    log_export(store, "caregiver list", target, len(listed), by)
    spreadsheet = target.suffix.lower() == SPREADSHEET
    content = workbook([(CAREGIVER_LIST, listed)]) if spreadsheet else table(CAREGIVER_LIST, listed)
    with writing_to(target):
        write_new(target, content)
    return Exported({CAREGIVER_LIST.name: len(listed)}, digest(listed))


def export(
    store: Store, book: Book, target: Path, *, sheets: Sequence[Sheet] = SHEETS, at_ms: int | None = None, by: str
) -> Exported:
    """Write the rows of ``sheets`` to the new ``target``: an XLSX file where it is so named, else a folder.

    ``by``: who does it, for the log of accesses. Raises `RegistryError` where there is nothing to write, or ``target``
    is there already or cannot be written.
    """
    rows = held(store, book, sheets, at_ms)
    if not rows:
        raise _nothing()
    log_export(store, "registry export", target, len(rows), by)
    tables = [(sheet, [row for row in rows if row.sheet is sheet]) for sheet in sheets]
    tables = [(sheet, several) for sheet, several in tables if several]
    with writing_to(target):
        if target.suffix.lower() == SPREADSHEET:
            write_new(target, workbook(tables))
        else:
            target.mkdir(mode=0o700)
            for sheet, several in tables:
                write_new(target / f"{sheet.zh}.csv", table(sheet, several))
    return Exported({sheet.name: len(several) for sheet, several in tables}, digest(rows))


def _nothing() -> RegistryError:
    return RegistryError(
        Text("没有可导出的登记", "there is nothing to export"),
        Text("用 registry show 查看，或换一个时刻", "see registry show, or ask for another moment"),
    )


def log_export(store: Store, resource: str, target: Path, items: int, by: str) -> None:
    """Write down that ``by`` takes ``items`` of ``resource`` out to ``target``, with names; before it is done."""
    read_at_shell(store, resource, f"by={by}&to={told_file(target.name)}", items, names=True)


@contextmanager
def writing_to(target: Path) -> Iterator[None]:
    """Tell in our words, as `RegistryError`, what the system says against writing ``target``."""
    try:
        yield
    except FileExistsError as error:
        raise RegistryError(
            Text(f"{target} 已经存在", f"{target} is there already"), Text("请给一个新的名称", "give a new name")
        ) from error
    except OSError as error:
        raise RegistryError(
            Text(f"无法写入 {target}（{error.strerror}）", f"{target} cannot be written ({error.strerror})"),
            Text("请检查目录与空间", "see to the folder and the space on it"),
        ) from error


def write_new(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path``, for its owner alone: there whole or not at all, whatever ends the program.

    Raises `FileExistsError` where something is there, `OSError`.
    """
    try:
        file = os.open(path.parent, os.O_WRONLY | os.O_TMPFILE, 0o600)  # it has no name until it is whole
    except OSError:  # a file system that knows no such files, such as that of a memory stick
        _write_part(path, content)
        return
    with os.fdopen(file, "wb") as nameless:
        nameless.write(content)
        nameless.flush()
        os.fsync(nameless.fileno())
        mine = os.open("/proc/self/fd", os.O_RDONLY)
        try:  # only with a folder given is the link followed to the file; it takes the place of nothing
            os.link(str(nameless.fileno()), path, src_dir_fd=mine, follow_symlinks=True)
        finally:
            os.close(mine)


def _write_part(path: Path, content: bytes) -> None:
    """Do as `write_new` under another name first, which stays behind where the program is killed."""
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)
        except FileExistsError:
            raise
        except OSError:
            if os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
            part.rename(path)
    finally:
        part.unlink(missing_ok=True)
