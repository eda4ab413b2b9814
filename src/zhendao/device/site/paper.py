"""Statements of this terminal: signed with its key, written where they were asked for; drafts that it may sign."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from zhendao.device.errors import DeviceError
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.statement import STATEMENT_BYTES, Statement, open_draft, sign
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.device.identity.values import Identity
    from zhendao.protocol.statement import Kind


class PaperError(DeviceError):
    """A statement cannot be read, written or signed here."""

    code = "paper"


def state(who: Identity, kind: Kind, facts: dict[str, Any]) -> Statement:
    """Return ``facts`` signed by this terminal. Raises `ProtocolError`."""
    from zhendao.protocol.certificates import Certificate  # noqa: PLC0415 - a running terminal parses no certificate

    return sign(Statement(kind, facts), "terminal", who.key, Certificate.parse(who.certificate))


def hand_over(path: Path) -> None:
    """Give a file in the data folder to the folder's owner, where root made it: the service has to read it."""
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):
            owner = path.parent.stat()
            os.chown(path, owner.st_uid, owner.st_gid)


def write(path: Path, statement: Statement) -> None:
    """Write the file. Raises `PaperError`."""
    try:
        path.write_bytes(statement.encode())
    except OSError as error:
        raise PaperError(
            Text(f"{path} 无法写入：{error.strerror}", f"{path} cannot be written: {error.strerror}"),
            Text("请检查 U 盘与权限", "check the stick and its permissions"),
        ) from error


def read_draft(path: Path) -> Statement:
    """Return the unsigned certificate of acceptance in a file. Raises `PaperError`."""
    try:
        with path.open("rb") as file:
            return open_draft(file.read(STATEMENT_BYTES + 1), "acceptance")
    except OSError as error:
        raise PaperError(
            Text(f"{path} 无法读取：{error.strerror}", f"{path} cannot be read: {error.strerror}"),
            Text("请检查 U 盘与文件名", "check the stick and the name"),
        ) from error
    except ProtocolError as error:
        raise PaperError(
            Text(
                f"{path} 不是待签的验收证书：{error.detail}", f"{path} is no certificate to be signed: {error.detail}"
            ),
            Text("请用 zhendao-provision site accept 重新生成", "make it again: zhendao-provision site accept"),
        ) from error
