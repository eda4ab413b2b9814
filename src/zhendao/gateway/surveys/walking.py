"""Walks over all homes, and over all terminals: some of them become lines at a time, and the walk itself is a line.

Promise: no transaction grows with the city; what a walk has passed stands in the store, so it goes on after a kill.
"""

from typing import Final

from sqlalchemy import Connection, bindparam, select

from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.store.facts import segments
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.surveys.scopes import Scope
from zhendao.gateway.surveys.touched import Touched

AT_ONCE: Final = 200
_DAY_MS: Final = 86_400_000
_TERMINALS: Final = Prepared(
    select(segments.c.device)
    .where(segments.c.device > bindparam("after"))
    .distinct()
    .order_by(segments.c.device)
    .limit(AT_ONCE)
)


def next_homes(touched: Touched, registry: Registry, after: str, now_ms: int) -> None:
    """Have the next homes in which somebody was due be looked at, in the order of the elders' ids."""
    due = sorted({one.row.elder_id for one in registry.schedules if one.row.elder_id > after})
    for elder in due[:AT_ONCE]:
        touched.add(Scope.HOME, elder, now_ms - 2 * _DAY_MS, now_ms)
    if len(due) > AT_ONCE:
        touched.add(Scope.HOMES, due[AT_ONCE - 1], now_ms, now_ms)


def next_terminals(touched: Touched, connection: Connection, after: str, now_ms: int) -> None:
    """Have the next terminals be looked at, what they told and where they stand, in the order of their numbers."""
    devices = [row[0].hex() for row in _TERMINALS.all(connection, after=bytes.fromhex(after))]
    for device in devices:
        touched.add(Scope.TERMINAL, device, now_ms, now_ms)
        touched.add(Scope.STANDS, device, now_ms, now_ms)
    if len(devices) == AT_ONCE:
        touched.add(Scope.TERMINALS, devices[-1], now_ms, now_ms)
