"""Which events a visit rests on: its checks, what was read and taken back between them, starts, trusted times, ratings.

The times chosen are those that the record's own times were counted from, or lie between, so that whoever has the file
can count again.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, or_, select

from zhendao.gateway.api.reading import EventReader, Stored
from zhendao.gateway.evidence.journals import Identity
from zhendao.gateway.store.conclusions import checks, ratings
from zhendao.gateway.store.facts import ANCHORS, events
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.visits.moments import bound_of, told_time
from zhendao.protocol.vocabulary import Kind

_MOST: Final = 200
"""So many checks of one lane within a visit, or ratings, are taken at most."""
_TIMES: Final = 5_000


def wanted(connection: Connection, store_key: StoreKey, visit: Row[Any]) -> set[Identity]:
    """Return the identities of the events behind ``visit``, a row of ``visits``."""
    sides = [side for name in ("in", "out") if (side := visit.record.get(name)) is not None]
    found: set[Identity] = set()
    rated = {(visit.device, visit.epoch, visit.seq)}
    for side in sides:
        row = _check_of(connection, visit, side)
        if row is None:
            continue
        found.add((row.device, row.epoch, row.seq, row.h))
        rated.add((row.device, row.epoch, row.seq))
        found |= _start_of(connection, row) | _time_of(connection, store_key, row, side)
    if not sides:
        found |= _first_of(connection, visit)
    found |= _between(connection, visit, [side["seq"] for side in sides if side["epoch"] == visit.epoch.hex()])
    return found | {one for check in sorted(rated) for one in _ratings(connection, *check)}


def _check_of(connection: Connection, visit: Row[Any], side: Mapping[str, Any]) -> Row[Any] | None:
    epoch, h = bytes.fromhex(side["epoch"]), bytes.fromhex(side["h"])
    here = (events.c.epoch == epoch, events.c.seq == side["seq"], events.c.h == h)
    device = bytes.fromhex(side["device"]) if "device" in side else visit.device
    return connection.execute(select(events).where(events.c.device == device, *here)).one_or_none()


def _first_of(connection: Connection, visit: Row[Any]) -> set[Identity]:
    query = select(events.c.device, events.c.epoch, events.c.seq, events.c.h).where(
        events.c.device == visit.device, events.c.epoch == visit.epoch, events.c.seq == visit.seq
    )
    return {(row.device, row.epoch, row.seq, row.h) for row in connection.execute(query)}


def _start_of(connection: Connection, check: Row[Any]) -> set[Identity]:
    query = select(events.c.h).where(
        events.c.device == check.device,
        events.c.epoch == check.epoch,
        events.c.seq == check.start,
        events.c.kind == Kind.BOOT,
    )
    rows = connection.execute(query).scalars().all()
    # Of a cloned terminal nobody can tell which start it was.
    return {(check.device, check.epoch, check.start, rows[0])} if len(rows) == 1 else set()


def _time_of(connection: Connection, store_key: StoreKey, check: Row[Any], side: Mapping[str, Any]) -> set[Identity]:
    """Return the trusted time of the same boot that ``side`` was dated by, or those around it, as far as it was."""
    if side.get("method") == "neighbours":
        return _around(connection, check)
    if side.get("method") != "anchor":
        return set()
    query = (
        select(events)
        .where(events.c.device == check.device, events.c.boot_id == check.boot_id, events.c.kind == Kind.CLOCK)
        .order_by(events.c.id)
        .limit(_TIMES)
    )
    reader, best = EventReader(connection, store_key), None
    for row in connection.execute(query):
        event = reader.open(Stored(row.device, row.epoch, row.seq, row.suite, row.start, row.sealed))
        anchor = None if event is None else told_time(event)
        if anchor is None or anchor.wall_ms - (anchor.mono_ns - check.mono_ns) // 10**6 != side["at_ms"]:
            continue
        bound = bound_of(anchor, check.mono_ns)
        if best is None or bound < best[0]:
            best = bound, (row.device, row.epoch, row.seq, row.h)
    return set() if best is None else {best[1]}


def _around(connection: Connection, check: Row[Any]) -> set[Identity]:
    """Return the nearest trusted times of other boots before and behind ``check`` in its journal."""
    query = (
        select(events.c.device, events.c.epoch, events.c.seq, events.c.h)
        .where(events.c.device == check.device, events.c.epoch == check.epoch)
        .where(events.c.boot_id != check.boot_id, ANCHORS)
        .limit(1)
    )
    before = query.where(events.c.seq < check.seq).order_by(events.c.seq.desc())
    behind = query.where(events.c.seq > check.seq).order_by(events.c.seq)
    rows = [connection.execute(one).first() for one in (before, behind)]
    return {(row.device, row.epoch, row.seq, row.h) for row in rows if row is not None}


def _between(connection: Connection, visit: Row[Any], seqs: list[int]) -> set[Identity]:
    if not seqs:
        return set()
    query = (
        select(checks.c.device, checks.c.epoch, checks.c.seq, checks.c.h)
        .join(events, and_(*(events.c[name] == checks.c[name] for name in ("device", "epoch", "seq", "h"))))
        .where(
            checks.c.device == visit.device,
            checks.c.lane == visit.lane,
            checks.c.epoch == visit.epoch,
            checks.c.seq >= min(seqs),
            or_(checks.c.seq <= max(seqs), and_(checks.c.kind == Kind.UNDO, checks.c.seq <= max(seqs) + _MOST)),
        )
        .order_by(checks.c.seq)
        .limit(_MOST)
    )
    return {(row.device, row.epoch, row.seq, row.h) for row in connection.execute(query)}


def _ratings(connection: Connection, device: bytes, epoch: bytes, about: int) -> set[Identity]:
    query = (
        select(ratings.c.device, ratings.c.epoch, ratings.c.seq, ratings.c.h)
        .where(ratings.c.device == device, ratings.c.epoch == epoch, ratings.c.about == about)
        .limit(_MOST)
    )
    return {(row.device, row.epoch, row.seq, row.h) for row in connection.execute(query)}
