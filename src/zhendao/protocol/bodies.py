"""The bodies of events, one frozen dataclass each (docs/protocol.md section 3); what people say is in `people`.

Units are in the names: ``_e7`` degrees × 10^7, ``_dm`` decimetres, ``_ms`` milliseconds, ``_ns`` nanoseconds,
``_us`` microseconds, ``_centi`` × 100, ``_deci`` and ``_dc`` × 10. Places carry their datum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zhendao.protocol.fields import SINT, UINT, Bytes, OneOf, SetOf, Truth, Words, exactly
from zhendao.protocol.health import Health, HealthReport
from zhendao.protocol.parts import Fix, Previous, TokenRead
from zhendao.protocol.people import Duress, Heard, Incident, Rating, Rating1, Sos, Sos1
from zhendao.protocol.shapes import Part, maybe, wire
from zhendao.protocol.vocabulary import (
    ApplyResult,
    BootReason,
    CheckFlag,
    ClockReason,
    ClockSource,
    Direction,
    Kind,
    Mounting,
    Placement,
    SensorClass,
    SensorCondition,
    TamperCause,
    TapReason,
    WatchReason,
)

__all__ = [
    "KIND_OF",
    "SHAPES",
    "Body",
    "Boot",
    "Check",
    "Clock",
    "ConfigChange",
    "Duress",
    "Fix",
    "Health",
    "HealthReport",
    "Heard",
    "Incident",
    "Meal",
    "Meal1",
    "PositionWatch",
    "Previous",
    "Rating",
    "Rating1",
    "Sensor",
    "Sensor1",
    "Sos",
    "Sos1",
    "Tamper",
    "Tap",
    "TokenRead",
    "Undo",
    "Unknown",
    "Update",
]

_DETAIL = Words(200)
_ID = exactly(16)


@dataclass(frozen=True, slots=True)
class Boot:
    """The first event of each start of the process."""

    nonce: bytes = wire(1, _ID)
    reason: BootReason = wire(2, OneOf(BootReason))
    previous: Previous | None = maybe(3, Part(Previous))
    software: str = wire(4, Words(64))
    placement: Placement = wire(5, OneOf(Placement))
    mounting: Mounting = wire(6, OneOf(Mounting))
    blocklist: int | None = maybe(7, UINT)
    detail: str | None = maybe(8, _DETAIL)


@dataclass(frozen=True, slots=True)
class Clock:
    """At ``mono_ns`` of this boot the time by ``source`` was ``wall_ms`` ± ``bound_ms``."""

    reason: ClockReason = wire(1, OneOf(ClockReason))
    wall_ms: int = wire(2, SINT)
    bound_ms: int = wire(3, UINT)
    source: ClockSource = wire(4, OneOf(ClockSource))
    mono_ns: int = wire(5, UINT)
    step_ms: int | None = maybe(6, SINT)


@dataclass(frozen=True, slots=True)
class Check:
    """Two tokens in one act (rule: TWO-TOKENS); at a station the caregiver's card alone (rule: STATION)."""

    door: TokenRead | None = maybe(1, Part(TokenRead))
    caregiver: TokenRead = wire(2, Part(TokenRead))
    fix: Fix | None = maybe(3, Part(Fix))
    direction: Direction = wire(4, OneOf(Direction))
    placement: Placement = wire(5, OneOf(Placement))
    mounting: Mounting = wire(6, OneOf(Mounting))
    opened_by: int | None = maybe(7, UINT)
    second_factor: bytes | None = maybe(8, Bytes(1, 512))
    flags: CheckFlag = wire(9, SetOf(CheckFlag))


@dataclass(frozen=True, slots=True)
class Tap:
    """A token that made no check, and why."""

    token: TokenRead | None = maybe(1, Part(TokenRead))
    reason: TapReason = wire(2, OneOf(TapReason))
    fix: Fix | None = maybe(3, Part(Fix))
    refers_to: int | None = maybe(4, UINT)


@dataclass(frozen=True, slots=True)
class Undo:
    """The caregiver took a check back, and confirmed it."""

    target: int = wire(1, UINT)
    caregiver: TokenRead = wire(2, Part(TokenRead))
    confirmed_ns: int = wire(3, UINT)


