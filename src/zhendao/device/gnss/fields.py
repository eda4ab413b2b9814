"""Single fields of an NMEA sentence, read strictly: an empty field is None, a wrong one a `FieldError`.

Positions are computed with integers, so that the same text is the same place on every machine.
"""

import datetime as dt
import re

_COUNT = re.compile(r"[0-9]{1,6}")
_HEX = re.compile(r"[0-9A-Fa-f]{1,2}")
_DECIMAL = re.compile(r"(-?)[0-9]{1,9}(\.[0-9]{0,9})?|(-?)\.[0-9]{1,9}")
_TIME = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})(?:\.([0-9]{0,6}))?")
_DATE = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})")
_LATITUDE = re.compile(r"([0-9]{2})([0-9]{2})(?:\.([0-9]{0,8}))?")
_LONGITUDE = re.compile(r"([0-9]{3})([0-9]{2})(?:\.([0-9]{0,8}))?")

_E7 = 10**7
_ARC_MINUTES = 60
_LEAP = (23, 59, 60)
_FIRST_CENTURY_YEAR = 80
"""GPS time began in 1980: a two-digit year of 80…99 belongs to the last century."""


class FieldError(ValueError):
    """A field that no receiver in order sends; ``reason`` is one stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def count(text: str, high: int) -> int | None:
    """Read a whole number of 0…``high``."""
    if not text:
        return None
    if not _COUNT.fullmatch(text) or int(text) > high:
        raise FieldError("bad_number")
    return int(text)


def hexadecimal(text: str) -> int | None:
    """Read one or two hex digits (system and signal ids)."""
    if not text:
        return None
    if not _HEX.fullmatch(text):
        raise FieldError("bad_number")
    return int(text, 16)


def decimal(text: str, *, signed: bool = False) -> float | None:
    """Read a decimal number, without exponent; negative only where ``signed``."""
    if not text:
        return None
    match = _DECIMAL.fullmatch(text)
    if not match or (text.startswith("-") and not signed):
        raise FieldError("bad_number")
    return float(text)


def day_ms(text: str) -> int | None:
    """Read hhmmss.sss as milliseconds of the UTC day; 23:59:60 is a leap second and is allowed."""
    if not text:
        return None
    match = _TIME.fullmatch(text)
    if not match:
        raise FieldError("bad_time")
    hours, minutes, seconds = (int(match[group]) for group in (1, 2, 3))
    leap = (hours, minutes, seconds) == _LEAP
    if not leap and (hours > _LEAP[0] or minutes > _LEAP[1] or seconds >= _LEAP[2]):
        raise FieldError("bad_time")
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int((match[4] or "").ljust(3, "0")[:3])


def date(text: str) -> dt.date | None:
    """Read ddmmyy; whether the year can be true is decided elsewhere (`timing`)."""
    if not text:
        return None
    match = _DATE.fullmatch(text)
    if not match:
        raise FieldError("bad_date")
    day, month, short = (int(match[group]) for group in (1, 2, 3))
    try:
        return dt.date(short + (1900 if short >= _FIRST_CENTURY_YEAR else 2000), month, day)
    except ValueError:
        raise FieldError("bad_date") from None


def place(lat: str, north: str, lon: str, east: str) -> tuple[int, int] | None:
    """Read ddmm.mmmm,N,dddmm.mmmm,E as degrees × 10^7; None if empty, an error if only half is there.

    0° 0' is what a receiver without a fix writes instead of nothing: it counts as empty (no null island).
    """
    if not (lat or lon):
        return None
    lat_e7 = _angle(_LATITUDE, lat, north, "NS", 90)
    lon_e7 = _angle(_LONGITUDE, lon, east, "EW", 180)
    return (lat_e7, lon_e7) if lat_e7 or lon_e7 else None


def _angle(pattern: re.Pattern[str], text: str, side: str, sides: str, limit: int) -> int:
    match = pattern.fullmatch(text)
    if not match or len(side) != 1 or side not in sides or int(match[2]) >= _ARC_MINUTES:
        raise FieldError("bad_position")
    fraction = match[3] or ""
    minutes = int(match[2] + fraction)
    scale: int = _ARC_MINUTES * 10 ** len(fraction)
    e7 = int(match[1]) * _E7 + (2 * minutes * _E7 + scale) // (2 * scale)
    if e7 > limit * _E7:
        raise FieldError("bad_position")
    return e7 if side == sides[0] else -e7
