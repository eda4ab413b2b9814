"""One NMEA line to one frozen sentence, or to a named refusal. Works for NMEA 2.3 to 4.11 and any talker.

pynmea2 splits and names the fields, under its strict checksum; the values are read here, since an empty position
is no zero (null island), a navigation status 'V' of NMEA 4.1 is no fault, and its dates fail on empty fields.
Promise: any text ends as a sentence or as a `Refused`, never as an exception.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

import pynmea2

from zhendao.device.gnss import systems
from zhendao.device.gnss.fields import FieldError, count, date, day_ms, decimal, hexadecimal, place
from zhendao.protocol.vocabulary import Constellation

GOOD_MODES = frozenset("ADFPR")
"""Mode indicators of a measured position: autonomous, differential, float, precise, real-time kinematic."""
SIMULATOR_MODE = "S"
SIMULATOR_QUALITY = 8

_MODE_FIELD = 11
_SYSTEM_FIELD = 17
_GROUPS_LIMIT = 4
_CHECKSUM = re.compile(r"\*[0-9A-Fa-f]{2}$")
_SATELLITES = slice(2, 14)


@dataclass(frozen=True, slots=True)
class Rmc:
    """Status, position, speed (m/s) and date at ``day_ms``, milliseconds of the UTC day."""

    talker: str
    day_ms: int | None
    valid: bool
    mode: str
    place: tuple[int, int] | None
    speed_mps: float | None
    date: dt.date | None


@dataclass(frozen=True, slots=True)
class Gga:
    """Position (degrees × 10^7, WGS-84), quality 0…8, satellites used, HDOP, altitude in metres."""

    talker: str
    day_ms: int | None
    place: tuple[int, int] | None
    quality: int
    satellites: int
    hdop: float | None
    altitude_m: float | None


@dataclass(frozen=True, slots=True)
class Gsa:
    """Fix mode (1 none, 2 flat, 3 in space) and the satellites used, each with its system."""

    talker: str
    mode: int
    used: tuple[tuple[Constellation, int], ...]
    hdop: float | None


@dataclass(frozen=True, slots=True)
class View:
    """A satellite in view, and its strength in dB-Hz where it is tracked."""

    system: Constellation
    number: int
    elevation_deg: int | None
    cn0: int | None


@dataclass(frozen=True, slots=True)
class Gsv:
    """Satellites in view of one system on one signal."""

    talker: str
    signal: int
    views: tuple[View, ...]


@dataclass(frozen=True, slots=True)
class Gst:
    """Error ellipse and the deviations of latitude and longitude, 1 sigma, metres, at ``day_ms``."""

    day_ms: int | None
    major_m: float | None
    minor_m: float | None
    orientation_deg: float | None
    lat_m: float | None
    lon_m: float | None


@dataclass(frozen=True, slots=True)
class Zda:
    """UTC date at ``day_ms``."""

    day_ms: int | None
    date: dt.date | None


@dataclass(frozen=True, slots=True)
class Other:
    """A well-formed sentence that carries nothing for us."""

    name: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is not believed, and why: one stable word."""

    reason: str


Sentence = Rmc | Gga | Gsa | Gsv | Gst | Zda | Other


def read(line: str) -> Sentence | Refused:
    """Read one line that begins with ``$``."""
    try:
        message = _parse(line)
        if not isinstance(message, pynmea2.TalkerSentence):
            return Other("proprietary")
        reader = _READERS.get(message.sentence_type)
        if reader is None:
            return Other(message.sentence_type)
        return reader(message.talker, [field.strip() for field in message.data])
    except FieldError as error:
        return Refused(error.reason)


def _parse(line: str) -> pynmea2.NMEASentence:
    if not _CHECKSUM.search(line):
        raise FieldError("cut")
    try:
        return pynmea2.parse(line, check=True)
    except pynmea2.ChecksumError:
        raise FieldError("checksum") from None
    except pynmea2.SentenceTypeError:
        raise FieldError("unknown_type") from None
    except ValueError:
        raise FieldError("not_nmea") from None


