"""The worker of one platform in a world: it does what the thread does, in the world's time.

Promise: it wakes for new rows, for an answer and when a wait is over; while a failed platform rests, for that only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.gateway.forward.sending import Moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zhendao.gateway.forward.record import Answer
    from zhendao.gateway.forward.sending import Request, Sending
    from zhendao.gateway.ingest.intake import Clocks
    from zhendao.simulators.world.engine.chance import Chance
    from zhendao.simulators.world.engine.clockwork import Clockwork, Timer
    from zhendao.simulators.world.house.platform import Platform

_MS = 1_000_000
_WAKES_NS = (1 * _MS, 50 * _MS)
"""From a commit to the sending of what it owes."""


class HouseForward:
    """Carries to ``platform`` what ``sending`` decides, and back; ``guard`` does something if the process lives."""

    def __init__(
        self,
        guard: Callable[[Callable[[], None]], None],
        clocks: Callable[[], Clocks],
        sending: Sending,
        platform: Platform,
        clockwork: Clockwork,
        chance: Chance,
    ) -> None:
        self._guard, self._clocks, self._sending, self._platform = guard, clocks, sending, platform
        self._clockwork, self._chance = clockwork, chance
        self._timer: Timer | None = None
        self._resting = self._asking = False

    def wake(self) -> None:
        """Say that rows were committed."""
        if self._asking or self._resting:
            return
        self._after(self._chance.between(*_WAKES_NS))

    def end(self) -> None:
        """Give up what is under way."""
        if self._timer is not None:
            self._timer.cancel()

    def _after(self, delay_ns: int) -> None:
        due_ns = self._clockwork.now_ns + delay_ns
        if self._timer is not None:
            if self._timer.do is not None and self._timer.when_ns <= due_ns:
                return
            self._timer.cancel()
        self._timer = self._clockwork.at(due_ns, lambda: self._guard(self._step))

    def _step(self) -> None:
        self._resting, self._timer = False, None
        request: Request | None = None
        try:
            request = self._sending.next(self._now().mono_ms)
        except Exception as error:  # noqa: BLE001 - as the worker does
            self._sending.failed(None, error, self._now())
        if request is None:
            self._wait()
            return
        asked = request
        self._asking = True
        self._timer = self._platform.receive(asked.letters, lambda came: self._guard(lambda: self._came(asked, came)))

    def _came(self, request: Request, came: Mapping[str, Answer] | Exception) -> None:
        self._asking, self._timer = False, None
        try:
            if not isinstance(came, Exception):
                self._sending.answered(request, came, self._now())
            else:
                self._sending.failed(request, came, self._now())
        except Exception as error:  # noqa: BLE001 - as the worker does
            self._sending.failed(request, error, self._now())
        self._after(0)

    def _wait(self) -> None:
        mono_ms = self._now().mono_ms
        wait_ms = self._sending.wait_ms(mono_ms)
        self._resting = self._sending.resting(mono_ms)
        if wait_ms is not None:
            self._after(wait_ms * _MS)

    def _now(self) -> Moment:
        clocks = self._clocks()
        return Moment(clocks.mono_ms, clocks.wall_ms)
