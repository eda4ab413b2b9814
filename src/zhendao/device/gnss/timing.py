"""Which of a receiver's times may reach the clock. Pure; a wrong year never does.

A receiver whose week counter rolled over is right about the place and wrong about the time: the time is refused with
its reason and never corrected, the place stands. A cold one is believed after half a minute, and until it can have
heard the leap seconds (they are sent every 12.5 minutes) with a bound that holds them. Any contradiction begins the
half minute anew.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from zhendao.device.clock.evidence import TimeAt
from zhendao.device.clock.settings import BUILT
from zhendao.device.gnss.gate import AcceptedEpoch
from zhendao.protocol.vocabulary import ClockSource

_MS = 1_000_000
_UNIX_DAY = dt.date(1970, 1, 1)
DAY_MS = 86_400_000


class TimeRefusal(StrEnum):
    """Why the time of a fix is not believed."""

    NO_DATE = "no_date"
    DATES_DISAGREE = "dates_disagree"
    BEFORE_SERVICE_LIFE = "before_service_life"
    AFTER_SERVICE_LIFE = "after_service_life"
    STEPPED = "stepped"
    SETTLING = "settling"


DISAGREES = frozenset(
    {TimeRefusal.DATES_DISAGREE, TimeRefusal.BEFORE_SERVICE_LIFE, TimeRefusal.AFTER_SERVICE_LIFE, TimeRefusal.STEPPED}
)
"""Refusals that contradict something known; the others only wait."""


@dataclass(frozen=True, slots=True)
class TimeSettings:
    """``earliest``: no terminal was in service before. A week counter rolls over in 19.6 years."""

    earliest: dt.date = BUILT
    service_years: int = 19
    settle_ms: int = 30_000
    """Until then nothing is believed."""
    leap_known_ms: int = 780_000
    """Until then a cold receiver may be off by the leap seconds."""
    leap_ms: int = 20_000
    """18 s between GPS and UTC since 2017, 4 s for BeiDou, and room for two more."""
    step_ms: int = 2_000
    latency_ms: int = 400
    """A sentence comes after its moment: 0.1 s at 115,200 baud, 0.7 s at 9,600."""
    bound_ms: int = 600


def utc_ms(epoch: AcceptedEpoch) -> int | None:
    """Return the receiver's UTC of the fix, unjudged; None without a date. A leap second runs into the next day."""
    if epoch.date is None:
        return None
    return (epoch.date - _UNIX_DAY).days * DAY_MS + epoch.day_ms


class TimeWatch:
    """Follows the receiver's time against the monotonic clock of this boot."""

    def __init__(self, settings: TimeSettings) -> None:
        self._settings = settings
        self._offset_ms: int | None = None
        self._since_ns = self._first_ns = 0

    def judge(self, epoch: AcceptedEpoch) -> TimeAt | TimeRefusal:
        """Return the time for the clock, or why there is none."""
        settings = self._settings
        utc = self._plausible(epoch)
        if isinstance(utc, TimeRefusal):
            self._offset_ms = None
            return utc
        offset = utc - epoch.mono_ns // _MS
        known, self._offset_ms = self._offset_ms, offset
        if known is None:
            self._since_ns = epoch.mono_ns
            self._first_ns = self._first_ns or epoch.mono_ns
        elif abs(offset - known) > settings.step_ms:
            self._since_ns = epoch.mono_ns
            return TimeRefusal.STEPPED
        if epoch.mono_ns - self._since_ns < settings.settle_ms * _MS:
            return TimeRefusal.SETTLING
        leaps_known = epoch.mono_ns - self._first_ns >= settings.leap_known_ms * _MS
        bound_ms = settings.bound_ms + (0 if leaps_known else settings.leap_ms)
        return TimeAt(ClockSource.GNSS, utc + settings.latency_ms, bound_ms, epoch.mono_ns)

    def _plausible(self, epoch: AcceptedEpoch) -> int | TimeRefusal:
        utc = utc_ms(epoch)
        if utc is None or epoch.date is None:
            return TimeRefusal.NO_DATE
        if epoch.date_conflict:
            return TimeRefusal.DATES_DISAGREE
        if epoch.date < self._settings.earliest:
            return TimeRefusal.BEFORE_SERVICE_LIFE
        if epoch.date.year >= self._settings.earliest.year + self._settings.service_years:
            return TimeRefusal.AFTER_SERVICE_LIFE
        return utc
