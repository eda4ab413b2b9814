"""`zhendao-gateway token new`, `token ls`, `token revoke`.

Promise: a token is shown once, when it is made, on standard output alone; afterwards nobody can show it again.
"""

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path

from zhendao.command.output import emit_json, line, table
from zhendao.gateway.api import tokens
from zhendao.gateway.config import read_config
from zhendao.gateway.store.opening import opened
from zhendao.protocol.wording import Language, Text


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def new_command(arguments: argparse.Namespace, language: Language) -> int:
    """Make a token and show it."""
    del language
    config = read_config(Path(arguments.config))
    with opened(config) as (store, _), store.writing() as connection:
        token = tokens.new_token(connection, arguments.role, arguments.label, _now_ms())
    if arguments.json:
        emit_json({"token": token, "id": token.split("_")[1], "role": arguments.role})
    else:
        line(token)
    return 0


def ls_command(arguments: argparse.Namespace, language: Language) -> int:
    """List all tokens, revoked ones too."""
    config = read_config(Path(arguments.config))
    with opened(config) as (store, _), store.reading() as connection:
        found = tokens.list_tokens(connection)
    if arguments.json:
        emit_json([{name: getattr(one, name) for name in one.__slots__} for one in found])
        return 0
    headers = Text("编号 角色 标签 创建 撤销", "id role label made revoked").in_(language).split()
    table(headers, [(o.token_id, o.role, o.label, _shown(o.created_ms), _shown(o.revoked_ms)) for o in found])
    return 0


def revoke_command(arguments: argparse.Namespace, language: Language) -> int:
    """Revoke a token; requests with it are refused from now on."""
    config = read_config(Path(arguments.config))
    with opened(config) as (store, _), store.writing() as connection:
        tokens.revoke(connection, arguments.id, _now_ms())
    if arguments.json:
        emit_json({"revoked": arguments.id})
    else:
        line(Text(f"已撤销 {arguments.id}", f"revoked {arguments.id}").in_(language))
    return 0


def _shown(moment_ms: int | None) -> str | None:
    return None if moment_ms is None else datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="seconds")
