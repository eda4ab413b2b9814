"""The lives of one gateway, each ended by SIGKILL at a random moment, and what that moment fell into.

Each life is an hour later than the one before (libfaketime), so that in each a head of the log and reports are due. A
moment is random in time, or follows so much progress of forwarding or of reporting, and a random while.
"""

import contextlib
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from samples.running import Gateway, wait_until
from zhendao.gateway.config import read_config
from zhendao.gateway.reports.schedule.due import jobs_of, moments
from zhendao.simulators.soak.clocks import FAKETIME, shifted

__all__ = ("FAKETIME", "HOUR_S", "PATIENCE_S", "Lives")

HOUR_S, PATIENCE_S = 3_600, 600.0
OFFSET_MS = 8 * HOUR_S * 1000


class Lives:
    """The lives of one gateway, each an hour later than the one before, and how they end."""

    def __init__(self, gateway: Gateway, state: Path, random: Random, hours: int) -> None:
        """Begin ``hours`` ago; ``state``: of the platform."""
        self.gateway, self.state, self.random = gateway, state, random
        self.offset_s, self.jobs = -hours * HOUR_S, jobs_of(read_config(gateway.config).report)
        self.out = gateway.folder / "out"
        self.forwarding = self.reporting = self.within = self.by_time = self.lives = 0
        self.began = time.monotonic()
        self.ends: Counter[str] = Counter()
        self.spared: set[int] = set()

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Return what the gateway's store says."""
        with contextlib.closing(sqlite3.connect(self.gateway.database, timeout=60)) as store:
            return store.execute(query, values).fetchall()

    def start(self) -> None:
        """Begin a life, an hour after the one before."""
        self.offset_s += HOUR_S
        assert self.offset_s < 0, "later than now"
        environment = shifted(self.gateway.folder, self.offset_s)
        self.gateway.start(**environment, LC_ALL="C.UTF-8")

    def due(self) -> set[tuple[str, int]]:
        """Return what reports are due by the gateway's clock since it knows of them."""
        now_ms, since = time.time_ns() // 1_000_000 + self.offset_s * 1000, dict(self.rows("SELECT * FROM report_jobs"))
        return {(job.key, at) for job in self.jobs for at in moments(job, since[job.key], now_ms, OFFSET_MS)}

    def unmade(self) -> set[tuple[str, int]]:
        """Return those that are not made yet."""
        return self.due() - set(self.rows("SELECT job, due_ms FROM report_runs WHERE state = 'done'"))

    def owed(self) -> int:
        """Return how many records the platform has not answered for."""
        (destination,) = (one.destination for one in read_config(self.gateway.config).forward)
        query = "SELECT (SELECT count(*) FROM outbox) - (SELECT count(*) FROM outbox_answer WHERE destination = ?)"
        found: int = self.rows(query, destination)[0][0]
        return found

    def maker(self) -> int | None:
        """Return the process that makes reports for this life, while it runs."""
        for task in Path(f"/proc/{self.gateway.process.pid}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                for child in map(int, task.read_text().split()):
                    if _makes_reports(child):
                        return child
        return None

    def taken(self) -> int:
        """Return how much the platform has written down."""
        return self.state.stat().st_size if self.state.exists() else 0

    def live(self) -> None:
        """One life, to a random moment of it; count what the kill fell into."""
        self.start()
        self.lives += 1
        began, taken, made = time.monotonic(), self.taken(), len(list(self.out.glob("*")))
        (way,) = self.random.choices(("a time", "forwarding", "reporting"), (1, 2, 2))
        match way:
            case "a time":
                time.sleep(self.random.uniform(0.0, 6.0))
            case "forwarding":
                goal = taken + self.random.randint(1, 10_000)
                self._wait(lambda: self.taken() >= goal or (self.taken() > taken and time.monotonic() > began + 8))
            case "reporting":
                more = self.random.randint(0, 6)
                self._wait(lambda: not self.unmade() or (
                    self.maker() is not None and len(list(self.out.glob("*"))) >= made + more))  # fmt: skip
        time.sleep(self.random.random() ** 2 * 0.4)
        maker, forwarded = self.maker(), self.taken() > taken
        self.gateway.process.kill()
        self.gateway.process.wait()
        if maker is not None and self.random.random() < 0.8:
            with contextlib.suppress(ProcessLookupError):
                os.kill(maker, signal.SIGKILL)
        elif maker is not None:
            self.spared.add(maker)  # it goes on alone to its end, and the next one waits for it
        forwarding, reporting = forwarded and self.owed() > 0, maker is not None and bool(self.unmade())
        self.forwarding += forwarding
        self.reporting += reporting
        self.within += forwarding or reporting
        self.by_time += way == "a time" and (forwarding or reporting)
        self.ends[f"{way}: {forwarding=} {reporting=}"] += 1

    def enough(self, kills: int, each: int) -> bool:
        """Tell whether so many kills fell within forwarding or reporting, and so many within each of them."""
        return self.within >= kills and min(self.forwarding, self.reporting) >= each

    def said(self) -> str:
        """Return the figures."""
        tables = ("SELECT count(*) FROM events", "SELECT count(*) FROM visits", "SELECT count(*) FROM report_runs")
        events, visits, runs = (self.rows(one)[0][0] for one in tables)
        return (
            f"{self.lives} kills in {time.monotonic() - self.began:.0f} s: {self.forwarding} within forwarding, "
            f"{self.reporting} within reporting, {self.within} in all, {self.by_time} of them by the clock alone; "
            f"{events} events, {visits} visits, {runs} reports; {dict(sorted(self.ends.items()))}"
        )

    def end(self) -> None:
        """Leave no process behind."""
        makers = self.spared | {self.maker() or 0}
        if self.gateway.process.poll() is None:
            self.gateway.process.kill()
            self.gateway.process.wait()
        for one in filter(_makes_reports, makers):
            os.kill(one, signal.SIGKILL)

    def _wait(self, true: Callable[[], bool]) -> None:
        wait_until(lambda: self.gateway.process.poll() is not None or true(), PATIENCE_S)
        assert self.gateway.process.poll() is None, "it ended by itself"


def _makes_reports(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return b"due" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return False
