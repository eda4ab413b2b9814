"""Beacons: random bytes sent with every acknowledgement, from which terminals make challenges for cards.

Each is kept with the time of its first use, so that a challenge can be dated later: the card was there after it.
"""

import secrets
from collections.abc import Callable

from sqlalchemy import Connection

from zhendao.gateway.store.engine import insert_rows
from zhendao.gateway.store.facts import beacons

LASTS_MS = 600_000
_SIZE = 16


class Beacons:
    """Gives the beacon of now; a new one every ten minutes, and at every start."""

    def __init__(self, entropy: Callable[[int], bytes] = secrets.token_bytes) -> None:
        """``entropy`` gives as many random bytes as it is asked for."""
        self._entropy = entropy
        self._beacon = b""
        self._issued_ms = 0

    def __call__(self, connection: Connection, now_ms: int) -> bytes:
        """Return the beacon of ``now_ms`` (UTC ms); a new one is written in the caller's transaction."""
        if not self._beacon or not 0 <= now_ms - self._issued_ms < LASTS_MS:
            self._beacon, self._issued_ms = self._entropy(_SIZE), now_ms
            insert_rows(connection, beacons, [(self._beacon, now_ms)], "beacon", "issued_ms")
        return self._beacon

    def forget(self) -> None:
        """Draw a new one next time: the transaction that kept the last one failed."""
        self._beacon = b""
