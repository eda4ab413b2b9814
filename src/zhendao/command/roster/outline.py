"""Cells that draw a place's boundary: its corners in order, as latitude and longitude in the place's own datum.

Promise: as `cells`: a value or a `CellError` that says how to mend it. A boundary that crosses itself, or encloses
nothing, says of no point whether it is inside: it is refused.
"""

import re
from dataclasses import dataclass
from datetime import tzinfo
from itertools import pairwise
from typing import Final

from zhendao.command.roster.cells import Cell, CellError, Degrees, plain
from zhendao.protocol.wording import Text

Corner = tuple[int, int]
"""Latitude and longitude, degrees × 10^7."""

FEWEST: Final = 3
MOST: Final = 64
_LAT, _LON = Degrees(90), Degrees(180)
_CORNER: Final = re.compile(r"([^\s,，]+)(?:\s+|\s*[,，]\s*)([^\s,，]+)")


@dataclass(frozen=True, slots=True)
class Outline:
    """3 to 64 corners in order, ``31.1885 121.4370; 31.1886 121.4372; …``, kept so with seven decimals each.

    The first corner may be said again at the end; it is kept once.
    """

    def take(self, cell: Cell, zone: tzinfo) -> str:
        """Return the corners as `corners` reads them."""
        found: list[Corner] = []
        for one in re.split(r"[;；]", plain(cell)):
            if not one.strip():
                continue
            parts = _CORNER.fullmatch(one.strip())
            if parts is None or len(found) > MOST:
                raise _wrong(Text("不是边界", "is no boundary"))
            found.append((_LAT.take(parts[1], zone), _LON.take(parts[2], zone)))
        if len(found) > 1 and found[0] == found[-1]:
            found.pop()
        if not FEWEST <= len(found) <= MOST:
            raise _wrong(Text(f"边界应有 {FEWEST} 到 {MOST} 个角点", f"a boundary has {FEWEST} to {MOST} corners"))
        if _crosses_itself(found):
            raise _wrong(Text("边界自相交或不成面", "the boundary crosses itself or encloses nothing"))
        return "; ".join(f"{_shown(lat)} {_shown(lon)}" for lat, lon in found)


def corners(kept: str) -> tuple[Corner, ...]:
    """Return the corners of a boundary as `Outline` keeps it."""
    return tuple((_e7(lat), _e7(lon)) for lat, lon in (one.split(" ") for one in kept.split("; ")))


def _wrong(what: Text) -> CellError:
    return CellError(
        what, Text("纬度 经度; 纬度 经度; …，按顺序", "latitude longitude; latitude longitude; … in order")
    )


def _shown(value: int) -> str:
    whole, part = divmod(abs(value), 10_000_000)
    return f"{'-' if value < 0 else ''}{whole}.{part:07}"


def _e7(text: str) -> int:
    whole, part = text.removeprefix("-").split(".")
    return (int(whole) * 10_000_000 + int(part)) * (-1 if text.startswith("-") else 1)


def _crosses_itself(found: list[Corner]) -> bool:
    sides = list(pairwise([*found, found[0]]))
    if len(set(found)) < len(found) or sum(a[1] * b[0] - a[0] * b[1] for a, b in sides) == 0:
        return True
    for n, (a, b) in enumerate(sides):
        for m in range(n + 1, len(sides)):
            c, d = sides[m]
            if m == n + 1 or (n == 0 and m == len(sides) - 1):
                # Neighbours share a corner; they may not lie on each other.
                shared, one, other = (b, a, d) if m == n + 1 else (a, b, c)
                if _turn(one, shared, other) == 0 and _dot(one, shared, other) > 0:
                    return True
            elif _meet(a, b, c, d):
                return True
    return False


def _turn(a: Corner, b: Corner, c: Corner) -> int:
    product = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (product > 0) - (product < 0)


def _dot(one: Corner, shared: Corner, other: Corner) -> int:
    return (one[0] - shared[0]) * (other[0] - shared[0]) + (one[1] - shared[1]) * (other[1] - shared[1])


def _meet(a: Corner, b: Corner, c: Corner, d: Corner) -> bool:
    """Return whether the sides a-b and c-d have a point in common."""
    turns = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if turns[0] != turns[1] and turns[2] != turns[3]:
        return True
    ends = (((a, b), c), ((a, b), d), ((c, d), a), ((c, d), b))
    return any(turn == 0 and _on(*end) for turn, end in zip(turns, ends, strict=True))


def _on(side: tuple[Corner, Corner], point: Corner) -> bool:
    (a, b), (c, d) = side
    return min(a, c) <= point[0] <= max(a, c) and min(b, d) <= point[1] <= max(b, d)
