"""The probability that a place known only up to a 2-D Gaussian error lies in a polygon, and how far off it is. Pure.

Method: the plane is stretched until the error is round with sigma one; a polygon stays one. By Green's theorem the
Gaussian over it is a sum over its edges of the integral of (1 - exp(-r²/2)) / r² · d along the edge (d: distance of
the edge's line, r: distance of its point, from the centre). The integrand is smooth everywhere, also where the centre
lies on an edge or a corner: ten-point Gauss-Legendre panels of three sigmas do it; beyond eight sigmas the exponential
is nothing, and what is left is an angle. Error: below 1e-9 absolute, tested against an integration across the polygon
by another way. Cost: at most 60 evaluations an edge. Floors of the error are those of `circle`.
"""

import math
from collections.abc import Sequence
from typing import Final

from zhendao.gateway.place.circle import LEAST_SIGMA_M, RULE, THINNEST

Point = tuple[float, float]

_TAIL: Final = 8.0
_PANEL_SIGMAS: Final = 3.0
_FULL_TURN: Final = 2 * math.pi


def within_polygon(corners: Sequence[Point], major_m: float, minor_m: float, orientation_deg: float) -> float:
    """Return the probability that the true place lies within a polygon.

    Args:
        corners: three or more, metres east and north **of where the Gaussian is centred**, in either direction around;
            the last joins the first, and no two edges cross.
        major_m: 1-sigma semi-major axis of the error.
        minor_m: 1-sigma semi-minor axis.
        orientation_deg: direction of the major axis, degrees clockwise from north.
    """
    major = max(major_m, minor_m, LEAST_SIGMA_M)
    minor = max(min(major_m, minor_m), LEAST_SIGMA_M, major / THINNEST)
    turn = math.radians(orientation_deg)
    sin, cos = math.sin(turn), math.cos(turn)
    ring = [((n * cos + e * sin) / major, (e * cos - n * sin) / minor) for e, n in corners]
    total = sum(_edge(a, b) for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
    return min(1.0, abs(total) / _FULL_TURN)


def distance_to(corners: Sequence[Point]) -> float:
    """Return metres from the origin to a polygon (see `within_polygon`); 0 within it and on its edge."""
    edges = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    nearest = min(_to_segment(a, b) for a, b in edges)
    if abs(sum(_angle(a, b) for a, b in edges)) > math.pi:
        return 0.0
    return nearest


def _edge(a: Point, b: Point) -> float:
    """Return 2π times what the edge from ``a`` to ``b`` adds, in a plane where the error is round with sigma one."""
    length = math.dist(a, b)
    if length == 0:
        return 0.0
    along = (b[0] - a[0]) / length, (b[1] - a[1]) / length
    off = a[0] * along[1] - a[1] * along[0]
    if abs(off) >= _TAIL:
        return _angle(a, b)
    begin = a[0] * along[0] + a[1] * along[1]
    end = begin + length
    reach = math.sqrt(_TAIL * _TAIL - off * off)
    low, high = max(begin, -reach), min(end, reach)
    if low >= high:
        return _angle(a, b)
    return _seen(off, begin, low) + off * _near(off * off, low, high) + _seen(off, high, end)


def _near(off2: float, low: float, high: float) -> float:
    """Integrate (1 - exp(-r²/2)) / r² from ``low`` to ``high`` along an edge."""
    panels = max(1, math.ceil((high - low) / _PANEL_SIGMAS))
    half = (high - low) / panels / 2
    total = 0.0
    for panel in range(panels):
        middle = low + (2 * panel + 1) * half
        for node, weight in RULE:
            left, right = middle - half * node, middle + half * node
            total += weight * (_smooth(off2 + left * left) + _smooth(off2 + right * right))
    return total * half


def _smooth(square: float) -> float:
    return -math.expm1(-square / 2) / square if square else 0.5


def _seen(off: float, begin: float, end: float) -> float:
    """Return the angle under which a piece of a line, ``off`` away, is seen from the origin; signed."""
    return math.atan2(off * (end - begin), off * off + begin * end) if begin != end else 0.0


def _angle(a: Point, b: Point) -> float:
    return math.atan2(a[0] * b[1] - a[1] * b[0], a[0] * b[0] + a[1] * b[1])


def _to_segment(a: Point, b: Point) -> float:
    east, north = b[0] - a[0], b[1] - a[1]
    square = east * east + north * north
    part = min(1.0, max(0.0, -(a[0] * east + a[1] * north) / square)) if square else 0.0
    return math.hypot(a[0] + part * east, a[1] + part * north)
