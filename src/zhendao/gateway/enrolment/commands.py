"""`zhendao-gateway registry swap`: a terminal takes the place of another, and the home keeps its history."""

import argparse
import time
from pathlib import Path

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line
from zhendao.command.roster.cells import CellError, Moment
from zhendao.gateway.config import read_config
from zhendao.gateway.enrolment.binding import swap
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.commands import zone_called
from zhendao.gateway.store.opening import opened
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


def _device(text: str) -> bytes:
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 16:  # noqa: PLR2004 - docs/protocol.md section 3
        raise UsageError(Text(f"不是终端编号：{text}", f"not the number of a terminal: {text}"))
    return found
