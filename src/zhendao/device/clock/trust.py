"""What the terminal's time is worth: from the sources it has to a reading with source and error bound. Pure.

Promise: a time is never better than it is said to be. GNSS goes before NTP, NTP before what was trusted last
(drifting at 50 ppm), that before a battery clock, and 1970 is no time at all. Two sources more than 2 s apart are
flagged and neither is trusted alone. Every step of the wall clock and every arrival of a trusted time becomes the
body of a `clock` event, so that the gateway can date anew what was recorded before it. Nothing waits for a clock.
"""

import datetime as dt
import math
from dataclasses import dataclass

from zhendao.protocol.bodies import Clock
from zhendao.protocol.vocabulary import ClockReason, ClockSource

_MS_NS = 1_000_000
EARLIEST = dt.date(2025, 1, 1)
"""No terminal was in service before; a receiver whose week counter rolled over stands 19.6 years back."""
UNBOUNDED_MS = 2**53 - 1
"""The bound in a `clock` body where none is known; the largest integer that every JSON reader keeps."""


@dataclass(frozen=True, slots=True)
class ClockSettings:
    """No true time is before `EARLIEST` or ``service_years`` after it."""

    earliest: dt.date = EARLIEST
    service_years: int = 19
    drift_ppm: int = 50
    disagree_ms: int = 2_000
    step_ms: int = 500
    gnss_hold_s: int = 900
    """So long a last GNSS time counts as present: a sky that comes and goes is no change of source."""
    anchor_every_s: int = 6 * 3600
    anchor_again: int = 4
    """A bound so many times better than that of the last anchor is worth a new one at once."""
    disagree_every_s: int = 3600


