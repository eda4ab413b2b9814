"""One place out of many fixes: a robust centre, how the fixes scatter, and the 95 % error of the centre. Pure; WGS-84.

The centre is the geometric median: up to half of the fixes may be anywhere. More fixes make it better only as far as
their errors are independent: an error wanders over minutes (`WANDER_S`), so a minute of fixes is little more than one.
Nor is it ever stated to be better than `FLOOR_M`: what walls reflect does not average out. rule: MARK-LOCATION
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

RADIUS95: Final = math.sqrt(-2 * math.log(0.05))
"""A 2-D Gaussian lies within this many sigma with 95 %."""
WANDER_S: Final = 180.0
"""So long a fix takes to err anew: twice a correlation time of a minute, and the median wants a little more."""
FLOOR_M: Final = 10.0
LEAST_SIGMA_M: Final = 0.3
"""Receivers write down and smooth their positions: fixes that do not scatter at all are no better than this."""
OUTLIER_SIGMAS: Final = 5.0
_EARTH_M: Final = 6_371_008.8
_TURN_E7: Final = 3_600_000_000
_RAYLEIGH_MEDIAN: Final = math.sqrt(2 * math.log(2))
_ROUNDS: Final = 200
_STILL_M: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Sample:
    """One fix: WGS-84 degrees × 10^7, the radius stated to hold it with 95 % (metres), seconds of a monotonic clock."""

    lat_e7: int
    lon_e7: int
    hacc95_m: float
    at_s: float


@dataclass(frozen=True, slots=True)
class Ellipse:
    """Semi-axes in metres, and the direction of the major one, degrees clockwise from north, 0…179."""

    major_m: float
    minor_m: float
    orientation_deg: int


@dataclass(frozen=True, slots=True)
class Covariance:
    """Of a place in the plane, m²: east-east, east-north, north-north."""

    ee: float
    en: float
    nn: float

    def plus(self, other: Covariance) -> Covariance:
        """Return the sum: of errors that are independent."""
        return Covariance(self.ee + other.ee, self.en + other.en, self.nn + other.nn)

    def times(self, factor: float) -> Covariance:
        """Return it so many times larger."""
        return Covariance(self.ee * factor, self.en * factor, self.nn * factor)

    def at_least(self, sigma_m: float) -> Covariance:
        """Return it with no axis below ``sigma_m``, its directions kept."""
        ellipse = self.ellipse(1.0)
        return covariance(max(ellipse.major_m, sigma_m), max(ellipse.minor_m, sigma_m), self._angle())

    def squared(self, east_m: float, north_m: float) -> float:
        """Return the squared Mahalanobis distance of an offset."""
        determinant = self.ee * self.nn - self.en * self.en
        return (self.nn * east_m**2 - 2 * self.en * east_m * north_m + self.ee * north_m**2) / determinant

    def ellipse(self, sigmas: float = RADIUS95) -> Ellipse:
        """Return the ellipse so many sigmas wide."""
        middle, half = (self.ee + self.nn) / 2, math.hypot((self.ee - self.nn) / 2, self.en)
        major, minor = math.sqrt(middle + half), math.sqrt(max(0.0, middle - half))
        return Ellipse(sigmas * major, sigmas * minor, round(math.degrees(self._angle())) % 180)

    def _angle(self) -> float:
        """Return the direction of the major axis, radians clockwise from north."""
        return math.atan2(2 * self.en, self.nn - self.ee) / 2


def covariance(major_m: float, minor_m: float, angle: float) -> Covariance:
    """Return the covariance of 1-sigma axes, the major one ``angle`` radians clockwise from north."""
    sin, cos = math.sin(angle), math.cos(angle)
    a, b = major_m**2, minor_m**2
    return Covariance(a * sin * sin + b * cos * cos, (a - b) * sin * cos, a * cos * cos + b * sin * sin)


@dataclass(frozen=True, slots=True)
class Position:
    """What many fixes say about one place.

    Attributes:
        lat_e7: of the centre, WGS-84.
        lon_e7: see there.
        error: covariance of the centre's own error.
        spread: how single fixes scatter about it, and no less than they state themselves.
        samples: fixes given; ``outliers`` of them are too far off to count for the spread.
        independent: how many independent ones they are worth.
        seconds: from the first fix to the last.
    """

    lat_e7: int
    lon_e7: int
    error: Covariance
    spread: Covariance
    samples: int
    outliers: int
    independent: float
    seconds: float


def offset_m(from_e7: tuple[int, int], to_e7: tuple[int, int]) -> tuple[float, float]:
    """Return metres east and north on the tangent plane; within 0.7 % up to 10 km and 75° of latitude."""
    middle = math.radians((from_e7[0] + to_e7[0]) / 2e7)
    turn = (to_e7[1] - from_e7[1] + _TURN_E7 // 2) % _TURN_E7 - _TURN_E7 // 2
    per_e7 = math.radians(1e-7) * _EARTH_M
    return turn * per_e7 * math.cos(middle), (to_e7[0] - from_e7[0]) * per_e7


def moved_by(place_e7: tuple[int, int], east_m: float, north_m: float) -> tuple[int, int]:
    """Return the place that lies so many metres from another."""
    per_e7 = math.radians(1e-7) * _EARTH_M
    lat = place_e7[0] + north_m / per_e7
    lon = place_e7[1] + east_m / (per_e7 * math.cos(math.radians((place_e7[0] + lat) / 2e7)))
    return round(lat), (round(lon) + _TURN_E7 // 2) % _TURN_E7 - _TURN_E7 // 2


def estimate(samples: Sequence[Sample]) -> Position:
    """Return the position that ``samples`` (one at least, in order of time) give."""
    origin = samples[len(samples) // 2].lat_e7, samples[len(samples) // 2].lon_e7
    points = [offset_m(origin, (one.lat_e7, one.lon_e7)) for one in samples]
    centre = geometric_median(points)
    away = [math.dist(centre, one) for one in points]
    reach = OUTLIER_SIGMAS * max(LEAST_SIGMA_M, statistics.median(away) / _RAYLEIGH_MEDIAN)
    inside = [point for point, distance in zip(points, away, strict=True) if distance <= reach]
    stated = statistics.median(one.hacc95_m for one in samples) / RADIUS95
    spread = _scatter(centre, inside).at_least(max(LEAST_SIGMA_M, stated))
    seconds = samples[-1].at_s - samples[0].at_s
    independent = min(float(len(samples)), 1 + max(0.0, seconds) / WANDER_S)
    lat_e7, lon_e7 = moved_by(origin, *centre)
    error = spread.times(1 / independent).at_least(FLOOR_M / RADIUS95)
    return Position(lat_e7, lon_e7, error, spread, len(samples), len(samples) - len(inside), independent, seconds)


def geometric_median(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the point from which the sum of distances is least (Weiszfeld, as mended by Vardi and Zhang 2000)."""
    x, y = statistics.median(p[0] for p in points), statistics.median(p[1] for p in points)
    for _ in range(_ROUNDS):
        weights = [(1 / d, p) for p in points if (d := math.dist((x, y), p)) > _STILL_M]
        here = len(points) - len(weights)
        total = sum(weight for weight, _ in weights)
        if not total:
            break
        next_x = sum(weight * p[0] for weight, p in weights) / total
        next_y = sum(weight * p[1] for weight, p in weights) / total
        pull = total * math.dist((x, y), (next_x, next_y))
        if pull <= here:  # the points that lie here hold it against the pull of all others
            break
        step = 1 - here / pull
        move = step * math.dist((x, y), (next_x, next_y))
        x, y = x + step * (next_x - x), y + step * (next_y - y)
        if move < _STILL_M:
            break
    return x, y


def _scatter(centre: tuple[float, float], points: Sequence[tuple[float, float]]) -> Covariance:
    count = max(1, len(points))
    offsets = [(p[0] - centre[0], p[1] - centre[1]) for p in points]
    return Covariance(
        sum(e * e for e, _ in offsets) / count,
        sum(e * n for e, n in offsets) / count,
        sum(n * n for _, n in offsets) / count,
    )
