"""`zhendao-gateway alerts ls|show|ack|resolve|drill|seats`: what a seat does, through the running gateway.

Promise: what is said to be done was committed by the gateway; who came second is told who was first (exit code 1).
"""

import argparse
import time
from datetime import UTC, datetime
from typing import Any

from zhendao.command.output import emit_json, line, table
from zhendao.command.roster.shifts import Days
from zhendao.gateway.alerts import screen
from zhendao.gateway.alerts.client import client_of
from zhendao.protocol.wording import Language, Text

_ACTS = {
    "raised": Text("发生", "raised"),
    "joined": Text("又一次", "once more"),
    "mistake": Text("称误按", "said to be a mistake"),
    "cleared": Text("已复位", "cleared"),
    "nobody": Text("该级无人", "nobody there at step"),
    "told": Text("已通知", "told"),
    "escalated": Text("上报", "escalated to"),
    "acknowledged": Text("接手", "acknowledged"),
    "noted": Text("备注", "noted"),
    "resolved": Text("处理完毕", "resolved"),
    "false_alarm": Text("误报", "false alarm"),
    "heard": Text("老人听到", "the elder heard"),
}


def ls_command(arguments: argparse.Namespace, language: Language) -> int:
    """List alerts."""
    query: dict[str, Any] = {"open": not arguments.all, "limit": 200}
    client = client_of(arguments)
    page = client.ask("GET", params=query)
    items = page["items"]
    while page["next"] is not None and len(items) < arguments.most:
        page = client.ask("GET", params=query | {"before": page["next"]})
        items += page["items"]
    items = items[: arguments.most]
    if arguments.json:
        emit_json(items)
        return 0
    if not items:
        line(Text("没有告警", "there are no alerts").in_(language))
        return 0
    table(screen.HEADERS.in_(language).split(","), screen.rows(items, _now_ms(), language))
    return 0


def show_command(arguments: argparse.Namespace, language: Language) -> int:
    """Show one alert with its log."""
    found = client_of(arguments).ask("GET", f"/{arguments.number}")
    if arguments.json:
        emit_json(found)
        return 0
    table(screen.HEADERS.in_(language).split(","), screen.rows([found["alert"]], _now_ms(), language))
    line("")
    headers = Text("时间,事项,经手,内容", "when,what,by,said").in_(language).split(",")
    cells = [
        [_when(one["at_ms"]), _ACTS[one["act"]].in_(language) if one["act"] in _ACTS else one["act"], one["by"],
         one["said"]]
        for one in found["log"]
    ]  # fmt: skip
    table(headers, cells)
    return 0


def ack_command(arguments: argparse.Namespace, language: Language) -> int:
    """Take an alert."""
    said = {"by": arguments.by, "minutes": arguments.minutes, "note": arguments.note}
    return _done(arguments, language, client_of(arguments).ask("POST", f"/{arguments.number}/ack", json=said))


def resolve_command(arguments: argparse.Namespace, language: Language) -> int:
    """End an alert."""
    said = {
        "by": arguments.by,
        "false_alarm": arguments.false_alarm,
        "reason": arguments.reason,
        "note": arguments.note,
    }
    return _done(arguments, language, client_of(arguments).ask("POST", f"/{arguments.number}/resolve", json=said))


def drill_command(arguments: argparse.Namespace, language: Language) -> int:
    """Begin a drill."""
    said = {"device": arguments.device, "by": arguments.by}
    return _done(arguments, language, client_of(arguments).ask("POST", "/drill", json=said))


def seats_command(arguments: argparse.Namespace, language: Language) -> int:
    """List duty seats, and who is on duty now; exit code 1 where nobody is."""
    items = client_of(arguments).ask("GET", "/seats")["items"]
    present = any(one["on_duty"] for one in items)
    if arguments.json:
        emit_json(items)
        return 0 if present else 1
    if items:
        headers = Text("席位,次序,星期,时段,区划,当班", "seat,rank,days,hours,regions,on duty").in_(language).split(",")
        yes, no = (Text("是", "yes"), Text("否", "no"))
        days = {one["days"]: Days().word(Days().take(one["days"], UTC), language) for one in items}
        table(
            headers,
            [
                [one["seat"], one["rank"], days[one["days"]], one["hours"], "、".join(one["regions"]),
                 (yes if one["on_duty"] else no).in_(language)]
                for one in items
            ],
        )  # fmt: skip
    if not present:
        line(Text("此刻无人值班", "nobody is on duty now").in_(language))
    return 0 if present else 1


def _done(arguments: argparse.Namespace, language: Language, item: dict[str, Any]) -> int:
    if arguments.json:
        emit_json(item)
    else:
        line(screen.told(item, _now_ms(), language))
    return 0


def _when(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone().isoformat(sep=" ", timespec="milliseconds")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
