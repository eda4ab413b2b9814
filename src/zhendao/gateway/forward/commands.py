"""`zhendao-gateway forward ls`: how much each platform is owed, and what it refused and why; `forward revive`.

Promise: listing changes nothing; reviving owes the dead letters again, and a running gateway sends them.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zhendao.command.output import emit_json, table
from zhendao.gateway.config import GatewayConfig, read_config
from zhendao.gateway.forward import outbox
from zhendao.gateway.store.opening import opened
from zhendao.protocol.wording import Language, Text

MOST_SHOWN = 1_000


def _destinations(config: GatewayConfig) -> list[str]:
    return [one.destination for one in config.forward]


def ls_command(arguments: argparse.Namespace, language: Language) -> int:
    """Show what is waiting and what was refused, for each platform of the settings."""
    config = read_config(Path(arguments.config))
    told: list[dict[str, Any]] = []
    with opened(config) as (store, _), store.reading() as connection:
        for destination in _destinations(config):
            letters = [
                {
                    "type": letter.record.record_type,
                    "key": letter.record.key,
                    "revision": letter.record.revision,
                    "status": letter.status,
                    "reason": letter.reason,
                    "attempts": letter.attempts,
                    "answered_ms": letter.answered_ms,
                }
                for letter in outbox.dead_letters(connection, destination, MOST_SHOWN)
            ]
            waiting = outbox.count_waiting(connection, destination)
            dead = outbox.count_dead(connection, destination)
            told.append({"destination": destination, "waiting": waiting, "dead": dead, "letters": letters})
    if arguments.json:
        emit_json(told)
        return 0
    table(Text("平台 待送 死信", "platform waiting dead").in_(language).split(),
          [(one["destination"], one["waiting"], one["dead"]) for one in told])  # fmt: skip
    rows = [
        (one["type"], one["key"], one["revision"], one["reason"] or one["status"], _shown(one["answered_ms"]))
        for platform in told
        for one in platform["letters"]
    ]
    if rows:
        table(Text("类型 记录 版本 原因 时间", "type key revision reason when").in_(language).split(), rows)
    return 0


def revive_command(arguments: argparse.Namespace, language: Language) -> int:
    """Owe every platform its dead letters again."""
    config = read_config(Path(arguments.config))
    with opened(config) as (store, _), store.writing() as connection:
        revived = {destination: outbox.revive(connection, destination) for destination in _destinations(config)}
    if arguments.json:
        emit_json(revived)
    else:
        table(Text("平台 重新上送", "platform owed-again").in_(language).split(), list(revived.items()))
    return 0


def _shown(moment_ms: int) -> str:
    return datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="seconds")
