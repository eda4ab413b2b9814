"""What people wrote about a visit and that its record does not say: a decision on its case, what was done in it.

Promise: owed in the transaction in which it is written down; each is complete, numbered from 1 for its visit, and names
nobody. A platform told in a format of its own is told the visit again (`formats`). rule: SAME-DAY, PIPL
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Connection, func, select

from zhendao.gateway.forward.outbox import Owed, enqueue_many
from zhendao.gateway.forward.tables import OUTBOX
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.sealing import StoreKey

NOTE: Final = "note"
Owing = Callable[[Connection, bytes, Mapping[str, Any], int], None]
"""Owes platforms what was written about a visit, at a moment (UTC ms)."""


def owing(store_key: StoreKey) -> Owing:
    """Return what owes notes, sealed under ``store_key``."""

    def owe(connection: Connection, visit_id: bytes, said: Mapping[str, Any], now_ms: int) -> None:
        there = select(visits.c.id).where(visits.c.id == visit_id)
        if connection.execute(there).first() is None:
            return  # a visit that was missed has a case, and no record
        of, key = OUTBOX.c, visit_id.hex()
        query = select(func.coalesce(func.max(of.revision), 0)).where(of.record_type == NOTE, of.key == key)
        number = connection.execute(query).scalar_one() + 1
        told = {"visit_id": key, "number": number, "at_ms": now_ms, **said}
        enqueue_many(connection, store_key, [Owed(NOTE, key, number, told)], now_ms)

    return owe


def owes_nothing(_connection: Connection, _visit_id: bytes, _said: Mapping[str, Any], _now_ms: int) -> None:
    """Owe nothing: no platform is fed."""
