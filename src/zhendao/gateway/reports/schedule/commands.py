"""`zhendao-gateway report schedule`, `runs` and `due`: what is made by itself, what became of it, and making it now."""

import argparse
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from zhendao.command.output import emit_json, line, table
from zhendao.gateway.config import read_config
from zhendao.gateway.reports.schedule import book
from zhendao.gateway.reports.schedule.due import Job, jobs_of, next_ms
from zhendao.gateway.reports.schedule.making_due import make_due
from zhendao.gateway.store.opening import opened
from zhendao.protocol.wording import Language, Text

_STATES = {
    book.DONE: Text("已生成", "made"),
    book.FAILED: Text("失败", "failed"),
    book.DELETED: Text("已按期删除", "deleted for its age"),
}


def due_command(arguments: argparse.Namespace, language: Language) -> int:
    """Make what is due; 1 where something failed."""
    made, again = make_due(read_config(Path(arguments.config)))
    if arguments.json:
        emit_json({"made": made, "failed": again is not None})
    else:
        line(Text(f"生成报表 {made} 份", f"{made} reports made").in_(language))
    return 0 if again is None else 1


def schedule_command(arguments: argparse.Namespace, language: Language) -> int:
    """Show each job: when it was made last, and when it is made next."""
    config = read_config(Path(arguments.config))
    offset_ms, now_ms = config.visits.utc_offset_min * 60_000, time.time_ns() // 1_000_000
    jobs = jobs_of(config.report)
    with opened(config) as (store, _), store.reading() as connection:
        told = [(job, book.last_of(connection, job)) for job in jobs]
    if arguments.json:
        emit_json([
            {"name": job.table.name, "time": job.time, "region": job.table.region, "forms": list(job.table.forms),
             "folder": str(job.table.folder), "last": None if last is None else _plain(last),
             "next_ms": next_ms([job], now_ms, offset_ms)}
            for job, last in told
        ])  # fmt: skip
        return 0
    headers = _words(
        language, "报表 时间 区划 形式 目录 上次 结果 下次", "report time region forms folder last result next"
    )
    table(headers, [_row(job, last, now_ms, offset_ms, language) for job, last in told])
    return 0


def runs_command(arguments: argparse.Namespace, language: Language) -> int:
    """Show the log of runs, the newest first."""
    config = read_config(Path(arguments.config))
    offset_ms = config.visits.utc_offset_min * 60_000
    with opened(config) as (store, _), store.reading() as connection:
        rows: list[Any] = book.newest(connection, arguments.last)
    if arguments.json:
        emit_json([_plain(row) for row in rows])
        return 0
    headers = _words(language, "应于 报表 结果 次数 行 秒 文件", "due report result tried rows seconds files")
    cells = [
        (
            _clock(row.due_ms, offset_ms), row.name, _said(row, language), row.tried, row.rows,
            f"{(row.ended_ms - row.began_ms) / 1000:.1f}", " ".join(Path(one).name for one in orjson.loads(row.files)),
        )
        for row in rows
    ]  # fmt: skip
    table(headers, cells)
    return 0


def _row(job: Job, last: Any, now_ms: int, offset_ms: int, language: Language) -> tuple[Any, ...]:
    return (
        job.table.name, job.time, job.table.region or "", " ".join(job.table.forms), str(job.table.folder),
        "" if last is None else _clock(last.due_ms, offset_ms), "" if last is None else _said(last, language),
        _clock(next_ms([job], now_ms, offset_ms), offset_ms),
    )  # fmt: skip


def _said(row: Any, language: Language) -> str:
    word = _STATES[row.state].in_(language)
    return word if row.state != book.FAILED else f"{word}: {row.zh if language == 'zh' else row.en}"


def _plain(row: Any) -> dict[str, Any]:
    return {
        "name": row.name, "due_ms": row.due_ms, "state": row.state, "tried": row.tried, "rows": row.rows,
        "began_ms": row.began_ms, "ended_ms": row.ended_ms, "files": orjson.loads(row.files), "zh": row.zh,
        "en": row.en,
    }  # fmt: skip


def _clock(at_ms: int, offset_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC) + timedelta(milliseconds=offset_ms):%Y-%m-%d %H:%M}"


def _words(language: Language, zh: str, en: str) -> list[str]:
    return (zh if language == "zh" else en).split()
