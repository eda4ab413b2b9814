"""`zhendao-device enrol`: write a request, or take an answer."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.errors import UsageError
from zhendao.command.parser import Command, lazy
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse

    from zhendao.command.parser import Parser
    from zhendao.device.identity.enrol import Asked
    from zhendao.protocol.enrolment import Answer

_MOST = 65_536 + 128


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
        "--online",
        metavar="URL",
        text=Text("经网关在线注册：网关的 https 地址", "enrol over the network: https address of the gateway"),
    )
    parser.option("--code", metavar="CODE", text=Text("机构给的一次性邀请码", "one-time code that the authority gave"))
    parser.option(
        "--ca",
        metavar="FILE",
        type=Path,
        text=Text("网关证书的签发机构（在线时）", "who certified the gateway's address"),
    )
    parser.option(
        "--wait",
        metavar="SECONDS",
        type=float,
        default=600.0,
        text=Text("在线时最多等待多少秒，缺省 600", "how long to wait for the answer at most, default 600"),
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
        "zhendao-device enrol --config device.toml --answer answer.cbor\n"
        "zhendao-device enrol --config device.toml --online https://gateway:8443 --code K7QF-3M2X-9ABC-D",
        "zhendao-device enrol --config device.toml --request request.cbor\n"
        "zhendao-device enrol --config device.toml --answer answer.cbor\n"
        "zhendao-device enrol --config device.toml --online https://gateway:8443 --code K7QF-3M2X-9ABC-D",
    ),
)


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Do the step that the arguments name."""
    from zhendao.command.output import emit_json, line  # noqa: PLC0415 - a running terminal loads this module too
    from zhendao.device.config import read  # noqa: PLC0415 - the command's help must stay light

    ways = {"request": _ask, "answer": _accept, "online": _online}
    chosen = [way for name, way in ways.items() if getattr(arguments, name) is not None]
    if len(chosen) != 1:
        raise UsageError(
            Text("请给出 --request、--answer、--online 之一", "give one of --request, --answer and --online")
        )
    (step,) = chosen
    data_dir = read(Path(arguments.config)).terminal.data_dir
    told, text = step(arguments, data_dir)
    if arguments.json:
        emit_json(told)
    else:
        line(text.in_(language))
    return 0


def _asked(arguments: argparse.Namespace, data_dir: Path) -> tuple[Asked, str]:
    """Make the request, or take the one that waits; return it with its request code."""
    from zhendao.device.identity.enrol import ask  # noqa: PLC0415 - the command's help must stay light
    from zhendao.protocol.enrolment import KeyStore, code_of_request  # noqa: PLC0415 - as above
    from zhendao.protocol.errors import ProtocolError  # noqa: PLC0415 - as above
    from zhendao.protocol.invitation import parse_code, split_invited  # noqa: PLC0415 - as above
    from zhendao.protocol.suite import suite_by_name  # noqa: PLC0415 - as above

    suite = suite_by_name(arguments.suite)
    store = None if arguments.keystore == "auto" else KeyStore[arguments.keystore.upper()]
    try:
        code = None if arguments.code is None else parse_code(arguments.code)
    except ProtocolError as error:
        raise UsageError(
            Text("邀请码有误，请逐字核对", f"the code is not right: {error.detail}"),
            Text("13 个字母与数字，如 K7QF-3M2X-9ABC-D", "13 letters and digits, such as K7QF-3M2X-9ABC-D"),
        ) from error
    asked = ask(data_dir, suite, store, time.time_ns() // 1_000_000, code)
    return asked, code_of_request(split_invited(asked.data)[0], asked.request.suite)


def _online(arguments: argparse.Namespace, data_dir: Path) -> tuple[dict[str, object], Text]:
    from zhendao.command.web import Web  # noqa: PLC0415 - the command's help must stay light
    from zhendao.device.identity.enrol import accept  # noqa: PLC0415 - as above
    from zhendao.device.identity.online import fetch  # noqa: PLC0415 - as above

    web = Web(arguments.online, arguments.ca)
    asked, code = _asked(arguments, data_dir)

    def left() -> None:
        text = f"{asked.request.device.hex()} {code}\n"
        sys.stderr.write(text)

    data = fetch(web, asked.data, arguments.wait, left)
    return _joined(accept(data_dir, data, vouched=arguments.code is not None))


def _ask(arguments: argparse.Namespace, data_dir: Path) -> tuple[dict[str, object], Text]:
    asked, code = _asked(arguments, data_dir)
    try:
        arguments.request.write_bytes(asked.data)
    except OSError as error:
        raise UsageError(
            Text(f"{arguments.request} 无法写入：{error}", f"{arguments.request} cannot be written: {error}")
        ) from error
    device = asked.request.device.hex()
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
    return _joined(accept(data_dir, data))


def _joined(answer: Answer) -> tuple[dict[str, object], Text]:
    device, root = answer.device.hex(), answer.roots[0].id.hex()
    return (
        {"device": device, "tenant": answer.tenant, "root": root, "certificate": answer.certificate.id.hex()},
        Text(
            f"终端 {device} 已注册到 {answer.tenant}\n根证书 {root}（可与机构核对）",
            f"terminal {device} is enrolled with {answer.tenant}\nroot certificate {root} (compare with the authority)",
        ),
    )
