"""`zhendao-device enrol`: write a request, or take an answer."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.errors import UsageError
from zhendao.command.parser import Command, lazy
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse

    from zhendao.command.parser import Parser

_MOST = 65_536


def add_arguments(parser: Parser) -> None:
    """Add --config, --request or --answer, --keystore, --suite."""
    config = Text("设置文件 device.toml", "the settings file, device.toml")
    parser.option("--config", text=config, metavar="FILE", default="/etc/zhendao/device.toml")
    parser.option(
        "--request",
        metavar="FILE",
        type=Path,
        text=Text("生成密钥，把请求写入此文件", "make keys and write the request to this file"),
    )
    parser.option(
        "--answer", metavar="FILE", type=Path, text=Text("接受机构的答复", "take the authority's answer from this file")
    )
    parser.option(
        "--keystore",
        choices=("auto", "file", "credential", "tpm"),
        default="auto",
        text=Text(
            "签名密钥放在何处：文件、systemd 凭据或 TPM，缺省 auto 取最好的",
            "where the signing key is kept: file, systemd credential or TPM; default auto, the best there is",
        ),
    )
    parser.option("--suite", choices=("sm", "intl"), default="sm", text=Text("密码套件，缺省 sm", "suite, default sm"))


COMMAND = Command(
    "enrol",
    Text("注册终端：先写请求，再接受机构的答复", "enrol this terminal: first a request, then the authority's answer"),
    add_arguments,
    lazy("zhendao.device.enrolling:run"),
    Text(
        "zhendao-device enrol --config device.toml --request request.cbor\n"
        "zhendao-device enrol --config device.toml --answer answer.cbor",
        "zhendao-device enrol --config device.toml --request request.cbor\n"
        "zhendao-device enrol --config device.toml --answer answer.cbor",
    ),
)


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Do the step that the arguments name."""
    from zhendao.command.output import emit_json, line  # noqa: PLC0415 - a running terminal loads this module too
    from zhendao.device.config import read  # noqa: PLC0415 - the command's help must stay light

    if (arguments.request is None) == (arguments.answer is None):
        raise UsageError(Text("请给出 --request 或 --answer 之一", "give either --request or --answer"))
    data_dir = read(Path(arguments.config)).terminal.data_dir
    step = _ask if arguments.answer is None else _accept
    told, text = step(arguments, data_dir)
    if arguments.json:
        emit_json(told)
    else:
        line(text.in_(language))
    return 0


def _ask(arguments: argparse.Namespace, data_dir: Path) -> tuple[dict[str, object], Text]:
    from zhendao.device.identity.enrol import ask  # noqa: PLC0415 - the command's help must stay light
    from zhendao.protocol.enrolment import KeyStore, code_of_request  # noqa: PLC0415 - as above
    from zhendao.protocol.suite import suite_by_name  # noqa: PLC0415 - as above

    suite = suite_by_name(arguments.suite)
    store = None if arguments.keystore == "auto" else KeyStore[arguments.keystore.upper()]
    asked = ask(data_dir, suite, store, time.time_ns() // 1_000_000)
    try:
        arguments.request.write_bytes(asked.data)
    except OSError as error:
        raise UsageError(
            Text(f"{arguments.request} 无法写入：{error}", f"{arguments.request} cannot be written: {error}")
        ) from error
    code, device = code_of_request(asked.data, asked.request.suite), asked.request.device.hex()
    place = asked.request.keystore.name.lower()
    return (
        {"device": device, "code": code, "keystore": place, "again": asked.again, "request": str(arguments.request)},
        Text(
            f"终端 {device}\n请求码 {code}（批准时请核对）\n密钥在 {place}，请求写入 {arguments.request}",
            f"terminal {device}\nrequest code {code} (to be compared at approval)\n"
            f"key in {place}, request written to {arguments.request}",
        ),
    )


def _accept(arguments: argparse.Namespace, data_dir: Path) -> tuple[dict[str, object], Text]:
    from zhendao.device.identity.enrol import accept  # noqa: PLC0415 - the command's help must stay light

    try:
        with arguments.answer.open("rb") as file:
            data = file.read(_MOST + 1)
    except OSError as error:
        raise UsageError(
            Text(f"{arguments.answer} 无法读取：{error}", f"{arguments.answer} cannot be read: {error}")
        ) from error
    answer = accept(data_dir, data)
    device, root = answer.device.hex(), answer.roots[0].id.hex()
    return (
        {"device": device, "tenant": answer.tenant, "root": root, "certificate": answer.certificate.id.hex()},
        Text(
            f"终端 {device} 已注册到 {answer.tenant}\n根证书 {root}（可与机构核对）",
            f"terminal {device} is enrolled with {answer.tenant}\nroot certificate {root} (compare with the authority)",
        ),
    )
