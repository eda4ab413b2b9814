"""Whether a check was made at the registered place: inside, outside, or it cannot be told. Pure; rule: LOCATION.

Promise: a large stated error never opens the fence, and never accuses anybody; a missing fix is no absence.
The place is compared in the datum that it was registered in (the fix is carried forward, never back); the error of
the fix, the time since it was made and the error of the registration all go into the probability.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from zhendao.gateway.place.circle import within_circle
from zhendao.gateway.registry.snapshot import Place
from zhendao.protocol.bodies import Fix
from zhendao.protocol.datum import distance_m, is_forward, to_datum
from zhendao.protocol.wording import Text

RADIUS95 = math.sqrt(-2 * math.log(0.05))
"""A circular Gaussian lies within 2.4477 sigma with 95 %."""


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
    """``probability`` that the check was inside; distance and total 95 % error in metres; None where not computable."""

    answer: Answer
    reason: Reason
    text: Text
    probability: float | None = None
    distance_m: float | None = None
    error95_m: float | None = None


def judge(place: Place | None, fix: Fix | None, settings: GeofenceSettings | None = None) -> Verdict:
    """Return the verdict on a check whose registered place is ``place`` and whose fix is ``fix``."""
    if place is None:
        text = Text("没有登记位置，无法判断", "no place is registered: it cannot be told")
        return Verdict(Answer.CANNOT_TELL, Reason.NO_PLACE, text)
    if fix is None:
        text = Text(
            "打卡时没有卫星定位，无法判断（不等于不在场）", "no fix at the check: it cannot be told (and is no absence)"
        )
        return Verdict(Answer.CANNOT_TELL, Reason.NO_FIX, text)
    return _compare(place, fix, settings or GeofenceSettings())


def _compare(place: Place, fix: Fix, settings: GeofenceSettings) -> Verdict:
    here = (fix.lat_e7 / 1e7, fix.lon_e7 / 1e7)
    there = (place.lat_e7 / 1e7, place.lon_e7 / 1e7)
    if is_forward(fix.datum, place.datum):
        here = to_datum(*here, fix.datum, place.datum)
    else:
        there = to_datum(*there, place.datum, fix.datum)
    distance = distance_m(*there, *here)
    walked = settings.walk_mps * max(0.0, fix.age_ms / 1000 - settings.grace_s)
    fix95 = fix.hacc95_dm / 10
    error95 = math.hypot(fix95 + walked, place.accuracy_m)
    probability = _probability(place, fix, _offset(there, here, distance), walked)
    shown = f"{distance:.0f}", f"{error95:.0f}", f"{100 * probability:.0f}"
    if distance - place.radius_m > max(error95, _reach95(place, fix, walked)):
        answer, reason, text = Answer.OUTSIDE, Reason.BEYOND, _beyond(place, *shown)
    elif error95 > settings.max_error_m:
        largest = max(
            (walked, Reason.FIX_TOO_OLD), (fix95, Reason.FIX_INACCURATE), (place.accuracy_m, Reason.PLACE_INACCURATE)
        )
        answer, reason, text = Answer.CANNOT_TELL, largest[1], _WHY[largest[1]](*shown)
    elif probability >= settings.sure:
        answer, reason, text = Answer.INSIDE, Reason.WITHIN, _within(place, *shown)
    else:
        answer, reason, text = Answer.CANNOT_TELL, Reason.ON_THE_EDGE, _edge(place, *shown)
    return Verdict(answer, reason, text, probability, distance, error95)


def _offset(there: tuple[float, float], here: tuple[float, float], distance: float) -> tuple[float, float]:
    """Return metres east and north from the place to the fix, as long as their distance."""
    phi1, phi2 = math.radians(there[0]), math.radians(here[0])
    turn = math.radians(here[1] - there[1])
    bearing = math.atan2(
        math.sin(turn) * math.cos(phi2),
        math.cos(phi1) * math.sin(phi2) - math.sin(phi1) * math.cos(phi2) * math.cos(turn),
    )
    return distance * math.sin(bearing), distance * math.cos(bearing)


def _sigmas(fix: Fix) -> tuple[float, float, float]:
    """Return the 1-sigma axes and the orientation: a circle, or the receiver's ellipse if that is no smaller."""
    sigma = fix.hacc95_dm / 10 / RADIUS95
    if fix.sigma_major_dm is None or fix.sigma_minor_dm is None or fix.orientation_deg is None:
        return sigma, sigma, 0.0
    major, minor = fix.sigma_major_dm / 10, fix.sigma_minor_dm / 10
    # The floor under the stated error (multipath) holds for the ellipse too, which keeps its shape.
    grow = max(1.0, sigma / major) if major else 1.0
    return (major * grow, minor * grow, float(fix.orientation_deg)) if major else (sigma, sigma, 0.0)


def _probability(place: Place, fix: Fix, offset: tuple[float, float], walked: float) -> float:
    major, minor, orientation = _sigmas(fix)
    # Steps taken since lie in any direction and add to the error; the error of the registration is independent.
    survey = place.accuracy_m / RADIUS95
    major = math.hypot(major + walked / RADIUS95, survey)
    minor = math.hypot(minor + walked / RADIUS95, survey)
    return within_circle(*offset, place.radius_m, major, minor, orientation)


def _reach95(place: Place, fix: Fix, walked: float) -> float:
    return math.hypot(_sigmas(fix)[0] * RADIUS95 + walked, place.accuracy_m)


def _within(place: Place, distance: str, error: str, percent: str) -> Text:
    return Text(
        f"在登记位置内：相距 {distance} 米，半径 {place.radius_m} 米，误差 {error} 米，概率 {percent}%",
        f"at the registered place: {distance} m from it, radius {place.radius_m} m, error {error} m, {percent} % sure",
    )


def _beyond(place: Place, distance: str, error: str, _percent: str) -> Text:
    return Text(
        f"不在登记位置：相距 {distance} 米，超出半径 {place.radius_m} 米，且超过误差 {error} 米",
        f"not at the registered place: {distance} m from it, beyond the radius of {place.radius_m} m"
        f" and the error of {error} m",
    )


def _edge(place: Place, distance: str, error: str, percent: str) -> Text:
    return Text(
        f"无法判断：相距 {distance} 米，半径 {place.radius_m} 米，误差 {error} 米，在内的概率 {percent}%",
        f"cannot be told: {distance} m from it, radius {place.radius_m} m, error {error} m, inside with {percent} %",
    )


def _fix_inaccurate(_distance: str, error: str, _percent: str) -> Text:
    return Text(f"无法判断：定位误差太大（{error} 米）", f"cannot be told: the fix is too inaccurate ({error} m)")


def _fix_too_old(_distance: str, error: str, _percent: str) -> Text:
    return Text(
        f"无法判断：定位太旧，其间可能已走动（{error} 米）",
        f"cannot be told: the fix is too old, one may have walked on since ({error} m)",
    )


def _place_inaccurate(_distance: str, error: str, _percent: str) -> Text:
    return Text(
        f"无法判断：登记的位置不够准确（{error} 米）",
        f"cannot be told: the registered place is too inaccurate ({error} m)",
    )


_WHY = {
    Reason.FIX_INACCURATE: _fix_inaccurate,
    Reason.FIX_TOO_OLD: _fix_too_old,
    Reason.PLACE_INACCURATE: _place_inaccurate,
}
