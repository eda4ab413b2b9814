"""What `zhendao-gateway retention` does: beside a running gateway or without one."""

import argparse
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from zhendao.command.output import emit_json, line, table
from zhendao.gateway.accesses.shell import read_at_shell
from zhendao.gateway.accesses.verifying import certificates
from zhendao.gateway.config import GatewayConfig, read_config
from zhendao.gateway.evidence.anchored import first_unheld, heads_in_hand
from zhendao.gateway.evidence.heads import Heads
from zhendao.gateway.evidence.log import DELETION, Log
from zhendao.gateway.keyring import Keyring, load_keyring
from zhendao.gateway.registry.commands import this_user
from zhendao.gateway.retention.book import Holds
from zhendao.gateway.retention.errors import RetentionError
from zhendao.gateway.retention.kinds import KINDS
from zhendao.gateway.retention.receipt import broken_at, is_signed, receipt_of
from zhendao.gateway.retention.sweep import Sweeper
from zhendao.gateway.retention.tables import DELETIONS
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.opening import opened
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.wording import Language, Text, same

_WHAT = {"visit": Text("上门", "visit"), "elder": Text("老人", "elder"), "caregiver": Text("护理员", "caregiver")}


def run_command(arguments: argparse.Namespace, language: Language) -> int:
    """Delete what is due."""
    with _office(arguments) as (config, keyring, store, key):
        heads = Heads(keyring, key, forward=bool(config.forward))
        sweeper = Sweeper(keyring, heads, config.retention, [one.destination for one in config.forward])
        run = sweeper.run(store, _now_ms())
    if arguments.json:
        emit_json({"rows": run.rows, "first": run.first, "last": run.last, "gone": run.gone})
        return 0
    if not config.retention.on:
        line(Text("[retention] on = false：不删除任何数据", "[retention] on = false: nothing is deleted").in_(language))
        return 0
    table(Text("类别 行数", "kind rows").in_(language).split(), list(run.rows.items()))
    said = (
        Text("文件中已无被删数据的字节", "no byte of what was deleted is left in the files")
        if run.gone
        else Text(
            "有读取者在用，日志文件待其结束后清空", "somebody reads: the log beside the database is emptied after"
        )
    )
    line(said.in_(language))
    return 0


def status_command(arguments: argparse.Namespace, language: Language) -> int:
    """Tell how long each kind is kept, and what was deleted of it."""
    with _office(arguments) as (config, _, store, _), store.reading() as connection:
        query = select(DELETIONS.c.kind, func.sum(DELETIONS.c.rows), func.max(DELETIONS.c.at_ms))
        done = {kind: (rows, at) for kind, rows, at in connection.execute(query.group_by(DELETIONS.c.kind))}
    rows = [
        {
            "kind": kind.name, "days": getattr(config.retention, kind.setting), "setting": kind.setting,
            "deleted": done.get(kind.name, (0, None))[0], "last_ms": done.get(kind.name, (0, None))[1],
        }
        for kind in KINDS
    ]  # fmt: skip
    if arguments.json:
        emit_json({"on": config.retention.on, "kinds": rows})
        return 0
    forever = Text("永久", "for ever").in_(language)
    headers = Text("类别 保存天数 设置项 已删行数 最近一次", "kind days setting deleted last").in_(language).split()
    texts = {kind.name: kind.text.in_(language) for kind in KINDS}
    table(headers, [
        (texts[str(one["kind"])], one["days"] or forever, one["setting"], one["deleted"], _shown(one["last_ms"]))
        for one in rows
    ])  # fmt: skip
    return 0


