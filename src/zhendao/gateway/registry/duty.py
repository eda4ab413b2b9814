"""Who is on duty: which seats are filled at a moment for a region, in the order in which they are called. Pure.

Promise: hours across midnight belong to the day on which they began; a seat without regions answers for all of them; a
home whose region nobody wrote down is everybody's, so that a gap in the lists leaves no call without a seat. rule: SOS.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo

from zhendao.command.roster.shifts import within
from zhendao.gateway.registry.snapshot import Seat


def on_duty(
    seats: Iterable[Seat], at_ms: int, zone: tzinfo, region: str | None, above: Sequence[str] = ()
) -> list[Seat]:
    """Return the duties that hold at ``at_ms`` (UTC ms, local in ``zone``) for ``region``, lowest rank first.

    ``above``: what the region lies in, the smallest first; a seat that names one of those answers for the region too.
    Of one rank the seats that name the region come first, then those that name what it lies in, then those for all.
    """
    chain = [region, *above]

    def distance(seat: Seat) -> int:
        return next((n for n, one in enumerate(chain) if one in seat.regions), len(chain))

    local = datetime.fromtimestamp(at_ms / 1000, zone)
    minute, weekday = local.hour * 60 + local.minute, local.weekday()
    found = [
        seat
        for seat in seats
        if within(minute, weekday, seat.days, seat.hours)
        and (not seat.regions or region is None or distance(seat) < len(chain))
    ]
    return sorted(found, key=lambda seat: (seat.rank, distance(seat), seat.seat))
