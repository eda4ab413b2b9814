"""`zhendao-device journal salvage`: what a journal that was set aside still holds goes back into the journal.

The terminal must not run meanwhile. What is put back is sent at the next start like any other event, in its own epoch
under its own number; that start begins a new epoch and says why. The damaged file is only read, and kept under another
name, so that nobody salvages it twice.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.output import emit_json, line, table
from zhendao.device import config
from zhendao.device.errors import DeviceError, JournalWriteError
from zhendao.device.files import HOST
from zhendao.device.identity.enrolled import load
from zhendao.device.journal.carrying import put_in, wait_for_new_epoch
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.headcopy import read_heads
from zhendao.device.journal.opening import FILE, HEAD, head_aside
from zhendao.device.journal.salvage import Haul, Saved, gather, prove
from zhendao.device.journal.schema import connect, named
from zhendao.device.journal.settlement import settled
from zhendao.device.journal.spans import Spans
from zhendao.device.upkeep import books
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse

    from zhendao.device.files import Connection
    from zhendao.device.identity.values import Identity
    from zhendao.device.journal.carrying import Sound

_CHUNK = 256
_SAVED = "salvaged"


class WreckError(DeviceError):
    """The damaged file cannot be read at all."""

    code = "wreck"

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(
            Text(f"{path} 无法读取：{detail}", f"{path} cannot be read: {detail}"),
            Text(
                "请先用 ddrescue 把存储卡复制为映像，再用 --file 指定其中的日志",
                "copy the card with ddrescue first, then name the journal in the copy with --file",
            ),
        )


@dataclass(frozen=True, slots=True)
class Result:
    """One epoch of one file: what was saved, what of it is new here, what was found and is not proved."""

    file: Path
    epoch: bytes
    saved: int
    new: int
    unproved: int


def salvage(arguments: argparse.Namespace, language: Language) -> int:
    """Put back what can be proved; print a row for each file and epoch."""
    data = config.read(Path(arguments.config)).terminal.data_dir
    files = [Path(arguments.file)] if arguments.file else sorted(data.glob(books.ASIDE))
    who = load(data / "identity")
    folder = DataFolder(data)
    try:
        found = [one for file in files for one in _salvage(folder, who, file, dry=arguments.dry_run)]
    finally:
        folder.close()
    if arguments.json:
        emit_json([{**_as_json(one), "put_back": not arguments.dry_run} for one in found])
        return 0
    rows = [[one.file.name, one.epoch.hex()[:8], one.saved, one.new, one.unproved] for one in found]
    if rows:
        table([one.in_(language) for one in _HEADERS], rows)
    line(_verdict(found, dry=arguments.dry_run).in_(language))
    return 0


def _salvage(folder: DataFolder, who: Identity, file: Path, *, dry: bool) -> list[Result]:
    saved = list(prove(_read(file), who, _known(folder.path, file)))
    try:
        with closing(connect(folder.path / FILE, who.device)) as db:
            results = [_put_back(db, who, file, one, dry=dry) for one in saved]
            if not dry and any(one.new for one in results):
                wait_for_new_epoch(db)
    except sqlite3.Error as error:
        raise named(error, folder.path) from error
    except OSError as error:
        raise JournalWriteError(error.strerror or type(error).__name__) from error
    if not dry and file.parent == folder.path:
        _rename(file)
    return results


def _read(file: Path) -> Haul:
    try:
        log = file.with_name(file.name + "-wal")
        return gather(file.read_bytes(), log.read_bytes() if log.exists() else b"")
    except OSError as error:
        raise WreckError(file, error.strerror or type(error).__name__) from error


def _known(folder: Path, file: Path) -> list[bytes]:
    """Return the epochs that copies of a journal's head name: the present one, and that of ``file``."""
    copies = (folder / HEAD, head_aside(file))
    return [head.epoch for copy in copies for head in read_heads(copy)]


def _put_back(db: Connection, who: Identity, file: Path, saved: Saved, *, dry: bool) -> Result:
    row = db.execute("SELECT number FROM epoch WHERE epoch = ?", (saved.epoch,)).fetchone()
    done = Spans() if row is None else settled(db, row[0])
    new = _undelivered(saved.sound, done, _present(db, row))
    if not dry:
        for at in range(0, len(new), _CHUNK):
            put_in(db, who.suite, who.device, saved.epoch, new[at : at + _CHUNK])
    return Result(file, saved.epoch, len(saved.sound), len(new), len(saved.unproved))


def _present(db: Connection, row: tuple[int] | None) -> set[int]:
    if row is None:
        return set()
    span = (row[0] << 40, row[0] + 1 << 40)
    return {one - span[0] for (one,) in db.execute("SELECT id FROM event WHERE id > ? AND id < ?", span)}


def _undelivered(sound: tuple[Sound, ...], done: Spans, present: set[int]) -> list[Sound]:
    """Return what the gateway does not have and the journal neither, with the `boot` events that it needs."""
    missing = [one for one in sound if one.seq not in done and one.seq not in present]
    starts = {one.start for one in missing} - present
    return sorted({one.seq: one for one in (*missing, *(one for one in sound if one.seq in starts))}.values(), key=_seq)


def _seq(one: Sound) -> int:
    return one.seq


def _rename(file: Path) -> None:
    for old in (file.with_name(file.name + "-wal"), head_aside(file), file):
        if old.exists():
            old.rename(old.with_name(old.name.replace(".corrupt.", f".{_SAVED}.")))
    HOST.sync_folder(file.parent)


def _as_json(one: Result) -> dict[str, object]:
    return {
        "file": str(one.file),
        "epoch": one.epoch.hex(),
        "saved": one.saved,
        "new": one.new,
        "unproved": one.unproved,
    }


def _verdict(found: list[Result], *, dry: bool) -> Text:
    new = sum(one.new for one in found)
    if not found:
        return Text("没有可抢救的日志", "there is nothing to salvage")
    if dry:
        return Text(f"可放回 {new} 条事件（未写入）", f"{new} events could be put back; nothing was written")
    return Text(f"已放回 {new} 条事件，终端启动后自动上传", f"{new} events were put back, and go out at the next start")


_HEADERS = (
    Text("文件", "file"),
    Text("纪元", "epoch"),
    Text("可证明", "proved"),
    Text("新增", "new here"),
    Text("不可证明", "not proved"),
)
