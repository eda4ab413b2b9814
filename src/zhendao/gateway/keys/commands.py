"""`zhendao-gateway keys rotate` and `keys status`: beside a running gateway or without one."""

import argparse
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from zhendao.command.output import emit_json, line, table
from zhendao.gateway.config import read_config
from zhendao.gateway.keys import resealing
from zhendao.gateway.store.emptying import emptied
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.opening import opened
from zhendao.gateway.store.ring import DATA_KEYS, RESEALING
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.wording import Language, Text


def rotate_command(arguments: argparse.Namespace, language: Language) -> int:
    """Change the data keys, or finish a change."""
    config = read_config(Path(arguments.config))
    with opened(config) as (store, key):
        if not arguments.resume:
            resealing.rotate(store, key, _now_ms())
        steps = _go_through(store, key, quiet=arguments.json)
        gone = _destroyed(store, key, language, quiet=arguments.json)
    told = [f"{purpose} {epoch}" for purpose, epoch in gone]
    if arguments.json:
        emit_json({"steps": steps, "destroyed": told})
    else:
        line(
            Text(f"旧密钥已销毁：{'、'.join(told) or '无'}", f"old keys destroyed: {', '.join(told) or 'none'}").in_(
                language
            )
        )
    return 0


def _go_through(store: Store, key: StoreKey, *, quiet: bool) -> int:
    steps, told = 0, ""
    while resealing.step(store, key, _now_ms()):
        steps += 1
        with store.reading() as connection:
            left = resealing.unfinished(connection)
        name = left[0].name if left else ""
        if name != told and not quiet:
            told = name
            done = len(resealing.STRETCHES) - len(left)
            line(f"{done}/{len(resealing.STRETCHES)} {name}".rstrip())
    return steps


def _destroyed(store: Store, key: StoreKey, language: Language, *, quiet: bool) -> list[tuple[str, int]]:
    """Wait until nobody can seal with the old keys any more, and destroy them."""
    gone: list[tuple[str, int]] = []
    said, grace = False, resealing.Grace()
    while True:
        while resealing.step(store, key, _now_ms()):
            pass
        gone += resealing.destroy(store, key, _now_ms(), grace)
        with store.reading() as connection:
            if resealing.all_done(connection):
                break
        if not said and not quiet:
            said = True
            wait_s = resealing.GRACE_S
            what = Text(
                f"数据已全部换用新密钥；{wait_s} 秒后销毁旧密钥",
                f"all is under the new keys; the old ones are destroyed {wait_s} s after they were retired",
            )
            line(what.in_(language))
        time.sleep(1.0)
    emptied(store)
    return gone


def status_command(arguments: argparse.Namespace, language: Language) -> int:
    """Tell how the data keys stand."""
    config = read_config(Path(arguments.config))
    with opened(config) as (store, key), store.reading() as connection:
        keys = _keys(connection, key)
        left = [one.name for one in resealing.unfinished(connection)]
        done = sum(connection.execute(select(RESEALING.c.done)).scalars())
    if arguments.json:
        emit_json({"keys": keys, "left": left, "resealed": done})
        return 0
    named = Text("用途 代 编号 自 状态 托管 待换", "purpose epoch number since state escrow left")
    headers = named.in_(language).split()
    words = {
        "current": Text("使用中", "current"),
        "retired": Text("停用，待销毁", "retired"),
        "destroyed": Text("已销毁", "destroyed"),
    }
    yes, no = Text("有", "yes").in_(language), Text("无", "no").in_(language)
    table(headers, [
        (one["purpose"], one["epoch"], one["number"], one["since"], words[one["state"]].in_(language),
         yes if one["escrowed"] else no, one["left"])
        for one in keys
    ])  # fmt: skip
    if left:
        line(Text(f"尚未重新加密：{'、'.join(left)}", f"not yet sealed anew: {', '.join(left)}").in_(language))
    if any(not one["escrowed"] for one in keys if one["state"] != "destroyed"):
        line(
            Text(
                "有密钥未交托管：在颁发机构运行 gateway update，使 keys/escrow.crt 到位",
                "the escrow lacks a key: run zhendao-provision gateway update, which brings keys/escrow.crt",
            ).in_(language)
        )
    return 0


def _keys(connection: Connection, key: StoreKey) -> list[dict[str, Any]]:
    found = []
    for row in connection.execute(select(DATA_KEYS).order_by(DATA_KEYS.c.purpose, DATA_KEYS.c.epoch)):
        state = "destroyed" if row.wrapped is None else "current" if row.retired_ms is None else "retired"
        made = datetime.fromtimestamp(row.made_ms / 1000, UTC).isoformat(timespec="seconds")
        left = resealing.left_under(connection, key, row.id, row.purpose) if state == "retired" else 0
        found.append({
            "purpose": row.purpose, "epoch": row.epoch, "number": row.id, "since": made, "state": state,
            "escrowed": row.escrowed is not None, "left": left,
        })  # fmt: skip
    return found


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
