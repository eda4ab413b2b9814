"""Whether a check was made at a place, a circle or an outline: inside, outside, or it cannot be told. Pure.

Promise: a large stated error never opens the fence, and never accuses anybody; a missing fix is no absence.
The place is compared in the datum that it was registered in (the fix is carried forward, never back); the error of
the fix, the time since it was made and the error of the registration all go into the probability. rule: LOCATION
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from zhendao.gateway.place import telling
from zhendao.gateway.place.circle import within_circle
from zhendao.gateway.place.polygon import Point, distance_to, within_polygon
from zhendao.gateway.registry.snapshot import Place
from zhendao.protocol.bodies import Fix
from zhendao.protocol.datum import distance_m, is_forward, to_datum
from zhendao.protocol.vocabulary import Datum
from zhendao.protocol.wording import Text

RADIUS95 = math.sqrt(-2 * math.log(0.05))
"""A circular Gaussian lies within 2.4477 sigma with 95 %."""
RINGS = 1024
"""So many outlines are kept ready to be compared with."""


class Answer(StrEnum):
    """What is said about the place of a check."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    CANNOT_TELL = "cannot_tell"


class Reason(StrEnum):
    """Why."""

    WITHIN = "within"
    BEYOND = "beyond"
    ON_THE_EDGE = "on_the_edge"
    NO_FIX = "no_fix"
    NO_PLACE = "no_place"
    FIX_INACCURATE = "fix_inaccurate"
    FIX_TOO_OLD = "fix_too_old"
    PLACE_INACCURATE = "place_inaccurate"


@dataclass(frozen=True, slots=True)
class GeofenceSettings:
    """``sure``: probability from which a check counts as inside.

    A 95 % error beyond ``max_error_m`` opens no fence. A fix that is older than ``grace_s`` may have been carried on at
    ``walk_mps`` since.
    """

    sure: float = 0.95
    max_error_m: float = 100.0
    grace_s: float = 10.0
    walk_mps: float = 1.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """``probability`` that the check was inside; distance and total 95 % error in metres; None where not computable.

    The distance is to the centre of a circle; to an outline's nearest edge, and 0 within it.
    """

    answer: Answer
    reason: Reason
    text: Text
    probability: float | None = None
    distance_m: float | None = None
    error95_m: float | None = None


def judge(place: Place | None, fix: Fix | None, settings: GeofenceSettings | None = None) -> Verdict:
    """Return the verdict on a check whose registered place is ``place`` and whose fix is ``fix``."""
    if place is None:
        return Verdict(Answer.CANNOT_TELL, Reason.NO_PLACE, telling.NO_PLACE)
    if fix is None:
        return Verdict(Answer.CANNOT_TELL, Reason.NO_FIX, telling.NO_FIX)
    return _compare(place, fix, settings or GeofenceSettings())


def _compare(place: Place, fix: Fix, settings: GeofenceSettings) -> Verdict:
    datum = place.datum if is_forward(fix.datum, place.datum) else fix.datum
    here = to_datum(fix.lat_e7 / 1e7, fix.lon_e7 / 1e7, fix.datum, datum)
    there = to_datum(place.lat_e7 / 1e7, place.lon_e7 / 1e7, place.datum, datum)
    offset = _offset(there, here)
    walked = settings.walk_mps * max(0.0, fix.age_ms / 1000 - settings.grace_s)
    fix95 = fix.hacc95_dm / 10
    error95 = math.hypot(fix95 + walked, place.accuracy_m)
    axes = _axes(place, fix, walked)
    if place.outline:
        around = [(east - offset[0], north - offset[1]) for east, north in _ring(place, datum)]
        probability, distance = within_polygon(around, *axes), distance_to(around)
        off = distance
    else:
        probability, distance = within_circle(*offset, place.radius_m, *axes), distance_m(*there, *here)
        off = distance - place.radius_m
    shown = f"{distance:.0f}", f"{error95:.0f}", f"{100 * probability:.0f}"
    if off > max(error95, _reach95(place, fix, walked)):
        answer, reason, text = Answer.OUTSIDE, Reason.BEYOND, telling.beyond(place, *shown)
    elif error95 > settings.max_error_m:
        largest = max(
            (walked, Reason.FIX_TOO_OLD), (fix95, Reason.FIX_INACCURATE), (place.accuracy_m, Reason.PLACE_INACCURATE)
        )
        answer, reason, text = Answer.CANNOT_TELL, largest[1], _WHY[largest[1]](shown[1])
    elif probability >= settings.sure:
        answer, reason, text = Answer.INSIDE, Reason.WITHIN, telling.within(place, *shown)
    else:
        answer, reason, text = Answer.CANNOT_TELL, Reason.ON_THE_EDGE, telling.on_the_edge(place, *shown)
    return Verdict(answer, reason, text, probability, distance, error95)


def _offset(there: tuple[float, float], here: tuple[float, float]) -> Point:
    """Return metres east and north from the place to the fix, as long as their distance."""
    distance = distance_m(*there, *here)
    phi1, phi2 = math.radians(there[0]), math.radians(here[0])
    turn = math.radians(here[1] - there[1])
    bearing = math.atan2(
        math.sin(turn) * math.cos(phi2),
        math.cos(phi1) * math.sin(phi2) - math.sin(phi1) * math.cos(phi2) * math.cos(turn),
    )
    return distance * math.sin(bearing), distance * math.cos(bearing)


@lru_cache(maxsize=RINGS)
def _ring(place: Place, datum: Datum) -> tuple[Point, ...]:
    """Return the corners of a place's outline, metres east and north of the place, seen in ``datum``."""
    there = to_datum(place.lat_e7 / 1e7, place.lon_e7 / 1e7, place.datum, datum)
    return tuple(_offset(there, to_datum(lat / 1e7, lon / 1e7, place.datum, datum)) for lat, lon in place.outline)


def _sigmas(fix: Fix) -> tuple[float, float, float]:
    """Return the 1-sigma axes and the orientation: a circle, or the receiver's ellipse if that is no smaller."""
    sigma = fix.hacc95_dm / 10 / RADIUS95
    if fix.sigma_major_dm is None or fix.sigma_minor_dm is None or fix.orientation_deg is None:
        return sigma, sigma, 0.0
    major, minor = fix.sigma_major_dm / 10, fix.sigma_minor_dm / 10
    # The floor under the stated error (multipath) holds for the ellipse too, which keeps its shape.
    grow = max(1.0, sigma / major) if major else 1.0
    return (major * grow, minor * grow, float(fix.orientation_deg)) if major else (sigma, sigma, 0.0)


def _axes(place: Place, fix: Fix, walked: float) -> tuple[float, float, float]:
    """Return the 1-sigma axes of the whole comparison, and the orientation."""
    major, minor, orientation = _sigmas(fix)
    # Steps taken since lie in any direction and add to the error; the error of the registration is independent.
    survey = place.accuracy_m / RADIUS95
    return (
        math.hypot(major + walked / RADIUS95, survey),
        math.hypot(minor + walked / RADIUS95, survey),
        orientation,
    )


def _reach95(place: Place, fix: Fix, walked: float) -> float:
    return math.hypot(_sigmas(fix)[0] * RADIUS95 + walked, place.accuracy_m)


_WHY = {
    Reason.FIX_INACCURATE: telling.fix_inaccurate,
    Reason.FIX_TOO_OLD: telling.fix_too_old,
    Reason.PLACE_INACCURATE: telling.place_inaccurate,
}
