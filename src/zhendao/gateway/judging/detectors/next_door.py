"""Whether two registered places may be next to each other: their circles touch, whatever the errors. Pure.

Nothing that is not registered is far away.
"""

from zhendao.gateway.registry.snapshot import Place
from zhendao.protocol.datum import distance_m, is_forward, to_datum


def next_door(one: Place | None, other: Place | None) -> bool:
    """Tell whether nobody can say that there is a way to go between ``one`` and ``other``."""
    if one is None or other is None:
        return True
    datum = other.datum if is_forward(one.datum, other.datum) else one.datum
    ends = [to_datum(each.lat_e7 / 1e7, each.lon_e7 / 1e7, each.datum, datum) for each in (one, other)]
    return distance_m(*ends[0], *ends[1]) <= _reach_m(one) + _reach_m(other)


def _reach_m(place: Place) -> float:
    """Return how far from its centre the place may reach, with the error of its survey, in metres."""
    there = place.lat_e7 / 1e7, place.lon_e7 / 1e7
    corners = (distance_m(*there, lat / 1e7, lon / 1e7) for lat, lon in place.outline)
    return max(place.radius_m, *corners, 0.0) + place.accuracy_m
