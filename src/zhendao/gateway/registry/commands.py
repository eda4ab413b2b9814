"""`zhendao-gateway registry load`, `show`, `export` and `digest`: what people do with the registry.

Promise: what is shown is masked; who needs a whole name asks through the interface, or exports, which is logged. rule:
PIPL.
"""

import argparse
import getpass
import os
import time
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line, table
from zhendao.command.roster.cells import CellError, Choice, Degrees, Moment
from zhendao.command.roster.check import Row
from zhendao.command.roster.digest import digest
from zhendao.command.roster.sheets import SHEETS, Column, Sheet, sheet_called
from zhendao.command.roster.shifts import Days
from zhendao.gateway.accesses.shell import read_at_shell
from zhendao.gateway.config import GatewayConfig, read_config
from zhendao.gateway.judging.attendance import days_held, figures, span_of
from zhendao.gateway.judging.overdue import overdue_of
from zhendao.gateway.judging.supply import supply_of
from zhendao.gateway.registry.book import Book, Outcome
from zhendao.gateway.registry.current import snapshot
from zhendao.gateway.registry.exporting import Exported, export, export_caregiver_list, held
from zhendao.gateway.registry.loading import load, load_caregiver_list, load_good, read_rows
from zhendao.gateway.registry.masking import mask
from zhendao.gateway.store.opening import opened
from zhendao.protocol.wording import Language, Text

DEFAULT_TENANT = "main"


def load_command(arguments: argparse.Namespace, language: Language) -> int:
    """Load a folder of CSV files or a spreadsheet; with anything wrong nothing or the good rows only are taken."""
    if arguments.replace and arguments.keep_good:
        raise UsageError(
            Text("--replace 与 --keep-good 不能同用", "--replace and --keep-good cannot go together"),
            Text("否则有误的行会被当作已删除", "else the rows that are wrong would count as removed"),
        )
    config = read_config(Path(arguments.config))
    zone, tenant, source = zone_called(arguments.time_zone), _tenant(config), Path(arguments.source)
    with opened(config) as (store, key):
        if arguments.keep_good:
            outcome, problems = load_good(store, Book(key), source, zone=zone, tenant=tenant)
        else:
            outcome = load(store, Book(key), source, zone=zone, tenant=tenant, replace=arguments.replace)
            problems = []
    told = {"problems": [one.as_json(language) for one in problems]} if arguments.keep_good else {}
    if not arguments.json:
        for one in problems:
            line(one.explain(language))
    _tell(outcome, told, language, as_json=arguments.json)
    return 1 if problems else 0


def _tell(outcome: Outcome, more: dict[str, Any], language: Language, *, as_json: bool) -> None:
    if as_json:
        emit_json({name: getattr(outcome, name) for name in outcome.__slots__} | more)
        return
    figures = (outcome.added, outcome.changed, outcome.removed, outcome.unchanged)
    said = Text(
        "新增 {} 行，更改 {} 行，删除 {} 行，未变 {} 行".format(*figures),
        "{} added, {} changed, {} removed, {} unchanged".format(*figures),
    )
    line(said.in_(language))


def export_command(arguments: argparse.Namespace, language: Language) -> int:
    """Write the registry as files that load again; with all that is personal, so it is logged who did."""
    config = read_config(Path(arguments.config))
    at_ms = None if arguments.at is None else _moment(arguments.at, zone_called(arguments.time_zone))
    sheets = [_sheet(arguments.table)] if arguments.table else list(SHEETS)
    with opened(config) as (store, key):
        done = export(store, Book(key), Path(arguments.target), sheets=sheets, at_ms=at_ms, by=this_user())
    _tell_exported(done, language, as_json=arguments.json)
    return 0


def _tell_exported(done: Exported, language: Language, *, as_json: bool) -> None:
    if as_json:
        emit_json({"rows": done.rows, "digest": done.digest})
        return
    count = sum(done.rows.values())
    said = Text(f"已写入 {count} 行；内容摘要 {done.digest}", f"{count} rows written; digest {done.digest}")
    line(said.in_(language))
    warning = Text("其中有姓名、电话、地址：请妥善保管。", "It holds names, phones, addresses: keep it safe.")
    line(warning.in_(language))


