"""What the terminal's time is worth: from the sources it has to a reading with source and error bound. Pure.

Promise: a time is never better than it is said to be. GNSS goes before NTP, NTP before what was trusted last
(drifting at 50 ppm), that before a battery clock, and 1970 is no time at all. Where two contradict each other none is
trusted alone (`evidence`): it is announced, and the bound holds both. Every step of the wall clock and every arrival
of a trusted time becomes the body of a `clock` event, so that the gateway can date anew what was recorded before it.
Between two looks the time runs by the monotonic clock: setting the wall clock moves nothing. Nothing waits for it.
"""

from dataclasses import dataclass, replace

from zhendao.device.clock.evidence import Evidence, TimeAt, Verdict, Witness, said, weigh
from zhendao.device.clock.settings import ClockSettings
from zhendao.protocol.bodies import Clock
from zhendao.protocol.vocabulary import ClockReason, ClockSource

__all__ = ["UNBOUNDED_MS", "ClockReading", "ClockSettings", "ClockTrust", "Seen", "TimeAt"]

_MS_NS = 1_000_000
_S_NS = 1_000_000_000
UNBOUNDED_MS = 2**53 - 1
"""The bound in a `clock` body where none is known; the largest integer that every JSON reader keeps."""
_RTC_TICK_MS = 1_000
"""A battery clock is read in whole seconds."""
_OUTSIDE = {Witness.GNSS: ClockSource.GNSS, Witness.NTP: ClockSource.NTP}


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that is known about the time at one moment.

    ``kernel_bound_ms`` is the error that the kernel states while NTP disciplines it, None while nothing does;
    ``rtc_ms`` what a battery clock says now; ``gnss`` a time of the receiver that its own checks passed;
    ``gnss_refused_ms`` one that they refused as contradicting something known (a week counter that rolled over).
    """

    wall_ms: int
    mono_ns: int
    kernel_bound_ms: int | None = None
    rtc_ms: int | None = None
    gnss: TimeAt | None = None
    gnss_refused_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ClockReading:
    """The terminal's time for an event; ``bound_ms`` None where it is not known."""

    wall_ms: int
    source: ClockSource
    bound_ms: int | None


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier process or boot left.

    ``anchor``: trusted earlier in this same boot. ``floor``: now, at its ``mono_ns``, it is not earlier than its
    ``wall_ms`` (of an earlier boot). ``rtc_bound_ms``: what the battery clock can be off by now, None if nobody knows.
    """

    anchor: TimeAt | None = None
    floor: TimeAt | None = None
    rtc_bound_ms: int | None = None


class ClockTrust:
    """Observes the sources of one boot; reads at any moment."""

    def __init__(self, settings: ClockSettings | None = None, known: Known | None = None) -> None:
        self._settings = settings or ClockSettings()
        self._known = known or Known()
        self._gnss: TimeAt | None = None
        self._rtc: TimeAt | None = None
        self._word: TimeAt | None = None
        self._agreed: TimeAt | None = None
        self._last: TimeAt | None = self._known.anchor
        self._last_rests = next((who for who, one in _OUTSIDE.items() if self._last and self._last.source is one), None)
        self._now: TimeAt | None = None
        self._rtc_vague = False
        self._apart_ms = 0
        self._offset_ms: int | None = None
        self._source: ClockSource | None = None
        self._anchored: TimeAt | None = self._known.anchor
        self._complained_ns: int | None = None
        self.steps = self.disputes = 0

    @property
    def sources_disagree(self) -> bool:
        """Whether two sources contradicted each other at the last observation."""
        return self._apart_ms > 0

    @property
    def trusted(self) -> TimeAt | None:
        """The last time that was trusted in this boot."""
        return self._last

    def hear(self, word: TimeAt) -> None:
        """Take in the gateway's word, for the next observation."""
        self._word = word

    def observe(self, seen: Seen) -> list[Clock]:
        """Take in what is known now; return the events to record. Call it every few seconds."""
        settings = self._settings
        if seen.gnss is not None:
            self._gnss = seen.gnss
        elif self._gnss is not None and seen.mono_ns - self._gnss.mono_ns > settings.gnss_hold_s * _S_NS:
            self._gnss = None
        if self._rtc is None and seen.rtc_ms is not None and settings.plausible(seen.rtc_ms):
            # Its first word of this boot counts: NTP, right or wrong, writes itself into the battery clock.
            bound = self._known.rtc_bound_ms
            self._rtc_vague = bound is None
            given = settings.rtc_bound_s * 1000 if bound is None else bound
            self._rtc = TimeAt(ClockSource.RTC, seen.rtc_ms, given + _RTC_TICK_MS, seen.mono_ns)
        step_ms = self._step(seen)
        verdict = weigh(self._evidence(seen), settings.disagree_ms)
        self._apart_ms = max(verdict.apart_ms, self._refused(seen, verdict))
        trusted = self._settle(verdict, seen.mono_ns)
        reading = self.read(seen.wall_ms, seen.mono_ns)
        events: list[Clock] = []
        if step_ms:
            self.steps += 1
            events.append(_body(ClockReason.STEP, reading, seen.mono_ns, step_ms))
        if trusted is not None and self._worth_an_anchor(trusted):
            self._anchored = trusted
            events.append(_body(ClockReason.ANCHOR, reading, seen.mono_ns))
        elif self._source not in (None, reading.source):
            events.append(_body(ClockReason.SOURCE_CHANGED, reading, seen.mono_ns))
        self._source = reading.source
        if not self._apart_ms:
            self._complained_ns = None
        elif self._due(self._complained_ns, seen.mono_ns, settings.disagree_every_s):
            self.disputes += 1
            self._complained_ns = seen.mono_ns
            events.append(_body(ClockReason.SOURCES_DISAGREE, reading, seen.mono_ns, self._apart_ms))
        return events

    def read(self, wall_ms: int, mono_ns: int) -> ClockReading:
        """Return the time at ``mono_ns``; ``wall_ms``, what the system's own clock says, where nothing is known."""
        if self._now is None:
            return ClockReading(wall_ms, ClockSource.UNSET, None)
        now = self._now.later(mono_ns, self._settings.drift_ppm)
        vague = now.source is ClockSource.RTC and self._rtc_vague
        return ClockReading(now.wall_ms, now.source, None if vague else now.bound_ms)

    def _evidence(self, seen: Seen) -> list[Evidence]:
        """Return all that speaks for a time, the best source first."""
        settings, at = self._settings, seen.mono_ns
        found: list[Evidence] = []
        if self._gnss is not None:
            found.append(said(Witness.GNSS, self._gnss.later(at, settings.drift_ppm)))
        if seen.kernel_bound_ms is not None and settings.plausible(seen.wall_ms):
            bound = max(seen.kernel_bound_ms, settings.ntp_least_ms)
            found.append(said(Witness.NTP, TimeAt(ClockSource.NTP, seen.wall_ms, bound, at)))
        kept: list[tuple[Witness, TimeAt | None, Witness | None]] = [
            # What one source said earlier is no witness for or against another lie of the same source.
            (Witness.HELD, self._last, self._last_rests),
            (Witness.HELD, self._agreed, None),
            (Witness.GATEWAY, self._word, None),
        ]
        carried = [
            said(who, replace(time.later(at, settings.drift_ppm), source=ClockSource.HOLDOVER), *([on] if on else []))
            for who, time, on in kept
            if time is not None
        ]
        found += sorted(carried, key=lambda one: one.time.bound_ms if one.time else 0)
        if self._rtc is not None:
            found.append(said(Witness.RTC, self._rtc.later(at, settings.drift_ppm)))
        if self._known.floor is not None:
            floor = self._known.floor.later(at, settings.drift_ppm)
            found.append(Evidence(Witness.MEMORY, floor.wall_ms - floor.bound_ms, None, frozenset({Witness.MEMORY})))
        return found

    def _settle(self, verdict: Verdict, mono_ns: int) -> TimeAt | None:
        """Take over what the evidence came to; return the time from outside that is trusted now, if one is."""
        believed = verdict.believed
        if believed is None or believed.time is None:
            self._now = self._disputed(verdict, mono_ns) if verdict.apart_ms else None
            return None
        self._now = believed.time
        if believed.who not in _OUTSIDE:
            return None
        self._last, self._last_rests = believed.time, believed.who
        if verdict.agreed:
            self._agreed, self._last_rests = believed.time, None
        return believed.time

    def _disputed(self, verdict: Verdict, mono_ns: int) -> TimeAt | None:
        """Return what was trusted before, or the middle, with a bound that holds everything that may be true."""
        if verdict.earliest_ms is None or verdict.latest_ms is None:
            return None
        middle = (verdict.earliest_ms + verdict.latest_ms) // 2
        if self._last is not None:
            middle = self._last.later(mono_ns, self._settings.drift_ppm).wall_ms
        return TimeAt(ClockSource.HOLDOVER, middle, 0, mono_ns).over(verdict.earliest_ms, verdict.latest_ms)

    def _refused(self, seen: Seen, verdict: Verdict) -> int:
        """Return how far a receiver's refused time is from what is known, at least a millisecond."""
        if seen.gnss_refused_ms is None:
            return 0
        known = verdict.believed.time.wall_ms if verdict.believed and verdict.believed.time else seen.wall_ms
        return max(1, abs(seen.gnss_refused_ms - known))

    def _worth_an_anchor(self, trusted: TimeAt) -> bool:
        before = self._anchored
        if before is None or self._source not in _OUTSIDE.values():
            return True
        better = trusted.bound_ms * self._settings.anchor_again < before.bound_ms
        return better or self._due(before.mono_ns, trusted.mono_ns, self._settings.anchor_every_s)

    def _step(self, seen: Seen) -> int:
        offset = seen.wall_ms - seen.mono_ns // _MS_NS
        before, self._offset_ms = self._offset_ms, offset
        return offset - before if before is not None and abs(offset - before) > self._settings.step_ms else 0

    @staticmethod
    def _due(last_ns: int | None, mono_ns: int, every_s: int) -> bool:
        return last_ns is None or mono_ns - last_ns >= every_s * _S_NS


def _body(reason: ClockReason, reading: ClockReading, mono_ns: int, step_ms: int | None = None) -> Clock:
    bound = UNBOUNDED_MS if reading.bound_ms is None else reading.bound_ms
    return Clock(reason, reading.wall_ms, bound, reading.source, mono_ns, step_ms=step_ms)
