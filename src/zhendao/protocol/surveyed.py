"""The facts of a survey read again: its fixes, and the position that follows from them, as whole numbers. Pure.

Whoever holds a survey comes to the same position, so a certificate that states another one is found out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhendao.protocol.errors import MalformedError
from zhendao.protocol.position import Sample, estimate

if TYPE_CHECKING:
    from zhendao.protocol.position import Covariance, Position

_COLUMNS = 8
_MOST_E7 = (900_000_000, 1_800_000_000)
_MOST_ROWS = 4096


def samples(facts: dict[str, Any]) -> list[Sample]:
    """Return the fixes of a survey. Raises `MalformedError` where they are none."""
    rows = facts.get("fixes")
    if not isinstance(rows, list) or len(rows) > _MOST_ROWS or facts.get("datum") != "wgs84":
        raise MalformedError("survey", "no list of fixes in WGS-84")
    return [_sample(row) for row in rows]


def position(facts: dict[str, Any]) -> Position | None:
    """Return the position that the fixes give, None where there are none. Raises `MalformedError`."""
    found = samples(facts)
    return estimate(found) if found else None


def as_plain(found: Position) -> dict[str, Any]:
    """Return a position as facts: 95 % ellipses as [major, minor in decimetres, degrees from north]."""
    return {
        "lat_e7": found.lat_e7,
        "lon_e7": found.lon_e7,
        "datum": "wgs84",
        "error95": _ellipse(found.error),
        "spread95": _ellipse(found.spread),
        "fixes": found.samples,
        "outliers": found.outliers,
        "independent_centi": round(100 * found.independent),
        "seconds": round(found.seconds),
    }


def _ellipse(found: Covariance) -> list[int]:
    ellipse = found.ellipse()
    return [round(10 * ellipse.major_m), round(10 * ellipse.minor_m), ellipse.orientation_deg]


def _sample(row: Any) -> Sample:
    match row:
        case [int(lat), int(lon), int(hacc), int(after), *_] if (
            len(row) == _COLUMNS
            and abs(lat) <= _MOST_E7[0]
            and abs(lon) <= _MOST_E7[1]
            and 0 < hacc < 1 << 32
            and 0 <= after < 1 << 48
        ):
            return Sample(lat, lon, hacc / 10, after / 1000)
    raise MalformedError("survey", "no row of a fix")
