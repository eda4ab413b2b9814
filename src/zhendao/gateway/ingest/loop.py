"""The ingest thread: reads from the broker, takes what waits as a group, acknowledges after the commit.

Promise: to the broker and to terminals nothing is acknowledged that was not committed. While the store does not take
anything, the messages wait here and at the broker, and the loop tries again; it ends within seconds of `stop`.
"""

import logging
import threading
import time
from collections.abc import Callable

from zhendao.gateway.errors import StoreError
from zhendao.gateway.ingest.group import take_group
from zhendao.gateway.ingest.outcome import Outcome
from zhendao.gateway.ingest.pipeline import Pipeline
from zhendao.gateway.ingest.steady import SteadyTime
from zhendao.gateway.mqtt import BrokerLink

_LOG = logging.getLogger(__name__)

POLL_S = 1.0
WATCH_S = 1.0
QUIET_S = 0.25
"""When nothing has come for so long, what can wait has its turn; else once in `WATCH_S`."""
STORE_RETRY_S = 1.0


class IngestLoop:
    """Runs pipeline and link in one thread; ``took`` is told what each group came to."""

    def __init__(
        self, link: BrokerLink, pipeline: Pipeline, took: Callable[[Outcome], None], ended: Callable[[], None]
    ) -> None:
        """Prepare; nothing runs before `start`. ``ended`` is called when the thread ends, wanted or not."""
        self._link = link
        self._pipeline = pipeline
        self._took = took
        self._store_failing = False
        self._stopping = threading.Event()
        self._hold_until = 0.0
        self._watch_at = 0.0
        self._more = False
        self._took_at = 0.0
        self._ended = ended
        self._steady = SteadyTime(*_clocks())
        self._thread = threading.Thread(target=self._main, name="ingest", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 4.0) -> bool:
        """End after the group under way; return whether it has ended."""
        self._stopping.set()
        self._link.wake()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Tell whether the thread runs."""
        return self._thread.is_alive()

    def _main(self) -> None:
        try:
            self._run()
        except Exception:  # noqa: BLE001 - in a thread: nobody else would hear of it
            _LOG.exception("the ingest thread ended")
        finally:
            self._ended()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._link.poll(self._patience_s())
            while self._link.waiting and not self._stopping.is_set() and time.monotonic() >= self._hold_until:
                self._take_group()
            self._watch()
        self._link.close()

    def _patience_s(self) -> float:
        """Return how long to wait for messages before something else is done."""
        if not self._more:
            return POLL_S
        return max(0.0, min(self._took_at + QUIET_S, self._watch_at) - time.monotonic())

    def _take_group(self) -> None:
        group = take_group(self._link.waiting)
        self._link.taken(group)
        try:
            outcome = self._pipeline.process(group, *self._now())
        except StoreError as error:
            self._link.take_back(group)
            self._store_failed(error)
            return
        self._link.acknowledge(group)
        self._link.publish(outcome.outgoing)
        if self._store_failing:
            _LOG.warning("the store takes writes again")
        self._store_failing = False
        self._took_at = time.monotonic()
        self._took(outcome)

    def _watch(self) -> None:
        now = time.monotonic()
        quiet = self._more and now >= self._took_at + QUIET_S
        if now < self._hold_until or (now < self._watch_at and not quiet):
            return
        self._watch_at = now + WATCH_S
        try:
            outcome = self._pipeline.watch(*self._now())
        except StoreError as error:
            self._store_failed(error)
            return
        self._more = outcome.more
        self._link.publish(outcome.outgoing)
        if outcome.changed:
            self._took(outcome)

    def _now(self) -> tuple[int, int]:
        """Return now as a date, and for durations; tell when somebody has set the clock."""
        wall_ms, mono_ms = _clocks()
        step_ms = self._steady.stepped_ms(wall_ms, mono_ms)
        if step_ms:
            _LOG.warning("the clock of this machine was set by %.1f s; grace times are not affected", step_ms / 1000)
        return wall_ms, self._steady.at(mono_ms)

    def _store_failed(self, error: StoreError) -> None:
        self._hold_until = time.monotonic() + STORE_RETRY_S
        if not self._store_failing:
            _LOG.error("%s", error.explain("en"))
        self._store_failing = True


def _clocks() -> tuple[int, int]:
    return time.time_ns() // 1_000_000, time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
