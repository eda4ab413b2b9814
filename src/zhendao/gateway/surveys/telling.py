"""What a terminal told of itself, from the store: its journals, starts, alarms, moves, and when it was heard.

The same value that `judge` makes of files (`judging.told`); what was heard is read for a stretch of time alone.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from sqlalchemy import Connection, and_, bindparam, func, select

from zhendao.gateway.ingest.findings import MOVED
from zhendao.gateway.ingest.terminals import HeldTerminal, opened
from zhendao.gateway.judging.facts import is_kept
from zhendao.gateway.judging.running_times import alone_at, dark_between
from zhendao.gateway.judging.told import Epoch, Told
from zhendao.gateway.store.facts import events, findings
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.visits.moments import well_dated
from zhendao.protocol.bodies import Tamper
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import ClockSource, Kind

HEARD_AT_MOST: Final = 2_000
"""So many events of a journal, the newest, are looked at for when its terminal was heard."""

_SEALED: Final = (events.c.epoch, events.c.seq, events.c.start, events.c.suite, events.c.sealed)
_ALARMS: Final = Prepared(select(*_SEALED).where(events.c.device == bindparam("device"), events.c.kind == Kind.TAMPER))
_MOVES: Final = Prepared(
    select(*_SEALED)
    .join(findings, and_(*(findings.c[name] == events.c[name] for name in ("device", "epoch", "seq"))))
    .where(findings.c.device == bindparam("device"), findings.c.kind == MOVED, events.c.kind == Kind.FIX)
)
_DOUBLE: Final = Prepared(
    select(events.c.seq)
    .where(events.c.device == bindparam("device"), events.c.epoch == bindparam("epoch"))
    .group_by(events.c.seq)
    .having(func.count() > 1)
    .order_by(events.c.seq)
)
_HEARD: Final = Prepared(
    select(events.c.wall_ms)
    .where(
        events.c.device == bindparam("device"),
        events.c.epoch == bindparam("epoch"),
        events.c.seq > bindparam("after"),
        events.c.clock_source >= int(ClockSource.NTP),
        events.c.bound_ms.is_not(None),
        events.c.wall_ms.between(bindparam("from_ms"), bindparam("to_ms")),
    )
    .distinct()
)
_RAN: Final = Prepared(
    select(*_SEALED).where(
        events.c.device == bindparam("device"),
        events.c.epoch == bindparam("epoch"),
        events.c.seq > bindparam("after"),
        events.c.received_ms >= bindparam("from_ms"),
    )
)


def told_of(connection: Connection, terminal: HeldTerminal, heard: tuple[int, int] | None = None) -> Told:
    """Return what ``terminal`` told; ``heard``: between which moments (UTC ms) it is asked when it was heard, and dark.

    What was made since the first of them came since then too.
    """
    epochs = tuple(_epoch(connection, terminal, epoch) for epoch in sorted(terminal.segments))
    alarms = [(event, event.body) for event in _opened(connection, terminal, _ALARMS) if isinstance(event.body, Tamper)]
    starts = sorted((one.fact for one in terminal.starts), key=lambda one: (one.epoch, one.start, one.h))
    heard_ms: set[int] = set()
    ran: list[Event] = []
    until: dict[bytes, tuple[int, int]] = {}
    if heard is not None:
        for one in epochs:
            since: dict[str, bytes | int] = {"epoch": one.epoch, "after": one.last - HEARD_AT_MOST, "from_ms": heard[0]}
            rows = _HEARD.all(connection, device=terminal.device, to_ms=heard[1], **since)
            heard_ms.update(row[0] for row in rows)
            for event in _opened(connection, terminal, _RAN, **since):
                if well_dated(event):
                    at = event.mono_ns, event.wall_ms
                    until[event.boot_id] = max(until.get(event.boot_id, at), at)
                if is_kept(event.body):
                    ran.append(event)
    moves = tuple(_opened(connection, terminal, _MOVES))
    times = tuple(sorted(heard_ms))
    dark = dark_between(ran, {boot_id: wall_ms for boot_id, (_, wall_ms) in until.items()}, times)
    return Told(epochs, tuple(starts), tuple(alarms), moves, times, dark, alone_at(ran))


def _opened(connection: Connection, terminal: HeldTerminal, query: Prepared, **more: bytes | int) -> Iterator[Event]:
    rows = sorted(query.all(connection, device=terminal.device, **more), key=lambda row: row[:2])
    return (event for row in rows if (event := opened(terminal, *row)) is not None)


def _epoch(connection: Connection, terminal: HeldTerminal, epoch: bytes) -> Epoch:
    held = sorted(terminal.segments[epoch], key=lambda one: (one.first, one.last))
    missing: list[tuple[int, int]] = []
    last = held[0].last
    for one in held[1:]:
        if one.first > last + 1:
            missing.append((last + 1, one.first - 1))
        last = max(last, one.last)
    doubled = any(other.first <= one.last for one, other in pairwise(held))
    rows = _DOUBLE.all(connection, device=terminal.device, epoch=epoch) if doubled else []
    return Epoch(epoch, held[0].first, last, tuple(missing), tuple(row[0] for row in rows))
