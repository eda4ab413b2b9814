"""The ground of the city in whole decimetres: distances, travel, and latitude and longitude. Pure.

Whole numbers only, so that one seed gives one city on every machine. The plane touches the earth at the origin; within
the city (12 km) it is off by less than 0.2 % in distance.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zhendao.simulators.world.engine.chance import Chance

_LAT_E7, _LON_E7 = 311_700_000, 1_214_300_000
"""The origin, WGS-84."""
_LAT_E7_PER_KM, _LON_E7_PER_KM = 90_200, 104_880
_KM_DM: Final = 10_000
_DETOUR_PER_CENT: Final = 135
"""A way along streets is so much of the straight line."""
_RIDE_DM_MIN: Final = 2_300
"""An electric bicycle with its lights and crossings: 13.8 km/h."""
_DOORS_MIN: Final = 4
"""From one door to another at least: stairs, lock, parking."""
_NEXT_DOOR_DM: Final = 600
_NEXT_DOOR_MIN: Final = 2
_TURNS: Final = (
    (1000, 0), (966, 259), (866, 500), (707, 707), (500, 866), (259, 966),
    (0, 1000), (-259, 966), (-500, 866), (-707, 707), (-866, 500), (-966, 259),
)  # fmt: skip
"""Cosine and sine, in thousandths, of 0°, 15°, … 165°."""
TURN_DEG: Final = 15
TURNS: Final = len(_TURNS)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place: decimetres east and north of the city's origin."""

    east: int
    north: int

    def off(self, east: int, north: int) -> Spot:
        """Return the spot so many decimetres away."""
        return Spot(self.east + east, self.north + north)


def distance_dm(one: Spot, other: Spot) -> int:
    """Return the straight line between two spots, in decimetres."""
    return isqrt((one.east - other.east) ** 2 + (one.north - other.north) ** 2)


def travel_min(one: Spot, other: Spot) -> int:
    """Return how many minutes the way takes, door to door, at least."""
    straight = distance_dm(one, other)
    if straight <= _NEXT_DOOR_DM:
        return _NEXT_DOOR_MIN
    return _DOORS_MIN + straight * _DETOUR_PER_CENT // 100 // _RIDE_DM_MIN


def degrees_e7(spot: Spot) -> tuple[int, int]:
    """Return latitude and longitude of ``spot``, WGS-84, degrees × 10^7."""
    return _LAT_E7 + spot.north * _LAT_E7_PER_KM // _KM_DM, _LON_E7 + spot.east * _LON_E7_PER_KM // _KM_DM


def around(chance: Chance, spread: int) -> int:
    """Return a whole number spread about 0 like a bell, with standard deviation ``spread``, never beyond 6 of them."""
    return (sum(chance.bytes(12)) - 1530) * spread // 256


def along(turn: int, major: int, minor: int) -> tuple[int, int]:
    """Return (east, north) of ``major`` along the bearing ``turn`` × 15° from north, ``minor`` across it."""
    cos, sin = _TURNS[turn]
    return (major * sin + minor * cos) // 1000, (major * cos - minor * sin) // 1000
