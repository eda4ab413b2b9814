"""The simulated receiver: where it is, how it moves and errs, what it sees of the sky, what time it takes it to be.

Pure: seconds of a monotonic clock and the UTC are passed in, chance comes from the seed. The error that it makes
(`drift`) and the error that it admits (GST, HDOP) are apart: a receiver may be wrong and sure.
"""

import datetime as dt
import math
from dataclasses import dataclass
from random import Random

from zhendao.simulators.gnss.nmea import Moment
from zhendao.simulators.gnss.sky import QUALITIES, Sky, View
from zhendao.simulators.gnss.styles import Style

WANDER_S = 60.0
"""Multipath wanders with about this memory."""
DEGREE_M = 111_195.0
COLD_START_S = 30.0
ROLLOVER = dt.timedelta(weeks=1024)
_TIME_KNOWN, _DAY_KNOWN, _FLAT_FIX = 0.3, 0.5, 0.8
"""Parts of a cold start after which the receiver knows the time, the day, and a position without height."""


@dataclass(frozen=True, slots=True)
class Route:
    """A straight way from one place to another, between two moments."""

    start: tuple[float, float]
    end: tuple[float, float]
    begin_s: float
    seconds: float

    def at(self, now_s: float) -> tuple[float, float]:
        """Return the place at ``now_s``."""
        part = 1.0 if self.seconds <= 0 else min(1.0, max(0.0, (now_s - self.begin_s) / self.seconds))
        return tuple(a + (b - a) * part for a, b in zip(self.start, self.end, strict=True))  # type: ignore[return-value]  # two in, two out

    def speed(self, now_s: float) -> tuple[float, float]:
        """Return the speed in m/s and the course in degrees from north."""
        if not self.begin_s <= now_s < self.begin_s + self.seconds:
            return 0.0, 0.0
        north = (self.end[0] - self.start[0]) * DEGREE_M
        east = (self.end[1] - self.start[1]) * DEGREE_M * math.cos(math.radians(self.start[0]))
        return math.hypot(north, east) / self.seconds, math.degrees(math.atan2(east, north)) % 360


class Model:
    """A receiver that stands at a place until it is told otherwise."""

    def __init__(self, style: Style, lat: float, lon: float, altitude_m: float, seed: int) -> None:
        # The same seed, the same day: no secret is made of it.
        self._dice = Random(seed)  # noqa: S311 - chance of a play
        self._sky = Sky(style, self._dice)
        self._route = Route((lat, lon), (lat, lon), 0.0, 0.0)
        self._altitude_m = altitude_m
        self._error = [0.0, 0.0]
        self._before_s: float | None = None
        self._shown: tuple[float, float] | None = None
        self._cold: tuple[float, float] | None = None
        self.drift_m = 1.0
        self.view = View.GOOD
        self.offset = dt.timedelta()
        self.quality = 1
        self.frozen = False
        self.apart_m = 0.0

    def take_style(self, style: Style) -> None:
        """See other systems from now on."""
        if style.systems != self._sky.systems:
            self._sky = Sky(style, self._dice)

    def place(self, now_s: float) -> tuple[float, float]:
        """Return the true place."""
        return self._route.at(now_s)

    def move(self, lat: float, lon: float, seconds: float, now_s: float) -> None:
        """Go to a place within ``seconds``; at once with 0."""
        self._route = Route(self.place(now_s), (lat, lon), now_s, seconds)

    def cold_start(self, seconds: float, now_s: float) -> None:
        """Forget time, almanac and place; a fix comes after ``seconds``."""
        self._cold = (now_s, seconds)

    def moment(self, now_s: float, utc: dt.datetime) -> Moment:
        """Return what the receiver says at ``now_s`` (monotonic seconds), when it is ``utc``."""
        warm = self._warmth(now_s)
        view = self.view if warm >= _FLAT_FIX else View.LOST
        quality = QUALITIES[view]
        fixed = quality.used > 0
        lat, lon = self._measured(now_s)
        speed, course = self._route.speed(now_s)
        shown = utc + self.offset
        return Moment(
            utc=shown if warm >= _TIME_KNOWN else None,
            dated=warm >= _DAY_KNOWN,
            lat=lat if fixed else None,
            lon=lon if fixed else None,
            altitude_m=self._altitude_m + self._error[0],
            speed_mps=speed + abs(self._dice.gauss(0, 0.03)),
            course_deg=course,
            quality=self.quality,
            fix_mode=3 if warm >= 1 else 2,
            hdop=quality.hdop,
            sigma_m=quality.sigma_m,
            satellites=tuple(self._sky.seen(view)),
            apart_m=self.apart_m,
        )

    def _warmth(self, now_s: float) -> float:
        if self._cold is None:
            return 1.0
        begun, seconds = self._cold
        return 1.0 if seconds <= 0 else min(1.0, (now_s - begun) / seconds)

    def _measured(self, now_s: float) -> tuple[float, float]:
        if self.frozen and self._shown is not None:
            return self._shown
        gone = WANDER_S if self._before_s is None else now_s - self._before_s
        self._before_s = now_s
        memory = math.exp(-gone / WANDER_S)
        fresh = math.sqrt(1 - memory * memory) * self.drift_m
        self._error = [memory * error + self._dice.gauss(0, fresh) for error in self._error]
        lat, lon = self.place(now_s)
        # A few centimetres of noise beside the wander: no two epochs of a real receiver are the same.
        north, east = (error + self._dice.gauss(0, 0.05) for error in self._error)
        shown = lon + east / (DEGREE_M * max(0.001, math.cos(math.radians(lat))))
        self._shown = max(-90.0, min(90.0, lat + north / DEGREE_M)), (shown + 180) % 360 - 180
        return self._shown
