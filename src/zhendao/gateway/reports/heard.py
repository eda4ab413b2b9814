"""What the store holds of each terminal at a moment: its newest event, its newest word on itself, what stands open.

Promise: only what had come before the moment counts; of each terminal a few rows are read, however long its journal is.
"""

from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, bindparam, func, or_, select

from zhendao.gateway.alerts.tables import alerts
from zhendao.gateway.api.reading import EventReader, Stored
from zhendao.gateway.reports.terminal_health import ALERTS, FINDINGS, Health, Heard
from zhendao.gateway.store.facts import events, findings, gaps, starts, states
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.event import Event
from zhendao.protocol.health import Health as HealthOfOld
from zhendao.protocol.health import HealthReport
from zhendao.protocol.vocabulary import ClockSource, Concern, Kind

_E: Final = events.c
_HERE: Final = (_E.device == bindparam("device"), _E.epoch == bindparam("epoch"), _E.received_ms < bindparam("before"))
_NEWEST: Final = Prepared(
    select(starts.c.device, starts.c.epoch, func.max(starts.c.arrival))
    .where(starts.c.seen_ms < bindparam("before"))
    .group_by(starts.c.device)
)
_LAST: Final = Prepared(select(_E.received_ms, _E.clock_source).where(*_HERE).order_by(_E.seq.desc()).limit(1))
_HEALTH: Final = Prepared(
    select(_E.device, _E.epoch, _E.seq, _E.suite, _E.start, _E.sealed)
    .where(*_HERE, _E.kind == int(Kind.HEALTH))
    .order_by(_E.seq.desc())
    .limit(1)
)
_STATES: Final = Prepared(
    select(states.c.device, states.c.received_ms, states.c.unacknowledged).where(
        states.c.received_ms < bindparam("before")
    )
)
_GAPS: Final = Prepared(
    select(gaps.c.device, func.sum(gaps.c.last - gaps.c.first + 1))
    .where(
        gaps.c.seen_ms < bindparam("before"), or_(gaps.c.healed_ms.is_(None), gaps.c.healed_ms >= bindparam("before"))
    )
    .group_by(gaps.c.device)
)
_FINDINGS: Final = Prepared(
    select(findings.c.device, findings.c.kind).where(
        findings.c.found_ms < bindparam("before"),
        or_(findings.c.healed_ms.is_(None), findings.c.healed_ms >= bindparam("before")),
    )
)
_ALERTS: Final = Prepared(
    select(alerts.c.device, alerts.c.kind).where(
        alerts.c.raised_ms < bindparam("before"),
        or_(alerts.c.cleared_ms.is_(None), alerts.c.cleared_ms >= bindparam("before")),
        or_(alerts.c.closed_ms.is_(None), alerts.c.closed_ms >= bindparam("before")),
    )
)


def heard_at(connection: Connection, key: StoreKey, before_ms: int) -> list[Heard]:
    """Return every terminal that was heard of before ``before_ms`` (UTC ms), in the order of their numbers."""
    reader = EventReader(connection, key)
    found: dict[bytes, Heard] = {}
    for device, epoch, _ in _NEWEST.all(connection, before=before_ms):
        found[device] = _heard(connection, reader, device, epoch, before_ms)
    for device, received_ms, unacknowledged in _STATES.all(connection, before=before_ms):
        one = found.setdefault(device, Heard(device))
        if one.received_ms is None or one.received_ms <= received_ms:
            one.received_ms = received_ms
            one.health = _with_backlog(one.health, unacknowledged)
    for device, missing in _GAPS.all(connection, before=before_ms):
        found.setdefault(device, Heard(device)).missing = int(missing)
    for device, kind in _FINDINGS.all(connection, before=before_ms):
        if kind in FINDINGS:
            found.setdefault(device, Heard(device)).findings.add(kind)
    for device, kind in _ALERTS.all(connection, before=before_ms):
        if kind in ALERTS:
            found.setdefault(device, Heard(device)).alerts.add(kind)
    return [found[device] for device in sorted(found)]


def _heard(connection: Connection, reader: EventReader, device: bytes, epoch: bytes, before_ms: int) -> Heard:
    where = {"device": device, "epoch": epoch, "before": before_ms}
    last, health = _LAST.first(connection, **where), _HEALTH.first(connection, **where)
    if last is None:
        return Heard(device)
    told = None if health is None else reader.open(Stored(*health))
    clock = None if last[1] is None else ClockSource(last[1])
    return Heard(device, last[0], clock, Health() if told is None else _health(told))


def _health(event: Event) -> Health:
    body = event.body
    if isinstance(body, HealthReport | HealthOfOld):
        return Health(
            body.concerns if isinstance(body, HealthReport) else Concern(0),
            body.reader,
            body.gnss,
            body.disk_free_kib,
            body.temperature_dc,
            body.unacknowledged,
            body.software,
        )
    return Health()


def _with_backlog(health: Health, unacknowledged: int) -> Health:
    return replace(health, unacknowledged=unacknowledged)
