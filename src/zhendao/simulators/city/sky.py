"""Where a receiver says it is: indoors, with its own bias at each home, blind at times, and far off now and then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zhendao.protocol.parts import Fix
from zhendao.protocol.vocabulary import Constellation, Datum, FixSign
from zhendao.simulators.city.ground import TURN_DEG, TURNS, Spot, along, around, degrees_e7
from zhendao.simulators.city.model import Sky

if TYPE_CHECKING:
    from zhendao.simulators.city.rates import Rates
    from zhendao.simulators.world.engine.chance import Chance

_DRIFT_DM: Final = (1_500, 6_000)
_OWNS_UP: Final = 650
"""Of a thousand fixes that drifted, those whose stated error holds the drift; the others are marked as doubtful."""
_TWO_SIGMA: Final = 245
"""Radius of 95 % over the standard deviation of a round bell, in hundredths."""


def elsewhere(chance: Chance) -> Sky:
    """Return the sky of some other place: a window, a yard, a kitchen."""
    major = chance.between(40, 140)
    return Sky(
        around(chance, 50), around(chance, 50), major, major * chance.between(35, 90) // 100,
        chance.below(TURNS), blind=False,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """A fix, where it says it is, and whether it drifted."""

    fix: Fix
    spot: Spot
    drifted: bool


def look(spot: Spot, sky: Sky, at_ms: int, rates: Rates, chance: Chance) -> Seen | None:
    """Return what a receiver at ``spot`` says at ``at_ms`` (UTC ms); None where it has no fix."""
    if sky.blind or chance.likely(rates.no_fix):
        return None
    east, north = along(sky.turn, around(chance, sky.major), around(chance, sky.minor))
    east, north = east + sky.east, north + sky.north
    signs, drifted = FixSign(0), chance.likely(rates.gnss_drift)
    radius = (sky.major + abs(sky.east) + abs(sky.north)) * _TWO_SIGMA // 150 * chance.between(80, 130) // 100
    if drifted:
        far = chance.between(*_DRIFT_DM)
        shift_east, shift_north = along(chance.below(12), far if chance.likely(500) else -far, 0)
        east, north = east + shift_east, north + shift_north
        if chance.likely(_OWNS_UP):
            radius += far * chance.between(105, 160) // 100
        else:
            signs = FixSign.WEAK | (FixSign.JUMP if chance.likely(600) else FixSign(0))
    there = spot.off(east, north)
    lat, lon = degrees_e7(there)
    systems = Constellation.GPS | Constellation.BEIDOU
    if chance.likely(500):
        systems |= Constellation.GALILEO
    weak = chance.between(0, 8) + (6 if drifted else 0)
    fix = Fix(
        lat_e7=lat, lon_e7=lon, datum=Datum.WGS84, hacc95_dm=max(20, radius), age_ms=chance.between(50, 1_900),
        epochs=chance.between(5, 30), sats=chance.between(14, 24) - weak // 2,
        hdop_centi=chance.between(70, 130) + weak * 12, cn0_deci=chance.between(300, 400) - weak * 9,
        constellations=systems, signs=signs,
        sigma_major_dm=max(8, sky.major), sigma_minor_dm=max(6, sky.minor),
        orientation_deg=sky.turn * TURN_DEG, gnss_ms=at_ms - chance.between(50, 1_500),
    )  # fmt: skip
    return Seen(fix, there, drifted)
