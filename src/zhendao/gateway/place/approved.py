"""Several places at which a check may be made: the home, and those approved beside it. Pure; rule: LOCATION.

Promise: inside one is inside; outside is said only where it is said of every one of them. The probability of being in
any of them is at least the largest, and that is the one which counts: several places together never open a fence that
none of them opens. A home alone is judged as `geofence.judge` does.
"""

from collections.abc import Callable, Sequence

from zhendao.gateway.place.geofence import Answer, Verdict
from zhendao.gateway.registry.snapshot import Place
from zhendao.protocol.bodies import Fix

Locate = Callable[[Place | None, Fix | None], Verdict]
"""Says whether a fix lies within a place; `geofence.judge` with its settings."""

_BEST = (Answer.INSIDE, Answer.CANNOT_TELL, Answer.OUTSIDE)


def judge_each(
    home: Place | None, approved: Sequence[Place], fix: Fix | None, locate: Locate
) -> tuple[Verdict, Place | None]:
    """Return the best verdict of all places, and the place that it is about: of equal ones the home's, then by id.

    Best is inside, then what cannot be told, then outside; of one answer the most probable, of these the nearest.
    """
    places = [place for place in (home, *approved) if place is not None]
    if fix is None or not places:
        return locate(home, fix), home
    judged = [(locate(place, fix), place) for place in dict.fromkeys(places)]
    return min(judged, key=lambda one: (*_order(one[0]), one[1] is not home, one[1].place_id))


def _order(verdict: Verdict) -> tuple[int, float, float]:
    return _BEST.index(verdict.answer), -(verdict.probability or 0.0), verdict.distance_m or 0.0
