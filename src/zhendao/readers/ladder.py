"""What to do when a reader fails: try again, open it anew, reset it, wait. Pure: errors in, steps out.

Promise: every failure leads to a step, no wait exceeds `LONGEST_WAIT_S`, and a reader that comes back is found.
"""

from dataclasses import dataclass
from enum import Enum, auto

RETRIES = 3
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 10.0


class Step(Enum):
    """What to do next."""

    RETRY = auto()
    """Ask the open reader once more."""
    REOPEN = auto()
    """Close the port and open it anew, looking for the chip at all baud rates."""
    RESET = auto()
    """Pulse the reset line, then open."""
    WAIT = auto()
    """Report it down, wait, then open."""


@dataclass
class Ladder:
    """Where on the ladder a reader stands. ``resettable``: there is a reset line."""

    resettable: bool = False
    _retries: int = 0
    _opens: int = 0

    def worked(self) -> None:
        """The reader did a whole round: start from the bottom next time."""
        self._retries = self._opens = 0

    def failed(self, *, port_lost: bool) -> Step:
        """An open reader failed; ``port_lost``: there is no port any more to ask again."""
        self._retries += 1
        if port_lost or self._retries > RETRIES:
            self._retries = 0
            return Step.REOPEN if self._opens == 0 else self.not_opened()
        return Step.RETRY

    def opened(self) -> None:
        """The reader was opened; it has still to do a whole round."""
        self._opens += 1

    def not_opened(self) -> Step:
        """Opening failed, or what was opened failed again."""
        self._opens += 1
        return Step.RESET if self.resettable and self._opens == 1 else Step.WAIT

    def wait_s(self) -> float:
        """Return for how long to wait now, seconds."""
        return min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(8, max(0, self._opens - 1 - int(self.resettable))))