@dataclass(frozen=True, slots=True)
class TimeAt:
    """At ``mono_ns`` (CLOCK_BOOTTIME) it was ``wall_ms`` (UTC) ± ``bound_ms``, by ``source``."""

    source: ClockSource
    wall_ms: int
    bound_ms: int
    mono_ns: int

    def later(self, mono_ns: int, drift_ppm: int) -> "TimeAt":
        """Return what this becomes at another moment of the same boot: the bound grows with the crystal's drift."""
        age_ns = mono_ns - self.mono_ns
        drift = math.ceil(abs(age_ns) * drift_ppm / 1e6 / _MS_NS)
        return TimeAt(self.source, self.wall_ms + age_ns // _MS_NS, self.bound_ms + drift, mono_ns)


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that is known about the time at one moment.

    ``kernel_bound_ms`` is the error that the kernel states while NTP disciplines it, None while nothing does;
    ``rtc_ms`` what a battery clock says now; ``gnss`` a time of the receiver that its own checks passed.
    """

    wall_ms: int
    mono_ns: int
    kernel_bound_ms: int | None = None
    rtc_ms: int | None = None
    gnss: TimeAt | None = None


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The terminal's time for an event; ``bound_ms`` None where it is not known."""

    wall_ms: int
    source: ClockSource
    bound_ms: int | None


class ClockTrust:
    """Observes the sources of one boot; reads at any moment."""

    def __init__(self, settings: ClockSettings | None = None, *, anchor: TimeAt | None = None) -> None:
        """``anchor``: a time that was trusted earlier in this same boot, of a process before."""
        self._settings = settings or ClockSettings()
        self._anchor = anchor
        self._gnss: TimeAt | None = None
        self._kernel_bound_ms: int | None = None
        self._rtc_near = False
        self._offset_ms: int | None = None
        self._apart_ms = 0
        self._source: ClockSource | None = None
        self._anchored_ns: int | None = None if anchor is None else anchor.mono_ns
        self._anchored_bound_ms = 0 if anchor is None else anchor.bound_ms
        self._complained_ns: int | None = None

    @property
    def sources_disagree(self) -> bool:
        """Whether two sources were more than two seconds apart at the last observation."""
        return self._apart_ms > 0

    def observe(self, seen: Seen) -> list[Clock]:
        """Take in what is known now; return the events to record. Call it every few seconds and before a check."""
        settings = self._settings
        if seen.gnss is not None:
            self._gnss = seen.gnss
        elif self._gnss is not None and seen.mono_ns - self._gnss.mono_ns > settings.gnss_hold_s * 1_000_000_000:
            self._gnss = None
        plausible = self._plausible(seen.wall_ms)
        self._kernel_bound_ms = seen.kernel_bound_ms if plausible else None
        self._rtc_near = (
            plausible and seen.rtc_ms is not None and abs(seen.rtc_ms - seen.wall_ms) <= settings.disagree_ms
        )
        step_ms = self._step(seen)
        trusted = self._trusted(seen)
        events: list[Clock] = []
        reading = self.read(seen.wall_ms, seen.mono_ns)
        if step_ms:
            events.append(_body(ClockReason.STEP, reading, seen.mono_ns, step_ms))
        if trusted is not None:
            self._anchor = trusted
            better = trusted.bound_ms * settings.anchor_again < self._anchored_bound_ms
            if better or self._due(self._anchored_ns, seen.mono_ns, settings.anchor_every_s):
                self._anchored_ns, self._anchored_bound_ms = seen.mono_ns, trusted.bound_ms
                events.append(_body(ClockReason.ANCHOR, reading, seen.mono_ns))
        if self._source not in (None, reading.source) and all(e.reason is not ClockReason.ANCHOR for e in events):
            events.append(_body(ClockReason.SOURCE_CHANGED, reading, seen.mono_ns))
        self._source = reading.source
        if self._apart_ms and self._due(self._complained_ns, seen.mono_ns, settings.disagree_every_s):
            self._complained_ns = seen.mono_ns
            events.append(_body(ClockReason.SOURCES_DISAGREE, reading, seen.mono_ns, self._apart_ms))
        elif not self._apart_ms:
            self._complained_ns = None
        return events

    def read(self, wall_ms: int, mono_ns: int) -> ClockReading:
        """Return the time at ``mono_ns``, when the system's own clock says ``wall_ms``."""
        chosen = self._chosen(wall_ms, mono_ns)
        if chosen is not None:
            return ClockReading(chosen.wall_ms, chosen.source, chosen.bound_ms)
        if self._anchor is not None:
            held = self._anchor.later(mono_ns, self._settings.drift_ppm)
            # Whoever is right of those that disagree, the truth lies within.
            bound = held.bound_ms + self._apart_ms
            return ClockReading(held.wall_ms, ClockSource.HOLDOVER, bound)
        if self._rtc_near and not self._apart_ms and self._plausible(wall_ms):
            return ClockReading(wall_ms, ClockSource.RTC, None)
        return ClockReading(wall_ms, ClockSource.UNSET, None)

    def _trusted(self, seen: Seen) -> TimeAt | None:
        """Weigh the sources against each other; set how far apart they are; return the time to hold on to."""
        present = self._present(seen.wall_ms, seen.mono_ns)
        held = None if self._anchor is None else self._anchor.later(seen.mono_ns, self._settings.drift_ppm)
        witnesses = present if held is None else [*present, held]
        gaps = [self._gap(a, b) for at, a in enumerate(witnesses) for b in witnesses[at + 1 :]]
        self._apart_ms = max(gaps, default=0)
        if len(present) == 2 and not self._gap(*present):  # noqa: PLR2004 - GNSS and NTP
            # Two that are present agree: what was held before them was wrong, and is forgotten.
            self._apart_ms = 0
        return self._chosen(seen.wall_ms, seen.mono_ns)

    def _chosen(self, wall_ms: int, mono_ns: int) -> TimeAt | None:
        """Return the best source that no other contradicts, or that two of three confirm."""
        present = self._present(wall_ms, mono_ns)
        held = None if self._anchor is None else self._anchor.later(mono_ns, self._settings.drift_ppm)
        for one in present:
            others = [other for other in (*present, held) if other is not None and other is not one]
            agreeing = sum(not self._gap(one, other) for other in others)
            if agreeing or not others:
                return one
        return None

    def _present(self, wall_ms: int, mono_ns: int) -> list[TimeAt]:
        present = []
        if self._gnss is not None:
            present.append(self._gnss.later(mono_ns, self._settings.drift_ppm))
        if self._kernel_bound_ms is not None:
            present.append(TimeAt(ClockSource.NTP, wall_ms, self._kernel_bound_ms, mono_ns))
        return present

    def _gap(self, a: TimeAt, b: TimeAt) -> int:
        """Return how far two are apart in ms; 0 if no further than their bounds and two seconds allow."""
        apart = abs(a.wall_ms - b.wall_ms)
        return apart if apart > max(self._settings.disagree_ms, a.bound_ms + b.bound_ms) else 0

    def _step(self, seen: Seen) -> int:
        offset = seen.wall_ms - seen.mono_ns // _MS_NS
        before, self._offset_ms = self._offset_ms, offset
        return offset - before if before is not None and abs(offset - before) > self._settings.step_ms else 0

    def _plausible(self, wall_ms: int) -> bool:
        first = dt.datetime.combine(self._settings.earliest, dt.time(), dt.UTC).timestamp() * 1000
        return first <= wall_ms < first + self._settings.service_years * 365.25 * 86_400_000

    @staticmethod
    def _due(last_ns: int | None, mono_ns: int, every_s: int) -> bool:
        return last_ns is None or mono_ns - last_ns >= every_s * 1_000_000_000


def _body(reason: ClockReason, reading: ClockReading, mono_ns: int, step_ms: int | None = None) -> Clock:
    bound = UNBOUNDED_MS if reading.bound_ms is None else reading.bound_ms
    return Clock(reason, reading.wall_ms, bound, reading.source, mono_ns, step_ms=step_ms)
