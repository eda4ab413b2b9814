"""Starts what makes reports whenever one is due, beside everything else that a running gateway does.

Promise: ingest neither waits for it nor grows by it, for reports are made in a process of their own; what was due while
the gateway was down is made up for at its start; it ends with the gateway.
"""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from zhendao.gateway.errand import Errand, Pause, wall_ms
from zhendao.gateway.giving_way import giving_way
from zhendao.gateway.reports.schedule.due import AGAIN_MS, jobs_of, next_ms
from zhendao.gateway.reports.schedule.settings import ReportTable

if TYPE_CHECKING:
    import subprocess

_LOG: Final = logging.getLogger(__name__)


class Keeper:
    """Waits for the next report of ``tables``; ``config``: the gateway's settings file. For one start."""

    def __init__(self, tables: Sequence[ReportTable], config: Path, offset_ms: int) -> None:
        self._jobs, self._config, self._offset_ms = jobs_of(tables), config.absolute(), offset_ms
        self._due_ms = 0  # whatever was missed
        self._lock = threading.Lock()
        self._ending = False
        self._process: subprocess.Popen[bytes] | None = None
        self._errand = Errand("reports", self._turn, AGAIN_MS / 1000)

    def start(self) -> None:
        """Begin, where there is anything to make."""
        if self._jobs:
            self._errand.start()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End, and end what is being made: it is made again after the next start. Return whether it has ended."""
        with self._lock:
            self._ending = True
            if self._process is not None and self._process.poll() is None:
                self._process.kill()  # nothing half is ever seen of it
        return self._errand.stop(timeout_s)

    def _turn(self, now_ms: int, _pause: Pause) -> float:
        next_due_ms = next_ms(self._jobs, now_ms, self._offset_ms)
        if now_ms >= self._due_ms:
            well, now_ms = self._make(), wall_ms()
            self._due_ms = next_due_ms if well else now_ms + AGAIN_MS
        self._due_ms = min(self._due_ms, next_due_ms)  # under a clock that was ahead: that moment is not waited for
        return max(0.0, (self._due_ms - now_ms) / 1000)

    def _make(self) -> bool:
        """Have made what is due; return whether all of it was."""
        with self._lock:
            if self._ending:
                return True
            try:
                self._process = giving_way(["report", "due", "--config", str(self._config)])
            except OSError as error:
                _LOG.warning("reports could not be started: %s", error)
                return False
            process = self._process
        return process.wait() == 0
