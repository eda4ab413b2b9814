"""When the gateway tries to reach its broker again. Pure: time and random numbers are arguments.

Promise: waits double and have jitter, and are never longer than a second, however long the broker is away: a gateway
is one, not a fleet, and calls for help may wait for it. Only a second session, where the first one is let in, is asked
for ever more rarely: it may be one that this broker never gives. A connection that is ended each time soon after it was
made counts as a failure: two gateways with the same keys throw each other out for as long as both run.
"""

import math
from collections.abc import Callable

LONGEST_WAIT_S = 1.0
LONGEST_BESIDE_S = 30.0
SHORTEST_WAIT_S = 0.25
BRIEF_S = 10.0
_MOST_DOUBLINGS = 10


class Attempts:
    """The attempts of one gateway. ``random`` gives numbers from 0 to 1; times are seconds of any even clock."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self.failed = 0
        """Failures since the last connection."""
        self.next_s = 0.0
        """When the next attempt may begin."""
        self.brief = 0
        """So many connections in a row were ended within `BRIEF_S`."""
        self._since_s = -math.inf

    def put_off(self, now_s: float, *, alone: bool = True) -> None:
        """Note a failure: wait twice as long as last time, up to a random point in the second half of it.

        ``alone``: no other session of this gateway has been let in.
        """
        longest = min(
            LONGEST_WAIT_S if alone else LONGEST_BESIDE_S, SHORTEST_WAIT_S * 2 ** min(self.failed, _MOST_DOUBLINGS)
        )
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
        self.failed = max(self.failed, self.brief)
        self.brief = self.brief + 1 if now_s - self._since_s < BRIEF_S else 0
        self.put_off(now_s)
        return True

    def begin_again(self) -> None:
        """Try at once, for the broker lets another session in now."""
        if self.brief < 2:  # noqa: PLR2004 - one may be a broker that starts again
            self.failed, self.next_s = 0, 0.0

    def connected(self, now_s: float) -> bool:
        """Note that the broker has let us in; return whether that is worth telling (the 1st, 2nd, 4th … in a row)."""
        self.failed, self._since_s = 0, now_s
        return self.brief & (self.brief - 1) == 0
