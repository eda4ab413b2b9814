"""Time for durations within this process: the wall clock as it was at the start, carried on by the monotonic clock.

Somebody may set the clock of the gateway's machine while it runs: a grace time must then neither end at once nor never.
What is a date (when something came, the time told to terminals) is the wall clock's all the same. Pure.
"""

from typing import NamedTuple

STEP_MS = 1_000
"""Less than this is slewing, or the time between two readings."""


class Now(NamedTuple):
    """Now as a date (UTC ms), and for durations."""

    wall_ms: int
    steady_ms: int


class SteadyTime:
    """UTC ms as of the start; ``wall_ms`` and ``mono_ms`` are read together."""

    def __init__(self, wall_ms: int, mono_ms: int) -> None:
        self._offset_ms = self._seen_ms = wall_ms - mono_ms

    def at(self, mono_ms: int) -> int:
        """Return the time at ``mono_ms``, whatever the wall clock says."""
        return self._offset_ms + mono_ms

    def stepped_ms(self, wall_ms: int, mono_ms: int) -> int:
        """Return by how much the wall clock was set since the last call, 0 if it was not."""
        seen, self._seen_ms = self._seen_ms, wall_ms - mono_ms
        step = self._seen_ms - seen
        return step if abs(step) >= STEP_MS else 0
