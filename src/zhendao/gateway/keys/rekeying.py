"""A running gateway seals anew what is under older data keys, beside everything else that it does.

Promise: it begins by itself after an update and after `keys rotate`; between steps ingest has its turn; what fails here
stops nothing else, and stopping waits for one step at most.
"""

import logging
from typing import Final

from zhendao.gateway.errand import Errand, Pause
from zhendao.gateway.keys.resealing import Grace, all_done, destroy, step
from zhendao.gateway.store.emptying import emptied
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey

_LOG = logging.getLogger(__name__)
PAUSE_S: Final = 0.05
"""Between two steps."""
LOOK_S: Final = 30.0
"""So often it is looked for new keys."""


class Rekeying:
    """Goes through ``store``."""

    def __init__(self, store: Store, key: StoreKey) -> None:
        self._store, self._key, self._grace = store, key, Grace()

    def errand(self) -> Errand:
        """Return the thread that does it, for one start."""
        return Errand("sealing anew", self._turn, LOOK_S)

    def _turn(self, now_ms: int, _pause: Pause) -> float:
        if step(self._store, self._key, now_ms):
            return PAUSE_S
        self._finish(now_ms)
        return LOOK_S

    def _finish(self, now_ms: int) -> None:
        with self._store.reading() as connection:
            if all_done(connection):
                return
        gone = destroy(self._store, self._key, now_ms, self._grace)
        if gone:
            emptied(self._store)
            _LOG.info("data keys destroyed: %s", ", ".join(f"{purpose} {epoch}" for purpose, epoch in gone))
