"""Each night a running gateway deletes what it may keep no longer, beside everything else that it does.

Promise: a night that was missed is made up for at the next hour that it runs; between steps ingest has its turn; what
fails here stops nothing else, and stopping waits for one step at most. What is gone is gone: so no clock of the gateway
alone deletes, but one that is at most a week ahead of what terminals with a trusted time say.
"""

import logging
from collections.abc import Callable
from typing import Final

from sqlalchemy import func, select

from zhendao.gateway.errand import Errand, Pause, Recurring, wall_ms
from zhendao.gateway.retention.settings import RetentionTable
from zhendao.gateway.retention.sweep import DAY_MS, Run, Sweeper
from zhendao.gateway.retention.tables import DELETIONS
from zhendao.gateway.store.emptying import emptied
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.facts import events
from zhendao.protocol.vocabulary import ClockSource

_LOG = logging.getLogger(__name__)
HOUR_MS: Final = 3_600_000
PAUSE_S: Final = 0.05
"""Between two steps."""
AGAIN_S: Final = 600.0
AHEAD_MS: Final = 7 * DAY_MS
LOOKED: Final = 10_000
"""So many of the last events are asked for the time."""
TRIES, TRY_S = 100, 5.0
"""So often, and so far apart, is it tried to empty the log beside the database."""


def due_ms(since_ms: int, hour: int, offset_ms: int) -> int:
    """Return when the run after that of ``since_ms`` is to begin: at the next local ``hour``, UTC ms."""
    at = hour * HOUR_MS - offset_ms
    return ((since_ms - at) // DAY_MS + 1) * DAY_MS + at


class Nightly:
    """Runs the ``sweeper``; days begin ``offset_ms`` east of Greenwich."""

    def __init__(self, store: Store, sweeper: Sweeper, table: RetentionTable, offset_ms: int) -> None:
        self._store, self._sweeper, self._table, self._offset_ms = store, sweeper, table, offset_ms

    def errand(self, clock: Callable[[], int] = wall_ms) -> Errand:
        """Return the thread that does it, for one start."""
        return Errand("retention", Recurring(self._due_ms, self._last_ms, self.run), AGAIN_S, clock=clock)

    def run(self, now_ms: int, pause: Pause) -> Run:
        """Delete what is due at ``now_ms``. Raises `StoreError`, `EvidenceError`."""
        run = self._sweeper.run(self._store, now_ms, lambda: pause(PAUSE_S), self._as_of(now_ms))
        for _ in range(TRIES):  # somebody reads: until they have done, the log beside the database keeps old pages
            if run.gone or not run.rows or pause(TRY_S):
                break
            run.gone = emptied(self._store)
        if run.rows:
            _LOG.info("retention: %s, receipts %s to %s", run.rows, run.first, run.last)
        return run

    def _as_of(self, now_ms: int) -> int:
        with self._store.reading() as connection:
            last = connection.execute(select(func.max(events.c.id))).scalar() or 0
            trusted = (events.c.id > last - LOOKED, events.c.clock_source >= int(ClockSource.NTP))
            witnessed = connection.execute(select(func.max(events.c.wall_ms)).where(*trusted)).scalar()
        if witnessed is None or now_ms <= witnessed + AHEAD_MS:
            return now_ms
        _LOG.warning(
            "retention: the clock is %d days ahead of all terminals: it is deleted as of the last of them; if the "
            "clock is right, run `zhendao-gateway retention run`", (now_ms - witnessed) // DAY_MS,
        )  # fmt: skip
        return int(witnessed) + AHEAD_MS

    def _due_ms(self, since_ms: int) -> int:
        return due_ms(since_ms, self._table.hour, self._offset_ms)

    def _last_ms(self, now_ms: int) -> int:
        """Return when something was deleted last; where nothing ever was, when the first event came: now, or before.

        A machine that is switched off each night deletes when it is switched on.
        """
        with self._store.reading() as connection:
            last = connection.execute(select(func.max(DELETIONS.c.at_ms))).scalar()
            if last is None:
                last = connection.execute(select(events.c.received_ms).order_by(events.c.id).limit(1)).scalar()
        return now_ms if last is None else int(last)
