"""`zhendao-gateway blocklist`: who is blocked, which version that makes, who has it.

Promise: what is changed here is signed into a new version in the same transaction; a gateway that runs sends it within
a second. rule: BLOCKLIST.
"""

import argparse
import getpass
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line, table
from zhendao.command.roster.choices import BLOCK_REASONS
from zhendao.gateway.accesses.shell import read_at_shell
from zhendao.gateway.blocklist.book import OFFICES, Blockings, BlocklistError, Entered
from zhendao.gateway.blocklist.editions import Editions
from zhendao.gateway.blocklist.tables import terminals, versions
from zhendao.gateway.config import GatewayConfig, read_config
from zhendao.gateway.ingest.orders import Commander
from zhendao.gateway.keyring import load_keyring
from zhendao.gateway.store.facts import states
from zhendao.gateway.store.opening import opened
from zhendao.protocol.blocklist import to_file
from zhendao.protocol.wording import Language, Text


def add_command(arguments: argparse.Namespace, language: Language) -> int:
    """Enter a token, a chip or a person."""
    if sum(one is not None for one in (arguments.token, arguments.uid, arguments.person)) != 1:
        raise UsageError(
            Text("须给出且只给出一项：--token、--uid、--person", "give one of --token, --uid, --person"),
            Text("见 blocklist add --help", "see blocklist add --help"),
        )
    config, now_ms = read_config(Path(arguments.config)), _now_ms()
    editions = _editions(config)
    said = {"note": arguments.note, **{office: getattr(arguments, office) for office in OFFICES}}
    with opened(config) as (store, key), store.writing() as connection:
        entry = Blockings(key).add(
            connection,
            number=arguments.token or arguments.uid,
            person=arguments.person,
            reason=arguments.reason,
            said=said,
            by=_user(),
            now_ms=now_ms,
        )
        editions.refresh(connection, now_ms)
        version = _version(editions, connection)
    _tell(arguments, language, entry, version)
    return 0


def remove_command(arguments: argparse.Namespace, language: Language) -> int:
    """Take an entry off the list."""
    config, now_ms = read_config(Path(arguments.config)), _now_ms()
    editions = _editions(config)
    with opened(config) as (store, key), store.writing() as connection:
        Blockings(key).end(connection, arguments.entry, note=arguments.note, by=_user(), now_ms=now_ms)
        editions.refresh(connection, now_ms)
        version = _version(editions, connection)
    _tell(arguments, language, arguments.entry, version)
    return 0


def _tell(arguments: argparse.Namespace, language: Language, entry: int, version: int) -> None:
    if arguments.json:
        emit_json({"entry": entry, "version": version})
    else:
        said = Text(f"第 {entry} 项；名单版本 {version}", f"entry {entry}; the list is version {version}")
        line(said.in_(language))


def ls_command(arguments: argparse.Namespace, language: Language) -> int:
    """List entries."""
    config = read_config(Path(arguments.config))
    with opened(config) as (store, key), store.reading() as connection:
        found = Blockings(key).all(connection, ended=arguments.all)
        read_at_shell(store, "blocklist", f"by={_user()}", len(found))
    if arguments.json:
        emit_json([_as_json(one) for one in found])
        return 0
    headers = Text("项,对象,原因,说明,经手,列入,移出", "entry,what,reason,said,by,since,until").in_(language).split(",")
    rows = [
        [one.id, _what(one), BLOCK_REASONS.word(one.reason, language), "; ".join(one.said.values()),
         one.by, _when(one.added_ms), _when(one.ended_ms)]
        for one in found
    ]  # fmt: skip
    table(headers, rows)
    return 0


def _as_json(one: Entered) -> dict[str, Any]:
    return {
        "entry": one.id,
        "number": None if one.number is None else one.number.hex(),
        "person": one.person,
        "reason": one.reason,
        "said": dict(one.said),
        "by": one.by,
        "added_ms": one.added_ms,
        "ended_ms": one.ended_ms,
        "ended_by": one.ended_by,
    }


