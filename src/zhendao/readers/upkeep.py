"""When an open reader is asked for its health, opened anew without being told to, or called slow. Pure.

Promise: a health check once a minute; a planned re-open every few hours, only while nobody is at the terminal; a reader
whose sensing drags (polling that slows down after a long idle time) is opened anew, and no more often than every ten
minutes for that, so that a busy machine is not taken for a bad reader. Times in nanoseconds of CLOCK_BOOTTIME.
"""

from dataclasses import dataclass
from enum import Enum, auto

SECOND = 1_000_000_000


class Task(Enum):
    """What is due between two rounds of sensing."""

    NOTHING = auto()
    CHECK = auto()
    """Ask the reader for its firmware version."""
    REOPEN = auto()
    """Close it and open it anew: nothing is wrong."""


@dataclass(frozen=True, slots=True)
class UpkeepSettings:
    """How a reader is looked after.

    Attributes:
        check_ns: from one health check to the next.
        reopen_ns: from one opening to the planned next, 0 for never.
        quiet_ns: how long nobody must have come or gone before a planned re-open.
        slow_ns: sensing that takes longer is slow.
        slow_rounds: so many slow rounds in a row are too many.
        slow_pause_ns: how long slowness is borne after it has led to a re-open.
    """

    check_ns: int = 60 * SECOND
    reopen_ns: int = 6 * 3600 * SECOND
    quiet_ns: int = 30 * SECOND
    slow_ns: int = 250_000_000
    slow_rounds: int = 3
    slow_pause_ns: int = 600 * SECOND


class Upkeep:
    """What is known about one reader's age and pace."""

    def __init__(self, settings: UpkeepSettings) -> None:
        self._settings = settings
        self._opened_ns = 0
        self._checked_ns = 0
        self._slow = 0
        self._borne_until_ns: int | None = None

    def opened(self, now_ns: int) -> None:
        """Take in that the reader was opened, which is a health check too."""
        self._opened_ns = self._checked_ns = now_ns
        self._slow = 0

    def due(self, now_ns: int, changed_ns: int | None) -> Task:
        """Return what is due at ``now_ns``; somebody last came or left at ``changed_ns`` (None: never).

        A `CHECK` counts as done when it is returned: it ends well or as an error, and both begin a new minute.
        """
        age = now_ns - self._opened_ns
        quiet = changed_ns is None or now_ns - changed_ns >= self._settings.quiet_ns
        if self._settings.reopen_ns and age >= self._settings.reopen_ns and quiet:
            return Task.REOPEN
        if now_ns - self._checked_ns >= self._settings.check_ns:
            self._checked_ns = now_ns
            return Task.CHECK
        return Task.NOTHING

    def dragging(self, now_ns: int, took_ns: int) -> bool:
        """Take in how long a sensing took; return True when the reader is to be opened anew for its slowness."""
        self._slow = self._slow + 1 if took_ns > self._settings.slow_ns else 0
        if self._slow < self._settings.slow_rounds:
            return False
        self._slow = 0
        if self._borne_until_ns is not None and now_ns < self._borne_until_ns:
            return False
        self._borne_until_ns = now_ns + self._settings.slow_pause_ns
        return True
