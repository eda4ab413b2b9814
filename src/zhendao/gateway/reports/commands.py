"""`zhendao-gateway report …`: from a command line to a report, and to a file or the screen. The edge of this folder.

Promise: a report reads one moment of the store, and is made while the gateway runs. On the screen everybody is masked;
unmasked there is a file only, and a line in the log of accesses. rule: DAILY-RANK, DAILY-DETAIL, RECORD-LIST, PIPL
"""

import argparse
import time
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line
from zhendao.gateway.accesses.shell import read_at_shell
from zhendao.gateway.config import read_config
from zhendao.gateway.registry.commands import this_user
from zhendao.gateway.reports.asked import Asked
from zhendao.gateway.reports.delivering import deliver, form_of, show
from zhendao.gateway.reports.making import Source, make
from zhendao.gateway.reports.rules import rules_of
from zhendao.gateway.store.opening import opened
from zhendao.protocol.wording import Language, Text

_MOST: Final = 1_000_000_000


def daily_rank_command(arguments: argparse.Namespace, language: Language) -> int:
    """Make DAILY-RANK."""
    return answer(arguments, language, "daily-rank")


def daily_detail_command(arguments: argparse.Namespace, language: Language) -> int:
    """Make DAILY-DETAIL."""
    return answer(arguments, language, "daily-detail")


def record_list_command(arguments: argparse.Namespace, language: Language) -> int:
    """Make RECORD-LIST."""
    return answer(arguments, language, "record-list")


def roster_command(arguments: argparse.Namespace, language: Language) -> int:
    """Hold the list of caregivers against a day."""
    return answer(arguments, language, "roster")


def per_10k_command(arguments: argparse.Namespace, language: Language) -> int:
    """Make PER-10K."""
    return answer(arguments, language, "per-10k")


def hours_command(arguments: argparse.Namespace, language: Language) -> int:
    """Make HOURS by organisation."""
    return answer(arguments, language, "hours")


def pay_hours_command(arguments: argparse.Namespace, language: Language) -> int:
    """Make HOURS by caregiver."""
    return answer(arguments, language, "pay-hours")


def anomalies_command(arguments: argparse.Namespace, language: Language) -> int:
    """Report what was found, by organisation and kind."""
    return answer(arguments, language, "anomalies")


def cases_command(arguments: argparse.Namespace, language: Language) -> int:
    """Report how cases stand, by organisation."""
    return answer(arguments, language, "cases")


def overdue_command(arguments: argparse.Namespace, language: Language) -> int:
    """Report the list of what is overdue."""
    return answer(arguments, language, "overdue")


def terminals_command(arguments: argparse.Namespace, language: Language) -> int:
    """Report how each terminal is."""
    return answer(arguments, language, "terminals")


def trend_command(arguments: argparse.Namespace, language: Language) -> int:
    """Report the trend, day by day or week by week."""
    return answer(arguments, language, "trend")


def answer(arguments: argparse.Namespace, language: Language, name: str) -> int:
    """Make the report of this name, and write it to ``--out`` or show it."""
    config, asked = read_config(Path(arguments.config)), _asked(arguments)
    target = None if arguments.out is None else Path(arguments.out)
    if target is not None:
        form_of(target)  # before anything is opened
    elif asked.unmasked:
        what = Text("--unmasked 须写入文件", "--unmasked needs a file to write to")
        raise UsageError(what, Text("加上 --out FILE", "give --out FILE"))
    with opened(config) as (store, key):
        with store.reading() as connection:
            report = make(name, Source(connection, key, rules_of(config), time.time_ns() // 1_000_000), asked)
        if not report.shown:
            read_at_shell(store, f"report {name}", f"by={this_user()}", len(report.rows))
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


def _asked(arguments: argparse.Namespace) -> Asked:
    """Return what the options of a report say; an option that it has not is as usual. Raises `UsageError`."""
    given: dict[str, Any] = {
        one.name: value for one in fields(Asked) if (value := getattr(arguments, one.name, None)) is not None
    }
    for name in ("page", "page_size"):
        if name in given:
            given[name] = _number(given[name], f"--{name.replace('_', '-')}")
    if "roster" in given:
        given["roster"] = Path(given["roster"])
    return Asked(**given)


def _number(text: str, option: str) -> int:
    """Return a number from 1 on. Raises `UsageError`."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < _MOST:
        what = Text(f"{option} 不能是 {text}", f"{option} cannot be {text}")
        raise UsageError(what, Text("从 1 起的整数", "a whole number from 1 on"))
    return int(text)