def receipts_command(arguments: argparse.Namespace, language: Language) -> int:
    """List the receipts; check them where asked to."""
    with _office(arguments) as (config, keyring, store, key), store.reading() as connection:
        found = connection.execute(select(DELETIONS).order_by(DELETIONS.c.id)).all()
        broken = broken_at(row.document for row in found) if arguments.verify else None
        if arguments.verify and broken is None:
            known = certificates(keyring, config.keys)
            for row in found:
                signer = known.get(row.certificate_id)
                by = None if signer is None else signer.suite.verifying_key(signer.spki)
                if by is None or not is_signed(row.document, row.signature, by, row.suite, row.certificate_id):
                    broken = row.id
                    break
        if arguments.verify and broken is None:
            suite = keyring.certificate.suite
            heads = heads_in_hand(connection, keyring, config.data_dir, arguments.heads)
            held = first_unheld(connection, suite, Log(suite, key), heads, DELETION, DELETIONS)
            broken = None if held is None else held + 1
    shown = [receipt_of(row.document) for row in found[-arguments.last :]] if broken is None else []
    if arguments.json:
        emit_json({"receipts": [receipt.document().decode() for receipt in shown], "broken_at": broken})
    elif broken is not None:
        line(Text(f"✗ 凭证 {broken} 不成立", f"✗ receipt {broken} does not hold").in_(language))
    else:
        headers = Text("编号 类别 依据 时间 行数 摘要", "number kind rule when rows digest").in_(language).split()
        rows = [
            (one.number, one.kind, one.rule, _shown(one.at_ms), sum(one.rows.values()), one.digest) for one in shown
        ]
        table(headers, rows)
        if arguments.verify:
            line(Text(f"✓ {len(found)} 份凭证首尾相连、均已签署",
                      f"✓ {len(found)} receipts, each linked and signed").in_(language))  # fmt: skip
    return 0 if broken is None else 1


def hold_command(arguments: argparse.Namespace, language: Language) -> int:
    """Keep something beyond its time."""
    named = [(what, str(key)) for what in ("visit", "elder", "caregiver") if (key := getattr(arguments, what))]
    if len(named) != 1 or (named[0][0] == "visit" and not re.fullmatch("[0-9a-f]{32}", named[0][1])):
        raise RetentionError(
            Text("请给出一次上门、一位老人或一位护理员", "name one visit (32 hex digits), one elder or one caregiver"),
            Text("--visit、--elder、--caregiver 之一", "one of --visit, --elder, --caregiver"),
        )
    with _office(arguments) as (_, _, store, key), store.writing() as connection:
        Holds(key).add(connection, *named[0], arguments.why, arguments.by, _now_ms())
    line(Text(f"已保留 {named[0][1]}", f"held: {named[0][1]}").in_(language))
    return 0


def release_command(arguments: argparse.Namespace, language: Language) -> int:
    """End a hold."""
    with _office(arguments) as (_, _, store, key), store.writing() as connection:
        Holds(key).end(connection, arguments.number, arguments.by, _now_ms())
    line(Text(f"已解除 {arguments.number}", f"released {arguments.number}").in_(language))
    return 0


def holds_command(arguments: argparse.Namespace, language: Language) -> int:
    """List all holds."""
    with _office(arguments) as (_, _, store, key), store.reading() as connection:
        found = Holds(key).all(connection)
        read_at_shell(store, "holds", f"by={this_user()}", len(found))
    if arguments.json:
        emit_json([{name: getattr(one, name) for name in one.__slots__} for one in found])
        return 0
    headers = Text("编号 对象 编号 原因 经手人 自 至", "number what id why by from until").in_(language).split()
    table(
        headers,
        [
            (
                o.id,
                _WHAT.get(o.what, same(o.what)).in_(language),
                o.key,
                o.why,
                o.by,
                _shown(o.from_ms),
                _shown(o.ended_ms),
            )
            for o in found
        ],
    )
    return 0


@contextmanager
def _office(arguments: argparse.Namespace) -> Iterator[tuple[GatewayConfig, Keyring, Store, StoreKey]]:
    config = read_config(Path(arguments.config))
    keyring = load_keyring(config.keys)
    with opened(config) as (store, key):
        yield config, keyring, store, key


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _shown(moment_ms: object) -> str | None:
    if not isinstance(moment_ms, int):
        return None
    return datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="seconds")
