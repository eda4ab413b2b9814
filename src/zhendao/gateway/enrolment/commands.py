"""`zhendao-gateway registry swap` and `answers ls`: a box takes another's place; who has heard of a rotation."""

import argparse
import time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line, table
from zhendao.command.roster.cells import CellError, Moment
from zhendao.gateway.config import read_config
from zhendao.gateway.enrolment.binding import swap
from zhendao.gateway.ingest.handing import FOLDER as ANSWERS
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.commands import zone_called
from zhendao.gateway.store.facts import certificates
from zhendao.gateway.store.opening import opened
from zhendao.protocol.enrolment import open_answer
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.wording import Language, Text


def swap_command(arguments: argparse.Namespace, language: Language) -> int:
    """End the row of the old terminal, and begin one for the new."""
    config = read_config(Path(arguments.config))
    now_ms = time.time_ns() // 1_000_000
    at_ms = now_ms
    if arguments.at is not None:
        try:
            at_ms = Moment().take(arguments.at, zone_called(arguments.time_zone))
        except CellError as error:
            raise UsageError(error.what, error.cure) from error
    old, new = _device(arguments.old), _device(arguments.new)
    with opened(config) as (store, key), store.writing() as connection:
        done = swap(connection, Book(key), old, new, at_ms, now_ms)
    if arguments.json:
        emit_json({"old": old.hex(), "new": new.hex(), "at_ms": at_ms, "changed": done})
        return 0
    line(
        Text(
            "已换机：原终端登记到此为止，新终端接续同一住户" if done else "此前已换机，未作改动",
            "swapped: the old terminal's row ends, the new one's begins with the same home"
            if done
            else "swapped before: nothing was changed",
        ).in_(language)
    )
    return 0


def answers_command(arguments: argparse.Namespace, language: Language) -> int:
    """List the terminals for which an answer lies ready, and whether each has sent under its certificate since."""
    config = read_config(Path(arguments.config))
    with opened(config) as (store, _key), store.reading() as connection:
        seen = {row.id for row in connection.execute(select(certificates.c.id))}
    rows: list[dict[str, Any]] = []
    for path in sorted((config.data_dir / ANSWERS).glob("*.cbor")):
        try:
            answer = open_answer(path.read_bytes())
        except (OSError, ProtocolError):
            rows.append({"device": path.stem, "made_ms": None, "taken": None})
            continue
        rows.append({"device": path.stem, "made_ms": answer.made_ms, "taken": answer.certificate.id in seen})
    shown = [row for row in rows if not (arguments.waiting and row["taken"])]
    waiting = sum(not row["taken"] for row in rows)
    if arguments.json:
        emit_json({"terminals": len(rows), "waiting": waiting, "answers": shown})
        return 0
    words = {True: Text("已接受", "taken"), False: Text("等待", "waits"), None: Text("文件损坏", "damaged")}
    table(
        Text("终端,答复", "terminal,answer").in_(language).split(","),
        [[row["device"], words[row["taken"]].in_(language)] for row in shown],
    )
    line(
        Text(f"共 {len(rows)} 台，{waiting} 台尚未接受", f"{len(rows)} terminals, {waiting} have not taken theirs").in_(
            language
        )
    )
    return 0


def _device(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 16:  # noqa: PLR2004 - docs/protocol.md section 3
        raise UsageError(Text(f"不是终端编号：{text}", f"not the number of a terminal: {text}"))
    return found
