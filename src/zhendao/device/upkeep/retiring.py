"""`zhendao-device retire`: the terminal signs where its journal ends, and wipes everything that is its own.

Promise: nothing goes before the gateway has it, or somebody said ``--anyway``; the signed statement is on the disk
before the key goes; a wipe that was cut short is ended by the same command. Files are overwritten and unlinked: on
flash the old blocks may live on in the chip, and only a key that was in a TPM is gone for certain.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.output import emit_json, line
from zhendao.device import config
from zhendao.device.errors import DataFolderError, DeviceError
from zhendao.device.identity import keystore
from zhendao.device.identity.atomic import replace
from zhendao.device.identity.enrolled import load
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.opening import FILE
from zhendao.device.upkeep import books
from zhendao.protocol.errors import ProtocolError, ZhendaoError
from zhendao.protocol.retirement import Retirement, open_retirement, sign_retirement
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from zhendao.device.identity.values import Identity

STATEMENT = "retired.cbor"
_KEEP = frozenset({STATEMENT, "lock"})
_CHUNK = 1 << 20


class RetireError(DeviceError):
    """Something is still only here."""

    code = "retire"


def retire(arguments: argparse.Namespace, language: Language) -> int:
    """Sign the last statement, wipe, and say what was done."""
    data_dir = config.read(Path(arguments.config)).terminal.data_dir
    statement = data_dir / STATEMENT
    folder = DataFolder(data_dir)
    try:
        signed = _begun(data_dir)
        if signed is None:
            who = load(data_dir / "identity")
            signed = sign_retirement(_last_word(who, data_dir, anyway=arguments.anyway), who.key)
            replace(statement, signed)
        _hand_out(arguments.out, signed)
        wiped = wipe(data_dir)
    finally:
        folder.close()
    if arguments.json:
        emit_json({"statement": str(arguments.out), "kept": str(statement), "wiped_files": wiped})
        return 0
    line(
        Text(
            f"已注销：{wiped} 个文件已覆写并删除，声明写入 {arguments.out}\n"
            "请交给机构：zhendao-provision terminal retire --statement；闪存中的旧数据块可能仍在，介质请销毁或整盘擦除",
            f"retired: {wiped} files overwritten and deleted, the statement is in {arguments.out}\n"
            "Give it to the authority: zhendao-provision terminal retire --statement. "
            "Old blocks may live on in flash: destroy the card, or erase all of it.",
        ).in_(language)
    )
    return 0


def _begun(data_dir: Path) -> bytes | None:
    """Return the statement of a wipe that was begun here and cut short; None where there is none to be ended.

    A terminal that was retired and enrolled again has an identity which that statement is not about.
    """
    path = data_dir / STATEMENT
    if not path.exists():
        return None
    signed = path.read_bytes()
    try:
        who = load(data_dir / "identity")
    except ZhendaoError:  # some of it is gone already
        return signed
    with contextlib.suppress(ProtocolError):
        if open_retirement(signed, who.key.spki).device == who.device:
            return signed
    return None


def wipe(data_dir: Path) -> int:
    """Overwrite and delete everything in ``data_dir`` but the statement, keys first; return how many files."""
    identity = data_dir / "identity"
    if identity.is_dir() and (identity / keystore.TPM_FILE).exists():
        keystore.forget(identity)
    count = 0
    for path in sorted(_files(data_dir), key=lambda one: identity not in one.parents):
        _overwrite(path)
        count += 1
    for path in sorted((one for one in data_dir.rglob("*") if one.is_dir()), reverse=True):
        with contextlib.suppress(OSError):
            path.rmdir()
    left = list(_files(data_dir))
    if left:
        raise DataFolderError(data_dir, f"{left[0].name} is still there")
    return count


def _files(data_dir: Path) -> Iterator[Path]:
    for path in data_dir.rglob("*"):
        if (path.is_symlink() or not path.is_dir()) and not (path.parent == data_dir and path.name in _KEEP):
            yield path


def _overwrite(path: Path) -> None:
    try:
        if path.is_file() and not path.is_symlink():
            with path.open("r+b") as file:
                left = os.fstat(file.fileno()).st_size
                while left > 0:
                    left -= file.write(secrets.token_bytes(min(left, _CHUNK)))
                file.flush()
                os.fsync(file.fileno())
        path.unlink()
    except OSError as error:
        raise DataFolderError(path, error.strerror or type(error).__name__) from error


def _last_word(who: Identity, data_dir: Path, *, anyway: bool) -> Retirement:
    """Return what is to be signed. Raises `RetireError` where events are only here."""
    try:
        found = books.read(data_dir / FILE, books.epochs)
        last = books.read(data_dir / FILE, lambda db: books.last_lines(db, 1))
    except DeviceError as error:
        if not anyway and (data_dir / FILE).exists():
            raise RetireError(error.what, _CURE) from error
        found, last = [], []
    waiting = sum(one.unacknowledged for one in found)
    asides = len(list(data_dir.glob(books.ASIDE)))
    if (waiting or asides) and not anyway:
        raise RetireError(
            Text(
                f"还有 {waiting} 条记录网关尚未确认，{asides} 个搁置的日志",
                f"{waiting} events are not acknowledged by the gateway, {asides} journals were set aside",
            ),
            _CURE,
        )
    end = last[0] if last else None
    return Retirement(
        suite_id=who.suite.id,
        device=who.device,
        certificate_id=who.certificate_id,
        epoch=None if end is None else end.epoch,
        seq=0 if end is None else end.seq,
        head=None if end is None else end.head,
        unacknowledged=waiting,
        wall_ms=max(0, time.time_ns() // 1_000_000),
    )


_CURE = Text(
    "请让终端联网直至全部确认，或先 journal export 再加 --anyway",
    "let it reach its network until all is acknowledged; or export the journal, then give --anyway",
)


def _hand_out(path: Path, signed: bytes) -> None:
    try:
        with path.open("wb") as file:
            file.write(signed)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise DataFolderError(path, error.strerror or type(error).__name__) from error
