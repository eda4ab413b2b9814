"""When which report is due, and what is asked for then. Pure: time is an argument.

Promise: each moment of each job is due once; what was missed stays due for as long as its settings say, and is made as
of its own moment. rule: DAILY-RANK
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from zhendao.gateway.judging.days import local_date
from zhendao.gateway.reports.moment import DAY_MS
from zhendao.gateway.reports.schedule.settings import ReportTable

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 3_600_000
TRIES: Final = 3
AGAIN_MS: Final = 300_000
_UNSAFE: Final = str.maketrans(dict.fromkeys('/\\:*?"<>|\x00', "_"))


@dataclass(frozen=True, slots=True)
class Job:
    """A report at one time of the day, ``minute`` of it. ``key``: the same for as long as it makes the same files."""

    key: str
    table: ReportTable
    minute: int

    @property
    def time(self) -> str:
        """The time of the day."""
        return f"{self.minute // 60:02}:{self.minute % 60:02}"


@dataclass(frozen=True, slots=True)
class Past:
    """What became of a moment so far: how often it was ``tried``, when last (UTC ms), and whether it is ``done``."""

    done: bool
    tried: int
    at_ms: int


def jobs_of(tables: Sequence[ReportTable]) -> list[Job]:
    """Return the jobs, each once, in the order of the tables and of their times."""
    found: dict[str, Job] = {}
    for table in tables:
        for time in table.times:
            said = [table.name, table.region, table.day, table.days, table.unmasked, str(table.folder), time]
            key = hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]
            found.setdefault(key, Job(key, table, int(time[:2]) * 60 + int(time[3:])))
    return list(found.values())


def moments(job: Job, since_ms: int, now_ms: int, offset_ms: int) -> list[int]:
    """Return when ``job`` was due after ``since_ms``, up to ``now_ms``, as far back as it is made up for (UTC ms)."""
    from_ms = max(since_ms, now_ms - job.table.catch_up_h * _HOUR_MS - 1)
    first = _at(job, from_ms, offset_ms)
    return [at_ms for at_ms in range(first, now_ms + 1, DAY_MS) if at_ms > from_ms]


def next_ms(jobs: Iterable[Job], after_ms: int, offset_ms: int) -> int:
    """Return when the next of ``jobs``, of which there is one at least, is due after ``after_ms`` (UTC ms)."""
    return min((at_ms if (at_ms := _at(job, after_ms, offset_ms)) > after_ms else at_ms + DAY_MS) for job in jobs)


def waiting(
    jobs: Iterable[Job], since: Mapping[str, int], past: Mapping[tuple[str, int], Past], now_ms: int, offset_ms: int
) -> list[tuple[int, Job]]:
    """Return what is to be made now, the earliest first: moments (UTC ms) that are neither done nor given up.

    ``since``: from when each job is known. What failed is tried again after five minutes, three times in all.
    """
    found = []
    for place, job in enumerate(jobs):
        for at_ms in moments(job, since[job.key], now_ms, offset_ms):
            one = past.get((job.key, at_ms))
            if one is None or (not one.done and one.tried < TRIES and not one.at_ms <= now_ms < one.at_ms + AGAIN_MS):
                found.append((at_ms, place, job))
    return [(at_ms, job) for at_ms, _, job in sorted(found, key=lambda each: each[:2])]


def again_ms(past: Iterable[Past]) -> int | None:
    """Return when the next of what failed is to be tried again (UTC ms)."""
    return min((one.at_ms + AGAIN_MS for one in past if not one.done and one.tried < TRIES), default=None)


def days_asked(job: Job, due_ms: int, offset_ms: int) -> tuple[str | None, str | None, str | None]:
    """Return the day, the first day and the last day that are asked for, as `Asked` has them; None is usual."""
    table, today = job.table, local_date(due_ms, offset_ms)
    last = today - timedelta(days=1) if table.day == "yesterday" else today
    first = None if table.days is None else last - timedelta(days=table.days - 1)
    # Of the day itself nothing is asked: then it ends at the moment of the report.
    said = last.isoformat() if table.day == "yesterday" else None
    return said, None if first is None else first.isoformat(), said


def file_of(job: Job, title: str, due_ms: int, form: str, offset_ms: int) -> Path:
    """Return where the report ``title`` of that moment is put: no two jobs and moments have the same."""
    table = job.table
    parts = [title, f"{local_date(due_ms, offset_ms):%Y%m%d}", job.time.replace(":", "")]
    parts += [table.region] if table.region is not None else []
    parts += ["昨日"] if table.day == "yesterday" else []
    parts += [f"{table.days}日"] if table.days is not None else []
    parts += ["未遮盖"] if table.unmasked else []
    return table.folder / f"{'_'.join(parts).translate(_UNSAFE)}.{form}"


def _at(job: Job, near_ms: int, offset_ms: int) -> int:
    """Return the moment of ``job`` on the local day of ``near_ms``."""
    return (near_ms + offset_ms) // DAY_MS * DAY_MS - offset_ms + job.minute * _MINUTE_MS
