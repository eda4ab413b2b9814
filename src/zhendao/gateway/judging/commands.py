"""`zhendao-gateway judge`: visits and findings from a registry, facts and a policy, without a gateway.

Nothing of a gateway is read or changed, and nothing personal of the registry is kept (rule: PIPL).
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import BinaryIO

from zhendao.command.errors import UsageError
from zhendao.command.output import line, table
from zhendao.command.roster.cells import CellError, Moment
from zhendao.command.uncollected import uncollected
from zhendao.gateway.errors import GatewayError
from zhendao.gateway.judging.corrections import read_corrections
from zhendao.gateway.judging.facts import Fact, FactsError, lines_of, read_facts
from zhendao.gateway.judging.frequency import shortfalls_of
from zhendao.gateway.judging.hours import hours_of
from zhendao.gateway.judging.judge import Judge, Judged
from zhendao.gateway.judging.overdue import overdue_of
from zhendao.gateway.judging.per_10k import per_10k_of
from zhendao.gateway.judging.policy import PolicyFile, read_policy
from zhendao.gateway.judging.supply import supply_of
from zhendao.gateway.judging.writing import Listed, written
from zhendao.gateway.meals.concluding import conclude
from zhendao.gateway.meals.coverage import coverage
from zhendao.gateway.meals.filling import checked, read_fills
from zhendao.gateway.meals.findings import found_in
from zhendao.gateway.meals.telling import tell, tell_filled
from zhendao.gateway.meals.values import Meals, day_at
from zhendao.gateway.registry.commands import DEFAULT_TENANT, zone_called
from zhendao.gateway.registry.loading import read_registry
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.visits.flags import FLAGS
from zhendao.protocol.wording import Language, Text


class ResultError(GatewayError):
    """The result cannot be written."""

    code = "result"


def judge_command(arguments: argparse.Namespace, language: Language) -> int:
    """Judge; write the result where it was asked for, or show what there is of each kind."""
    with uncollected():  # until all that was held is let go: a look at the end alone would take half a second
        _judge(arguments, language)
    return 0


def _judge(arguments: argparse.Namespace, language: Language) -> None:
    policy = read_policy(Path(arguments.policy) if arguments.policy else None)
    zone = zone_called(arguments.time_zone)
    as_of_ms = _moment(arguments.as_of, zone)
    with ExitStack() as files:
        facts = _opened(files, arguments.events, sys.stdin.buffer, "rb")
        registry = read_registry(Path(arguments.registry), zone, DEFAULT_TENANT)
        judge = judge_by(policy, registry)
        if arguments.corrections is not None:
            judge.correct(read_corrections(lines_of(_opened(files, arguments.corrections, sys.stdin.buffer, "rb"))))
        for fact in _read(facts, arguments.events):
            judge.take(fact)
        judged = judge.judged(as_of_ms)
    meals = _meals(judge, judged.as_of_ms, registry, policy, arguments.backfill, zone)
    if arguments.json:
        _refuse_own_input(arguments)
        _write(judged, _beside(judged, registry, policy) | _of_meals(meals, registry, policy), arguments.json)
    else:
        _show(judged, meals, language)


def _beside(judged: Judged, registry: Registry, policy: PolicyFile) -> dict[str, Iterable[Listed]]:
    """Return what follows from visits and registry together, list by list."""
    as_of_ms, offset_ms = judged.as_of_ms, policy.visits.utc_offset_min * 60_000
    return {
        "hours": hours_of(judged.visits, judged.findings, registry, offset_ms),
        "per_10k": per_10k_of(judged.periods, registry, as_of_ms, offset_ms),
        "shortfalls": shortfalls_of(judged.visits, registry, as_of_ms, offset_ms),
        "overdue": overdue_of(registry, as_of_ms, policy.overdue, offset_ms),
        "supply": supply_of(registry, as_of_ms),
    }


def _meals(
    judge: Judge, as_of_ms: int, registry: Registry, policy: PolicyFile, filled: str | None, zone: tzinfo
) -> list[Meals]:
    """Return all meals with what becomes of them; ``filled``: a file of back-filled ones."""
    rules = policy.meals.rules(policy.visits.utc_offset_min)
    told = [tell(one, registry, rules) for one in judge.meals()]
    if filled is not None:
        rows = checked(read_fills(Path(filled), zone), registry, rules, day_at(as_of_ms, rules.offset_ms))
        told += (tell_filled(replace(one, number=1), registry, rules) for one in rows)
    return conclude(told, rules)


def _of_meals(meals: Sequence[Meals], registry: Registry, policy: PolicyFile) -> dict[str, Iterable[Listed]]:
    """Return the lists of meals, of villages in weeks, and of what is worth a look."""
    rules = policy.meals.rules(policy.visits.utc_offset_min)
    return {
        "meals": meals,
        "meal_villages": coverage(meals, registry, rules),
        "meal_findings": found_in(meals, rules),
    }


def judge_by(policy: PolicyFile, registry: Registry) -> Judge:
    """Return one that judges by all that ``policy`` says."""
    return Judge(
        registry,
        policy.policy(),
        policy.visits.clock_s * 1000,
        valid=policy.valid_rule(),
        hints=policy.hints,
        share_percent=policy.together.share_percent,
    )


def _moment(text: str | None, zone: tzinfo) -> int | None:
    try:
        return None if text is None else Moment().take(text, zone)
    except CellError as error:
        raise UsageError(error.what, error.cure) from error


def _opened(files: ExitStack, name: str, standard: BinaryIO, mode: str) -> BinaryIO:
    if name == "-":
        return standard
    try:
        return files.enter_context(Path(name).open(mode))  # type: ignore[return-value]
    except OSError as error:
        raise UsageError(
            Text(f"{name}：无法打开（{error.strerror}）", f"{name}: cannot be opened ({error.strerror})"),
            Text("检查路径与权限", "check the path and its permissions"),
        ) from error


def _write(judged: Judged, beside: Mapping[str, Iterable[Listed]], name: str) -> None:
    """Write the result; a file is there whole or as it was before. Raises `ResultError`."""
    new = name if name == "-" else f"{name}.new"
    try:
        with ExitStack() as files:
            out = _opened(files, new, sys.stdout.buffer, "wb")
            for piece in written(judged, beside):
                out.write(piece)
            out.flush()
        if name != "-":
            Path(new).replace(name)
    except BrokenPipeError:
        raise
    except OSError as error:
        if name != "-":
            Path(new).unlink(missing_ok=True)
        raise ResultError(
            Text(f"{name}：无法写入（{error.strerror}）", f"{name}: cannot be written ({error.strerror})"),
            Text(
                "检查空间、路径与权限；原有文件未变", "see to space, path and permissions; what was there is unchanged"
            ),
        ) from error


def _read(facts: BinaryIO, name: str) -> Iterator[Fact]:
    """Give the facts of a file. Raises `FactsError`, also where the file breaks off under the hand."""
    try:
        yield from read_facts(lines_of(facts))
    except OSError as error:
        raise FactsError(
            Text(f"{name}：读取中断（{error.strerror}）", f"{name}: reading broke off ({error.strerror})"),
            Text("检查磁盘与文件", "see to the disk and the file"),
        ) from error


def _refuse_own_input(arguments: argparse.Namespace) -> None:
    """Refuse a result that would take the place of what it follows from. Raises `UsageError`."""
    target = Path(arguments.json)
    for name in (arguments.events, arguments.corrections, arguments.policy, arguments.backfill):
        if name not in {None, "-"} and target.exists() and target.samefile(name):
            raise UsageError(
                Text(f"{target}：结果会覆盖输入", f"{target}: the result would replace what it is made from"),
                Text("换一个文件名", "give another name"),
            )


def _show(judged: Judged, eaten: Sequence[Meals], language: Language) -> None:
    states = Counter(visit.state for visit in judged.visits)
    figures = ", ".join(f"{state} {count}" for state, count in sorted(states.items())) or "0"
    said = Text(
        f"事实 {judged.events} 条，上门记录 {len(judged.visits)} 条（{figures}）",
        f"{judged.events} facts, {len(judged.visits)} visits ({figures})",
    )
    line(said.in_(language))
    if eaten:
        counted = sum(one.counted for one in eaten)
        line(Text(f"用餐 {len(eaten)} 条，计入 {counted} 条", f"{len(eaten)} meals, {counted} count").in_(language))
    flags = Counter(one["flag"] for visit in judged.visits for one in visit.record["flags"])
    head = Text("标记 次数 含义", "flag count meaning").in_(language).split()
    rows = [(name, str(flags[name]), text.in_(language)) for name, text in FLAGS.items() if flags[name]]
    if rows:
        table(head, rows)
