"""`zhendao-gateway cases …`: what people do about doubtful visits, through the running gateway.

Promise: what is said to be done was committed by the gateway; what it refuses is said in its words (exit code 1).
"""

import argparse
from datetime import UTC, datetime
from typing import Any

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line, table
from zhendao.command.roster.cells import CellError, Moment
from zhendao.gateway.alerts.client import Client, client_of
from zhendao.gateway.cases import words
from zhendao.gateway.registry.commands import zone_called
from zhendao.protocol.wording import Language, Text

_HEADERS = Text("编号,等级,状态,疑点,期限,原因", "number,level,state,found,due,reason")
_LOG = Text("时间,事项,经手,内容", "when,what,by,said")
_TASKS = Text("时间,经手,已做,未做", "when,by,done,refused")
_CORRECTIONS = Text("更正,状态,签到,签退,原因,担保", "correction,state,begin,end,reason,attested")


def ls_command(arguments: argparse.Namespace, language: Language) -> int:
    """List cases."""
    items = _client(arguments).ask("GET", "/cases", params={"open": not arguments.all})["items"]
    if arguments.json:
        emit_json(items)
    elif items:
        _table(items, language)
    else:
        line(Text("没有疑点单", "there are no cases").in_(language))
    return 0


def show_command(arguments: argparse.Namespace, language: Language) -> int:
    """Show one case."""
    found = _client(arguments).ask("GET", f"/cases/{arguments.number}")
    if arguments.json:
        emit_json(found)
        return 0
    _table([found["case"]], language)
    line("")
    rows = [
        [_when(one["at_ms"]), words.worded(one["act"], words.ACTS, language), one["by"],
         words.listed(one["said"], language)]
        for one in found["log"]
    ]  # fmt: skip
    table(_LOG.in_(language).split(","), rows)
    if found["corrections"]:
        line("")
        told = [_correction(one, language) for one in found["corrections"]]
        table(_CORRECTIONS.in_(language).split(","), told)
    return 0


def hear_command(arguments: argparse.Namespace, language: Language) -> int:
    """Write down what one side said."""
    body = {"side": arguments.side, "said": arguments.said, "reached": not arguments.unreached}
    return _acted(arguments, language, f"/cases/{arguments.number}/heard", body)


def decide_command(arguments: argparse.Namespace, language: Language) -> int:
    """Decide a case."""
    body = {"decision": arguments.decision, "reason": arguments.reason, "memo": arguments.memo}
    return _acted(arguments, language, f"/cases/{arguments.number}/decision", body)


def unlock_command(arguments: argparse.Namespace, language: Language) -> int:
    """Let a visit be corrected after its time."""
    return _acted(arguments, language, f"/cases/{arguments.number}/unlock", {"why": arguments.why})


def unlock_visit_command(arguments: argparse.Namespace, language: Language) -> int:
    """Let a visit be corrected after its time, though it has no case."""
    return _acted(arguments, language, f"/visits/{arguments.visit}/unlock", {"why": arguments.why})


def correct_command(arguments: argparse.Namespace, language: Language) -> int:
    """Propose a correction."""
    body = {
        "visit_id": arguments.visit, "reason": arguments.reason, "attested": arguments.attested,
        "memo": arguments.memo, "begin_ms": _ms(arguments.begin, arguments), "end_ms": _ms(arguments.end, arguments),
    }  # fmt: skip
    return _acted(arguments, language, "/corrections", body)


def tasks_command(arguments: argparse.Namespace, language: Language) -> int:
    """Tell what was done in a visit and what was refused; or list what was told."""
    path = f"/visits/{arguments.visit}/tasks"
    client = _client(arguments)
    if arguments.done or arguments.refused:
        parts = [one.partition("=") for one in arguments.refused]
        refused = [{"task": task, "why": why} for task, _, why in parts]
        body = {"by": arguments.by, "done": arguments.done, "refused": refused}
        items = client.ask("POST", path, json=body)["items"]
    else:
        items = client.ask("GET", path)["items"]
    if arguments.json:
        emit_json(items)
        return 0
    rows = [
        [_when(one["at_ms"]), one["by"], "、".join(one["done"]) or "–",
         "；".join(f"{no['task']}（{no['why']}）" for no in one["refused"]) or "–"]
        for one in items
    ]  # fmt: skip
    table(_TASKS.in_(language).split(","), rows)
    return 0


def corrections_command(arguments: argparse.Namespace, language: Language) -> int:
    """Write all corrections, a line of JSON each, as `judge --corrections` reads them."""
    del language
    client, after = _client(arguments), 0
    while items := client.ask("GET", "/corrections", params={"after": after, "limit": 1_000})["items"]:
        for one in items:
            emit_json(one)
        after = items[-1]["number"]
    return 0


def approve_command(arguments: argparse.Namespace, language: Language) -> int:
    """Approve a correction."""
    return _answer(arguments, language, "approved")


def refuse_command(arguments: argparse.Namespace, language: Language) -> int:
    """Refuse a correction."""
    return _answer(arguments, language, "refused")


def withdraw_command(arguments: argparse.Namespace, language: Language) -> int:
    """Withdraw a correction."""
    return _answer(arguments, language, "withdrawn")


def outage_command(arguments: argparse.Namespace, language: Language) -> int:
    """Enter an outage."""
    body = {
        "what": arguments.what, "device": arguments.device,
        "from_ms": _ms(arguments.begin, arguments), "to_ms": _ms(arguments.end, arguments),
    }  # fmt: skip
    return _acted(arguments, language, "/outages", body)


def _answer(arguments: argparse.Namespace, language: Language, act: str) -> int:
    return _acted(arguments, language, f"/corrections/{arguments.number}", {"act": act, "memo": arguments.memo})


def _acted(arguments: argparse.Namespace, language: Language, path: str, body: dict[str, Any]) -> int:
    done = _client(arguments).ask("POST", path, json=body | {"by": arguments.by})
    if arguments.json:
        emit_json(done)
    elif "kinds" in done:
        _table([done], language)
    elif "attested" in done:
        table(_CORRECTIONS.in_(language).split(","), [_correction(done, language)])
    else:
        line(Text("已登记", "entered").in_(language))
    return 0


def _client(arguments: argparse.Namespace) -> Client:
    return client_of(arguments, "/api/v1", "supervisor")


def _table(items: list[dict[str, Any]], language: Language) -> None:
    rows = [
        [one["number"], words.worded(one["care_level"], words.LEVELS, language), one[str(language)],
         words.listed(" ".join(one["kinds"]), language) or "–", _when(one["due_ms"]),
         words.worded(one["reason"] or one["explained"], words.SAID, language)]
        for one in items
    ]  # fmt: skip
    table(_HEADERS.in_(language).split(","), rows)


def _correction(one: dict[str, Any], language: Language) -> list[Any]:
    times = ["–" if one[name] is None else _when(one[name]) for name in ("begin_ms", "end_ms")]
    state = words.worded(one["state"], words.CORRECTIONS, language)
    return [one["number"], state, *times, words.worded(one["reason"], words.SAID, language), one["attested"]]


def _ms(text: str | None, arguments: argparse.Namespace) -> int | None:
    try:
        return None if text is None else Moment().take(text, zone_called(arguments.time_zone))
    except CellError as error:
        raise UsageError(error.what, error.cure) from error


def _when(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone().isoformat(sep=" ", timespec="seconds")
