"""What the keepalive of MQTT finds out about a connection, and when; reckoned, not sent.

Promise: nothing wakes while the other end answers. The client asks once in a period in which nothing else passed, and
gives up when there is no answer within another; the broker gives up when it has heard nothing for one and a half.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.simulators.world.engine.clockwork import Clockwork, Timer
    from zhendao.simulators.world.net.tcp import End


class Keepalive:
    """One end's keepalive. ``expired`` is called once, when the connection is given up. 0 ns: there is none."""

    def __init__(
        self, clockwork: Clockwork, end: End, period_ns: int, expired: Callable[[], None], *, client: bool
    ) -> None:
        self._clockwork, self._end, self._period_ns, self._expired = clockwork, end, period_ns, expired
        self._client = client
        self._heard_ns = clockwork.now_ns
        self._timer: Timer | None = None
        end.stood = self.look
        self.look()

    def heard(self) -> None:
        """Note that something has come from the other end."""
        self._heard_ns = self._clockwork.now_ns

    def stop(self) -> None:
        """Look no more."""
        self._period_ns = 0
        self.look()

    def look(self) -> None:
        """See whether the other end still answers; from when it does not, the time is reckoned."""
        if not self._period_ns or self._answers():
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
                self.heard()
        elif self._timer is None:
            now_ns, period_ns = self._clockwork.now_ns, self._period_ns
            asked_ns = self._heard_ns + (now_ns - self._heard_ns) // period_ns * period_ns  # its last question before
            patience_ns = 2 * period_ns if self._client else period_ns * 3 // 2
            self._timer = self._clockwork.at(asked_ns + patience_ns, self._end_it)

    def _answers(self) -> bool:
        if self._client:
            return not self._end.stands and self._end.pipe.round_trip_ns < self._period_ns
        return self._end.hears

    def _end_it(self) -> None:
        self._timer, self._period_ns = None, 0
        self._expired()
