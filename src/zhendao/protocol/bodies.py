"""The parts and the bodies of events, one frozen dataclass each (docs/protocol.md section 3).

Units are in the names: ``_e7`` degrees × 10^7, ``_dm`` decimetres, ``_ms`` milliseconds, ``_ns`` nanoseconds,
``_us`` microseconds, ``_centi`` × 100, ``_deci`` and ``_dc`` × 10. Places carry their datum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zhendao.protocol.fields import SINT, UINT, Bytes, Int, OneOf, Sequence, SetOf, Truth, Words, exactly
from zhendao.protocol.health import Health, HealthReport
from zhendao.protocol.shapes import Part, maybe, wire
from zhendao.protocol.vocabulary import (
    ApplyResult,
    BootReason,
    CheckFlag,
    ClockReason,
    ClockSource,
    Constellation,
    Datum,
    Direction,
    FixSign,
    Kind,
    Mounting,
    Placement,
    Role,
    SensorClass,
    Strength,
    TamperCause,
    TapReason,
    Technology,
    WatchReason,
)

_DETAIL = Words(200)
_UID = Bytes(4, 10)
_ID = exactly(16)


@dataclass(frozen=True, slots=True)
class Fix:
    """A position with its datum and its error; ``hacc95_dm`` is the radius that holds the truth with 95 %."""

    lat_e7: int = wire(1, Int(-900_000_000, 900_000_000))
    lon_e7: int = wire(2, Int(-1_800_000_000, 1_800_000_000))
    datum: Datum = wire(3, OneOf(Datum))
    hacc95_dm: int = wire(4, UINT)
    age_ms: int = wire(5, UINT)
    epochs: int = wire(6, UINT)
    sats: int = wire(7, UINT)
    hdop_centi: int = wire(8, UINT)
    cn0_deci: int | None = maybe(9, UINT)
    constellations: Constellation = wire(10, SetOf(Constellation))
    signs: FixSign = wire(11, SetOf(FixSign))
    sigma_major_dm: int | None = maybe(12, UINT)
    sigma_minor_dm: int | None = maybe(13, UINT)
    orientation_deg: int | None = maybe(14, Int(0, 179))
    gnss_ms: int | None = maybe(15, SINT)


@dataclass(frozen=True, slots=True)
class TokenRead:
    """One token as it was read: what it claims, how strong the claim is, and the proof to check it again."""

    role: Role = wire(1, OneOf(Role))
    strength: Strength = wire(2, OneOf(Strength))
    uid: bytes = wire(3, _UID)
    token_id: bytes | None = maybe(4, _ID)
    proof: bytes | None = maybe(5, Bytes(1, 1024))
    rtts_us: tuple[int, ...] = wire(6, Sequence(UINT, 16))
    mono_ns: int = wire(7, UINT)
    technology: Technology = wire(8, OneOf(Technology))


@dataclass(frozen=True, slots=True)
class Previous:
    """The last head that a terminal knew of the epoch before."""

    epoch: bytes = wire(1, _ID)
    seq: int = wire(2, UINT)
    head: bytes = wire(3, exactly(32))


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
class Rating:
    """The elder's opinion of a service, 0…100 (rule: RATING)."""

    score: int = wire(1, Int(0, 100))
    button: int = wire(2, UINT)
    refers_to: int | None = maybe(3, UINT)
    elder: TokenRead | None = maybe(4, Part(TokenRead))


@dataclass(frozen=True, slots=True)
class Meal:
    """A meal taken (rule: MEAL-POINT)."""

    elder: TokenRead = wire(1, Part(TokenRead))
    place_code: str | None = maybe(2, Words(32))
    fix: Fix | None = maybe(3, Part(Fix))
    meal: int | None = maybe(4, UINT)


@dataclass(frozen=True, slots=True)
class Sos:
    """A call for help (rule: SOS)."""

    button: int = wire(1, UINT)
    fix: Fix | None = maybe(2, Part(Fix))
    drill: bool = wire(3, Truth())


@dataclass(frozen=True, slots=True)
class Duress:
    """A silent call for help."""

    gesture: int = wire(1, UINT)
    token: TokenRead | None = maybe(2, Part(TokenRead))
    fix: Fix | None = maybe(3, Part(Fix))


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor in the home changed (rule: EDGE-NODES); ``suppressed`` edges were not reported singly."""

    sensor: str = wire(1, Words(32))
    sensor_class: SensorClass = wire(2, OneOf(SensorClass))
    value: int = wire(3, SINT)
    suppressed: int = wire(4, UINT)


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
    | Unknown
)

SHAPES: dict[tuple[int, int], type[Any]] = {
    (Kind.BOOT, 1): Boot,
    (Kind.CLOCK, 1): Clock,
    (Kind.CHECK, 1): Check,
    (Kind.TAP, 1): Tap,
    (Kind.UNDO, 1): Undo,
    (Kind.RATING, 1): Rating,
    (Kind.MEAL, 1): Meal,
    (Kind.SOS, 1): Sos,
    (Kind.DURESS, 1): Duress,
    (Kind.SENSOR, 1): Sensor,
    (Kind.TAMPER, 1): Tamper,
    (Kind.FIX, 1): PositionWatch,
    (Kind.HEALTH, 1): Health,
    (Kind.HEALTH, 2): HealthReport,
    (Kind.CONFIG, 1): ConfigChange,
    (Kind.UPDATE, 1): Update,
}
"""Kind and version to the dataclass of the body; whatever is not here is `Unknown`."""

KIND_OF: dict[type[Any], tuple[int, int]] = {shape: pair for pair, shape in SHAPES.items()}
"""The newest kind and version that a body is sent as."""
