"""What the truth of a visit learns from a fix: that there was none, that it drifted, that it was elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.simulators.city.ground import distance_dm
from zhendao.simulators.city.rates import Mistake

if TYPE_CHECKING:
    from zhendao.simulators.city.ground import Spot
    from zhendao.simulators.city.sky import Seen
    from zhendao.simulators.city.visits import Witnessed


def tell(visit: Witnessed, seen: Seen | None, away: Spot | None) -> None:
    """Tell the truth of a visit what the fix was like; ``away``: where the terminal was instead of at its place."""
    if seen is None:
        visit.mistakes.add(Mistake.NO_FIX)
        return
    if seen.drifted:
        visit.mistakes.add(Mistake.GNSS_DRIFT)
    place = visit.place
    if place.marked_wrong:
        visit.mistakes.add(Mistake.WRONG_ADDRESS)
    surely = distance_dm(seen.spot, place.spot) - seen.fix.hacc95_dm > (place.radius_m + place.accuracy_m) * 10
    if visit.fraud is not None and away is not None and surely:
        visit.traces.add("fix_outside")
