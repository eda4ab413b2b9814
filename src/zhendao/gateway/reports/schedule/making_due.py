"""What is due is made, file by file, in a process of its own; what is too old is deleted. The edge of this folder.

Promise: one process at a time does it, whatever was killed before; a file is there whole or not at all, and none that
is there is made again; what cannot be made is written down with the reason, and keeps nothing else from being made.
rule: DAILY-RANK, PIPL
"""

import fcntl
import logging
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zhendao.gateway.config import GatewayConfig
from zhendao.gateway.reports.asked import Asked
from zhendao.gateway.reports.delivering import deliver
from zhendao.gateway.reports.errors import ReportError
from zhendao.gateway.reports.making import Source, make
from zhendao.gateway.reports.moment import DAY_MS
from zhendao.gateway.reports.report import Report
from zhendao.gateway.reports.rules import rules_of
from zhendao.gateway.reports.schedule import book
from zhendao.gateway.reports.schedule.due import Job, again_ms, days_asked, file_of, jobs_of, waiting
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.opening import opened
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text

_LOG: Final = logging.getLogger(__name__)
LOCK: Final = "reports.lock"
BY: Final = "schedule"
_PART: Final = re.compile(r"\.[0-9a-f]{16}\.part")
_PART_S: Final = 3_600.0
_LOG_DAYS: Final = 400


def now_ms() -> int:
    """Return the time, UTC ms."""
    return time.time_ns() // 1_000_000


def make_due(config: GatewayConfig, clock: Callable[[], int] = now_ms) -> tuple[int, int | None]:
    """Make whatever is due; return how many reports were made, and when to try again what failed (UTC ms).

    Where another process does that already it is waited for.
    """
    jobs, offset_ms = jobs_of(config.report), config.visits.utc_offset_min * 60_000
    with _alone(config.data_dir / LOCK), opened(config) as (store, key):
        _tidy(sorted({job.table.folder for job in jobs}))
        with store.writing() as connection:
            since = book.know(connection, jobs, clock())
        made = 0
        while True:
            with store.reading() as connection:
                past = book.past_of(connection, jobs, clock() - 366 * DAY_MS)
            due = waiting(jobs, since, past, clock(), offset_ms)
            if not due:
                break
            at_ms, job = due[0]
            made += _Maker(config, store, key, clock).make(job, at_ms)
        _delete_old(store, jobs, clock())
        return made, again_ms(past.values())


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes one report after the other."""

    config: GatewayConfig
    store: Store
    key: StoreKey
    clock: Callable[[], int]

    def make(self, job: Job, due_ms: int) -> bool:
        """Make what ``job`` was due to make then, and write down how it went; return whether it went well."""
        began, files, report, why = self.clock(), tuple[Path, ...](), None, None
        try:
            report = self._report(job, due_ms)
            files = self._write(job, report, due_ms)
        except ZhendaoError as error:
            why = error.what
        except Exception as error:  # noqa: BLE001 - whatever it is, the other reports are made
            _LOG.exception("report %s", job.table.name)
            why = Text(f"{type(error).__name__}：{error}", f"{type(error).__name__}: {error}")
        if why is not None:
            _LOG.warning("report %s of %s: %s", job.table.name, job.time, why.en)
        run = book.Run(began, self.clock(), None if report is None else len(report.rows), files, why)
        with self.store.writing() as connection:
            book.write(connection, job, due_ms, run)
        return why is None

    def _report(self, job: Job, due_ms: int) -> Report:
        """Return the report as of its own moment: what came later is not asked for."""
        date, first, last = days_asked(job, due_ms, self._offset_ms)
        asked = Asked(date=date, first=first, last=last, region=job.table.region, unmasked=job.table.unmasked)
        with self.store.reading() as connection:
            return make(job.table.name, Source(connection, self.key, rules_of(self.config), due_ms), asked)

    def _write(self, job: Job, report: Report, due_ms: int) -> tuple[Path, ...]:
        folder = job.table.folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ReportError(
                Text(f"无法建立目录 {folder}（{error.strerror}）", f"{folder} cannot be made ({error.strerror})"),
                Text("请检查 [[report]] folder", "see to folder of [[report]]"),
            ) from error
        files = tuple(file_of(job, report.name, due_ms, form, self._offset_ms) for form in job.table.forms)
        for file in files:
            if not os.path.lexists(file):  # else it was made whole by a run that did not live to write that down
                deliver(self.store, report, file, BY)
        return files

    @property
    def _offset_ms(self) -> int:
        return self.config.visits.utc_offset_min * 60_000


def _delete_old(store: Store, jobs: Sequence[Job], at_ms: int) -> None:
    for job in jobs:
        if job.table.keep_days is None:
            continue
        with store.reading() as connection:
            old = book.old_files(connection, job, at_ms - job.table.keep_days * DAY_MS)
        gone = []
        for number, files in old:
            try:
                for file in files:
                    file.unlink(missing_ok=True)
            except OSError as error:
                _LOG.warning("an old report cannot be deleted: %s", error)
                continue
            gone.append(number)
        if gone:
            with store.writing() as connection:
                book.mark_deleted(connection, gone)
    with store.writing() as connection:
        book.forget(connection, at_ms - _LOG_DAYS * DAY_MS)


def _tidy(folders: Sequence[Path]) -> None:
    """Remove what a run left that was killed where the file system could not hide it (`write_new`)."""
    for folder in folders:
        for part in folder.glob(".*.part"):
            if _PART.fullmatch(part.name) and time.time() - part.stat().st_mtime > _PART_S:
                part.unlink(missing_ok=True)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until nobody else does this; the system lets go of the lock whatever ends the program."""
    with os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT, 0o600), "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