@dataclass(frozen=True, slots=True)
class Meal:
    """A meal taken at a canteen, or brought to a door (rule: MEAL-POINT): the elder's card, the door tag, or both.

    ``place_code``: the 场所码 that the terminal was set up with; ``meal``: 1 breakfast, 2 lunch, 3 dinner by the
    terminal's clock, absent where it does not know; ``placement``: a station is a canteen, carried is a delivery.
    """

    elder: TokenRead | None = maybe(1, Part(TokenRead))
    place_code: str | None = maybe(2, Words(32))
    fix: Fix | None = maybe(3, Part(Fix))
    meal: int | None = maybe(4, UINT)
    door: TokenRead | None = maybe(5, Part(TokenRead))
    placement: Placement = wire(6, OneOf(Placement), since=Placement.STATION)


@dataclass(frozen=True, slots=True)
class Meal1(Meal):
    """Version 1: the elder's card at a canteen, and nothing else."""

    LATER: ClassVar = frozenset({5, 6})

    elder: TokenRead = wire(1, Part(TokenRead))


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor in the home changed (rule: EDGE-NODES); ``suppressed`` edges were not reported singly.

    ``condition`` is what the terminal makes of the sensor itself: a value of one that is not well proves little.
    """

    sensor: str = wire(1, Words(32))
    sensor_class: SensorClass = wire(2, OneOf(SensorClass))
    value: int = wire(3, SINT)
    suppressed: int = wire(4, UINT)
    condition: SensorCondition = wire(5, OneOf(SensorCondition), since=SensorCondition.WELL)


@dataclass(frozen=True, slots=True)
class Sensor1(Sensor):
    """Version 1: without condition."""

    LATER: ClassVar = frozenset({5})


@dataclass(frozen=True, slots=True)
class Tamper:
    """Somebody opened the case, took the terminal off its wall, or changed its door tag."""

    cause: TamperCause = wire(1, OneOf(TamperCause))
    active: bool = wire(2, Truth())
    detail: str | None = maybe(3, _DETAIL)


@dataclass(frozen=True, slots=True)
class PositionWatch:
    """The position of a fixed terminal."""

    fix: Fix = wire(1, Part(Fix))
    reason: WatchReason = wire(2, OneOf(WatchReason))


@dataclass(frozen=True, slots=True)
class ConfigChange:
    """What became of a configuration."""

    digest: bytes = wire(1, exactly(32))
    result: ApplyResult = wire(2, OneOf(ApplyResult))
    detail: str | None = maybe(3, _DETAIL)


@dataclass(frozen=True, slots=True)
class Update:
    """What became of a software update."""

    release: str = wire(1, Words(64))
    result: ApplyResult = wire(2, OneOf(ApplyResult))
    detail: str | None = maybe(3, _DETAIL)


@dataclass(frozen=True, slots=True)
class Unknown:
    """The body of a kind or version that this release does not know: kept as its CBOR, and passed on."""

    cbor: bytes


Body = (
    Boot
    | Clock
    | Check
    | Tap
    | Undo
    | Rating
    | Meal
    | Sos
    | Duress
    | Sensor
    | Tamper
    | PositionWatch
    | Health
    | HealthReport
    | ConfigChange
    | Update
    | Incident
    | Heard
    | Unknown
)

SHAPES: dict[tuple[int, int], type[Any]] = {
    (Kind.BOOT, 1): Boot,
    (Kind.CLOCK, 1): Clock,
    (Kind.CHECK, 1): Check,
    (Kind.TAP, 1): Tap,
    (Kind.UNDO, 1): Undo,
    (Kind.RATING, 1): Rating1,
    (Kind.RATING, 2): Rating,
    (Kind.MEAL, 1): Meal1,
    (Kind.MEAL, 2): Meal,
    (Kind.SOS, 1): Sos1,
    (Kind.SOS, 2): Sos,
    (Kind.DURESS, 1): Duress,
    (Kind.SENSOR, 1): Sensor1,
    (Kind.SENSOR, 2): Sensor,
    (Kind.TAMPER, 1): Tamper,
    (Kind.FIX, 1): PositionWatch,
    (Kind.HEALTH, 1): Health,
    (Kind.HEALTH, 2): HealthReport,
    (Kind.CONFIG, 1): ConfigChange,
    (Kind.UPDATE, 1): Update,
    (Kind.INCIDENT, 1): Incident,
    (Kind.HEARD, 1): Heard,
}
"""Kind and version to the dataclass of the body; whatever is not here is `Unknown`."""

KIND_OF: dict[type[Any], tuple[int, int]] = {shape: pair for pair, shape in SHAPES.items()}
"""The newest kind and version that a body is sent as."""
