"""A wall clock for one terminal: what its kernel says of the time of day, put in at the edge, for no test may set it.

The monotonic clock and the boot id are the machine's own. The test's process (`terminal_process`) reads the file at
each look and each event; how often the sources are looked at stands in it too.
"""

import json
import time
from pathlib import Path
from typing import Final

DAY_S: Final = 86_400


class WallClock:
    """The clock of the terminal whose identity lies in ``folder``; begins right, and not synchronised."""

    def __init__(self, folder: Path, look_s: float = 0.2) -> None:
        self._file = folder / "clock.json"
        self._said: dict[str, float | None] = {"look_s": look_s, "off_s": 0.0, "ntp_bound_ms": None}
        self._write()

    def set(self, off_s: float) -> None:
        """Step the clock to ``off_s`` seconds from the true time."""
        self._said["off_s"] = off_s
        self._write()

    def epoch(self) -> None:
        """Step it to 1970, as a board without a battery starts."""
        self.set(5 - time.time())

    def ntp(self, bound_ms: int | None) -> None:
        """Let the kernel state that NTP disciplines its clock to so many ms, or (None) that nothing does."""
        self._said["ntp_bound_ms"] = bound_ms
        self._write()

    def _write(self) -> None:
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(self._said))
        new.replace(self._file)


def true_ms(mono_ns: int) -> int:
    """Return the true time of a moment of this boot."""
    return time.time_ns() // 1_000_000 - (time.clock_gettime_ns(time.CLOCK_BOOTTIME) - mono_ns) // 1_000_000
