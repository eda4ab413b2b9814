"""`zhendao-gateway report …`: from what was asked to a report, and to a file or the screen. The edge of this folder.

Promise: a report reads one moment of the store, and goes on while the gateway runs. On the screen everybody is masked;
unmasked there is a file only, and a line in the log of accesses. rule: DAILY-RANK, DAILY-DETAIL, RECORD-LIST, PIPL
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line
from zhendao.gateway.config import GatewayConfig, read_config
from zhendao.gateway.judging.attendance import times_held
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.commands import this_user
from zhendao.gateway.reports.daily_detail import daily_detail
from zhendao.gateway.reports.daily_rank import daily_rank
from zhendao.gateway.reports.delivering import deliver, form_of, show
from zhendao.gateway.reports.enrolled import entries
from zhendao.gateway.reports.moment import Span, day_until, days_between
from zhendao.gateway.reports.people import people
from zhendao.gateway.reports.record_list import Sought, days_present, record_list
from zhendao.gateway.reports.report import Report
from zhendao.gateway.reports.roster import check_ins, roster
from zhendao.gateway.reports.stock import stock
from zhendao.gateway.store.opening import opened
from zhendao.protocol.wording import Language, Text

_MOST: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """What a report is made from: one moment of the store, the settings, and now (UTC ms)."""

    connection: Connection
    book: Book
    config: GatewayConfig
    now_ms: int

    @property
    def offset_ms(self) -> int:
        """How far the local day is ahead of Greenwich's."""
        return self.config.visits.utc_offset_min * 60_000

    def present(self, span: Span) -> set[str]:
        """Return who checked in in ``span``, by their numbers."""
        return {who for who, _ in times_held(self.connection, span.from_ms, span.until_ms)}


Maker = Callable[[Source, argparse.Namespace], Report]


def answer(arguments: argparse.Namespace, language: Language, make: Maker) -> int:
    """Make a report, and write it to ``--out`` or show it."""
    config = read_config(Path(arguments.config))
    target = None if arguments.out is None else Path(arguments.out)
    if target is not None:
        form_of(target)  # before anything is opened
    elif getattr(arguments, "unmasked", False):
        what = Text("--unmasked 须写入文件", "--unmasked needs a file to write to")
        raise UsageError(what, Text("加上 --out FILE", "give --out FILE"))
    with opened(config) as (store, key):
        with store.reading() as connection:
            report = make(Source(connection, Book(key), config, time.time_ns() // 1_000_000), arguments)
        if target is None:
            show(report, language, as_json=arguments.json)
            return 0
        deliver(store, report, target, this_user())
    if arguments.json:
        emit_json({"out": str(target), "rows": len(report.rows), "stamp": report.stamp, "unmasked": report.shown})
        return 0
    count = len(report.rows)
    line(Text(f"{target}：{count} 行，{report.stamp}", f"{target}: {count} rows, {report.stamp}").in_(language))
    if report.shown:
        warning = Text("其中有姓名与电话：请妥善保管，导出已记录。", "It holds names and phones: keep it safe; logged.")
        line(warning.in_(language))
    return 0


def daily_rank_command(arguments: argparse.Namespace, language: Language) -> int:
    """Make DAILY-RANK."""
    return answer(arguments, language, _daily_rank)


def daily_detail_command(arguments: argparse.Namespace, language: Language) -> int:
    """Make DAILY-DETAIL."""
    return answer(arguments, language, _daily_detail)


def record_list_command(arguments: argparse.Namespace, language: Language) -> int:
    """Make RECORD-LIST."""
    return answer(arguments, language, _record_list)


def roster_command(arguments: argparse.Namespace, language: Language) -> int:
    """Hold the list of caregivers against a day."""
    return answer(arguments, language, _roster)


def _daily_rank(source: Source, arguments: argparse.Namespace) -> Report:
    span = day_until(arguments.date, arguments.at, source.now_ms, source.offset_ms)
    held = stock(source.connection, source.book, span.at_ms)
    return daily_rank(held, source.present(span), span, held.wanted(arguments.region))


def _daily_detail(source: Source, arguments: argparse.Namespace) -> Report:
    span = day_until(arguments.date, arguments.at, source.now_ms, source.offset_ms)
    held = stock(source.connection, source.book, span.at_ms)
    region = held.wanted(arguments.region)
    named = people(source.connection, source.book, span.at_ms, span.at_ms + 1)
    return daily_detail(held, named.values(), source.present(span), span, region, unmasked=arguments.unmasked)


def _roster(source: Source, arguments: argparse.Namespace) -> Report:
    span = day_until(arguments.date, arguments.at, source.now_ms, source.offset_ms)
    held = stock(source.connection, source.book, span.at_ms)
    region = held.wanted(arguments.region)
    times = check_ins(times_held(source.connection, span.from_ms, span.until_ms))
    given = None if arguments.roster is None else Path(arguments.roster)
    rule = source.config.valid.rule(source.config.visits.utc_offset_min)
    listed = entries(source.connection, source.book, held, times, rule, given)
    return roster(held, listed, times, span, region, unmasked=arguments.unmasked)


def _record_list(source: Source, arguments: argparse.Namespace) -> Report:
    span = days_between(arguments.first, arguments.last, source.now_ms, source.offset_ms)
    held = stock(source.connection, source.book, span.at_ms)
    sought = Sought(
        arguments.name,
        arguments.organisation,
        arguments.type,
        held.wanted(arguments.region),
        _number(arguments.page, "--page") or 1,
        _number(arguments.page_size, "--page-size"),
    )
    named = people(source.connection, source.book, span.from_ms, span.until_ms)
    days = days_present(times_held(source.connection, span.from_ms, span.until_ms), source.offset_ms)
    return record_list(held, named.values(), days, span, sought, unmasked=arguments.unmasked)


def _number(text: str | None, option: str) -> int | None:
    """Return a number from 1 on, None where none is given. Raises `UsageError`."""
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < _MOST:
        what = Text(f"{option} 不能是 {text}", f"{option} cannot be {text}")
        raise UsageError(what, Text("从 1 起的整数", "a whole number from 1 on"))
    return int(text)
