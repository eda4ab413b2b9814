"""The place of a check: the best that the recent epochs say at one monotonic moment, with age and error.

Pure. Averaging does not make a fix better (its error wanders over a minute), the median keeps outliers out; what
the epochs scatter is the least error that is stated. An old fix is given with its age: the gateway judges.
Only asked at a check: between checks nothing is reported. rule: LOCATION
"""

import math
import statistics
from collections import deque
from dataclasses import dataclass
from functools import reduce
from operator import or_

from zhendao.device.clock.evidence import TimeAt
from zhendao.device.gnss.gate import AcceptedEpoch, Refusal, RefusedEpoch
from zhendao.device.gnss.receiver import GoodFix
from zhendao.device.gnss.timing import utc_ms
from zhendao.protocol.bodies import Fix
from zhendao.protocol.datum import distance_m
from zhendao.protocol.vocabulary import Constellation, Datum, FixSign

_NS = 1_000_000_000
_MS = 1_000_000
_HALF_TURN_E7 = 1_800_000_000
_TURN_E7 = 2 * _HALF_TURN_E7
_SHARE = 0.95
_NO_SIGN = FixSign(0)


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Seconds by the monotonic clock."""

    window_s: float = 30.0
    """Epochs this much before the newest go into the median."""
    most_epochs: int = 30
    keep_s: float = 600.0
    """A fix older than this is no longer given: None says it better."""
    fresh_s: float = 3.0
    simulator_s: float = 600.0
    """So long after a simulator's epoch every fix is flagged."""


class Tracker:
    """Holds the last accepted epochs."""

    def __init__(self, settings: TrackerSettings | None = None) -> None:
        self._settings = settings or TrackerSettings()
        self._recent: deque[AcceptedEpoch] = deque(maxlen=self._settings.most_epochs)
        self._time: TimeAt | None = None
        self._simulated_ns: int | None = None

    def add(self, good: GoodFix) -> None:
        """Take the next accepted epoch."""
        self._recent.append(good.epoch)
        if isinstance(good.time, TimeAt):
            self._time = good.time

    def refused(self, epoch: RefusedEpoch) -> None:
        """Remember what an epoch that is no fix gives away: the fix of before is then beside a simulated sky."""
        if epoch.reason is Refusal.SIMULATOR:
            self._simulated_ns = epoch.mono_ns

    def time(self, mono_ns: int) -> TimeAt | None:
        """Return the receiver's newest time that was believed, unless it is older than a fresh fix may be."""
        if self._time is None or mono_ns - self._time.mono_ns > self._settings.fresh_s * _NS:
            return None
        return self._time

    def is_fresh(self, mono_ns: int) -> bool:
        """Tell whether the receiver has a fix now (for the terminal's health)."""
        return bool(self._recent) and mono_ns - self._recent[-1].mono_ns <= self._settings.fresh_s * _NS

    def fix(self, mono_ns: int, *, signs: FixSign = _NO_SIGN) -> Fix | None:
        """Return the best fix at ``mono_ns`` (CLOCK_BOOTTIME), with ``signs`` that others saw; None if none."""
        if not self._recent:
            return None
        newest = self._recent[-1]
        age_ns = max(0, mono_ns - newest.mono_ns)
        if age_ns > self._settings.keep_s * _NS:
            return None
        if self._simulated_ns is not None and mono_ns - self._simulated_ns <= self._settings.simulator_s * _NS:
            signs |= FixSign.SIMULATOR
        window = [e for e in self._recent if newest.mono_ns - e.mono_ns <= self._settings.window_s * _NS]
        lat_e7 = round(statistics.median(epoch.lat_e7 for epoch in window))
        lon_e7 = _wrapped(newest.lon_e7 + round(statistics.median(_wrapped(e.lon_e7 - newest.lon_e7) for e in window)))
        hacc95_m = max(statistics.median(epoch.hacc95_m for epoch in window), _spread_m(window, lat_e7, lon_e7))
        strengths = [epoch.mean_cn0 for epoch in window if epoch.mean_cn0 is not None]
        ellipse = newest.ellipse
        return Fix(
            lat_e7=lat_e7,
            lon_e7=lon_e7,
            datum=Datum.WGS84,
            hacc95_dm=_decimetres(hacc95_m),
            age_ms=age_ns // _MS,
            epochs=len(window),
            sats=round(statistics.median(epoch.satellites for epoch in window)),
            hdop_centi=round(statistics.median(epoch.hdop for epoch in window) * 100),
            cn0_deci=round(statistics.median(strengths) * 10) if strengths else None,
            constellations=reduce(or_, (epoch.systems for epoch in window), Constellation(0)),
            signs=reduce(or_, (epoch.signs for epoch in window), signs),
            sigma_major_dm=_decimetres(ellipse[0]) if ellipse else None,
            sigma_minor_dm=_decimetres(ellipse[1]) if ellipse else None,
            orientation_deg=ellipse[2] if ellipse else None,
            gnss_ms=utc_ms(newest),
        )


def _decimetres(metres: float) -> int:
    """Round upwards: a stated error is never less than what is known."""
    return math.ceil(round(metres * 10, 6))


def _wrapped(lon_e7: int) -> int:
    """Bring a longitude, or a difference of two, into ±180°."""
    return (lon_e7 + _HALF_TURN_E7) % _TURN_E7 - _HALF_TURN_E7


def _spread_m(window: list[AcceptedEpoch], lat_e7: int, lon_e7: int) -> float:
    """Return the radius about the median that holds 95 % of the epochs."""
    apart = sorted(distance_m(e.lat_e7 / 1e7, e.lon_e7 / 1e7, lat_e7 / 1e7, lon_e7 / 1e7) for e in window)
    return apart[math.ceil(_SHARE * len(apart)) - 1]
