"""The book of scheduled reports: since when jobs are known, what became of each moment; in the caller's transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, delete, insert, select, update

from zhendao.gateway.reports.schedule.due import Job, Past
from zhendao.gateway.reports.schedule.tables import REPORT_JOBS, REPORT_RUNS
from zhendao.protocol.wording import Text

DONE: Final = "done"
FAILED: Final = "failed"
DELETED: Final = "deleted"
_R: Final = REPORT_RUNS.c


@dataclass(frozen=True, slots=True)
class Run:
    """How a run went: from when to when (UTC ms), how many rows, into which files; ``why`` it failed."""

    began_ms: int
    ended_ms: int
    rows: int | None = None
    files: tuple[Path, ...] = ()
    why: Text | None = None


def know(connection: Connection, jobs: Iterable[Job], now_ms: int) -> dict[str, int]:
    """Return since when each of ``jobs`` is known; a new one since now, and so one that is known since later.

    That one came to be known under a clock that was ahead: till then it would be silent.
    """
    known = {row.job: row.since_ms for row in connection.execute(select(REPORT_JOBS)) if row.since_ms <= now_ms}
    new = [{"job": job.key, "since_ms": now_ms} for job in jobs if job.key not in known]
    if new:
        connection.execute(delete(REPORT_JOBS).where(REPORT_JOBS.c.job.in_([one["job"] for one in new])))
        connection.execute(insert(REPORT_JOBS), new)
    return known | {str(one["job"]): now_ms for one in new}


def past_of(connection: Connection, jobs: Iterable[Job], from_ms: int) -> dict[tuple[str, int], Past]:
    """Return what became of the moments of ``jobs`` since ``from_ms`` (UTC ms)."""
    query = select(_R.job, _R.due_ms, _R.state, _R.tried, _R.ended_ms).where(
        _R.due_ms >= from_ms, _R.job.in_([job.key for job in jobs])
    )
    return {
        (row.job, row.due_ms): Past(row.state != FAILED, row.tried, row.ended_ms) for row in connection.execute(query)
    }


def write(connection: Connection, job: Job, due_ms: int, run: Run) -> None:
    """Write down how the moment ``due_ms`` of ``job`` went; of one that was tried before, in its place."""
    values: dict[str, Any] = {
        "began_ms": run.began_ms, "ended_ms": run.ended_ms, "state": DONE if run.why is None else FAILED,
        "rows": run.rows, "files": orjson.dumps([str(one) for one in run.files]).decode(),
        "zh": None if run.why is None else run.why.zh[:400], "en": None if run.why is None else run.why.en[:400],
    }  # fmt: skip
    here = (_R.job == job.key) & (_R.due_ms == due_ms)
    changed = connection.execute(update(REPORT_RUNS).where(here).values(tried=_R.tried + 1, **values))
    if not changed.rowcount:
        connection.execute(
            insert(REPORT_RUNS).values(job=job.key, name=job.table.name, due_ms=due_ms, tried=1, **values)
        )


def old_files(connection: Connection, job: Job, before_ms: int) -> list[tuple[int, list[Path]]]:
    """Return the runs of ``job`` that were due before then (UTC ms) and whose files are there, with their files."""
    query = select(_R.id, _R.files).where(_R.job == job.key, _R.due_ms < before_ms, _R.state == DONE)
    return [(row.id, [Path(one) for one in orjson.loads(row.files)]) for row in connection.execute(query)]


def mark_deleted(connection: Connection, runs: Iterable[int]) -> None:
    """Write down that the files of ``runs`` were deleted."""
    connection.execute(update(REPORT_RUNS).where(_R.id.in_(list(runs))).values(state=DELETED))


def forget(connection: Connection, before_ms: int) -> None:
    """Remove the lines of runs that were due before then (UTC ms) and have no files."""
    connection.execute(delete(REPORT_RUNS).where(_R.due_ms < before_ms, _R.state != DONE))


def last_of(connection: Connection, job: Job) -> Row[*tuple[object, ...]] | None:
    """Return the newest run of ``job``."""
    return connection.execute(select(REPORT_RUNS).where(_R.job == job.key).order_by(_R.due_ms.desc()).limit(1)).first()


def newest(connection: Connection, most: int) -> list[Row[*tuple[object, ...]]]:
    """Return the log, the newest first, at most ``most`` lines."""
    return list(connection.execute(select(REPORT_RUNS).order_by(_R.due_ms.desc(), _R.id.desc()).limit(most)))
