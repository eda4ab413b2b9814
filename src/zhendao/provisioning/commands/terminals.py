"""`zhendao-provision terminal …`: approve a terminal's request, list the terminals that have joined."""

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path

from zhendao.command.output import emit_json, line, table
from zhendao.command.parser import Command, Parser
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.commands import options


def token_id(text: str) -> bytes:
    """Read the 32 hex digits of a token id; ValueError for anything else."""
    found = bytes.fromhex(text)
    if len(found) != 16:  # noqa: PLR2004 - docs/protocol.md section 9
        raise ValueError(text)
    return found


def _approve_arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option(
        "--request", required=True, metavar="FILE", type=Path, text=Text("终端的请求文件", "the terminal's request")
    )
    parser.option(
        "--out", required=True, metavar="FILE", type=Path, text=Text("答复写入的文件", "where to write the answer")
    )
    parser.option(
        "--placement",
        choices=("home", "station", "carried"),
        default="home",
        text=Text("用处：家中、站点、随身，缺省 home", "where it works, default home"),
    )
    parser.option(
        "--mounting",
        choices=("cradle", "wall"),
        default="cradle",
        text=Text("门牌在终端旁（cradle）或背后（wall），缺省 cradle", "door tag beside or behind it, default cradle"),
    )
    parser.option(
        "--door",
        metavar="TOKENID",
        type=token_id,
        text=Text("本终端门牌的令牌号，32 位十六进制", "token id of this terminal's door tag, 32 hex digits"),
    )
    parser.option(
        "--code",
        metavar="CODE",
        text=Text("终端上显示的请求码；不符即拒绝", "the request code that the terminal shows; refused if it differs"),
    )
    options.with_passphrase(parser)


def _approve(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.protocol.vocabulary import Mounting, Placement  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.authority import Authority  # noqa: PLC0415 - as above
    from zhendao.provisioning.duty import Duty  # noqa: PLC0415 - as above
    from zhendao.provisioning.folders import write_file  # noqa: PLC0415 - as above
    from zhendao.provisioning.passphrase import find  # noqa: PLC0415 - as above
    from zhendao.provisioning.terminals import approve  # noqa: PLC0415 - as above

    authority = Authority.open(arguments.folder, find(arguments.passphrase_file, language))
    duty = Duty(Placement[arguments.placement.upper()], Mounting[arguments.mounting.upper()], arguments.door)
    approved = approve(authority, arguments.request, duty, arguments.code, int(time.time()))
    write_file(arguments.out, approved.data)
    answer = approved.answer
    if arguments.json:
        emit_json(
            {
                "device": answer.device.hex(),
                "code": approved.code,
                "again": approved.again,
                "certificate": answer.certificate.id.hex(),
                "root": authority.root.id.hex(),
                "answer": str(arguments.out),
            }
        )
        return 0
    line(
        Text(
            f"已批准终端 {answer.device.hex()}，请求码 {approved.code}\n答复：{arguments.out}\n"
            f"根证书：{authority.root.id.hex()}",
            f"approved terminal {answer.device.hex()}, request code {approved.code}\nanswer: {arguments.out}\n"
            f"root certificate: {authority.root.id.hex()}",
        ).in_(language)
    )
    if arguments.code is None:
        line(
            Text("请与终端上显示的请求码核对。", "Compare the code with the one that the terminal shows.").in_(language)
        )
    return 0


def _list(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.authority import Authority  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.terminals import list_terminals  # noqa: PLC0415 - as above

    terminals = list_terminals(Authority.open(arguments.folder))
    rows = [
        {
            "device": one.device,
            "placement": one.duty.placement.name.lower(),
            "mounting": one.duty.mounting.name.lower(),
            "door": None if one.duty.door is None else one.duty.door.hex(),
            "keystore": one.keystore.name.lower(),
            "approved": _iso(one.approved_ms // 1000),
            "valid_until": _iso(one.not_after_s),
        }
        for one in terminals
    ]
    if arguments.json:
        emit_json(rows)
        return 0
    headers = Text(
        "设备号,用处,安装,门牌,密钥所在,批准于,有效至", "device,placement,mounting,door,key in,approved,valid until"
    )
    table(headers.in_(language).split(","), [list(row.values()) for row in rows])
    return 0


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


COMMANDS = (
    Command(
        "terminal approve",
        Text("批准终端的请求，写出答复", "grant a terminal's request and write the answer"),
        _approve_arguments,
        _approve,
        Text(
            "zhendao-provision terminal approve 机构 --request 请求 --out 答复 --placement home --mounting cradle",
            "zhendao-provision terminal approve authority --request request.cbor --out answer.cbor --mounting wall",
        ),
    ),
    Command(
        "terminal ls",
        Text("列出已批准的终端", "list the terminals that have joined"),
        options.authority,
        _list,
        Text("zhendao-provision terminal ls 机构", "zhendao-provision terminal ls authority"),
    ),
)
