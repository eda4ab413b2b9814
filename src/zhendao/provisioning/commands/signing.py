"""`zhendao-provision signer ls`, `signer check`: which places for keys there are, and whether one may be relied on."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.output import emit_json, line, table
from zhendao.command.parser import Command, Parser, no_arguments
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse


def _list(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.keyfile import Passphrase  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.signers.interface import Surroundings, find, names  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory() as folder:
        here = Surroundings(Path(folder), Passphrase("only looked at"))
        rows = [{"name": name, "suites": sorted(find(name, here).suites())} for name in names()]
    if arguments.json:
        emit_json(rows)
    else:
        headers = Text("名称,此处可用的套件", "name,suites it has here").in_(language).split(",")
        table(headers, [[row["name"], " ".join(row["suites"]) or "-"] for row in rows])
    return 0


def _check_arguments(parser: Parser) -> None:
    parser.option("name", metavar="NAME", text=Text("签名设备的名称，见 signer ls", "its name, see signer ls"))


def _check(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.keyfile import Passphrase  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.signers.conformance import examine  # noqa: PLC0415 - as above
    from zhendao.provisioning.signers.interface import Surroundings, find  # noqa: PLC0415 - as above

    with tempfile.TemporaryDirectory() as folder:
        found = list(examine(find(arguments.name, Surroundings(Path(folder), Passphrase("a check of this signer")))))
    failed = [one for one in found if one[1] is not None]
    if arguments.json:
        emit_json({"passed": not failed, "trials": [{"what": what, "problem": why} for what, why in found]})
        return 1 if failed else 0
    for what, why in found:
        line(f"{'✓' if why is None else '✗'} {what}{'' if why is None else f': {why}'}")
    verdict = Text("全部通过", "it passes") if not failed else Text("不合格", "it does not pass")
    line(verdict.in_(language))
    return 1 if failed else 0


COMMANDS = (
    Command(
        "signer ls",
        Text("列出可放签名密钥的地方", "list the places for signing keys"),
        no_arguments,
        _list,
        Text("zhendao-provision signer ls", "zhendao-provision signer ls"),
    ),
    Command(
        "signer check",
        Text("检验一个签名设备是否合格（会在其中生成并删除密钥）", "try a signer: makes keys in it and removes them"),
        _check_arguments,
        _check,
        Text("zhendao-provision signer check tpm", "zhendao-provision signer check tpm"),
    ),
)
