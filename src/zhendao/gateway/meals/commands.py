"""`zhendao-gateway meals import` and the reports of meals: what offices do about them.

Promise: a file is taken whole or not at all, and each row of it is answered; the answers can be asked for again by
importing the same file, which changes nothing. rule: MEAL-BACKFILL
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import orjson

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line, table
from zhendao.gateway.config import read_config
from zhendao.gateway.meals.filling import Answer, Import, checked, fill, read_fills
from zhendao.gateway.meals.values import MEALS, Filled, State, day_at
from zhendao.gateway.registry.commands import this_user, zone_called
from zhendao.gateway.registry.exporting import write_new, writing_to
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.reports.commands import answer
from zhendao.gateway.reports.delivering import form_of
from zhendao.gateway.reports.report import Column, Kind, Report
from zhendao.gateway.reports.rules import rules_of
from zhendao.gateway.store.opening import opened
from zhendao.protocol.wording import Language, Text

JSON: Final = ".json"
_COLUMNS: Final = (
    Column("行", 7, Kind.WHOLE),
    Column("助餐点", 18),
    Column("日期", 12),
    Column("餐次", 7),
    Column("老人编号", 16),
    Column("是否计入", 10),
    Column("说明", 40, left=True),
)


def import_command(arguments: argparse.Namespace, language: Language) -> int:
    """Import back-filled meals; every row is answered. With anything wrong nothing is imported."""
    config, source = read_config(Path(arguments.config)), Path(arguments.source)
    target = None if arguments.out is None else Path(arguments.out)
    _refuse_early(target)
    rules, now_ms = rules_of(config).meals, time.time_ns() // 1_000_000
    rows = read_fills(source, zone_called(arguments.time_zone))
    made, today = Import(source.name, this_user(), now_ms), day_at(now_ms, rules.offset_ms)

    def check(registry: Registry) -> list[Filled]:
        return checked(rows, registry, rules, today)

    with opened(config) as (store, key):
        answers = fill(store, check, made, rules, key, forward=bool(config.forward))
    if target is not None:
        with writing_to(target):
            write_new(target, _content(answers, target, source.name, language))
    _tell(answers, target, language, as_json=arguments.json)
    return 0


def _refuse_early(target: Path | None) -> None:
    """Refuse a file that cannot be written, before anything is imported. Raises `UsageError`, `ReportError`."""
    if target is None:
        return
    if target.suffix.lower() != JSON:
        form_of(target)
    if target.exists():
        raise UsageError(
            Text(f"{target} 已经存在", f"{target} is there already"), Text("请给一个新的名称", "give a new name")
        )


def _content(answers: Sequence[Answer], target: Path, source: str, language: Language) -> bytes:
    if target.suffix.lower() == JSON:
        return orjson.dumps([one.as_json(language) for one in answers], option=orjson.OPT_INDENT_2)
    counted = sum(one.state is State.COUNTED for one in answers)
    rows = [
        (one.line, one.row.point, one.row.day, MEALS[one.row.meal].zh, one.row.elder_id,
         "是" if one.state is State.COUNTED else "否", one.text.zh)
        for one in answers
    ]  # fmt: skip
    notes = [f"共 {len(rows)} 行，计入 {counted} 行。"]
    return form_of(target)(Report("助餐补录答复", "助餐补录答复", source, _COLUMNS, rows, notes=notes, sifted=True))


def _tell(answers: Sequence[Answer], target: Path | None, language: Language, *, as_json: bool) -> None:
    counted = sum(one.state is State.COUNTED for one in answers)
    known = sum(one.known for one in answers)
    if as_json:
        told = {"rows": len(answers), "counted": counted, "ignored": len(answers) - counted, "known": known}
        emit_json(told | {"answers": [one.as_json(language) for one in answers]})
        return
    if target is None:
        heads = Text("行 助餐点 日期 餐次 老人编号 答复", "line point day meal elder answer").in_(language).split()
        cells = [
            [str(one.line), one.row.point, one.row.day, MEALS[one.row.meal].in_(language), one.row.elder_id,
             one.text.in_(language)]
            for one in answers
        ]  # fmt: skip
        table(heads, cells)
    said = Text(
        f"共 {len(answers)} 行：计入 {counted}，不计 {len(answers) - counted}；其中此前已导入 {known}",
        f"{len(answers)} rows: {counted} count, {len(answers) - counted} do not; {known} were imported before",
    )
    line(said.in_(language))


def count_command(arguments: argparse.Namespace, language: Language) -> int:
    """Report meals by village."""
    return answer(arguments, language, "meal-count")


def points_command(arguments: argparse.Namespace, language: Language) -> int:
    """Report meals by meal point."""
    return answer(arguments, language, "meal-points")


def coverage_command(arguments: argparse.Namespace, language: Language) -> int:
    """Report which villages are covered in a week."""
    return answer(arguments, language, "meal-coverage")


def uncovered_command(arguments: argparse.Namespace, language: Language) -> int:
    """Report which villages are not covered yet in a week."""
    return answer(arguments, language, "meal-uncovered")


def dead_command(arguments: argparse.Namespace, language: Language) -> int:
    """Report the meals of elders who had died."""
    return answer(arguments, language, "meal-dead")


def backfill_command(arguments: argparse.Namespace, language: Language) -> int:
    """Report what became of each back-filled row."""
    return answer(arguments, language, "meal-backfill")


def findings_command(arguments: argparse.Namespace, language: Language) -> int:
    """Report what is worth a look in meals."""
    return answer(arguments, language, "meal-findings")
