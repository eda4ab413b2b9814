"""`zhendao-gateway anomalies` and `visits`: what a running gateway found and concluded, as a table or as JSON."""

import argparse
from datetime import UTC, datetime
from typing import Any

from zhendao.command.output import emit_json, line, table
from zhendao.gateway.alerts.client import client_of
from zhendao.gateway.cases.words import KINDS, STATES, listed, worded
from zhendao.protocol.wording import Language, Text

_ANOMALIES = Text("改动时间,种类,状态,上门记录,说明", "changed,kind,state,visit,what")
_VISITS = Text("签到,签退,老人,护理员,状态,疑点,编号", "begin,end,elder,caregiver,state,found,id")


def anomalies_command(arguments: argparse.Namespace, language: Language) -> int:
    """List what is found."""
    wanted = {"kind": arguments.kind, "visit_id": arguments.visit, "cleared": arguments.all or None}
    items = asked(arguments, "/anomalies", wanted)
    if arguments.json:
        emit_json(items)
    elif items:
        rows = [
            [when(one["changed_ms"]), worded(told["kind"], KINDS, language), worded(one["state"], STATES, language),
             told["visit_id"] or "", told[language]]
            for one in items
            for told in (one["finding"],)
        ]  # fmt: skip
        table(_ANOMALIES.in_(language).split(","), rows)
    else:
        line(Text("没有疑点", "nothing is found").in_(language))
    return 0


def visits_command(arguments: argparse.Namespace, language: Language) -> int:
    """List visits as concluded now, with what is found of them."""
    wanted = {"elder_id": arguments.elder, "caregiver_id": arguments.caregiver, "state": arguments.state}
    items = asked(arguments, "/visits", wanted)
    if arguments.json:
        emit_json(items)
    elif items:
        rows = [
            [when(one["begin_ms"]), when(one["end_ms"]), _who(one["elder"]), _who(one["caregiver"]),
             worded(one["state"], STATES, language), listed(" ".join(one["findings"]), language), one["id"]]
            for one in items
        ]  # fmt: skip
        table(_VISITS.in_(language).split(","), rows)
    else:
        line(Text("没有上门记录", "there are no visits").in_(language))
    return 0


def asked(arguments: argparse.Namespace, path: str, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the newest items, page by page."""
    client = client_of(arguments, "/api/v1", "auditor")
    items: list[dict[str, Any]] = []
    params = {name: value for name, value in wanted.items() if value is not None}
    while len(items) < arguments.limit:
        page = client.ask("GET", path, params={**params, "limit": min(200, arguments.limit - len(items))})
        items += page["items"]
        if page["next"] is None:
            break
        params["before"] = page["next"]
    return items


def _who(person: dict[str, Any] | None) -> str:
    return "" if person is None else f"{person['id']} {person['name'] or ''}".strip()


def when(at_ms: int | None) -> str:
    """Return a moment (UTC ms) as a person here reads it."""
    if at_ms is None:
        return ""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone().isoformat(sep=" ", timespec="seconds")
