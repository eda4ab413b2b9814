"""Is the gateway well? Real checks: something is written to the store, and the broker's connection is asked.

Promise: asked as often as anybody likes, the store is written to at most every two seconds.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from zhendao.gateway.alerts.dispatch.worker import Worker as Channel
from zhendao.gateway.api.tables import PROBE
from zhendao.gateway.errors import StoreError
from zhendao.gateway.forward.worker import Worker
from zhendao.gateway.reminders.worker import Worker as Reminder
from zhendao.gateway.store.engine import Store
from zhendao.gateway.visits.rejudging import progress

FRESH_S = 2.0


class Health:
    """Checks of one gateway; safe for threads."""

    def __init__(
        self,
        store: Store,
        broker_connected: Callable[[], bool],
        workers: Sequence[Worker],
        channels: Sequence[Channel] = (),
        reminders: Sequence[Reminder] = (),
    ) -> None:
        self._store = store
        self._broker_connected = broker_connected
        self._workers = tuple(workers)
        self._channels, self._reminders = tuple(channels), tuple(reminders)
        self._lock = threading.Lock()
        self._written: tuple[float, bool] | None = None

    def check(self) -> tuple[bool, dict[str, Any]]:
        """Return whether all is well, and each check; a receiver that is away is told of, and is no illness of ours."""
        checks = {"store": self._store_writable(), "broker": self._broker_connected()}
        forward = {
            worker.condition.destination: {
                "circuit": worker.condition.phase.value,
                "last_error": worker.condition.last_error,
            }
            for worker in self._workers
        }
        alerts, remind = _channels(self._channels), _channels(self._reminders)
        well = all(checks.values())
        told = {"status": "ok" if well else "failing", "checks": checks, "forward": forward}
        beside = {name: one for name, one in (("alerts", alerts), ("remind", remind)) if one}
        return well, told | beside | self._judged_again()

    def _judged_again(self) -> dict[str, Any]:
        """Return how far visits are judged again, where they are: rules, registry or settings have changed."""
        try:
            with self._store.reading() as connection:
                far = progress(connection)
        except StoreError:
            return {}
        told = {"since_ms": far.begun_ms, "terminals": far.terminals, "done": far.done} if far is not None else None
        return {} if told is None else {"judging_again": told}

    def _store_writable(self) -> bool:
        with self._lock:
            now = time.monotonic()
            if self._written is None or now - self._written[0] > FRESH_S:
                self._written = (now, self._write())
            return self._written[1]

    def _write(self) -> bool:
        try:
            with self._store.writing() as connection:
                connection.execute(PROBE.delete())
                connection.execute(PROBE.insert().values(id=1, at_ms=time.time_ns() // 1_000_000))
        except StoreError:
            return False
        return True


def _channels(workers: Sequence[Channel | Reminder]) -> dict[str, Any]:
    """Return how each channel stands, by its name."""
    return {
        one.condition.channel: {
            "circuit": one.condition.phase.value,
            "sent": one.condition.sent,
            "failures": one.condition.failures,
            "last_error": one.condition.last_error,
        }
        for one in workers
    }
