"""`zhendao-gateway forward ls`, `show`, `replay` and `revive`: what platforms are owed and what they refused.

Promise: listing changes nothing; what a record says is shown only when asked for, and that is logged before; replaying
owes dead letters again, and a running gateway sends them. rule: PIPL.
"""

import argparse
import getpass
import os
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line, table
from zhendao.gateway.accesses import book as accesses
from zhendao.gateway.api.local import LOCAL
from zhendao.gateway.config import GatewayConfig, read_config
from zhendao.gateway.forward import dead_letters, outbox
from zhendao.gateway.forward.dead_letters import Choice, DeadLetter, Replayed
from zhendao.gateway.forward.errors import NoRecordError
from zhendao.gateway.forward.explaining import GOES_AGAIN, explain
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.opening import opened
from zhendao.protocol.wording import Language, Text

MOST_SHOWN = 1_000


def _destinations(config: GatewayConfig, wanted: str | None = None) -> list[str]:
    names = [one.destination for one in config.forward]
    if wanted is None:
        return names
    if wanted not in names:
        raise UsageError(
            Text(f"设置中没有平台 {wanted}", f"the settings name no platform {wanted}"),
            Text(f"可用：{'、'.join(names)}", f"there are: {', '.join(names)}"),
        )
    return [wanted]


def ls_command(arguments: argparse.Namespace, language: Language) -> int:
    """Show what is waiting and what was refused, for good or for now, for each platform of the settings."""
    config = read_config(Path(arguments.config))
    choice = Choice(None, arguments.kind, arguments.saying)
    told: list[dict[str, Any]] = []
    with opened(config) as (store, _), store.reading() as connection:
        for destination in _destinations(config, arguments.to):
            letters = dead_letters.dead_letters(connection, destination, MOST_SHOWN, choice)
            again = dead_letters.going_again(connection, destination, MOST_SHOWN, choice)
            told.append(
                {
                    "destination": destination,
                    "waiting": outbox.count_waiting(connection, destination),
                    "dead": dead_letters.count_dead(connection, destination),
                    "letters": [_letter(one, language) for one in letters],
                    "again": [_letter(one, language) | {"explained": GOES_AGAIN.in_(language)} for one in again],
                }
            )
    if arguments.json:
        emit_json(told)
        return 0
    table(Text("平台 待送 其中自动再送 死信", "platform waiting of-these-again dead").in_(language).split(),
          [(one["destination"], one["waiting"], len(one["again"]), one["dead"]) for one in told])  # fmt: skip
    rows = [
        (
            *(one[name] for name in ("id", "type", "key", "revision")),
            *(one["reason"] or one["status"], one["explained"], _shown(one["answered_ms"])),
        )
        for platform in told
        for one in (*platform["letters"], *platform["again"])
    ]
    if rows:
        table(
            Text("编号 类型 记录 版本 原因 说明 时间", "id type key revision reason explained when")
            .in_(language)
            .split(),
            rows,
        )
    return 0


def _letter(letter: DeadLetter, language: Language) -> dict[str, Any]:
    return {
        "id": letter.record.id,
        "type": letter.record.record_type,
        "key": letter.record.key,
        "revision": letter.record.revision,
        "replay": letter.record.replay,
        "status": letter.status,
        "reason": letter.reason,
        "explained": explain(letter.status, letter.reason, letter.newer).in_(language),
        "newer": letter.newer,
        "attempts": letter.attempts,
        "answered_ms": letter.answered_ms,
    }


def show_command(arguments: argparse.Namespace, language: Language) -> int:
    """Show how one record stands at each platform. Raises `NoRecordError`."""
    config = read_config(Path(arguments.config))
    with opened(config) as (store, key):
        with store.reading() as connection:
            record = dead_letters.find(connection, arguments.id)
            if record is None:
                raise NoRecordError(arguments.id)
            found = [dead_letters.standing(connection, to, record.id) for to in _destinations(config)]
        content = ""
        if arguments.content:
            _log(store, f"id={record.id}")
            with store.reading() as connection:
                content = outbox.letters(connection, key, [record])[0].payload
    told: dict[str, Any] = {"id": record.id, "type": record.record_type, "key": record.key, "revision": record.revision}
    if arguments.json:
        told["platforms"] = [asdict(one) for one in found]
        emit_json(told | ({"content": content} if content else {}))
        return 0
    line(f"{record.record_type} {record.key} {record.revision}")
    for one in found:
        when = "" if one.answered_ms is None else _shown(one.answered_ms)
        line(
            "  ".join(word for word in (one.destination, one.state, one.status, one.reason, one.receipt, when) if word)
        )
        if one.state == dead_letters.DEAD:
            line("    " + explain(one.status, one.reason).in_(language))
        for refusal in one.refusals:
            again = Text("其后重送", "then replayed").in_(language)
            words = (
                _shown(refusal["answered_ms"]),
                refusal["status"],
                refusal["reason"],
                again,
                refusal["by"],
                refusal["why"],
            )
            line("    " + "  ".join(word for word in words if word))
    if content:
        line(content)
    return 0


def replay_command(arguments: argparse.Namespace, language: Language) -> int:
    """Owe the chosen dead letters again. Raises `UsageError` when none are chosen."""
    by_option = arguments.all or arguments.to or arguments.kind or arguments.saying
    if not arguments.id and not by_option:
        raise UsageError(
            Text("没有说明重送哪些", "it is not said which"),
            Text("写编号，或 --to、--type、--saying、--all", "give numbers, or --to, --type, --saying or --all"),
        )
    choice = Choice(arguments.id or None, arguments.kind, arguments.saying)
    return _replay(arguments, language, choice, why=arguments.why, to=arguments.to, trying=arguments.dry_run)


def revive_command(arguments: argparse.Namespace, language: Language) -> int:
    """Owe every platform its dead letters again."""
    return _replay(arguments, language, dead_letters.ALL)


def _replay(
    arguments: argparse.Namespace,
    language: Language,
    choice: Choice,
    *,
    why: str = "",
    to: str | None = None,
    trying: bool = False,
) -> int:
    config = read_config(Path(arguments.config))
    replayed = Replayed(_user(), why, time.time_ns() // 1_000_000)
    with opened(config) as (store, _), store.writing() as connection:
        done = {
            destination: dead_letters.count_dead(connection, destination, choice)
            if trying
            else dead_letters.replay(connection, destination, choice, replayed)
            for destination in _destinations(config, to)
        }
    if arguments.json:
        emit_json(done)
    else:
        table(Text("平台 重新上送", "platform owed-again").in_(language).split(), list(done.items()))
    return 0


def _log(store: Store, filters: str) -> None:
    with store.writing() as connection:
        now_ms, asked = time.time_ns() // 1_000_000, f"by={_user()}&{filters}"
        accesses.enter(connection, now_ms, (LOCAL, "shell"), "forward", asked, items=1, names=True)


def _user() -> str:
    """Return who runs this, for the log."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name for this uid
        return str(os.getuid())


def _shown(moment_ms: int) -> str:
    return datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="seconds")
