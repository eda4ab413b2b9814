"""`zhendao-provision terminal …`: approve a terminal's request, list the terminals that have joined."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line, table
from zhendao.command.parser import Command, Parser
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.commands import options

if TYPE_CHECKING:
    import argparse

    from zhendao.provisioning.invitations import Home
    from zhendao.provisioning.online import Outcome

_LOOK_S = 5.0


def token_id(text: str) -> bytes:
    """Read the 32 hex digits of a token id; ValueError for anything else."""
    found = bytes.fromhex(text)
    if len(found) != 16:  # noqa: PLR2004 - docs/protocol.md section 9
        raise ValueError(text)
    return found


def _approve_arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option("--request", metavar="FILE", type=Path, text=Text("终端的请求文件", "the terminal's request"))
    parser.option("--out", metavar="FILE", type=Path, text=Text("答复写入的文件", "where to write the answer"))
    parser.option(
        "--online",
        metavar="URL",
        text=Text(
            "经网关取请求并答复：网关的 https 地址", "fetch requests from the gateway and answer: its https address"
        ),
    )
    parser.option(
        "--token-file",
        metavar="FILE",
        type=Path,
        text=Text("网关令牌所在文件（角色 enroller）", "file with a token of the gateway, role enroller"),
    )
    parser.option("--ca", metavar="FILE", type=Path, text=Text("网关网页证书的签发机构", "who certified the gateway"))
    parser.option(
        "--watch", action="store_true", text=Text("持续处理，直到按 Ctrl-C", "go on until Ctrl-C, every few seconds")
    )
    home(parser)
    parser.option(
        "--code",
        metavar="CODE",
        text=Text("终端上显示的请求码；不符即拒绝", "the request code that the terminal shows; refused if it differs"),
    )
    options.with_passphrase(parser)


def home(parser: Parser) -> None:
    """Add --placement, --mounting, --door and --elder."""
    parser.option(
        "--placement",
        choices=("home", "station", "carried"),
        text=Text(
            "用处：家中、站点、随身，缺省 home；有邀请码时以邀请为准", "where it works, default home, or as invited"
        ),
    )
    parser.option(
        "--mounting",
        choices=("cradle", "wall"),
        text=Text("门牌在终端旁（cradle）或背后（wall），缺省 cradle", "door tag beside or behind it, default cradle"),
    )
    parser.option(
        "--door",
        metavar="TOKENID",
        type=token_id,
        text=Text("本终端门牌的令牌号，32 位十六进制", "token id of this terminal's door tag, 32 hex digits"),
    )
    parser.option(
        "--elder", metavar="ID", text=Text("老人在登记中的编号", "number of the elder in the gateway's registry")
    )


def home_of(arguments: argparse.Namespace) -> Home:
    """Return the home that the options of `home` give."""
    from zhendao.protocol.vocabulary import Mounting, Placement  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.duty import Duty  # noqa: PLC0415 - as above
    from zhendao.provisioning.invitations import Home  # noqa: PLC0415 - as above

    placement = Placement[(arguments.placement or "home").upper()]
    mounting = Mounting[(arguments.mounting or "cradle").upper()]
    return Home(Duty(placement, mounting, arguments.door), arguments.elder)


def _said_home(arguments: argparse.Namespace) -> bool:
    given = (arguments.placement, arguments.mounting, arguments.door, arguments.elder)
    return any(one is not None for one in given)


def _approve(arguments: argparse.Namespace, language: Language) -> int:
    if arguments.online is not None:
        return _approve_online(arguments, language)
    from zhendao.protocol.invitation import INVITED_BYTES, split_invited  # noqa: PLC0415 - help stays light
    from zhendao.provisioning.folders import read_file, write_file  # noqa: PLC0415 - as above
    from zhendao.provisioning.terminals import grant  # noqa: PLC0415 - as above

    if arguments.request is None or arguments.out is None:
        raise UsageError(Text("请给出 --request 与 --out，或 --online", "give --request and --out, or --online"))
    authority = options.opened(arguments, language)
    data = read_file(arguments.request, INVITED_BYTES)
    invited = False
    if not _said_home(arguments):
        with contextlib.suppress(ProtocolError):
            invited = split_invited(data)[1] is not None
    chosen = None if invited else home_of(arguments)
    approved = grant(authority, data, chosen, arguments.code, int(time.time()), str(arguments.request))
    write_file(arguments.out, approved.data)
    answer = approved.answer
    if arguments.json:
        emit_json(
            {
                "device": answer.device.hex(),
                "code": approved.code,
                "again": approved.again,
                "invited": invited,
                "elder": approved.elder,
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
    if arguments.code is None and not invited:
        line(
            Text("请与终端上显示的请求码核对。", "Compare the code with the one that the terminal shows.").in_(language)
        )
    return 0


def _approve_online(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.command.web import Web  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.folders import read_file  # noqa: PLC0415 - as above
    from zhendao.provisioning.online import Official, serve  # noqa: PLC0415 - as above

    if arguments.token_file is None or arguments.request is not None:
        raise UsageError(Text("--online 须配 --token-file，不配 --request", "--online goes with --token-file"))
    if _said_home(arguments) and arguments.code is None:
        raise UsageError(
            Text("在线批准一台没有邀请码的终端须给出 --code", "a terminal without an invitation is named by --code")
        )
    token = read_file(arguments.token_file, 1024).decode("ascii", "replace").strip()
    web = Web(arguments.online, arguments.ca, token)
    authority = options.opened(arguments, language)
    official = None if arguments.code is None else Official(arguments.code, home_of(arguments))
    seen: set[str] = set()
    while True:
        for one in serve(authority, web, official, int(time.time())):
            if one.device not in seen or one.approved is not None:
                _tell(one, language, as_json=arguments.json)
            seen.add(one.device)
        if not arguments.watch:
            return 0
        time.sleep(_LOOK_S)


def _tell(one: Outcome, language: Language, *, as_json: bool) -> None:
    state = "approved" if one.approved is not None else "waiting" if one.problem is None else "refused"
    if as_json:
        said = {"device": one.device, "code": one.code, "state": state, "problem": one.problem, "bound": one.bound}
        emit_json(said)
        return
    words = {
        "approved": Text("已批准", "approved"),
        "waiting": Text(
            "等待批准：请与终端核对请求码，并用 --code 批准", "waits: compare the code, and approve it with --code"
        ),
        "refused": Text("已拒绝", "refused"),
    }
    detail = f" ({one.problem})" if one.problem else ""
    line(f"{one.device} {one.code} {words[state].in_(language)}{detail}")


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
            "state": one.state,
            "elder": one.elder,
            "approved": _iso(one.approved_ms // 1000),
            "valid_until": _iso(one.not_after_s),
        }
        for one in terminals
    ]
    if arguments.json:
        emit_json(rows)
        return 0
    headers = Text(
        "设备号,用处,安装,门牌,密钥所在,状态,老人,批准于,有效至",
        "device,placement,mounting,door,key in,state,elder,approved,valid until",
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
            "zhendao-provision terminal approve 机构 --request 请求 --out 答复 --placement home --mounting cradle\n"
            "zhendao-provision terminal approve 机构 --online https://gateway:8443 --token-file 令牌 --watch",
            "zhendao-provision terminal approve authority --request request.cbor --out answer.cbor --mounting wall\n"
            "zhendao-provision terminal approve authority --online https://gateway:8443 --token-file token --watch",
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
