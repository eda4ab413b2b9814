"""Each full hour the log's head is signed and given away, beside everything else that a running gateway does.

Promise: an hour that was missed, because the gateway was down or its disk full, is made up for as soon as it can be.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from zhendao.gateway.errand import Errand, Pause, Recurring, wall_ms
from zhendao.gateway.evidence.heads import Heads, newest, write_file
from zhendao.gateway.store.engine import Store

HOUR_MS: Final = 3_600_000
AGAIN_S: Final = 60.0


def due_ms(since_ms: int) -> int:
    """Return when the head after that of ``since_ms`` is to be made: at the full hour behind it, UTC ms."""
    return (since_ms // HOUR_MS + 1) * HOUR_MS


class Hourly:
    """Makes heads; ``made`` is called after each, for what was owed with it."""

    def __init__(self, store: Store, heads: Heads, path: Path, made: Callable[[], None]) -> None:
        self._store, self._heads, self._path, self._made = store, heads, path, made

    def errand(self, clock: Callable[[], int] = wall_ms) -> Errand:
        """Return the thread that makes them, for one start."""
        return Errand("log heads", Recurring(due_ms, self._last_ms, self.make), AGAIN_S, clock=clock)

    def make(self, now_ms: int, _pause: Pause) -> None:
        """Make the head of ``now_ms``, and add what is lacking to the file. Raises `StoreError`, `EvidenceError`."""
        self._heads.make(self._store, now_ms)
        with self._store.reading() as connection:
            write_file(connection, self._path)
        self._made()

    def _last_ms(self, _now_ms: int) -> int:
        """Return when the last head was made; where there is none it is long ago, for of an empty log none is made."""
        with self._store.reading() as connection:
            head = newest(connection)
        return 0 if head is None else head.made_ms