def _need(data: list[str], least: int) -> None:
    if len(data) < least:
        raise FieldError("few_fields")


def _rmc(talker: str, data: list[str]) -> Rmc:
    _need(data, 9)
    mode = data[_MODE_FIELD].upper() if len(data) > _MODE_FIELD else ""
    if data[1] not in ("A", "V") or len(mode) > 1:
        raise FieldError("bad_status")
    knots = decimal(data[6])
    return Rmc(
        talker,
        day_ms(data[0]),
        # Before NMEA 2.3 there was no mode indicator: the status alone counts.
        valid=data[1] == "A" and (mode == "" or mode in GOOD_MODES),
        mode=mode,
        place=place(data[2], data[3], data[4], data[5]),
        speed_mps=None if knots is None else knots * 1852 / 3600,
        date=date(data[8]),
    )


def _gga(talker: str, data: list[str]) -> Gga:
    _need(data, 9)
    quality = count(data[5], 8)
    satellites = count(data[6], 99)
    return Gga(
        talker,
        day_ms(data[0]),
        place(data[1], data[2], data[3], data[4]),
        quality or 0,
        satellites or 0,
        decimal(data[7]),
        decimal(data[8], signed=True),
    )


def _gsa(talker: str, data: list[str]) -> Gsa:
    _need(data, 17)
    mode = count(data[1], 3)
    if not mode:
        raise FieldError("bad_mode")
    # NMEA 4.10 adds the system id; SiRF writes its time dilution ("3.3") in the same place.
    named = len(data) > _SYSTEM_FIELD and "." not in data[_SYSTEM_FIELD]
    system = systems.by_id(hexadecimal(data[_SYSTEM_FIELD])) if named else systems.by_talker(talker)
    numbers = [count(field, 999) for field in data[_SATELLITES]]
    # A system that is not known, or an SBAS number, takes no part in the geometry we judge.
    used = [(system or systems.by_number(number), number) for number in numbers if number]
    return Gsa(talker, mode, tuple((of, number) for of, number in used if of is not None), decimal(data[15]))


def _gsv(talker: str, data: list[str]) -> Gsv:
    _need(data, 3)
    groups, rest = divmod(len(data) - 3, 4)
    # NMEA 4.10 adds one field, the signal id; groups without a number are padding.
    if rest > 1 or groups > _GROUPS_LIMIT or not count(data[0], 99) or not count(data[1], 99):
        raise FieldError("bad_groups")
    count(data[2], 999)
    signal = hexadecimal(data[-1]) if rest else None
    views = []
    for start in range(3, 3 + 4 * groups, 4):
        number = count(data[start], 999)
        elevation = None if data[start + 1].startswith("-") else count(data[start + 1], 90)
        count(data[start + 2], 360)
        cn0 = count(data[start + 3], 99)
        system = systems.of_view(talker, number) if number else None
        if number and system is not None:
            views.append(View(system, number, elevation, cn0 or None))
    return Gsv(talker, signal or 0, tuple(views))


def _gst(_talker: str, data: list[str]) -> Gst:
    _need(data, 8)
    major, minor, orientation, lat, lon = (decimal(field) for field in data[2:7])
    return Gst(day_ms(data[0]), major, minor, orientation, lat, lon)


def _zda(_talker: str, data: list[str]) -> Zda:
    _need(data, 4)
    day, month, year = (count(field, 9999) for field in data[1:4])
    if not (day and month and year):
        return Zda(day_ms(data[0]), None)
    try:
        return Zda(day_ms(data[0]), dt.date(year, month, day))
    except ValueError:
        raise FieldError("bad_date") from None


_READERS: dict[str, Callable[[str, list[str]], Sentence]] = {
    "RMC": _rmc,
    "GGA": _gga,
    "GSA": _gsa,
    "GSV": _gsv,
    "GST": _gst,
    "ZDA": _zda,
}