def caregivers_load_command(arguments: argparse.Namespace, language: Language) -> int:
    """Take in a list of caregivers (护理员信息清单): what is new in it holds from a moment."""
    config, zone = read_config(Path(arguments.config)), zone_called(arguments.time_zone)
    from_ms = _moment(arguments.at or datetime.now(zone).date().isoformat(), zone)
    with opened(config) as (store, key):
        outcome = load_caregiver_list(
            store, Book(key), Path(arguments.source), zone=zone, tenant=_tenant(config), from_ms=from_ms
        )
    _tell(outcome, {}, language, as_json=arguments.json)
    return 0


def caregivers_export_command(arguments: argparse.Namespace, language: Language) -> int:
    """Write the list of caregivers (护理员信息清单); names and phones whole, so it is logged who did."""
    config = read_config(Path(arguments.config))
    at_ms = _moment(arguments.at, zone_called(arguments.time_zone))
    rule = config.valid.rule(config.visits.utc_offset_min)
    with opened(config) as (store, key):
        with store.reading() as connection:
            told = figures(days_held(connection, *span_of(at_ms, rule), rule), at_ms, rule)
        done = export_caregiver_list(
            store, Book(key), Path(arguments.target), at_ms=at_ms, by=this_user(), figures=told
        )
    _tell_exported(done, language, as_json=arguments.json)
    return 0


def overdue_command(arguments: argparse.Namespace, language: Language) -> int:
    """List what is overdue: follow-ups, checks of households, papers and licences; numbers, and no names."""
    config = read_config(Path(arguments.config))
    at_ms = _moment(arguments.at, zone_called(arguments.time_zone))
    with opened(config) as (store, key), store.reading() as connection:
        found = overdue_of(
            snapshot(connection, Book(key)), at_ms, config.overdue, config.visits.utc_offset_min * 60_000
        )
    if arguments.json:
        emit_json([one.as_json() for one in found])
    elif found:
        headers = Text("等级,编号,机构,逾期事项", "level,number,organisation,overdue").in_(language).split(",")
        rows = [[one.level or "–", one.subject[1], one.organisation or "–", one.text.in_(language)] for one in found]
        table(headers, rows)
    else:
        line(Text("没有逾期事项", "nothing is overdue").in_(language))
    return 0


def supply_command(arguments: argparse.Namespace, language: Language) -> int:
    """List organisations: how many elders each has taken on, and whether it may be offered more."""
    config = read_config(Path(arguments.config))
    at_ms = _moment(arguments.at, zone_called(arguments.time_zone))
    with opened(config) as (store, key), store.reading() as connection:
        found = supply_of(snapshot(connection, Book(key)), at_ms)
    if arguments.json:
        emit_json([one.as_json() for one in found])
        return 0
    headers = Text("机构,容量,已承接,可派单", "organisation,capacity,elders,may be offered").in_(language).split(",")
    rows = [[one.organisation, one.capacity, one.elders, _OFFERED[one.barred].in_(language)] for one in found]
    table(headers, rows)
    return 0


_OFFERED: Final = {
    None: Text("是", "yes"),
    "over": Text("否（超出容量）", "no (over capacity)"),
    "full": Text("否（已满）", "no (full)"),
    "unlicensed": Text("否（许可过期）", "no (licence ran out)"),
}


def digest_command(arguments: argparse.Namespace, language: Language) -> int:
    """Tell the digest of all that the registry says, or of lists that are not loaded."""
    config = read_config(Path(arguments.config))
    if arguments.source is None:
        with opened(config) as (store, key):
            rows = held(store, Book(key), SHEETS, None)
    else:
        rows = read_rows(Path(arguments.source), zone_called(arguments.time_zone), _tenant(config))
    if arguments.json:
        emit_json({"rows": len(rows), "digest": digest(rows)})
    else:
        line(Text(f"{len(rows)} 行；内容摘要 {digest(rows)}", f"{len(rows)} rows; digest {digest(rows)}").in_(language))
    return 0


