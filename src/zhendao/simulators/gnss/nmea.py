"""One moment of the simulated receiver as the lines that a real one would write. Pure."""

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass

from zhendao.simulators.gnss.sky import Satellite
from zhendao.simulators.gnss.styles import Style

_USED_FIELDS = 12
_GROUPS = 4
_SIMULATOR = 8
_KNOTS = 1852 / 3600


@dataclass(frozen=True, slots=True)
class Moment:
    """What the receiver knows. ``utc`` None before it knows the time, ``dated`` False before it knows the day."""

    utc: dt.datetime | None
    dated: bool
    lat: float | None
    lon: float | None
    altitude_m: float
    speed_mps: float
    course_deg: float
    quality: int
    fix_mode: int
    hdop: float
    sigma_m: float
    satellites: tuple[Satellite, ...]
    apart_m: float = 0.0
    """How far the solutions of two systems lie from each other; 0: one solution of all."""


def sentence(body: str) -> bytes:
    """Frame a body with ``$``, checksum and line end."""
    total = 0
    for byte in body.encode():
        total ^= byte
    return f"${body}*{total:02X}\r\n".encode()


USUAL = frozenset({"RMC", "GGA", "GSA", "GSV", "GST", "ZDA"})


def lines(style: Style, moment: Moment, wanted: frozenset[str] = USUAL) -> bytes:
    """Return the ``wanted`` sentences of one moment."""
    return b"".join(sentence(body) for body in _bodies(style, moment) if body[2:5] in wanted)


def _bodies(style: Style, moment: Moment) -> Iterator[str]:
    talker = style.talker
    clock = f"{moment.utc:%H%M%S}.{moment.utc.microsecond // 10_000:02d}" if moment.utc else ""
    date = f"{moment.utc:%d%m%y}" if moment.utc and moment.dated else ""
    fixed = moment.lat is not None and moment.lon is not None
    place = _place(moment.lat, moment.lon) if moment.lat is not None and moment.lon is not None else ",,,"
    mode = ("S" if moment.quality == _SIMULATOR else "A") if fixed else "N"
    used = [satellite for satellite in moment.satellites if satellite.used] if fixed else []
    status = ",V" if style.modern else ""
    speed = f"{moment.speed_mps / _KNOTS:.3f}" if fixed else ""
    course = f"{moment.course_deg:.2f}" if fixed and moment.speed_mps > 1 else ""
    yield f"{talker}RMC,{clock},{'A' if fixed else 'V'},{place},{speed},{course},{date},,,{mode}{status}"
    height = f"{moment.altitude_m:.1f},M,8.3,M" if fixed else ",M,,M"
    quality = moment.quality if fixed else 0
    yield f"{talker}GGA,{clock},{place},{quality},{min(len(used), 12):02d},{moment.hdop:.2f},{height},,"
    if moment.apart_m and moment.lat is not None and moment.lon is not None:
        for system, metres in zip(style.systems, (0.0, moment.apart_m), strict=False):
            own = _place(moment.lat + metres / 111_195, moment.lon)
            yield f"{system.talker}GGA,{clock},{own},{quality},{len(used) // 2:02d},{moment.hdop:.2f},{height},,"
    yield from _gsa(style, moment, used)
    yield from _gsv(style, moment)
    side = "A" if fixed else "V"
    yield f"{talker}GLL,{place},{clock},{side},{mode}"
    yield f"{talker}VTG,{course},T,,M,{speed},N,{f'{moment.speed_mps * 3.6:.3f}' if fixed else ''},K,{mode}"
    if style.gst:
        sigma = moment.sigma_m
        errors = f"{sigma:.1f},{sigma * 1.2:.1f},{sigma * 0.8:.1f},35.0,{sigma:.1f},{sigma:.1f},{sigma * 2:.1f}"
        yield f"{talker}GST,{clock},{errors if fixed else ',,,,,,'}"
    if date:
        yield f"{talker}ZDA,{clock},{moment.utc:%d,%m,%Y},00,00"


def _gsa(style: Style, moment: Moment, used: list[Satellite]) -> Iterator[str]:
    dilution = f"{moment.hdop * 1.7:.2f},{moment.hdop:.2f},{moment.hdop * 1.4:.2f}"
    mode = moment.fix_mode if used else 1
    for system in style.systems:
        numbers = [f"{satellite.number:02d}" for satellite in used if satellite.system is system][:_USED_FIELDS]
        fields = ",".join(numbers + [""] * (_USED_FIELDS - len(numbers)))
        talker = style.talker if style.modern or len(style.systems) == 1 else system.talker
        yield f"{talker}GSA,A,{mode},{fields},{dilution}{f',{system.number}' if style.modern else ''}"


def _gsv(style: Style, moment: Moment) -> Iterator[str]:
    signal = f",{style.signal}" if style.modern else ""
    for system in style.systems:
        mine = [satellite for satellite in moment.satellites if satellite.system is system]
        total = max(1, math.ceil(len(mine) / _GROUPS))
        for page in range(total):
            groups = "".join(
                f",{satellite.number:02d},{satellite.elevation:02d},{satellite.azimuth:03d},"
                f"{f'{satellite.cn0:02d}' if satellite.cn0 else ''}"
                for satellite in mine[page * _GROUPS : (page + 1) * _GROUPS]
            )
            yield f"{system.talker}GSV,{total},{page + 1},{len(mine):02d}{groups}{signal}"


def _place(lat: float, lon: float) -> str:
    return f"{_angle(lat, 2)},{'N' if lat >= 0 else 'S'},{_angle(lon, 3)},{'E' if lon >= 0 else 'W'}"


def _angle(degrees: float, digits: int) -> str:
    # In 1e-5 minutes, so that rounding never writes sixty minutes.
    units = round(abs(degrees) * 60 * 100_000)
    whole, rest = divmod(units, 60 * 100_000)
    return f"{whole:0{digits}d}{rest // 100_000:02d}.{rest % 100_000:05d}"
