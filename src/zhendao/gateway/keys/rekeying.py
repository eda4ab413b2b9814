"""A running gateway seals anew what is under older data keys, beside everything else that it does.

Promise: it begins by itself after an update and after `keys rotate`; between steps ingest has its turn; what fails here
stops nothing else, and stopping waits for one step at most.
"""

import logging
import threading
import time
from typing import Final

from zhendao.gateway.keys.resealing import all_done, destroy, step
from zhendao.gateway.store.emptying import emptied
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.errors import ZhendaoError

_LOG = logging.getLogger(__name__)
PAUSE_S: Final = 0.05
"""Between two steps."""
LOOK_S: Final = 30.0
"""So often it is looked for new keys."""


class Rekeying:
    """A thread that goes through ``store``."""

    def __init__(self, store: Store, key: StoreKey) -> None:
        self._store, self._key = store, key
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="rekeying", daemon=True)

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
        wait_s = 0.0
        while not self._stopping.wait(wait_s):
            wait_s = LOOK_S
            try:
                if step(self._store, self._key, _now_ms()):
                    wait_s = PAUSE_S
                    continue
                self._finish()
            except ZhendaoError as error:
                _LOG.warning("sealing anew: %s", error)
            except Exception:  # noqa: BLE001 - whatever it is, it is tried again
                _LOG.exception("sealing anew")

    def _finish(self) -> None:
        with self._store.reading() as connection:
            if all_done(connection):
                return
        gone = destroy(self._store, self._key, _now_ms())
        if gone:
            emptied(self._store)
            _LOG.info("data keys destroyed: %s", ", ".join(f"{purpose} {epoch}" for purpose, epoch in gone))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
