"""What has become of an event whose receipt code somebody holds: asked of the gateway, or found in a carried journal.

Promise: a receipt finds an event again and proves nothing; what is said goes no further than what the other side said,
or than what stands in the file.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line
from zhendao.protocol.batch import decode_batch
from zhendao.protocol.carried import unpack
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.proof import heads
from zhendao.protocol.receipt import receipt_code
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.wording import Language, Text
from zhendao.verifier.errors import AnswerError, UnreadableFileError

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

_LAST_MS = 32_503_680_000_000
"""The year 3000, UTC ms."""
_NOT_HERE = Text(
    "网关还没有这条记录：如果终端给出过该回执号，它仍在终端里，联网后会自动送达",
    "the gateway does not have it: if the terminal gave this code, it is still there and comes when the link is back",
)
_PLATFORM = {
    "accepted": Text("平台已接收", "the platform has accepted it"),
    "refused": Text("平台未接收，网关的死信列表有原因", "the platform refused it; the gateway lists why"),
    "waiting": Text("正等待送往平台", "it waits to be sent to the platform"),
}
_KINDS = {"check": "打卡", "meal": "用餐", "rating": "评价", "tap": "刷卡", "undo": "撤回"}
_CHINA = timezone(timedelta(hours=8))
_VISITS = {
    "open": Text("上门进行中", "the visit is open"),
    "closed": Text("上门已完成", "the visit is complete"),
    "withdrawn": Text("上门已撤销", "the visit was withdrawn"),
}


def receipt_command(arguments: argparse.Namespace, language: Language) -> int:
    """Say what has become of it; 0 where it was found, 1 where it was not."""
    if not re.fullmatch("[0-9]{6}", arguments.code):
        raise UsageError(Text("回执号是六位数字", "a receipt is six digits"))
    if (arguments.journal is None) == (arguments.url is None):
        raise UsageError(Text("须给出 --url 或 --journal 之一", "give either --url or --journal"))
    if arguments.journal is not None:
        return _of_journal(arguments, language)
    return _of_gateway(arguments, language)


def _of_gateway(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.command.web import Web, refusal  # noqa: PLC0415 - a journal needs no network

    if arguments.terminal is None or arguments.date is None:
        raise UsageError(Text("还须给出 --terminal 与 --date", "give --terminal and --date, too"))
    if not re.fullmatch("[0-9a-fA-F]{32}", arguments.terminal):
        raise UsageError(Text("--terminal 须是 32 位十六进制数", "--terminal must be 32 hexadecimal digits"))
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", arguments.date):
        raise UsageError(Text("--date 须是日期，如 2026-11-23", "--date must be a day, such as 2026-11-23"))
    asked = f"/api/v1/receipts/{arguments.code}?device={arguments.terminal}&day={arguments.date}"
    reply = Web(arguments.url, arguments.ca).get(asked)
    if reply.status != 200:  # noqa: PLR2004 - HTTP's good answer
        raise refusal(reply)
    items = _items(reply.json())
    if arguments.json:
        emit_json({"here": bool(items), "items": items})
        return 0 if items else 1
    if not items:
        line(_NOT_HERE.in_(language))
    for one in items:
        came = f"{datetime.fromtimestamp(one['received_ms'] / 1000, _CHINA):%Y-%m-%d %H:%M:%S} UTC+8"
        kind = _KINDS.get(one["kind"], one["kind"])
        said = [Text(f"✓ 网关已收到（{kind}，{came}）", f"✓ the gateway has it ({one['kind']}, {came})")]
        said += [table[one[name]] for name, table in (("visit", _VISITS), ("platform", _PLATFORM)) if one[name]]
        line(Text("；".join(part.zh for part in said), "; ".join(part.en for part in said)).in_(language))
    return 0 if items else 1


def _items(told: Any) -> list[dict[str, Any]]:
    """Return what the gateway tells of the receipt. Raises `AnswerError` where it is nothing that a gateway says."""
    items = told.get("items") if isinstance(told, dict) else None
    if not isinstance(items, list) or not all(_is_item(one) for one in items):
        raise AnswerError
    return items


def _is_item(one: Any) -> bool:
    match one:
        case {
            "kind": str() as kind,
            "received_ms": int() as at_ms,
            "visit": str() | None as visit,
            "platform": str() | None as platform,
        }:
            known = visit in {None, *_VISITS} and platform in {None, *_PLATFORM}
            return known and bool(re.fullmatch("[a-z_]{1,32}", kind)) and 0 <= at_ms < _LAST_MS
    return False


def _of_journal(arguments: argparse.Namespace, language: Language) -> int:
    found = _matches(arguments.journal, arguments.code)
    if arguments.terminal is not None:
        found = [one for one in found if one[0] == arguments.terminal.lower()]
    if arguments.json:
        emit_json({"here": bool(found), "items": [{"device": a, "epoch": b, "seq": c} for a, b, c in found]})
        return 0 if found else 1
    for device, epoch, seq in found:
        said = Text(
            f"✓ 终端 {device} 已记录：日志 {epoch[:8]} 第 {seq} 条（签名用 zhendao-verify journal 核验）",
            f"✓ terminal {device} has recorded it: event {seq} of journal {epoch[:8]} "
            "(zhendao-verify journal checks the signatures)",
        )
        line(said.in_(language))
    if not found:
        line(Text("该日志中没有这个回执号", "no event of this journal has this code").in_(language))
    return 0 if found else 1


def _matches(path: Path, code: str) -> list[tuple[str, str, int]]:
    found = []
    try:
        with path.open("rb") as file:
            for data in unpack(file.read):
                batch = decode_batch(data)
                suite = suite_by_id(batch.suite_id)
                for seq, head in enumerate(heads(batch), batch.first):
                    if receipt_code(suite, head) == code:
                        found.append((batch.device.hex(), batch.epoch.hex(), seq))
    except OSError as error:
        raise UnreadableFileError(path, error.strerror or str(error)) from error
    except ProtocolError as error:
        raise UnreadableFileError(path, error.detail) from error
    return found
