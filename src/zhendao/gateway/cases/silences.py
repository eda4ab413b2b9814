"""Outages that the gateway finds itself, in what it holds of a terminal: dark before a start, or not heard of since.

Promise: an outage is told only where a regular report of the terminal is missing, from its last sign of life on; while
nothing is heard of it, what it may have witnessed since is waited for. Nothing is written. rule: SAME-DAY
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, bindparam, select

from zhendao.gateway.cases.outages import Outage
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.store.facts import events, starts, states
from zhendao.gateway.store.prepared import Prepared
from zhendao.protocol.vocabulary import ClockSource

_BACK: Final = 50
"""So many events before a place are looked at for the last trusted time."""
_STARTS: Final = Prepared(
    select(starts.c.epoch, starts.c.start, starts.c.wall_ms, starts.c.previous_epoch, starts.c.previous_seq)
    .where(starts.c.device == bindparam("device"), starts.c.wall_ms > bindparam("since"))
    .order_by(starts.c.wall_ms, starts.c.id)
    .limit(_BACK)
)
_NEWEST: Final = Prepared(
    select(starts.c.epoch).where(starts.c.device == bindparam("device")).order_by(starts.c.arrival.desc()).limit(1)
)
_BEFORE: Final = Prepared(
    select(events.c.wall_ms, events.c.clock_source, events.c.bound_ms, events.c.received_ms, events.c.id)
    .where(
        events.c.device == bindparam("device"), events.c.epoch == bindparam("epoch"), events.c.seq <= bindparam("seq")
    )
    .order_by(events.c.seq.desc())
    .limit(_BACK)
)
_OFFLINE: Final = Prepared(
    select(states.c.device).where(
        states.c.device == bindparam("device"), states.c.online.is_(False), states.c.received_ms >= bindparam("since")
    )
)
_OTHERS: Final = Prepared(select(starts.c.id).where(starts.c.device != bindparam("device")).limit(1))
_AFTER: Final = Prepared(
    select(events.c.id).where(events.c.id > bindparam("after"), events.c.device != bindparam("device")).limit(1)
)
_LAST_SEQ: Final = 2**63 - 1


def found(
    connection: Connection, device: bytes, span: tuple[int, int], now_ms: int, table: CasesTable
) -> Iterator[Outage]:
    """Give the outages that touch ``span`` (UTC ms), as far as is known at ``now_ms``."""
    since, until = span
    for epoch, start, wall_ms, previous_epoch, previous_seq in _STARTS.all(connection, device=device, since=since):
        # The first event of a journal names the last one of the journal before.
        place = (epoch, start - 1) if start > 1 or previous_epoch is None else (previous_epoch, previous_seq)
        sign = _sign(connection, device, *place)
        if sign is not None and sign[0] <= until and wall_ms - sign[0] > table.dark_s * 1000:
            yield Outage("terminal", sign[0], wall_ms, device)
    silent = _silent(connection, device, now_ms, table)
    if silent is not None and silent.from_ms <= until:
        yield silent


def _silent(connection: Connection, device: bytes, now_ms: int, table: CasesTable) -> Outage | None:
    """Return since when ``device`` is not heard of: alone, or with all others."""
    newest = _NEWEST.first(connection, device=device)
    sign = _sign(connection, device, newest[0], _LAST_SEQ) if newest is not None else None
    if sign is None:
        return None
    wall_ms, received_ms, event_id = sign
    long = now_ms - received_ms > table.silence_s * 1000
    offline = _OFFLINE.first(connection, device=device, since=received_ms) is not None
    if not long and not offline:
        return None
    alone = _AFTER.first(connection, after=event_id, device=device) is not None
    everybody = long and not alone and _OTHERS.first(connection, device=device) is not None
    return Outage("platform" if everybody else "network", wall_ms, None, device)


def _sign(connection: Connection, device: bytes, epoch: bytes, seq: int) -> tuple[int, int, int] | None:
    """Return the last trusted time up to ``seq``, when the newest event up to there came, and its id."""
    rows = _BEFORE.all(connection, device=device, epoch=epoch, seq=seq)
    trusted = [
        wall_ms
        for wall_ms, source, bound_ms, _, _ in rows
        if source is not None and source >= int(ClockSource.NTP) and bound_ms is not None
    ]
    if not trusted:
        return None
    return trusted[0], max(row[3] for row in rows), max(row[4] for row in rows)