def this_user() -> str:
    """Return who runs this, for the log."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name for this uid
        return str(os.getuid())


def show_command(arguments: argparse.Namespace, language: Language) -> int:
    """Show the rows that hold at a moment, now unless told otherwise; personal columns masked."""
    config = read_config(Path(arguments.config))
    zone = zone_called(arguments.time_zone)
    at_ms = _moment(arguments.at, zone)
    sheets = [_sheet(arguments.table)] if arguments.table else list(SHEETS)
    with opened(config) as (store, key), store.reading() as connection:
        book = Book(key)
        shown = {}
        for sheet in sheets:
            wanted = _wanted(book, connection, sheet, arguments)
            rows = book.rows(connection, sheet, at_ms)
            shown[sheet.name] = [_shown(*one) for one in rows if wanted is None or one[0].identity in wanted]
        # By which name or number is not written down: the log of accesses can be read without the store key.
        by = [column for column in ("name", "phone") if getattr(arguments, column) is not None]
        asked = f"by={this_user()}&table={arguments.table or ''}" + "".join(f"&{column}=*" for column in by)
        read_at_shell(store, "registry", asked, sum(map(len, shown.values())))
    if arguments.json:
        emit_json({"at_ms": at_ms, "tables": shown})
        return 0
    for sheet in sheets:
        headers = [column.zh[0] if language == "zh" else column.name for column in sheet.columns]
        cells = [[_told(one, row[one.name], language, zone) for one in sheet.columns] for row in shown[sheet.name]]
        table(headers, cells, title=sheet.zh if language == "zh" else sheet.name)
    return 0


def _wanted(
    book: Book, connection: Connection, sheet: Sheet, arguments: argparse.Namespace
) -> set[tuple[Any, ...]] | None:
    """Return which rows have the name and the phone that are asked for, None where neither is."""
    asked = [(column, value) for column in ("name", "phone") if (value := getattr(arguments, column)) is not None]
    found = [book.found_by(connection, sheet, column, value) for column, value in asked]
    return set.intersection(*found) if found else None


def _shown(row: Row, personal: dict[str, str]) -> dict[str, Any]:
    cells: dict[str, Any] = {}
    for column in row.sheet.columns:
        if column.personal:
            value = personal.get(column.name)
            cells[column.name] = None if value is None else mask(column.name, value)
        else:
            cells[column.name] = _plain(column, row.values[column.name])
    return cells


def _plain(column: Column, value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if value is not None and isinstance(column.kind, Choice | Days):
        return column.kind.word(value, "en")
    if value is not None and isinstance(column.kind, Moment):
        return datetime.fromtimestamp(value / 1000, UTC).isoformat(timespec="seconds")
    return value


def _told(column: Column, value: Any, language: Language, zone: tzinfo) -> Any:
    """Return a cell as people write it: words in their language, times of their zone, degrees as decimals."""
    if isinstance(value, str) and isinstance(column.kind, Moment):
        return datetime.fromisoformat(value).astimezone(zone).isoformat(sep=" ", timespec="minutes")
    if value is not None and isinstance(column.kind, Choice):
        return column.kind.word(column.kind.words[value], language)
    if value is not None and isinstance(column.kind, Days):
        return column.kind.word(column.kind.take(value, UTC), language)
    if isinstance(value, int) and isinstance(column.kind, Degrees):
        return f"{value / 10**7:.7f}"
    return value


def _sheet(name: str) -> Sheet:
    sheet = sheet_called(name)
    if sheet is None:
        zh, en = "、".join(sheet.zh for sheet in SHEETS), ", ".join(sheet.name for sheet in SHEETS)
        raise UsageError(Text(f"没有登记表 {name}", f"there is no table {name}"), Text(f"可用：{zh}", f"use {en}"))
    return sheet


def zone_called(name: str) -> tzinfo:
    """Return a time zone by its name. Raises `UsageError`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(
            Text(f"没有时区 {name}", f"there is no time zone {name}"),
            Text("例如 Asia/Shanghai", "for example Asia/Shanghai"),
        ) from error


def _moment(text: str | None, zone: tzinfo) -> int:
    if text is None:
        return time.time_ns() // 1_000_000
    try:
        return Moment().take(text, zone)
    except CellError as error:
        raise UsageError(error.what, error.cure) from error


def _tenant(config: GatewayConfig) -> str:
    """Return the gateway's tenant, for rows that name none."""
    path = config.keys / "tenant"
    return path.read_text(encoding="ascii").strip() if path.exists() else DEFAULT_TENANT
