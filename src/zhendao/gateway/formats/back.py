"""A place in whatever datum a platform asks for, backward too: registered places come from maps, platforms want WGS-84.

Forward is exact (`protocol.datum`). Backward is found by steps along the forward way until it fits to a centimetre;
the error is that of the map, not of the steps. Degrees; pure. rule: MARK-LOCATION
"""

from collections.abc import Callable
from typing import Final

from zhendao.protocol.datum import gcj02_to_bd09, is_forward, to_datum, wgs84_to_gcj02
from zhendao.protocol.vocabulary import Datum

_FITS: Final = 1e-8
"""Degrees: about a millimetre."""
_STEPS: Final = 30

Way = Callable[[float, float], tuple[float, float]]


def in_datum(lat: float, lon: float, from_: Datum, to: Datum) -> tuple[float, float]:
    """Return a place of datum ``from_`` in datum ``to``, whichever way that is."""
    if is_forward(from_, to):
        return to_datum(lat, lon, from_, to)
    if from_ is Datum.BD09:
        lat, lon = _backward(gcj02_to_bd09, lat, lon)
        from_ = Datum.GCJ02
    if from_ is Datum.GCJ02 and to is not Datum.GCJ02:
        lat, lon = _backward(wgs84_to_gcj02, lat, lon)
    return lat, lon


def _backward(way: Way, lat: float, lon: float) -> tuple[float, float]:
    """Return the place that ``way`` carries to this one."""
    found = lat, lon
    for _ in range(_STEPS):
        there = way(*found)
        error = there[0] - lat, there[1] - lon
        found = found[0] - error[0], found[1] - error[1]
        if max(map(abs, error)) < _FITS:
            break
    return found
