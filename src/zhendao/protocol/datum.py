"""Geodetic datums of China and the distance between two places. Degrees and metres; pure.

A satellite fix is WGS-84 (CGCS2000 lies within a metre of it and counts as the same); maps give GCJ-02 or BD-09.
Conversion goes forward only, WGS-84 → GCJ-02 → BD-09: forward is exact, and the way back is not ours to offer.
Two places are compared in the datum of the one that stands further along that way. rule: LOCATION, MARK-LOCATION
"""

import math

from zhendao.protocol.vocabulary import Datum

# The ellipsoid of Krassovsky, which GCJ-02 is defined on.
_A = 6_378_245.0
_E2 = 0.00669342162296594323
_BD_ANGLE = math.pi * 3000 / 180
_EARTH_M = 6_371_008.8
_CHINA_LAT = (0.8293, 55.8271)
_CHINA_LON = (72.004, 137.8347)
_ORDER = {Datum.WGS84: 0, Datum.CGCS2000: 0, Datum.GCJ02: 1, Datum.BD09: 2}


def wgs84_to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    """Return the GCJ-02 coordinates of a WGS-84 place; the same outside China's bounding box, as maps do."""
    if not (_CHINA_LAT[0] <= lat <= _CHINA_LAT[1] and _CHINA_LON[0] <= lon <= _CHINA_LON[1]):
        return lat, lon
    x, y = lon - 105.0, lat - 35.0
    short = (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + short
    north += (20 * math.sin(y * math.pi) + 40 * math.sin(y * math.pi / 3)) * 2 / 3
    north += (160 * math.sin(y * math.pi / 12) + 320 * math.sin(y * math.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + short
    east += (20 * math.sin(x * math.pi) + 40 * math.sin(x * math.pi / 3)) * 2 / 3
    east += (150 * math.sin(x * math.pi / 12) + 300 * math.sin(x * math.pi / 30)) * 2 / 3
    phi = math.radians(lat)
    curve = 1 - _E2 * math.sin(phi) ** 2
    meridian = _A * (1 - _E2) / (curve * math.sqrt(curve))
    parallel = _A / math.sqrt(curve) * math.cos(phi)
    return lat + math.degrees(north / meridian), lon + math.degrees(east / parallel)


def gcj02_to_bd09(lat: float, lon: float) -> tuple[float, float]:
    """Return the BD-09 coordinates of a GCJ-02 place."""
    radius = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD_ANGLE)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD_ANGLE)
    return radius * math.sin(angle) + 0.006, radius * math.cos(angle) + 0.0065


def is_forward(from_: Datum, to: Datum) -> bool:
    """Tell whether `to_datum` can go that way."""
    return _ORDER[from_] <= _ORDER[to]


def to_datum(lat: float, lon: float, from_: Datum, to: Datum) -> tuple[float, float]:
    """Return a place of datum ``from_`` in datum ``to``.

    Raises:
        ValueError: the way goes backward; see `is_forward`.
    """
    if not is_forward(from_, to):
        raise ValueError(f"{from_.name} is not converted back to {to.name}")
    if _ORDER[from_] < 1 <= _ORDER[to]:
        lat, lon = wgs84_to_gcj02(lat, lon)
    if _ORDER[from_] < 2 <= _ORDER[to]:  # noqa: PLR2004 - the last step of the order above
        lat, lon = gcj02_to_bd09(lat, lon)
    return lat, lon


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the great-circle distance in metres (haversine; within 0.6 % of the ellipsoid, at any distance)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half = math.sin((phi2 - phi1) / 2) ** 2
    half += math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 2 * _EARTH_M * math.asin(math.sqrt(min(1.0, half)))
