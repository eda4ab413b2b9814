"""Starts what makes reports whenever one is due, beside everything else that a running gateway does.

Promise: ingest neither waits for it nor grows by it, for reports are made in a process of their own; what was due while
the gateway was down is made up for at its start; it ends with the gateway.
"""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from zhendao.gateway.reports.schedule.due import AGAIN_MS, jobs_of, next_ms
from zhendao.gateway.reports.schedule.settings import ReportTable
from zhendao.gateway.surveys.apart import modest

_LOG: Final = logging.getLogger(__name__)
_LONGEST_S: Final = 60.0
"""Times of the day are of the wall clock, and that may be set: it is looked at again after so long."""
_PROGRAM: Final = "import sys; from zhendao.gateway.cli import main; sys.exit(main())"


class Keeper:
    """A thread that waits for the next report of ``tables``; ``config``: the gateway's settings file."""

    def __init__(self, tables: Sequence[ReportTable], config: Path, offset_ms: int) -> None:
        self._jobs, self._config, self._offset_ms = jobs_of(tables), config.absolute(), offset_ms
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name="reports", daemon=True)

    def start(self) -> None:
        """Begin, where there is anything to make."""
        if self._jobs:
            self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End, and end what is being made: it is made again after the next start. Return whether it has ended."""
        with self._lock:
            self._stopping.set()
            if self._process is not None and self._process.poll() is None:
                self._process.kill()  # nothing half is ever seen of it
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        due_ms: int | None = 0  # whatever was missed
        while not self._stopping.is_set():
            now_ms = time.time_ns() // 1_000_000
            if due_ms is not None and now_ms >= due_ms:
                well = self._make()
                due_ms = next_ms(self._jobs, now_ms, self._offset_ms)
                if not well and due_ms is not None:
                    due_ms = min(due_ms, time.time_ns() // 1_000_000 + AGAIN_MS)
                continue
            self._stopping.wait(min(_LONGEST_S, ((due_ms or 0) - now_ms) / 1000))

    def _make(self) -> bool:
        """Have made what is due; return whether all of it was."""
        command = [sys.executable, "-c", _PROGRAM, "report", "due", "--config", str(self._config)]
        with self._lock:
            if self._stopping.is_set():
                return True
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own command, with our own settings
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, preexec_fn=modest,  # noqa: PLW1509
                )  # fmt: skip
            except OSError as error:
                _LOG.warning("reports could not be started: %s", error)
                return False
            process = self._process
        return process.wait() == 0
