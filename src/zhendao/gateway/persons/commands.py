"""`zhendao-gateway person export` and `person erase`: beside a running gateway or without one.

Promise: that somebody took it out is in the log of accesses before anything is written. rule: PIPL
"""

import argparse
import getpass
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zhendao.command.output import emit_json, line
from zhendao.gateway.accesses import book as accesses
from zhendao.gateway.accesses.shell import told_file
from zhendao.gateway.api.local import LOCAL
from zhendao.gateway.config import read_config
from zhendao.gateway.keyring import load_keyring
from zhendao.gateway.persons.erasing import erase
from zhendao.gateway.persons.errors import PersonError
from zhendao.gateway.persons.gather import gather
from zhendao.gateway.persons.subject import Subject
from zhendao.gateway.persons.writing import as_json, as_workbook, write
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.exporting import writing_to
from zhendao.gateway.retention.kinds import KINDS
from zhendao.gateway.retention.settings import REASONS, RetentionTable
from zhendao.gateway.store.emptying import emptied
from zhendao.gateway.store.opening import opened
from zhendao.protocol.wording import Language, Text


def export_command(arguments: argparse.Namespace, language: Language) -> int:
    """Write all that is held about one person."""
    config, subject, now_ms = read_config(Path(arguments.config)), _subject(arguments), _now_ms()
    with opened(config) as (store, key):
        with store.reading() as connection:
            held = gather(connection, key, subject)
        if not held.known:
            raise PersonError(
                Text(f"没有 {subject.key} 的任何数据", f"nothing is held about {subject.key}"),
                Text("用 registry show 查编号", "find the id with registry show"),
            )
        count = sum(len(rows) for name, rows in held.sections.items() if name != "lists")
        with store.writing() as connection:
            asked = f"by={_user()}&{subject.what}={subject.key}&to={told_file(arguments.out.name)}"
            accesses.enter(connection, now_ms, (LOCAL, "shell"), "person", asked, items=count, names=True)
    files = {
        "person.json": as_json(subject, held, now_ms),
        "个人信息.xlsx": as_workbook(subject, held, _kept(config.retention), now_ms),
    }
    with _told(), writing_to(arguments.out):
        write(arguments.out, files)
    if arguments.json:
        emit_json({"to": str(arguments.out), **{name: len(rows) for name, rows in held.sections.items()}})
    else:
        line(Text(f"已写入 {arguments.out}（{count} 项）", f"written: {arguments.out} ({count} items)").in_(language))
    return 0


def erase_command(arguments: argparse.Namespace, language: Language) -> int:
    """Erase what may be erased of one person."""
    config, subject, now_ms = read_config(Path(arguments.config)), _subject(arguments), _now_ms()
    keyring = load_keyring(config.keys)
    with opened(config) as (store, key):
        with store.writing() as connection:
            done = erase(connection, Book(key), keyring, subject, config.retention, arguments.by or _user(), now_ms)
            asked = f"by={_user()}&{subject.what}={subject.key}"
            accesses.enter(connection, now_ms, (LOCAL, "shell"), "person erase", asked, items=1, names=False)
        gone = emptied(store)
    receipt = done.receipt
    if arguments.json:
        told = None if receipt is None else {"number": receipt.number, "rows": dict(receipt.rows)}
        emit_json({"receipt": told, "gone": gone, "kept": [[days, why.in_(language)] for days, why in done.kept]})
        return 0
    if receipt is None:
        line(Text("没有可以删除的", "there was nothing to erase").in_(language))
    else:
        rows = "、".join(f"{name} {count}" for name, count in receipt.rows.items())
        line(Text(f"已删除，凭证 {receipt.number}：{rows}", f"erased, receipt {receipt.number}: {rows}").in_(language))
    if not gone:
        said = Text(
            "有读取者在用，旧内容在夜间清理后才从文件中消失",
            "somebody reads: what was there leaves the files when they have done, in the night at the latest",
        )
        line(said.in_(language))
    for days, why in done.kept:
        line(Text(f"保留 {days} 天：{why.zh}", f"kept for {days} days: {why.en}").in_(language))
    return 0


def _kept(table: RetentionTable) -> list[tuple[str, str]]:
    told = []
    for kind in KINDS:
        days = getattr(table, kind.setting)
        told.append((kind.text.zh, f"{f'{days} 天' if days else '永久'}：{REASONS[kind.setting].zh}"))
    return told


def _subject(arguments: argparse.Namespace) -> Subject:
    if (arguments.elder is None) == (arguments.caregiver is None):
        raise PersonError(
            Text("请给出一位老人或一位护理员", "name one elder or one caregiver"),
            Text("--elder 编号 或 --caregiver 编号", "--elder ID or --caregiver ID"),
        )
    return Subject("elder", arguments.elder) if arguments.elder else Subject("caregiver", arguments.caregiver)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PersonError(Text(f"无法写入：{error}", f"it cannot be written: {error}")) from error


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
