"""Where on a picture a moment is: what lies close together is pulled apart, what is empty is drawn short.

Promise: later is never further left; a pause of an hour takes some four times as much room as one of ten seconds, so
the two seconds in which everything happened can be seen beside the night in which nothing did.
"""

from bisect import bisect_right
from collections.abc import Iterable
from math import log2

_NS = 1_000_000_000
_LEAST = 0.35
_PER_MOMENT = 15.0


class Scale:
    """Moments (ns since the start) to x, from ``left`` on; ``width`` is what it came to."""

    def __init__(self, moments: Iterable[int], left: float, least: float, most: float) -> None:
        self._moments = sorted({0, *moments})
        rooms = [_LEAST + log2(1 + (b - a) / _NS) for a, b in zip(self._moments, self._moments[1:], strict=False)]
        self.left = left
        self.width = min(most, max(least, _PER_MOMENT * len(self._moments)))
        unit = self.width / (sum(rooms) or 1)
        self._xs = [left]
        for room in rooms:
            self._xs.append(self._xs[-1] + room * unit)

    def x(self, at_ns: int) -> float:
        """Return where ``at_ns`` is; before the first and after the last moment: at the edge."""
        place = bisect_right(self._moments, at_ns) - 1
        if place < 0:
            return self.left
        if place + 1 >= len(self._moments):
            return self._xs[-1]
        begin, end = self._moments[place], self._moments[place + 1]
        share = (at_ns - begin) / (end - begin)
        return self._xs[place] + share * (self._xs[place + 1] - self._xs[place])

    def ticks(self, apart: float) -> list[int]:
        """Return moments at least ``apart`` from each other on the picture, the first one among them."""
        found: list[int] = []
        for moment, x in zip(self._moments, self._xs, strict=True):
            if not found or x - self.x(found[-1]) >= apart:
                found.append(moment)
        return found
