"""A fleet that loses its broker and comes back, on a simulated clock: the terminal's own schedule, and a broker's pace.

The broker greets one after the other, so many a second; who is not greeted in time gives up, and its work is done all
the same. Every terminal loses the link at the same moment.
"""

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from zhendao.device.link.contact import REACH_S
from zhendao.device.link.schedule import CAP_S, Ending, patience_s, window_s

KEEPALIVE_S = 15.0
HOUR_S = 3600.0
Window = Callable[[Ending, int, int | None, float], float]


@dataclass
class Return:
    """What the broker saw once it was back: attempts in each second, greetings in each second, attempts given up."""

    knocks: Counter[int] = field(default_factory=Counter)
    greeted: Counter[int] = field(default_factory=Counter)
    given_up: int = 0

    @property
    def peak(self) -> int:
        """Most attempts in a second."""
        return max(self.knocks.values())

    @property
    def inside(self) -> int:
        """Terminals that were greeted."""
        return sum(self.greeted.values())

    def inside_after_s(self, count: int) -> int | None:
        """Return how many seconds it took until ``count`` terminals were greeted, None if they never were."""
        found = 0
        for second in sorted(self.greeted):
            found += self.greeted[second]
            if found >= count:
                return second + 1
        return None


def come_back(
    count: int,
    *,
    away_s: float,
    per_s: float,
    cap_s: float = CAP_S,
    seed: int = 1,
    silent: bool = False,
    known: bool = True,
    window: Window = window_s,
) -> Return:
    """Return what happens when the broker of ``count`` terminals is away for ``away_s`` and then greets ``per_s``.

    ``silent``: its machine is away too, so nobody says no. ``known``: the terminals know how many they are. Who is
    outside an hour later stays there.
    """
    random, seen, fleet = Random(seed), Return(), count if known else None
    waiting: list[tuple[float, int, int, int]] = []

    def wait(since: float, one: int, ending: Ending, tries: int, slow: int = 0) -> None:
        heapq.heappush(waiting, (since + random.random() * window(ending, tries, fleet, cap_s), one, tries, slow))

    for one in range(count):
        if silent:  # noticed by the keepalive, at any moment of it
            wait(random.uniform(KEEPALIVE_S, 2 * KEEPALIVE_S), one, Ending.SILENT, 0)
        else:
            wait(0, one, Ending.ENDED, 0)
    free = away_s
    while waiting and waiting[0][0] < away_s + HOUR_S:
        now, one, tries, slow = heapq.heappop(waiting)
        if now < away_s and not silent:
            wait(now, one, Ending.REFUSED, tries + 1)
        elif now + REACH_S < away_s:
            wait(now + REACH_S, one, Ending.SILENT, tries + 1)
        elif now < away_s:
            wait(away_s + random.random(), one, Ending.RETURNED, tries)
        else:
            seen.knocks[int(now - away_s)] += 1
            free, patience = max(free, now) + 1 / per_s, patience_s(slow, fleet, cap_s)
            if free - now <= patience:
                seen.greeted[int(free - away_s)] += 1
            else:
                seen.given_up += 1
                wait(now + patience, one, Ending.BUSY, tries + 1, slow + 1)
    return seen
