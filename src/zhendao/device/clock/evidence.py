"""What speaks for which time: intervals, on whom each rests, and who must be lying where they contradict. Pure.

Promise: at most one source lies (that is what can be held against a forger who has one of them in hand). Whoever
alone explains every contradiction is the liar; where two explain it equally, neither is believed, and the time is
given with a bound that holds what both say. What is one source's own word of earlier is no second witness for it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from zhendao.protocol.vocabulary import ClockSource

_MS_NS = 1_000_000


class Witness(StrEnum):
    """Who says something about the time."""

    GNSS = "gnss"
    NTP = "ntp"
    RTC = "rtc"
    GATEWAY = "gateway"
    """The time in the gateway's acknowledgements, which nobody else can make."""
    MEMORY = "memory"
    """The last trusted time of an earlier boot: it cannot be earlier now."""
    HELD = "held"
    """What was trusted in this boot, carried on by the monotonic clock."""


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

    def over(self, earliest_ms: int, latest_ms: int) -> "TimeAt":
        """Return the same time with a bound that reaches from ``earliest_ms`` to ``latest_ms``."""
        bound = max(self.bound_ms, self.wall_ms - earliest_ms, latest_ms - self.wall_ms)
        return TimeAt(self.source, self.wall_ms, bound, self.mono_ns)


@dataclass(frozen=True, slots=True)
class Evidence:
    """``who`` says that now is not before ``earliest_ms`` and not after ``latest_ms`` (None: does not say).

    ``rests`` names everybody whose lie would make it worthless; ``time`` is what is read if it is believed.
    """

    who: Witness
    earliest_ms: int
    latest_ms: int | None
    rests: frozenset[Witness]
    time: TimeAt | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the evidence comes to.

    Attributes:
        believed: the evidence to read the time from; None where nobody is believed.
        apart_ms: how far apart the furthest two are that contradict each other; 0 where none do.
        earliest_ms, latest_ms: where the truth is, though nobody in particular is believed; None: not known.
        agreed: two sources from outside say the same within their bounds.
    """

    believed: Evidence | None
    apart_ms: int
    earliest_ms: int | None = None
    latest_ms: int | None = None
    agreed: bool = False


def said(who: Witness, time: TimeAt, *rests: Witness) -> Evidence:
    """Return the evidence that ``time`` is."""
    return Evidence(who, time.wall_ms - time.bound_ms, time.wall_ms + time.bound_ms, frozenset({who, *rests}), time)


def apart_ms(one: Evidence, other: Evidence, tolerance_ms: int) -> int:
    """Return how far two are apart, middle to middle; 0 as long as their bounds or ``tolerance_ms`` allow it."""
    gap = max(_gap(one, other), _gap(other, one))
    if gap <= 0:
        return 0
    distance = gap + _half(one) + _half(other)
    return distance if distance > tolerance_ms else 0


def weigh(evidence: Sequence[Evidence], tolerance_ms: int) -> Verdict:
    """Weigh ``evidence``, the best source first."""
    outside = [one for one in evidence if one.who in {Witness.GNSS, Witness.NTP}]
    conflicts = [
        (distance, one, other)
        for at, one in enumerate(evidence)
        for other in evidence[at + 1 :]
        if (distance := apart_ms(one, other, tolerance_ms))
    ]
    apart = max((distance for distance, *_ in conflicts), default=0)
    if len(outside) > 1 and not apart_ms(outside[0], outside[1], tolerance_ms):
        # Two from outside that agree: whatever is remembered against them was wrong.
        return Verdict(_together(outside, tolerance_ms), apart, agreed=True)
    suspects = {who for who in Witness if all(who in one.rests or who in other.rests for _, one, other in conflicts)}
    earliest, latest = _hull(evidence, conflicts, suspects, tolerance_ms)
    if not conflicts or suspects:
        for one in evidence:
            if one.time is None or (conflicts and one.rests & suspects):
                continue
            narrower = earliest is not None and latest is not None and latest - earliest < 2 * one.time.bound_ms
            if one in outside or len(suspects) < 2 or not narrower:  # noqa: PLR2004 - who lies is known, or what both say is wider
                return Verdict(one, apart)
    return Verdict(None, apart, earliest, latest)


def _together(outside: Sequence[Evidence], tolerance_ms: int) -> Evidence:
    """Return the better of two that agree, with a bound that also holds what the other says.

    One that is not good to the tolerance itself (a cold receiver) is a witness only, and makes nobody's bound worse.
    """
    precise = [one for one in outside if one.time is not None and one.time.bound_ms <= tolerance_ms]
    best = (precise or sorted(outside, key=lambda one: one.time.bound_ms if one.time else 0))[0]
    if best.time is None or len(precise) < len(outside):
        return best
    earliest = min(one.earliest_ms for one in outside)
    latest = max(one.latest_ms for one in outside if one.latest_ms is not None)
    return said(best.who, best.time.over(earliest, latest))


def _hull(
    evidence: Sequence[Evidence],
    conflicts: Iterable[tuple[int, Evidence, Evidence]],
    suspects: set[Witness],
    tolerance_ms: int,
) -> tuple[int | None, int | None]:
    """Return from when to when the truth may be, whichever of the ``suspects`` lies; None where there is no end."""
    left = [one for one in evidence if one.latest_ms is not None and not (len(suspects) == 1 and one.rests & suspects)]
    for pair in conflicts:
        for floor in pair[1:]:
            if floor.latest_ms is None and all(apart_ms(floor, one, tolerance_ms) for one in left):
                return None, None  # if the memory is right, nothing else is, and it gives no end
    if not left:
        return None, None
    return min(one.earliest_ms for one in left), max(one.latest_ms or 0 for one in left)


def _gap(before: Evidence, after: Evidence) -> int:
    return after.earliest_ms - before.latest_ms if before.latest_ms is not None else 0


def _half(one: Evidence) -> int:
    return (one.latest_ms - one.earliest_ms) // 2 if one.latest_ms is not None else 0
