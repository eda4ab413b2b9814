"""`zhendao-provision terminal invite`, `swap`, `retire`: how a terminal comes into a home, and how it goes."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line, table
from zhendao.command.parser import Command, Parser
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.commands import options
from zhendao.provisioning.commands.rotating import moment
from zhendao.provisioning.commands.terminals import home, home_of

if TYPE_CHECKING:
    import argparse


def _invite_arguments(parser: Parser) -> None:
    options.authority(parser)
    home(parser)
    parser.option(
        "--hours", type=int, default=72, metavar="N", text=Text("几小时内有效，缺省 72", "good for so many hours")
    )
    parser.option(
        "--tries", type=int, default=5, metavar="N", text=Text("最多可试几次，缺省 5", "so many tries, default 5")
    )
    parser.option("--ls", action="store_true", text=Text("列出已有的邀请", "list the invitations that there are"))


def _invite(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.protocol.invitation import ENTROPY_BYTES, new_code  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.authority import Authority  # noqa: PLC0415 - as above
    from zhendao.provisioning.invitations import new_invitation  # noqa: PLC0415 - as above

    authority, now_s = Authority.open(arguments.folder), int(time.time())
    if arguments.ls:
        return _list(authority, now_s, arguments, language)
    if not 1 <= arguments.hours <= 8760 or not 1 <= arguments.tries <= 100:  # noqa: PLR2004 - as the message says
        raise UsageError(Text("--hours 须为 1–8760，--tries 须为 1–100", "--hours is 1-8760, --tries 1-100"))
    code = new_code(secrets.token_bytes(ENTROPY_BYTES))
    expires_s = now_s + arguments.hours * 3600
    new_invitation(authority, code, home_of(arguments), expires_s, arguments.tries, now_s)
    if arguments.json:
        emit_json({"code": code.text, "id": code.id, "expires_s": expires_s, "tries": arguments.tries})
        return 0
    line(
        Text(
            f"邀请码：{code.text}\n{arguments.hours} 小时内有效，只能用一次；本机只留有其慢散列，请现在记下",
            f"one-time code: {code.text}\ngood for {arguments.hours} hours, once; only a slow hash of it is kept: "
            "write it down now",
        ).in_(language)
    )
    return 0


def _list(authority: Any, now_s: int, arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.invitations import invitations, is_open  # noqa: PLC0415 - as above

    rows = [
        {
            "id": one.id,
            "open": is_open(one, now_s),
            "placement": one.home.duty.placement.name.lower(),
            "elder": one.home.elder,
            "tries_left": one.tries_left,
            "expires_s": one.expires_s,
            "device": one.device,
        }
        for one in invitations(authority)
    ]
    if arguments.json:
        emit_json(rows)
    else:
        headers = Text("编号,有效,用处,老人,剩余次数,到期,终端", "id,open,placement,elder,tries left,expires,terminal")
        table(headers.in_(language).split(","), [list(row.values()) for row in rows])
    return 0


def _swap_arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option("--old", required=True, metavar="ID", text=Text("原终端编号", "number of the terminal that goes"))
    parser.option(
        "--request",
        required=True,
        metavar="FILE",
        type=Path,
        text=Text("新终端的请求文件", "the new terminal's request"),
    )
    parser.option(
        "--out", required=True, metavar="FILE", type=Path, text=Text("答复写入的文件", "where to write the answer")
    )
    parser.option("--code", metavar="CODE", text=Text("新终端显示的请求码", "the request code that the new one shows"))
    options.with_passphrase(parser)


def _swap(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.protocol.invitation import INVITED_BYTES  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.folders import read_file, write_file  # noqa: PLC0415 - as above
    from zhendao.provisioning.retiring import swap  # noqa: PLC0415 - as above

    authority = options.opened(arguments, language)
    data = read_file(arguments.request, INVITED_BYTES)
    approved, retired = swap(authority, arguments.old, data, arguments.code, int(time.time()))
    write_file(arguments.out, approved.data)
    new = approved.answer.device.hex()
    if arguments.json:
        emit_json(
            {
                "old": retired.device,
                "device": new,
                "code": approved.code,
                "certificate": approved.answer.certificate.id.hex(),
                "since_s": retired.since_s,
                "list": retired.revoked.number,
                "answer": str(arguments.out),
            }
        )
        return 0
    line(
        Text(
            f"终端 {new}（请求码 {approved.code}）接替 {retired.device}\n答复：{arguments.out}\n"
            f"接着运行：gateway update，broker update，zhendao-gateway registry swap {retired.device} {new}",
            f"terminal {new} (request code {approved.code}) takes the place of {retired.device}\n"
            f"answer: {arguments.out}\n"
            f"Next: gateway update, broker update, zhendao-gateway registry swap {retired.device} {new}",
        ).in_(language)
    )
    return 0


def _retire_arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option("--device", required=True, metavar="ID", text=Text("终端编号", "number of the terminal"))
    parser.option(
        "--statement",
        metavar="FILE",
        type=Path,
        text=Text("终端注销时签署的声明", "what the terminal signed when it was retired"),
    )
    parser.option(
        "--since",
        metavar="WHEN",
        text=Text("自何时起不再可信，缺省现在", "from when on it is not believed (ISO 8601), default now"),
    )
    parser.option(
        "--reason",
        choices=("retired", "replaced", "stolen", "key-lost", "ceased"),
        default="retired",
        text=Text("原因，缺省 retired", "why, default retired"),
    )
    options.with_passphrase(parser)


def _retire(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.protocol.retirement import RETIREMENT_BYTES  # noqa: PLC0415 - help must not load cryptography
    from zhendao.protocol.revocation import Reason  # noqa: PLC0415 - as above
    from zhendao.provisioning.folders import read_file  # noqa: PLC0415 - as above
    from zhendao.provisioning.retiring import retire  # noqa: PLC0415 - as above

    authority, now_s = options.opened(arguments, language), int(time.time())
    statement = None if arguments.statement is None else read_file(arguments.statement, RETIREMENT_BYTES)
    reason = Reason[arguments.reason.upper().replace("-", "_")]
    done = retire(authority, arguments.device, moment(arguments.since, now_s), reason, now_s, statement)
    lacking = None if done.statement is None else done.statement.unacknowledged
    if arguments.json:
        emit_json(
            {
                "device": done.device,
                "since_s": done.since_s,
                "list": done.revoked.number,
                "proved": done.statement is not None,
                "unacknowledged": lacking,
            }
        )
        return 0
    proof = (
        Text("没有终端自己的声明", "without a statement of its own")
        if lacking is None
        else Text(f"声明有效，网关可能缺 {lacking} 条", f"its statement holds; the gateway may lack {lacking} events")
    )
    line(
        Text(
            f"终端 {done.device} 已停用：{proof.zh}；吊销列表第 {done.revoked.number} 版\n"
            "接着运行：gateway update，broker update",
            f"terminal {done.device} is retired: {proof.en}; revocation list number {done.revoked.number}\n"
            "Next: gateway update, broker update.",
        ).in_(language)
    )
    return 0


COMMANDS = (
    Command(
        "terminal invite",
        Text("生成一次性邀请码：绑定用处与住户，终端凭码自动获批", "make a one-time code for a terminal with one duty"),
        _invite_arguments,
        _invite,
        Text(
            "zhendao-provision terminal invite 机构 --placement home --mounting wall --elder E0042",
            "zhendao-provision terminal invite authority --placement home --mounting wall --elder E0042",
        ),
    ),
    Command(
        "terminal swap",
        Text("换机：新终端接替旧终端的用处与住户，旧终端停用", "a new terminal takes the place of another"),
        _swap_arguments,
        _swap,
        Text(
            "zhendao-provision terminal swap 机构 --old 编号 --request 请求 --out 答复",
            "zhendao-provision terminal swap authority --old ID --request request.cbor --out answer.cbor",
        ),
    ),
    Command(
        "terminal retire",
        Text(
            "停用终端：吊销证书，断开连接；此前的证据仍有效",
            "believe a terminal no longer; what it signed before still holds",
        ),
        _retire_arguments,
        _retire,
        Text(
            "zhendao-provision terminal retire 机构 --device 编号 --statement 声明\n"
            "zhendao-provision terminal retire 机构 --device 编号 --reason stolen --since 2026-11-20T18:00+08:00",
            "zhendao-provision terminal retire authority --device ID --statement retirement.cbor\n"
            "zhendao-provision terminal retire authority --device ID --reason stolen --since 2026-11-20T18:00+08:00",
        ),
    ),
)
