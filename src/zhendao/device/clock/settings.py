"""Thresholds of the clock; what `[clock]` of device.toml sets. A value."""

import datetime as dt
from dataclasses import dataclass

BUILT = dt.date(2026, 9, 1)
"""No build of this software is older: a time before it is wrong, whoever says it."""


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """No true time is before ``earliest`` or ``service_years`` after it; a week counter rolls over in 19.6 years."""

    earliest: dt.date = BUILT
    service_years: int = 19
    drift_ppm: int = 50
    """How far the quartz of the board may run away, in millionths."""
    disagree_ms: int = 2_000
    """Sources that are further apart than this, and than their bounds, contradict each other."""
    step_ms: int = 500
    ntp_least_ms: int = 100
    """NTP is not said to be better than this: some daemons tell the kernel an error of nothing."""
    gnss_hold_s: int = 900
    """So long a last GNSS time counts as present: a sky that comes and goes is no change of source."""
    rtc_bound_s: int = 600
    """What a battery clock may be off if nothing is known about it."""
    rtc_drift_ppm: int = 50
    gateway_bound_ms: int = 5_000
    """What the gateway's own clock may be off."""
    anchor_every_s: int = 6 * 3600
    anchor_again: int = 4
    """A bound so many times better than that of the last anchor is worth a new one at once."""
    disagree_every_s: int = 3600

    def plausible(self, wall_ms: int) -> bool:
        """Tell whether ``wall_ms`` can be a true time in the life of a terminal."""
        first = dt.datetime.combine(self.earliest, dt.time(), dt.UTC).timestamp() * 1000
        return first <= wall_ms < first + self.service_years * 365.25 * 86_400_000
