"""A thread with one errand, done whenever it is due, beside everything else that a running gateway does.

Promise: what fails is told in the log and tried again, and stops nothing else; what was missed is made up for; a wall
clock that is set is noticed within a minute; stopping waits for no hour, and for the step that is being done at most.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from zhendao.protocol.errors import ZhendaoError

_LOG: Final = logging.getLogger(__name__)
LONGEST_S: Final = 60.0
"""The moments of an errand are of the wall clock, and that may be set: it is looked at again after so long."""

Pause = Callable[[float], bool]
"""Waits so many seconds; True, at once, when the errand is to end."""
Turn = Callable[[int, Pause], float]
"""Does what is due now (UTC ms), and returns in how many seconds it is to be looked again."""


def wall_ms() -> int:
    """Return the time, UTC ms."""
    return time.time_ns() // 1_000_000


class Errand:
    """Calls ``turn`` again and again; after a failure ``again_s`` later, and not before ``first_s`` have passed."""

    def __init__(
        self, name: str, turn: Turn, again_s: float, *, first_s: float = 0.0, clock: Callable[[], int] = wall_ms
    ) -> None:
        self._name, self._turn, self._again_s, self._first_s, self._clock = name, turn, again_s, first_s, clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End; return whether it has ended. A step that is being done is done to the end."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        wait_s = self._first_s
        while not self._stopping.wait(wait_s):
            try:
                wait_s = min(LONGEST_S, self._turn(self._clock(), self._stopping.wait))
            except ZhendaoError as error:
                _LOG.warning("%s: %s; it is tried again", self._name, error)
                wait_s = self._again_s
            except Exception:  # noqa: BLE001 - whatever it is, it is tried again
                _LOG.exception("%s", self._name)
                wait_s = self._again_s


class Recurring:
    """A turn that does something once whenever its moment has come; how often it was missed makes no difference.

    ``due`` returns the moment after one that is past, ``last`` when it was done last, asked once, as of now (all UTC
    ms); ``do`` does it, and is tried again where it raises.
    """

    def __init__(
        self, due: Callable[[int], int], last: Callable[[int], int], do: Callable[[int, Pause], object]
    ) -> None:
        self._due, self._last, self._do = due, last, do
        self._since_ms: int | None = None

    def __call__(self, now_ms: int, pause: Pause) -> float:
        """Do it if it is due at ``now_ms``; return the seconds until it is, one at least."""
        if self._since_ms is None:
            self._since_ms = self._last(now_ms)
        self._since_ms = min(self._since_ms, now_ms)  # under a clock that was ahead: that hour is not waited for
        if now_ms >= self._due(self._since_ms):
            self._do(now_ms, pause)
            self._since_ms = now_ms
        return max(1.0, (self._due(self._since_ms) - now_ms) / 1000)
