"""A terminal that keeps ending soon after its start waits before it begins again: each start writes to the card.

Promise: a single crash costs no wait, and none exceeds `LONGEST_S`. Where the starts are remembered is the folder that
the service manager keeps in memory for us (``RUNTIME_DIRECTORY``): nothing is written to the disk.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

WINDOW_S = 900
FREE = 3
"""So many starts within the window cost no wait."""
FIRST_S = 4.0
LONGEST_S = 60.0


def wait_s(starts_s: Sequence[float], now_s: float) -> float:
    """Return for how many seconds to wait at ``now_s``, after starts at ``starts_s`` that did not end well."""
    recent = sum(1 for one in starts_s if 0 <= now_s - one < WINDOW_S)
    return 0.0 if recent < FREE else min(LONGEST_S, FIRST_S * 2.0 ** min(8, recent - FREE))


class Starts:
    """The starts of this boot, in ``folder``; None remembers nothing. Times are seconds of a clock that is not set."""

    def __init__(self, folder: Path | None) -> None:
        self._file = None if folder is None else folder / "starts"

    def begin(self, now_s: float) -> float:
        """Note a start; return for how long to wait before it goes on."""
        if self._file is None:
            return 0.0
        known: list[float] = []
        with contextlib.suppress(OSError, ValueError):
            known = [float(word) for word in self._file.read_text("ascii").split()[-64:]]
        with contextlib.suppress(OSError):
            self._file.write_text(" ".join(f"{one:.0f}" for one in [*known, now_s]), "ascii")
        return wait_s(known, now_s)

    def ended_well(self) -> None:
        """Forget the starts: this one did its work until it was told to stop."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.unlink(missing_ok=True)
