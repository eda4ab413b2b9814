"""`zhendao-device journal export`: the journal as a file that can be carried away and checked without the terminal.

Each event goes as a batch of its own with the signature it was journalled with; nothing is opened, nothing signed.
The file appears whole or not at all.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from asn1crypto import pem

from zhendao.command.output import emit_json, line
from zhendao.device import config
from zhendao.device.errors import DeviceError
from zhendao.device.identity.enrolled import load
from zhendao.device.journal.opening import FILE
from zhendao.device.journal.schema import EPOCH_SHIFT
from zhendao.device.upkeep.proving import Links, every_event
from zhendao.protocol.batch import Item, encode_batch
from zhendao.protocol.carried import pack
from zhendao.protocol.proof import single_batch
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from zhendao.device.identity.values import Identity


_NONE: MappingProxyType[bytes, bytes] = MappingProxyType({})


class ExportError(DeviceError):
    """The file cannot be written."""

    code = "export"

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(
            Text(f"无法写入 {path}：{detail}", f"{path} cannot be written: {detail}"),
            Text("请检查目标目录与剩余空间", "check the folder and the room in it"),
        )


def export(arguments: argparse.Namespace, language: Language) -> int:
    """Write the journal into ``--out``; say how many events, and how many cannot be proved alone."""
    folder = config.read(Path(arguments.config)).terminal.data_dir
    source = Path(arguments.file) if arguments.file else folder / FILE
    out = Path(arguments.out)
    left: list[int] = []
    who = load(folder / "identity")
    count = _write(out, batches(who, source, left, _former(who, folder / "identity")))
    if arguments.json:
        emit_json({"file": str(out), "events": count, "left_out": len(left)})
        return 0
    line(Text(f"已导出 {count} 条事件到 {out}", f"{count} events are in {out}").in_(language))
    if left:
        line(
            Text(
                f"{len(left)} 条因前一条已缺失而无法单独证明，未导出",
                f"{len(left)} are left out: what they are chained to is not there",
            ).in_(language)
        )
    return 0


def batches(who: Identity, source: Path, left: list[int], former: Mapping[bytes, bytes] = _NONE) -> Iterator[bytes]:
    """Yield the journal's events as batches of one; numbers of those that link to nothing known go into ``left``.

    The first event under a certificate brings it along; ``former`` are those that the terminal had before, by their id.
    """
    links = Links(who.suite, who.device)
    certificates = {who.certificate_id: who.certificate, **former}
    for row in every_event(source):
        identity, sealed, commitment, signature, certificate_id, _, _, epoch = row
        seq, known = identity % EPOCH_SHIFT, links.of(row)
        if known is None:
            left.append(seq)
            continue
        item = Item(sealed, commitment, signature)
        made = single_batch(who.suite, who.device, epoch, certificate_id, seq, known, item)
        certificate = certificates.pop(certificate_id, None)
        if certificate is not None:
            made = replace(made, certificate=certificate)
        yield encode_batch(made)


def _former(who: Identity, folder: Path) -> dict[bytes, bytes]:
    """Return the certificates that renewals left in ``folder``, by their id; one that cannot be read is left out."""
    found = {}
    for path in folder.glob("terminal-*.crt"):
        with contextlib.suppress(OSError, ValueError):
            der = pem.unarmor(path.read_bytes())[2]
            found[who.suite.hash(der)] = der
    return found


def _write(out: Path, messages: Iterator[bytes]) -> int:
    count = 0
    try:
        handle, name = tempfile.mkstemp(prefix=".zhendao-", dir=out.absolute().parent)
        try:
            with os.fdopen(handle, "wb") as file:
                for message in messages:
                    file.write(pack(message))
                    count += 1
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(out)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ExportError(out, error.strerror or type(error).__name__) from error
    return count