def status_command(arguments: argparse.Namespace, language: Language) -> int:
    """Say which version is the newest, and which one each terminal holds; exit code 1 while one is behind."""
    config = read_config(Path(arguments.config))
    with opened(config) as (store, _), store.reading() as connection:
        newest = connection.execute(
            select(versions.c.version, versions.c.ids, versions.c.uids, versions.c.left_out, versions.c.issued_ms)
            .order_by(versions.c.version.desc())
            .limit(1)
        ).one_or_none()
        query = (
            select(terminals, states.c.online)
            .join(states, states.c.device == terminals.c.device, isouter=True)
            .order_by(terminals.c.held, terminals.c.device)
        )
        rows = connection.execute(query).all()
    version = 0 if newest is None else newest.version
    behind = [row for row in rows if row.held < version]
    shown = behind if arguments.behind else rows
    if arguments.json:
        emit_json(
            {
                "newest": None if newest is None else dict(newest._mapping),  # noqa: SLF001 - SQLAlchemy's own way
                "terminals": len(rows),
                "behind": len(behind),
                "list": [_terminal(row) for row in shown],
            }
        )
        return 1 if behind else 0
    if newest is None:
        line(Text("还没有名单", "there is no list yet").in_(language))
    else:
        line(
            Text(
                f"名单 {version}：{newest.ids} 个标签编号，{newest.uids} 个芯片号（{_when(newest.issued_ms)}）",
                f"list {version}: {newest.ids} token ids, {newest.uids} chip numbers ({_when(newest.issued_ms)})",
            ).in_(language)
        )
        if newest.left_out:
            more = Text(f"另有 {newest.left_out} 项放不下", f"{newest.left_out} more have no room on it")
            line(more.in_(language))
    line(
        Text(f"{len(rows)} 台终端，{len(behind)} 台落后", f"{len(rows)} terminals, {len(behind)} of them behind").in_(
            language
        )
    )
    headers = Text("终端,持有,在线,次数,上次发送,拒绝", "terminal,holds,online,tries,last sent,refused").in_(language)
    cells = [
        [row.device.hex(), row.held, _yes(row.online, language), row.tries, _when(row.sent_ms), row.refused or ""]
        for row in shown
    ]
    if cells:
        table(headers.split(","), cells)
    return 1 if behind else 0


def _terminal(row: Any) -> dict[str, Any]:
    return {
        "device": row.device.hex(),
        "held": row.held,
        "online": bool(row.online),
        "heard_ms": row.heard_ms,
        "sent": row.sent,
        "sent_ms": row.sent_ms,
        "tries": row.tries,
        "refused": row.refused,
    }


def export_command(arguments: argparse.Namespace, language: Language) -> int:
    """Write the newest version into a file."""
    config, now_ms = read_config(Path(arguments.config)), _now_ms()
    editions, path = _editions(config), Path(arguments.out)
    with opened(config) as (store, _), store.writing() as connection:
        editions.refresh(connection, now_ms)
        newest = editions.newest(connection)
    if newest is None:
        raise BlocklistError(
            Text("名单还是空的", "there is no list yet"),
            Text("先用 blocklist add 列入", "enter something: blocklist add"),
        )
    try:
        path.write_bytes(to_file(newest))
    except OSError as error:
        raise BlocklistError(
            Text(f"无法写入 {path}：{error.strerror}", f"{path} cannot be written: {error.strerror}")
        ) from error
    count = len(newest.numbers)
    if arguments.json:
        emit_json({"version": newest.manifest.version, "entries": count, "file": str(path)})
    else:
        said = Text(
            f"已写入 {path}：名单 {newest.manifest.version}，{count} 项。在终端上运行 zhendao-device blocklist load",
            f"{path} written: list {newest.manifest.version}, {count} entries. "
            "At the terminal: zhendao-device blocklist load",
        )
        line(said.in_(language))
    return 0


def _editions(config: GatewayConfig) -> Editions:
    keyring = load_keyring(config.keys)
    commander = Commander(keyring.tenant, keyring.signing_key, keyring.certificate.id)
    return Editions(commander, ended=config.blocklist.ended)


def _version(editions: Editions, connection: Connection) -> int:
    newest = editions.newest(connection)
    return 0 if newest is None else newest.manifest.version


def _what(one: Entered) -> str:
    return one.number.hex() if one.number is not None else one.person or ""


def _when(ms: int | None) -> str:
    return "" if ms is None else datetime.fromtimestamp(ms / 1000, UTC).astimezone().isoformat(timespec="seconds")


def _yes(online: bool | None, language: Language) -> str:  # noqa: FBT001 - a cell of a table
    return (Text("是", "yes") if online else Text("否", "no")).in_(language)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
