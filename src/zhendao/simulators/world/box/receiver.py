"""One terminal's positioning receiver in a world: an epoch when somebody needs one, judged as the real ones are.

Promise: each epoch goes through `device.gnss.receiver.Receiver`, so that place, signs and time are what the terminal
itself makes of it. A real one speaks each second; here it does when the clocks are looked at and when somebody taps.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.device.gnss.condition import Condition
from zhendao.device.gnss.epoch import DAY_MS, Epoch
from zhendao.device.gnss.listening import Standing
from zhendao.device.gnss.receiver import Receiver
from zhendao.device.gnss.sentences import Gga, Rmc
from zhendao.protocol.vocabulary import Constellation, FixSign

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.gnss.serial_source import Posted
    from zhendao.simulators.world.box.clocks import HardwareClock
    from zhendao.simulators.world.engine.chance import Chance

_MS = 1_000_000
_LATE_MS = 300
"""A sentence comes so long after its moment."""
_E7_PER_M = 90
"""A metre to the north, in degrees × 10^7."""
_WANDERS_E7 = 250
_STALE_NS = 3_000_000_000
_SYSTEMS = Constellation.GPS | Constellation.BEIDOU
_UNIX_DAY = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an antenna is: WGS-84 degrees × 10^7."""

    lat_e7: int
    lon_e7: int


class HardwareReceiver:
    """The receiver of one terminal; ``clock`` is the terminal's own."""

    def __init__(self, clock: HardwareClock, chance: Chance, place: Place) -> None:
        self._clock, self._chance, self._place = clock, chance, place
        self._driven: Heard | None = None
        self.sky = True
        self.away_m = 0
        self._drifts: tuple[int, int, int] | None = None
        self.time_off_ms = 0

    def drift(self, metres: int, for_ms: int) -> None:
        """Let the position wander off, ``metres`` in ``for_ms``; 0 metres: no more."""
        self._drifts = (metres, self._clock.true_ms(), max(1, for_ms)) if metres else None

    def well(self) -> None:
        """Let nothing be the matter."""
        self.sky, self.away_m, self.time_off_ms, self._drifts = True, 0, 0, None

    def fresh(self) -> None:
        """Say where it is, unless that was said a moment ago."""
        if self._driven is not None:
            self._driven.fresh()

    def receiver(self, post: Callable[[Posted], None]) -> Heard:
        """Return what takes the place of `device.gnss.serial_source.SerialSource`."""
        self.halt()
        self._driven = Heard(self, post)
        return self._driven

    def halt(self) -> None:
        """Take whoever listens away: killed, or without power."""
        if self._driven is not None:
            self._driven.stop()
            self._driven = None

    def mono_ns(self) -> int:
        """Return the terminal's monotonic time."""
        return self._clock.mono_ns()

    def epoch(self) -> Epoch:
        """Return what the receiver says now."""
        chance, true_ms = self._chance, self._clock.true_ms()
        said_ms = true_ms - _LATE_MS + self.time_off_ms
        day_ms = said_ms % DAY_MS
        place = self._seen(true_ms)
        satellites, hdop = chance.between(8, 12), chance.between(8, 18) / 10
        rmc = Rmc("GN", day_ms, True, "A", place, 0.0, _UNIX_DAY + dt.timedelta(days=said_ms // DAY_MS))  # noqa: FBT003 - valid
        strongest = chance.between(38, 46)
        return Epoch(
            day_ms=day_ms,
            mono_ns=self._clock.mono_ns(),
            rmc=rmc,
            gga=Gga("GN", day_ms, place, 1, satellites, hdop, None),
            others=(),
            gsa_mode=3,
            gsa_hdop=None,
            used=frozenset(),
            gst=None,
            date=rmc.date,
            date_conflict=False,
            cn0=tuple(strongest - step for step in range(satellites)),
            tracked=(),
            systems=_SYSTEMS,
            gsa_expected=True,
        )

    def _seen(self, true_ms: int) -> tuple[int, int]:
        away_m = self.away_m
        if self._drifts is not None:
            metres, since_ms, for_ms = self._drifts
            away_m += metres * min(true_ms - since_ms, for_ms) // for_ms
        wander = self._chance.between(-_WANDERS_E7, _WANDERS_E7), self._chance.between(-_WANDERS_E7, _WANDERS_E7)
        # at most a quarter of the globe to the south: far from home is never near the pole
        return self._place.lat_e7 - away_m * _E7_PER_M + wander[0], self._place.lon_e7 + wander[1]


class Heard:
    """One run's receiver: `start`, `stop` and `troubles` as the thread offers them."""

    def __init__(self, hardware: HardwareReceiver, post: Callable[[Posted], None]) -> None:
        self._hardware, self._post = hardware, post
        self._receiver = Receiver()
        self._condition = Condition.SEARCHING
        self._troubles: Counter[str] = Counter()
        self._said_ns: int | None = None
        self._runs = False

    def start(self) -> None:
        """Begin."""
        self._runs = True

    def stop(self) -> None:
        """End."""
        self._runs = False

    @property
    def troubles(self) -> dict[str, int]:
        """Return how often it came into each condition since the start."""
        return dict(self._troubles)

    def fresh(self) -> None:
        """Post an epoch, unless one was posted a moment ago, or no satellite is seen."""
        now_ns = self._hardware.mono_ns()
        if not self._runs or (self._said_ns is not None and now_ns - self._said_ns < _STALE_NS):
            return
        self._said_ns = now_ns
        if not self._hardware.sky:
            self._stand(Condition.SEARCHING)
            return
        self._post(self._receiver.judge(self._hardware.epoch()))
        self._stand(Condition.WELL)

    def _stand(self, condition: Condition) -> None:
        if condition is not self._condition:
            self._condition = condition
            self._troubles[condition.value] += 1
            self._post(Standing(condition, FixSign(0), None))
