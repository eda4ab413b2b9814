"""Of all times that a boot told those that may date a moment best: no other need be looked at. Pure.

Promise: what `moments.dated` finds from these is what it finds from all of them. A boot that goes on for months tells
thousands, and each check without a time of its own asks.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from zhendao.gateway.visits.moments import DRIFT_PPM, Anchor, bound_of


class Nearest:
    """The times of one boot, in the order in which they are tried."""

    def __init__(self, anchors: Sequence[Anchor]) -> None:
        self._anchors = anchors
        self._order = sorted(range(len(anchors)), key=lambda at: anchors[at].mono_ns)
        self._monos = [anchors[at].mono_ns for at in self._order]

    def of(self, mono_ns: int) -> list[Anchor]:
        """Return those that may be the best at ``mono_ns`` of the boot, in their order."""
        place = bisect_left(self._monos, mono_ns)
        beside = self._order[max(0, place - 1) : place + 1]
        if not beside:
            return []
        # A time so far away that drift alone makes it worse than one beside the moment can never be the best.
        reach_ns = min(bound_of(self._anchors[at], mono_ns) for at in beside) * 10**12 // DRIFT_PPM
        first, last = bisect_left(self._monos, mono_ns - reach_ns), bisect_right(self._monos, mono_ns + reach_ns)
        return [self._anchors[at] for at in sorted(self._order[first:last])]
