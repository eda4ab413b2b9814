"""What to do when a reader fails: try again, open it anew, reset it, rebind its adapter, wait. Pure.

Promise: every failure leads to a step, no wait exceeds `LONGEST_WAIT_S`, and a reader that comes back is found. The
steps above opening are climbed again about once a minute: power may have come back in between.
"""

from dataclasses import dataclass
from enum import Enum, auto

RETRIES = 3
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 10.0
WAITS = 8
"""Waits in a row before the ladder is climbed again."""


class Step(Enum):
    """What to do next."""

    RETRY = auto()
    """Ask the open reader once more."""
    REOPEN = auto()
    """Close the port and open it anew, looking for the chip at all baud rates."""
    RESET = auto()
    """Pulse the reset line, then open."""
    REBIND = auto()
    """Switch the USB adapter off and on, then open."""
    WAIT = auto()
    """Report it down, wait, then open."""


@dataclass
class Ladder:
    """Where on the ladder a reader stands."""

    _retries: int = 0
    _tried: int = 0
    _waits: int = 0

    def worked(self) -> None:
        """The reader did a whole round: start from the bottom next time."""
        self._retries = self._tried = self._waits = 0

    def failed(self, rungs: tuple[Step, ...], *, hopeless: bool) -> Step:
        """An open reader failed. ``hopeless``: there is no point in asking it again (the port is gone, say)."""
        self._retries += 1
        if hopeless or self._retries > RETRIES:
            self._retries = 0
            if self._tried == 0:
                self._tried = 1
                return Step.REOPEN
            return self.not_opened(rungs)
        return Step.RETRY

    def not_opened(self, rungs: tuple[Step, ...]) -> Step:
        """Opening failed, or what was opened failed again. ``rungs``: which of RESET and REBIND there are now."""
        self._tried = max(self._tried, 1) + 1
        place = (self._tried - 2) % (len(rungs) + WAITS)
        if place < len(rungs):
            return rungs[place]
        self._waits += 1
        return Step.WAIT

    def wait_s(self) -> float:
        """Return for how long to wait now, seconds."""
        return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(8, max(0, self._waits - 1)))
