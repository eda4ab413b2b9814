"""`zhendao-provision ls`: terminals, door tags, cards and certificates of an authority, and how each stands."""

import argparse
import time
from collections import Counter
from collections.abc import Iterable

from zhendao.command.output import emit_json, line, table
from zhendao.command.parser import Command, Parser
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.commands import options
from zhendao.provisioning.commands.rotating import moment
from zhendao.provisioning.inventory.items import DAY_S, SOON_DAYS, Choice, Item, Kind, Moment, State

_KINDS = {f"{one.value}s": one for one in Kind}
_ROLES = (
    *("home", "station", "carried"),
    *("door", "caregiver", "elder", "engineer"),
    *("root", "issuing", "token-issuer", "gateway", "escrow", "terminal", "tls"),
)
_KIND = {
    Kind.TERMINAL: Text("终端", "terminal"),
    Kind.TAG: Text("门牌", "door tag"),
    Kind.CARD: Text("卡", "card"),
    Kind.CERTIFICATE: Text("证书", "certificate"),
}
_STATE = {
    State.ACTIVE: Text("在用", "active"),
    State.EXPIRING: Text("即将到期", "expiring"),
    State.EXPIRED: Text("已过期", "expired"),
    State.REVOKED: Text("已吊销", "revoked"),
    State.RETIRED: Text("已停用", "retired"),
    State.SPARE: Text("备用", "spare"),
    State.UNFINISHED: Text("未完成", "unfinished"),
    State.DAMAGED: Text("记录损坏", "damaged"),
}
_SHOWN_DIGITS = 32
_MOST_DAYS = 3650


def soon(text: str) -> int:
    """Return a number of days, 0 to 3650; ValueError for anything else."""
    found = int(text)
    if not 0 <= found <= _MOST_DAYS:
        raise ValueError(text)
    return found


def _arguments(parser: Parser) -> None:
    options.authority(parser)
    several = {"action": "append", "default": []}
    parser.option(
        "--kind",
        choices=tuple(_KINDS),
        **several,
        text=Text("种类：终端、门牌、卡、证书；可多次给出，缺省全部", "what; may be repeated, default everything"),
    )
    parser.option(
        "--role",
        choices=_ROLES,
        **several,
        text=Text(
            "终端的用处、令牌或证书的角色；可多次给出", "placement of a terminal, role of a token or certificate"
        ),
    )
    parser.option(
        "--holder",
        metavar="ID",
        default="",
        text=Text("属于哪个人、地点或终端", "number of the person, place or terminal that it belongs to"),
    )
    parser.option(
        "--state",
        choices=tuple(one.value for one in State),
        **several,
        text=Text("状态；可多次给出", "how it stands; may be repeated"),
    )
    parser.option(
        "--before",
        metavar="DATE",
        text=Text("有效期在此日期之前结束的（ISO 8601）", "whose validity ends before this date (ISO 8601)"),
    )
    parser.option(
        "--soon",
        type=soon,
        default=SOON_DAYS,
        metavar="DAYS",
        text=Text(
            f"到期前多少天算即将到期，缺省 {SOON_DAYS}",
            f"how many days before its end it is expiring, default {SOON_DAYS}",
        ),
    )


def _run(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.inventory.taking import take  # noqa: PLC0415 - help must not load cryptography

    now_s = int(time.time())
    choice = Choice(
        frozenset(_KINDS[one] for one in arguments.kind),
        frozenset(State(one) for one in arguments.state),
        frozenset(arguments.role),
        arguments.holder,
        None if arguments.before is None else moment(arguments.before, now_s),
    )
    items = take(arguments.folder, choice, Moment(now_s, arguments.soon * DAY_S))
    if arguments.json:
        emit_json([_as_json(one) for one in items])
        return 0
    headers = Text("种类,编号,角色,属于,状态,起,止,其他", "what,number,role,of,state,from,until,more")
    table(headers.in_(language).split(","), [_row(one, language) for one in items])
    line(_sum(items, language))
    return 0


def _as_json(item: Item) -> dict[str, str | None]:
    return {
        "kind": item.kind.value,
        "number": item.number,
        "role": item.role or None,
        "holder": item.holder or None,
        "state": item.state.value,
        "since": _iso(item.since_s, "%Y-%m-%dT%H:%M:%SZ"),
        "until": _iso(item.until_s, "%Y-%m-%dT%H:%M:%SZ"),
        **item.facts,
    }


def _row(item: Item, language: Language) -> list[str | None]:
    more = "  ".join(f"{name} {said}" for name, said in item.facts.items() if said is not None)
    return [
        _KIND[item.kind].in_(language),
        item.number[:_SHOWN_DIGITS],
        item.role,
        item.holder,
        _STATE[item.state].in_(language),
        _iso(item.since_s, "%Y-%m-%d"),
        _iso(item.until_s, "%Y-%m-%d"),
        more,
    ]


def _sum(items: Iterable[Item], language: Language) -> str:
    counted = Counter(one.state for one in items)
    parts = [Text(f"{_STATE[one].zh} {n}", f"{n} {_STATE[one].en}") for one in State if (n := counted[one])]
    total = counted.total()
    return Text(
        f"共 {total} 项" + "".join(f"，{one.zh}" for one in parts),
        f"{total} in all" + "".join(f", {one.en}" for one in parts),
    ).in_(language)


def _iso(seconds: int | None, form: str) -> str | None:
    return None if seconds is None else time.strftime(form, time.gmtime(seconds))


COMMANDS = (
    Command(
        "ls",
        Text(
            "列出终端、门牌、卡与证书，及其状态",
            "list terminals, door tags, cards and certificates, and how they stand",
        ),
        _arguments,
        _run,
        Text(
            "zhendao-provision ls 机构 --state expiring --state expired\n"
            "zhendao-provision ls 机构 --kind cards --holder C0017 --json",
            "zhendao-provision ls authority --state expiring --state expired\n"
            "zhendao-provision ls authority --kind cards --holder C0017 --json",
        ),
    ),
)
