"""Each full hour the log's head is signed and given away, beside everything else that a running gateway does.

Promise: an hour that was missed, because the gateway was down or its disk full, is made up for as soon as it can be;
nothing that fails here stops anything else, and stopping waits for no hour.
"""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from zhendao.gateway.evidence.heads import Heads, newest, write_file
from zhendao.gateway.store.engine import Store
from zhendao.protocol.errors import ZhendaoError

_LOG = logging.getLogger(__name__)
HOUR_MS: Final = 3_600_000
AGAIN_S: Final = 60.0


def due_ms(since_ms: int) -> int:
    """Return when the head after that of ``since_ms`` is to be made: at the full hour behind it, UTC ms."""
    return (since_ms // HOUR_MS + 1) * HOUR_MS


class Hourly:
    """A thread that makes heads; ``made`` is called after each, for what was owed with it."""

    def __init__(self, store: Store, heads: Heads, path: Path, made: Callable[[], None]) -> None:
        self._store, self._heads, self._path, self._made = store, heads, path, made
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-heads", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End; return whether it has ended. A head that is being made is made to the end, or not at all."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        wait_s, since_ms = 0.0, None
        while not self._stopping.wait(wait_s):
            try:
                now_ms = _now_ms()
                if since_ms is None:
                    since_ms = self._last_ms(now_ms)
                if now_ms >= due_ms(since_ms):
                    self.make(now_ms)
                    since_ms = now_ms
                wait_s = max(1.0, (due_ms(since_ms) - now_ms) / 1000)
            except ZhendaoError as error:
                _LOG.warning("the head of the log: %s", error)
                wait_s = AGAIN_S
            except Exception:  # noqa: BLE001 - whatever it is, it is tried again
                _LOG.exception("the head of the log")
                wait_s = AGAIN_S

    def make(self, now_ms: int) -> None:
        """Make the head of ``now_ms``, and add what is lacking to the file. Raises `StoreError`, `EvidenceError`."""
        self._heads.make(self._store, now_ms)
        with self._store.reading() as connection:
            write_file(connection, self._path)
        self._made()

    def _last_ms(self, now_ms: int) -> int:
        """Return when the last head was made; now where there is none: the first one is due at the next hour."""
        with self._store.reading() as connection:
            head = newest(connection)
        return now_ms if head is None else head.made_ms


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
