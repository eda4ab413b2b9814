"""`zhendao-gateway alerts dossier|sends|drills|false`: what stands beside an alert, through the running gateway.

Promise: names are shown only where they were asked for, and then the gateway has logged the reading before.
"""

import argparse
from datetime import UTC, datetime
from typing import Any

from zhendao.command.output import emit_json, line, table
from zhendao.gateway.alerts.client import client_of
from zhendao.gateway.cases.words import LEVELS, worded
from zhendao.protocol.wording import Language, Text

_WORDS = {
    "elder": Text("老人", "elder"),
    "care_level": Text("照护等级", "care level"),
    "home": Text("登记地点", "registered place"),
    "entry": Text("进门方式", "how to enter"),
    "fix": Text("呼叫时定位", "position at the call"),
    "visit": Text("正在上门", "visit under way"),
    "last_check_ms": Text("上次打卡", "last check"),
    "online": Text("终端在线", "terminal online"),
}
_YES, _NO = Text("是", "yes"), Text("否", "no")
_SENT = {
    "seat": Text("席位", "seat"),
    "family": Text("家属", "family"),
    "emergency": Text("急救号码", "emergency number"),
    "waiting": Text("待发", "waiting"),
    "sent": Text("已送达", "sent"),
    "refused": Text("被拒", "refused"),
    "given_up": Text("已放弃", "given up"),
    "overtaken": Text("告警已结束", "the alert was ended"),
    "limited": Text("短信过多", "too many texts"),
    "dropped": Text("队列已满", "the queue was full"),
    "unreadable": Text("记录损坏", "an altered row"),
    "taken": Text("已收", "taken"),
    "failed": Text("失败", "failed"),
}


def dossier_command(arguments: argparse.Namespace, language: Language) -> int:
    """Show the dossier of an alert."""
    query = {"names": True} if arguments.names else {}
    found = client_of(arguments).ask("GET", f"/{arguments.number}/dossier", params=query)
    if arguments.json:
        emit_json(found)
        return 0
    alert = found["alert"]
    drill = Text("【演练】", "[DRILL] ").in_(language) if alert["drill"] else ""
    line(f"{drill}{alert[f'kind_{language}']}  #{alert['id']}")
    for name, text in _WORDS.items():
        said = _said(name, found[name], language)
        if said:
            line(f"{text.in_(language)}{Text('：', ': ').in_(language)}{said}")
    headers = Text("次序,姓名,电话,关系", "order,name,phone,relation").in_(language).split(",")
    if found["contacts"]:
        table(headers, [[one["rank"], one["name"], one["phone"], one["relation"]] for one in found["contacts"]])
    for one in found["sensors"]:
        line(f"{one['sensor']} ({one['sensor_class']}): {one['value']} {one['condition']} {_when(one['at_ms'])}")
    return 0


def sends_command(arguments: argparse.Namespace, language: Language) -> int:
    """Show what was sent of an alert."""
    items = client_of(arguments).ask("GET", f"/{arguments.number}/sends")["items"]
    if arguments.json:
        emit_json(items)
        return 0
    headers = Text("通道,对象,级,状态,时间,历时毫秒,结果", "channel,to,step,state,at,took ms,what came of it")
    rows = [
        [one["channel"], _word(one["audience"], language), one["step"], _word(one["state"], language),
         _when(tried["at_ms"]), tried["took_ms"], f"{_word(tried['outcome'], language)} {tried['detail']}"]
        for one in items
        for tried in one["attempts"] or [{"at_ms": one["owed_ms"], "took_ms": "", "outcome": "", "detail": ""}]
    ]  # fmt: skip
    table(headers.in_(language).split(","), rows)
    return 0


def drills_command(arguments: argparse.Namespace, language: Language) -> int:
    """Show every home's last drill; exit code 1 where one is overdue."""
    items = client_of(arguments).ask("GET", "/drills", params={"days": arguments.days})["items"]
    overdue = any(one["overdue"] for one in items)
    if arguments.json:
        emit_json(items)
        return 1 if overdue else 0
    late, never = Text("逾期", "overdue"), Text("从未", "never")
    headers = Text("终端,老人,地点,上次演练,", "terminal,elder,place,last drill,").in_(language).split(",")
    rows = [
        [one["device"][:8], one["elder_id"], one["place_id"],
         never.in_(language) if one["last_ms"] is None else _when(one["last_ms"]),
         late.in_(language) if one["overdue"] else ""]
        for one in items
    ]  # fmt: skip
    table(headers, rows)
    return 1 if overdue else 0


def false_command(arguments: argparse.Namespace, language: Language) -> int:
    """Show false alarms by home and sensor."""
    items = client_of(arguments).ask("GET", "/false", params={"days": arguments.days})["items"]
    if arguments.json:
        emit_json(items)
        return 0
    headers = Text("终端,种类,传感器,误报,共,多因,建议", "terminal,kind,sensor,false,of,mostly,what to do")
    rows = [
        [one["device"][:8], one["kind"], one["subject"], one["false"], one["total"], one[f"reason_{language}"],
         one[language] or ""]
        for one in items
    ]  # fmt: skip
    table(headers.in_(language).split(","), rows)
    return 0


def _said(name: str, value: Any, language: Language) -> str:
    if name.endswith("_ms"):
        return _when(value)
    if name == "visit" and value is not None:
        carer = value["caregiver"] or {}
        return " ".join(str(one) for one in (carer.get("name"), carer.get("phone"), _when(value["begin_ms"])) if one)
    if isinstance(value, dict):
        return "  ".join(f"{key}={one}" for key, one in value.items() if one is not None)
    if isinstance(value, list):
        return "；".join(str(one) for one in value)
    if isinstance(value, bool):
        return (_YES if value else _NO).in_(language)
    return "" if value is None else worded(str(value), LEVELS, language)


def _word(word: str, language: Language) -> str:
    return _SENT[word].in_(language) if word in _SENT else word


def _when(ms: int | None) -> str:
    return "" if ms is None else datetime.fromtimestamp(ms / 1000, UTC).astimezone().isoformat(" ", "seconds")
