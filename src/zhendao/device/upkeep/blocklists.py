"""`zhendao-device blocklist load` and `show`: a list that comes on a USB stick, and which one the terminal holds.

Promise: a file that the gateway did not sign for this tenant, or that is not newer, is refused here, in one line. The
terminal itself proves it again; whether it runs or not makes no difference: it finds the file within ten seconds, or at
its next start.
"""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.findings import Finding, good, note
from zhendao.command.output import emit_json, line
from zhendao.device import config
from zhendao.device.blocklist.keeping import OFFERED, Keeper
from zhendao.device.errors import DataFolderError, DeviceError
from zhendao.device.files import HOST
from zhendao.device.identity.enrolled import load as load_identity
from zhendao.protocol.blocklist import MAX_FILE_BYTES, open_file
from zhendao.protocol.errors import ProtocolError, ZhendaoError
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from zhendao.protocol.blocklist import Blocklist


class BlocklistFileError(DeviceError):
    """The file is no blocklist for this terminal."""

    code = "blocklist-file"


def load(arguments: argparse.Namespace, language: Language) -> int:
    """Give the list in ``file`` to the terminal. Raises `DeviceError`."""
    folder = config.read(Path(arguments.config)).terminal.data_dir
    who, path = load_identity(folder / "identity"), Path(arguments.file)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        new = open_file(who.suite, who.gateway, who.tenant, data)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BlocklistFileError(Text(f"无法读取 {path}：{why}", f"{path} cannot be read: {why}")) from error
    except ProtocolError as error:
        raise BlocklistFileError(
            Text(
                f"{path} 不是本终端可用的名单：{error.detail}", f"{path} is no list for this terminal: {error.detail}"
            ),
            Text("请用 zhendao-gateway blocklist export 重新导出", "export it again: zhendao-gateway blocklist export"),
        ) from error
    held, _ = Keeper(who, folder, HOST).load()
    if held is not None and new.manifest.version <= held.manifest.version:
        mine, other = held.manifest.version, new.manifest.version
        raise BlocklistFileError(
            Text(f"终端已有名单 {mine}，{path} 是 {other}", f"the terminal holds list {mine}, {path} is {other}"),
            Text("不必再装", "there is nothing to do"),
        )
    _lay(folder, data)
    if arguments.json:
        emit_json(_facts(new))
    else:
        said = Text(
            "已交给终端，十秒内或下次启动时生效", "given to the terminal: it takes it in ten seconds, or when it starts"
        )
        line(_said(new).in_(language))
        line(said.in_(language))
    return 0


def show(arguments: argparse.Namespace, language: Language) -> int:
    """Say which list the terminal holds, and with ``--number`` whether that is on it. Raises `DeviceError`."""
    folder = config.read(Path(arguments.config)).terminal.data_dir
    held, why = Keeper(load_identity(folder / "identity"), folder, HOST).load()
    if why is not None:
        raise BlocklistFileError(Text(f"名单不可用：{why}", f"the list cannot be used: {why}"))
    number: bytes | None = arguments.number
    blocked = None if number is None else held is not None and number in held.numbers
    if arguments.json:
        emit_json({**({"version": 0} if held is None else _facts(held)), "blocked": blocked})
        return 0
    said = Text("终端还没有停用名单", "the terminal holds no blocklist yet") if held is None else _said(held)
    line(said.in_(language))
    if blocked is not None:
        line(
            (Text("在名单上", "it is on the list") if blocked else Text("不在名单上", "it is not on the list")).in_(
                language
            )
        )
    return 0


def look(folder: Path) -> Iterator[Finding]:
    """Say for the doctor which list the terminal in ``folder`` holds; nothing where it is not enrolled."""
    try:
        held, why = Keeper(load_identity(folder / "identity"), folder, HOST).load()
    except ZhendaoError:
        return  # told by who looks at the identity
    if why is not None:
        yield note(
            "blocklist",
            Text(f"停用名单不可用：{why}", f"the blocklist cannot be used: {why}"),
            Text("连上网关后会重新下发，或用 U 盘：blocklist load", "the gateway sends it again; or: blocklist load"),
        )
    elif held is not None:
        said = _said(held)
        yield good("blocklist", said.zh, said.en)


def _facts(of: Blocklist) -> dict[str, object]:
    manifest = of.manifest
    return {
        "version": manifest.version,
        "issued_ms": manifest.issued_ms,
        "token_ids": manifest.ids,
        "uids": manifest.uids,
        "tenant": manifest.tenant,
    }


def _said(of: Blocklist) -> Text:
    manifest = of.manifest
    when = datetime.fromtimestamp(manifest.issued_ms / 1000, UTC).isoformat(timespec="seconds")
    return Text(
        f"停用名单 {manifest.version}：{manifest.ids} 个标签编号，{manifest.uids} 个芯片号，签发于 {when}",
        f"blocklist {manifest.version}: {manifest.ids} token ids, {manifest.uids} chip numbers, issued {when}",
    )


def _lay(folder: Path, data: bytes) -> None:
    """Put the file where the terminal looks, whole, for whoever owns the folder (root may have come with the stick)."""
    try:
        handle, name = tempfile.mkstemp(prefix=".blocklist-", dir=folder)
        made = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if os.geteuid() == 0:
                owner = folder.stat()
                os.chown(made, owner.st_uid, owner.st_gid)
            made.rename(folder / OFFERED)
        except BaseException:
            made.unlink(missing_ok=True)
            raise
        HOST.sync_folder(folder)
    except OSError as error:
        raise DataFolderError(folder, error.strerror or type(error).__name__) from error
