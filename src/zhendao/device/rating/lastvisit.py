"""Which visit an opinion is about: the last one of today here, open or ended. Pure.

Promise: it names the visit by its check-in and says nothing of who came. Where the clock cannot say which day it is,
what was done in this boot within the last twelve hours is of today.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.device.taps.today import of_today
from zhendao.protocol.vocabulary import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zhendao.device.taps.done import Done
    from zhendao.device.taps.today import DayClock
    from zhendao.device.taps.visits import Visit


@dataclass(frozen=True, slots=True)
class About:
    """A visit: the seq of its check-in, None where that is of an epoch before, and when it was last checked."""

    refers_to: int | None
    ns: int


def last_visit(rows: Iterable[Visit], clock: DayClock, open_ns: int) -> About | None:
    """Return the last visit of today; None where there was none. ``open_ns``: an older open visit is over."""
    found = [one for row in rows if (one := _of(row, clock, open_ns)) is not None]
    return max(found, key=lambda one: one.ns, default=None)


def _of(row: Visit, clock: DayClock, open_ns: int) -> About | None:
    if not row.done:
        return None
    last = row.done[-1]
    still_open = row.open_seq != 0 and clock.stamp.mono_ns - row.open_ns <= open_ns
    if not still_open and not of_today([last], clock):
        return None
    began = _check_in(row.done)
    return About(None if began.epoch else began.seq, last.ns)


def _check_in(done: tuple[Done, ...]) -> Done:
    return next((one for one in reversed(done) if one.direction is Direction.IN), done[-1])
