"""How often a box looks at its clocks and figures: as often as a real one while something is up, seldom else.

Promise: every ten seconds for a minute after a boot or a fault, every minute for a quarter of an hour, so that trust in
a clock comes and goes as it does in a real terminal; then once a day and when somebody comes, and sooner where the
crystal runs away so fast that the time between two looks would pass for a step. Before each look the receiver says
where it is.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.simulators.world.engine.clockwork import Clockwork, Timer

_S = 1_000_000_000
_FINE = ((60, 10), (900, 60))
"""Up to so many seconds after the last disturbance: a look every so many seconds."""
_COARSE_S = 24 * 3600
_MOMENT_NS = 10 * _S
_AWAY_US = 1_000_000
"""So far, in microseconds, a crystal may run away between two looks: half of what passes for a step."""


class Rhythm:
    """One box's. ``drift_ppm`` tells how far its crystal is off now; ``before`` is called before each look."""

    def __init__(self, clockwork: Clockwork, drift_ppm: Callable[[], int], before: Callable[[], None]) -> None:
        self._clockwork, self._drift_ppm, self._before = clockwork, drift_ppm, before
        self._disturbed_ns = self._looked_ns = 0
        self._resting: asyncio.Future[None] | None = None
        self._timer: Timer | None = None

    def disturbed(self) -> None:
        """Look again soon, and often for a while: a boot, a fault, the end of one."""
        self._disturbed_ns = self._clockwork.now_ns
        if self._timer is not None:
            self._timer.cancel()
            self._timer = self._clockwork.after(self._wait_ns(), self._look)

    def somebody_comes(self) -> None:
        """Look now, unless that was done a moment ago: a real terminal has always looked a moment ago."""
        if self._timer is not None and self._clockwork.now_ns - self._looked_ns > _MOMENT_NS:
            self._timer.cancel()
            self._look()

    async def rest(self) -> None:
        """Return when the next look is due: the port of `device.ports`."""
        self._resting = asyncio.get_running_loop().create_future()
        self._timer = self._clockwork.after(self._wait_ns(), self._look)
        await self._resting

    def halt(self) -> None:
        """Nobody looks any more."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._resting = None

    def _look(self) -> None:
        self._timer = None
        self._looked_ns = self._clockwork.now_ns
        resting, self._resting = self._resting, None
        if resting is not None and not resting.done():
            self._before()
            resting.set_result(None)

    def _wait_ns(self) -> int:
        since_s = (self._clockwork.now_ns - self._disturbed_ns) // _S
        for until_s, every_s in _FINE:
            if since_s < until_s:
                return every_s * _S
        return min(_COARSE_S, _AWAY_US // max(1, abs(self._drift_ppm()))) * _S
