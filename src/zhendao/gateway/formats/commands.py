"""`zhendao-gateway export` and `mapping …`: a day in any format for looking at; mapping files shown and checked.

Promise: an export names people, so it goes into a new file of its owner alone, and is logged before it is written; it
sends nothing. A mapping is checked without a store. rule: PIPL
"""

import argparse
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any, Final

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line, table
from zhendao.gateway.accesses import book as accesses
from zhendao.gateway.api.local import LOCAL
from zhendao.gateway.config import read_config
from zhendao.gateway.formats.day import DAY_MS, Day, dossiers_of, made
from zhendao.gateway.formats.dossier import Dossiers
from zhendao.gateway.formats.mapping import Mapping
from zhendao.gateway.formats.shipped import content_of, mapping_of, names
from zhendao.gateway.registry.commands import this_user
from zhendao.gateway.registry.current import Current
from zhendao.gateway.registry.exporting import write_new
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.opening import opened
from zhendao.protocol.wording import Language, Text

_FAULTY: Final = 1


def export_command(arguments: argparse.Namespace, language: Language) -> int:
    """Write a local day in a format; exit code 1 where a visit could not be told."""
    config = read_config(Path(arguments.config))
    mapping = mapping_of(arguments.mapping).with_own(_own(arguments.own))
    if lacking := mapping.lacking():
        words = ", ".join(lacking)
        what = Text(f"映射 {mapping.name} 还缺 {words}", f"the mapping {mapping.name} still lacks {words}")
        raise UsageError(what, Text("用 --own 名称=值 给出", "give each with --own NAME=VALUE"))
    from_ms = _day_ms(arguments.date, config.visits.utc_offset_min)
    target = Path(arguments.out)
    if target.exists():
        what = Text(f"{target} 已存在", f"{target} is there already")
        raise UsageError(what, Text("换一个文件名", "choose another name"))
    now_ms = time.time_ns() // 1_000_000
    with opened(config) as (store, key):
        _log(store, f"by={this_user()}&mapping={mapping.name}&date={arguments.date}", now_ms)
        with store.reading() as connection:
            dossiers = Dossiers(connection, key, Current(key), config.visits.utc_offset_min * 60_000)
            day = made(mapping, dossiers_of(connection, dossiers, from_ms, from_ms + DAY_MS), now_ms)
    write_new(target, day.content(mapping))
    _tell(day, target, language, as_json=arguments.json)
    return _FAULTY if day.faults else 0


def _tell(day: Day, target: Path, language: Language, *, as_json: bool) -> None:
    faults = [
        {"visit": visit, "fields": [{"name": one.name, "why": one.why.in_(language)} for one in several]}
        for visit, several in day.faults
    ]
    people = {what: len(found) for what, found in day.people.items()}
    if as_json:
        told: dict[str, Any] = {"out": str(target), "rows": len(day.rows), "left_out": day.left_out, "faults": faults}
        emit_json(told | people)
        return
    count, out = len(day.rows), day.left_out
    line(
        Text(
            f"{target}：{count} 行；不属于该格式的 {out} 次上门；不能写出的 {len(faults)} 次",
            f"{target}: {count} rows; {out} visits that the format does not have; {len(faults)} that cannot be told",
        ).in_(language)
    )
    rows = [(visit, one.name, one.why.in_(language)) for visit, several in day.faults for one in several]
    if rows:
        table(Text("上门 字段 原因", "visit field why").in_(language).split(), rows)


def _own(said: list[str] | None) -> dict[str, str]:
    found = {}
    for one in said or []:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise UsageError(
                Text(f"--own {one} 看不懂", f"--own {one} cannot be read"), Text("写成 名称=值", "write NAME=VALUE")
            )
        found[name] = value
    return found


def _day_ms(said: str, offset_min: int) -> int:
    try:
        day = date.fromisoformat(said)
    except ValueError:
        what = Text(f"没有日期 {said}", f"there is no day {said}")
        raise UsageError(what, Text("写成 2026-11-23", "write it as 2026-11-23")) from None
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * DAY_MS - offset_min * 60_000


def _log(store: Store, filters: str, now_ms: int) -> None:
    with store.writing() as connection:
        accesses.enter(connection, now_ms, (LOCAL, "shell"), "export", filters, items=1, names=True)


def list_command(arguments: argparse.Namespace, language: Language) -> int:
    """List the mappings that come with the gateway."""
    found = [mapping_of(name) for name in names()]
    if arguments.json:
        emit_json([_described(one, language) for one in found])
        return 0
    table(
        Text("名称 格式 字段数 须填", "name format fields to-be-filled-in").in_(language).split(),
        [
            (one.name, one.title.in_(language), len(one.fields["visit"]), ", ".join(sorted(one.needed)) or "-")
            for one in found
        ],
    )
    return 0


def show_command(arguments: argparse.Namespace, _language: Language) -> int:
    """Print a mapping as it is, so that it can be copied and changed."""
    sys.stdout.write(content_of(arguments.name).decode("utf-8"))
    return 0


def check_command(arguments: argparse.Namespace, language: Language) -> int:
    """Check a mapping file; `MappingError` with line and column of everything that is wrong."""
    mapping = mapping_of(arguments.name)
    if arguments.json:
        emit_json(_described(mapping, language))
        return 0
    count = len(mapping.fields["visit"])
    lacking = ", ".join(mapping.lacking())
    line(Text(f"{mapping.name}：正确，{count} 个字段", f"{mapping.name}: right, {count} fields").in_(language))
    if lacking:
        line(Text(f"使用前须填：{lacking}", f"to be filled in before use: {lacking}").in_(language))
    return 0


def _described(mapping: Mapping, language: Language) -> dict[str, Any]:
    return {
        "name": mapping.name, "title": mapping.title.in_(language), "shape": mapping.shape, "example": mapping.example,
        "time_zone": mapping.zone.key, "fields": [one.name for one in mapping.fields["visit"]],
        "needs": sorted(mapping.needed), "lacking": mapping.lacking(),
    }  # fmt: skip
