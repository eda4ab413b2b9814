"""When the gateway tries to reach its broker again. Pure: time and random numbers are arguments.

Promise: waits double and have jitter, and are never longer than 1.5 s: a gateway is one, not a fleet, and what
terminals send to a broker that is back waits for it.
"""

from collections.abc import Callable

LONGEST_WAIT_S = 1.5
SHORTEST_WAIT_S = 0.25
_MOST_DOUBLINGS = 10


class Attempts:
    """The attempts of one gateway. ``random`` gives numbers from 0 to 1; times are seconds of any even clock."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self.failed = 0
        """Failures since the last connection."""
        self.next_s = 0.0
        """When the next attempt may begin."""

    def put_off(self, now_s: float) -> None:
        """Note a failure: wait twice as long as last time, up to a random point in the second half of it."""
        longest = min(LONGEST_WAIT_S, SHORTEST_WAIT_S * 2 ** min(self.failed, _MOST_DOUBLINGS))
        self.failed += 1
        self.next_s = now_s + longest / 2 + self._random() * longest / 2

    @property
    def noteworthy(self) -> bool:
        """Whether the last failure is the 1st, 2nd, 4th …: an outage of a day is not a log of a day."""
        return self.failed & (self.failed - 1) == 0

    def lost(self, now_s: float) -> bool:
        """Note that a connection has ended; return whether that is a failure of its own (it had not been told)."""
        if self.next_s >= now_s:
            return False
        self.put_off(now_s)
        return True

    def connected(self) -> None:
        """Note that the broker has let us in."""
        self.failed = 0
