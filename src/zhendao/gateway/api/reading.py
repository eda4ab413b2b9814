"""Events out of the store in the clear: the keys of their starts are opened for the time of one page.

Promise: an event that cannot be opened is None, not an error: it was kept as it came, and others are shown.
"""

from typing import Final, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select

from zhendao.gateway.ingest.terminals import open_keys
from zhendao.gateway.store.facts import starts
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.event import Event, decode_event
from zhendao.protocol.seal import StartKeys, open_sealed
from zhendao.protocol.suite import suite_by_id

_KEYS: Final = Prepared(
    select(starts.c["keys"]).where(
        starts.c.device == bindparam("device"),
        starts.c.epoch == bindparam("epoch"),
        starts.c.start == bindparam("start"),
    )
)


class Stored(NamedTuple):
    """What is read of a row of ``events``, in this order."""

    device: bytes
    epoch: bytes
    seq: int
    suite: int
    start: int
    sealed: bytes


class EventReader:
    """Opens rows of ``events``; make one for each page."""

    def __init__(self, connection: Connection, store_key: StoreKey) -> None:
        self._connection = connection
        self._store_key = store_key
        self._keys: dict[tuple[bytes, bytes, int], list[StartKeys]] = {}

    def open(self, row: Row[*tuple[object, ...]] | Stored) -> Event | None:
        """Return the event of ``row`` (device, epoch, seq, suite, start, sealed), None when it cannot be read."""
        for keys in self._keys_of(row.device, row.epoch, row.start):
            try:
                plaintext, _ = open_sealed(suite_by_id(row.suite), keys, row.seq, row.sealed)
                return decode_event(plaintext)
            except ProtocolError:
                continue
        return None

    def _keys_of(self, device: bytes, epoch: bytes, start: int) -> list[StartKeys]:
        name = (device, epoch, start)
        if name not in self._keys:
            # A cloned terminal has two starts with the same number.
            sealed = _KEYS.all(self._connection, device=device, epoch=epoch, start=start)
            self._keys[name] = [open_keys(self._store_key, one, device, epoch, start) for (one,) in sealed]
        return self._keys[name]
