"""Which facts are worth an alert, and how urgent each is. Pure: an event, its arrival and the thresholds decide.

Promise: what may be a call for help is never lost for a doubt: a sensor that chatters or floods is believed and marked
doubtful, a terminal without the time counts as calling now. What came late is what it was.
rule: SOS, EDGE-NODES, INCIDENT.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from zhendao.gateway.alerts.settings import AlertsTable
from zhendao.gateway.alerts.values import AlertKind, Fact, Urgency, plain
from zhendao.gateway.visits.moments import well_dated
from zhendao.protocol.bodies import Duress, Incident, Sensor, Sos, Tamper
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import Kind, SensorClass, SensorCondition

ALERTING: Final = frozenset({Kind.SOS, Kind.INCIDENT, Kind.DURESS, Kind.SENSOR, Kind.TAMPER})
"""Kinds of event that may be worth an alert; the others are not looked at."""

_AHEAD_MS: Final = 10_000
"""A terminal's time may be so much ahead of its arrival here; further, it is not believed."""

_HOUR_MS: Final = 3_600_000

_SENSED: Final = {
    SensorClass.MATTRESS: (AlertKind.MATTRESS, Urgency.CALL),
    SensorClass.SMOKE_OR_GAS: (AlertKind.SMOKE, Urgency.CALL),
    SensorClass.CALL_CORD: (AlertKind.CALL_CORD, Urgency.CALL),
    SensorClass.WATER: (AlertKind.WATER, Urgency.SOON),
    SensorClass.MAINS: (AlertKind.MAINS, Urgency.NOTICE),
    SensorClass.BATTERY: (AlertKind.BATTERY, Urgency.NOTICE),
}
ACTIVE: Final = 1
_BELIEVED: Final = frozenset({SensorCondition.WELL, SensorCondition.CHATTERING, SensorCondition.FLOODING})


def fact_of(event: Event, h: bytes, received_ms: int, table: AlertsTable) -> Fact | None:
    """Return what ``event`` with head ``h``, which came at ``received_ms`` (UTC ms), says that a person must know."""
    occurred_ms = occurred(event, received_ms)

    def fact(kind: AlertKind, urgency: Urgency, subject: str = "") -> Fact:
        return Fact(kind, urgency, event.device, event.epoch, event.seq, h, occurred_ms, received_ms, subject)

    match event.body:
        case Sos() as sos:
            call = fact(AlertKind.SOS, Urgency.CALL)
            return replace(call, drill=sos.drill, mistake_of=sos.mistake_of)
        case Incident() as incident:
            return replace(fact(AlertKind.INCIDENT, Urgency.CALL), drill=incident.drill)
        case Duress():
            return fact(AlertKind.DURESS, Urgency.CALL)
        case Tamper() as tamper:
            found = fact(AlertKind.TAMPER, Urgency.NOTICE, tamper.cause.name.lower())
            return found if tamper.active else replace(found, cleared=True)
        case Sensor() as sensor:
            return _sensed(sensor, fact, received_ms if occurred_ms is None else occurred_ms, table)
    return None


def _sensed(
    sensor: Sensor, fact: Callable[[AlertKind, Urgency, str], Fact], at_ms: int, table: AlertsTable
) -> Fact | None:
    if sensor.condition not in _BELIEVED:
        return fact(AlertKind.SENSOR, Urgency.NOTICE, plain(sensor.sensor))
    known = _SENSED.get(sensor.sensor_class)
    if known is None:
        return None
    found = fact(*known, plain(sensor.sensor))
    if sensor.value == 0:
        return replace(found, cleared=True)
    if not raises(sensor):
        return None
    if found.kind is AlertKind.MATTRESS and not at_night(at_ms, table):
        return None
    return replace(found, doubtful=sensor.condition is not SensorCondition.WELL)


def raises(sensor: Sensor) -> bool:
    """Tell whether a sensor says that something is wrong: 1 is active, 0 at rest; any other number is only a number."""
    return sensor.value == ACTIVE


def recovered(event: Event, h: bytes, received_ms: int) -> Fact | None:
    """Return that a sensor is well, which is the end of what was wrong with it; None where ``event`` says no such."""
    sensor = event.body
    if not isinstance(sensor, Sensor) or sensor.condition is not SensorCondition.WELL:
        return None
    return Fact(
        *(AlertKind.SENSOR, Urgency.NOTICE, event.device, event.epoch, event.seq, h),
        *(occurred(event, received_ms), received_ms, plain(sensor.sensor)),
        cleared=True,
    )


def occurred(event: Event, received_ms: int) -> int | None:
    """Return when ``event`` was (UTC ms), None where its terminal did not know, or says that it is yet to come."""
    return event.wall_ms if well_dated(event) and event.wall_ms <= received_ms + _AHEAD_MS else None


def at_night(at_ms: int, table: AlertsTable) -> bool:
    """Tell whether it is night there; from and to the same hour is the whole day."""
    hour = (at_ms + table.utc_offset_min * 60_000) // _HOUR_MS % 24
    begin, end = table.night_from_h, table.night_to_h
    return begin <= hour < end if begin < end else hour >= begin or hour < end


def late_ms(fact: Fact, table: AlertsTable) -> int:
    """Return by how much ``fact`` came later than it was, 0 where that is usual."""
    late = fact.received_ms - fact.at_ms
    return late if late >= table.late_s * 1000 else 0


def is_past(fact: Fact, table: AlertsTable) -> bool:
    """Tell whether ``fact`` is too old to be acted on as if it were now."""
    return fact.received_ms - fact.at_ms > table.past_s * 1000
