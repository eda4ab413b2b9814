"""Each night a running gateway deletes what it may keep no longer, beside everything else that it does.

Promise: a night that was missed is made up for at the next hour that it runs; between steps ingest has its turn; what
fails here stops nothing else, and stopping waits for one step at most.
"""

import logging
import threading
import time
from typing import Final

from sqlalchemy import func, select

from zhendao.gateway.retention.settings import RetentionTable
from zhendao.gateway.retention.sweep import DAY_MS, Run, Sweeper
from zhendao.gateway.retention.tables import DELETIONS
from zhendao.gateway.store.emptying import emptied
from zhendao.gateway.store.engine import Store
from zhendao.protocol.errors import ZhendaoError

_LOG = logging.getLogger(__name__)
HOUR_MS: Final = 3_600_000
PAUSE_S: Final = 0.05
"""Between two steps."""
AGAIN_S: Final = 600.0
TRIES, TRY_S = 100, 5.0
"""So often, and so far apart, is it tried to empty the log beside the database."""


def due_ms(since_ms: int, hour: int, offset_ms: int) -> int:
    """Return when the run after that of ``since_ms`` is to begin: at the next local ``hour``, UTC ms."""
    at = hour * HOUR_MS - offset_ms
    return ((since_ms - at) // DAY_MS + 1) * DAY_MS + at


class Nightly:
    """A thread that runs the ``sweeper``; days begin ``offset_ms`` east of Greenwich."""

    def __init__(self, store: Store, sweeper: Sweeper, table: RetentionTable, offset_ms: int) -> None:
        self._store, self._sweeper, self._table, self._offset_ms = store, sweeper, table, offset_ms
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="retention", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End; return whether it has ended. A step that is being done is done to the end."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _loop(self) -> None:
        wait_s, since_ms = 0.0, None
        while not self._stopping.wait(wait_s):
            try:
                now_ms = _now_ms()
                if since_ms is None:
                    since_ms = self._last_ms(now_ms)
                if now_ms >= due_ms(since_ms, self._table.hour, self._offset_ms):
                    self.run(now_ms)
                    since_ms = now_ms
                wait_s = max(1.0, (due_ms(since_ms, self._table.hour, self._offset_ms) - now_ms) / 1000)
            except ZhendaoError as error:
                _LOG.warning("retention: %s", error)
                wait_s = AGAIN_S
            except Exception:  # noqa: BLE001 - whatever it is, it is tried again
                _LOG.exception("retention")
                wait_s = AGAIN_S

    def run(self, now_ms: int) -> Run:
        """Delete what is due at ``now_ms``. Raises `StoreError`, `EvidenceError`."""
        run = self._sweeper.run(self._store, now_ms, lambda: self._stopping.wait(PAUSE_S))
        for _ in range(TRIES):  # somebody reads: until they have done, the log beside the database keeps old pages
            if run.gone or not run.rows or self._stopping.wait(TRY_S):
                break
            run.gone = emptied(self._store)
        if run.rows:
            _LOG.info("retention: %s, receipts %s to %s", run.rows, run.first, run.last)
        return run

    def _last_ms(self, now_ms: int) -> int:
        """Return when something was deleted last; a day ago where nothing ever was: the coming hour is the first."""
        with self._store.reading() as connection:
            last = connection.execute(select(func.max(DELETIONS.c.at_ms))).scalar()
        return now_ms if last is None else int(last)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
