"""When something happened, as well as it can be known (rule: TIME, promise 6). Pure.

Durations within one boot come from the monotonic clock. Across boots they come from wall times with both bounds. An
event whose clock was not to be trusted is re-dated from a trusted time of the same boot, earlier or later, with the
drift of an ordinary quartz added to the bound.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import ClockSource

DRIFT_PPM = 100
"""How far an ordinary quartz may run away, in millionths."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """At ``mono_ns`` of a boot the trusted time was ``wall_ms`` ± ``bound_ms``."""

    mono_ns: int
    wall_ms: int
    bound_ms: int


@dataclass(frozen=True, slots=True)
class Moment:
    """When: ``wall_ms`` is right to ± ``bound_ms``; None where nobody can say. ``redated``: from an anchor."""

    boot_id: bytes
    mono_ns: int
    wall_ms: int
    bound_ms: int | None
    source: ClockSource
    redated: bool = False

    @property
    def known(self) -> bool:
        """Tell whether the wall time says anything."""
        return self.bound_ms is not None


@dataclass(frozen=True, slots=True)
class Span:
    """A duration: ``ms`` right to ± ``bound_ms``; the bound is None where it is not known."""

    ms: int
    bound_ms: int | None

    def surely_longer(self, than_ms: int) -> bool:
        """Tell whether it is longer, whatever the error."""
        return self.bound_ms is not None and self.ms - self.bound_ms > than_ms

    def surely_shorter(self, than_ms: int) -> bool:
        """Tell whether it is shorter, whatever the error."""
        return self.bound_ms is not None and self.ms + self.bound_ms < than_ms


def bound_of(anchor: Anchor, mono_ns: int) -> int:
    """Return how far, in ms, a time at ``mono_ns`` may be wrong that is counted from ``anchor``."""
    return anchor.bound_ms + abs(anchor.mono_ns - mono_ns) * DRIFT_PPM // 10**12 + 1


class Redating:
    """Tells which moments new anchors of a boot may date better than those that were known before them."""

    def __init__(self, known: Iterable[Anchor], new: Sequence[Anchor]) -> None:
        self._known = sorted(known, key=lambda one: one.mono_ns)
        self._at = [one.mono_ns for one in self._known]
        self._new = new

    def touches(self, mono_ns: int, own_bound_ms: int | None) -> bool:
        """Tell whether a moment changes, or may change: it is held against its nearest known anchors only."""
        place = bisect_left(self._at, mono_ns)
        known = [bound_of(one, mono_ns) for one in self._known[max(0, place - 1) : place + 1]]
        if own_bound_ms is not None:
            known.append(own_bound_ms)
        best = min(known, default=None)
        return best is None or any(bound_of(one, mono_ns) <= best for one in self._new)


def well_dated(event: Event) -> bool:
    """Tell whether an event's own time is to be trusted: no anchor says it better."""
    return event.clock_source >= ClockSource.NTP and event.clock_bound_ms is not None


def dated(event: Event, anchors: Iterable[Anchor]) -> Moment:
    """Return when ``event`` happened; ``anchors`` are the trusted times of its boot."""
    own = event.clock_bound_ms if event.clock_source is not ClockSource.UNSET else None
    best = Moment(event.boot_id, event.mono_ns, event.wall_ms, own, event.clock_source)
    if well_dated(event):
        return best
    for anchor in anchors:
        bound = bound_of(anchor, event.mono_ns)
        if best.bound_ms is None or bound < best.bound_ms:
            wall = anchor.wall_ms - (anchor.mono_ns - event.mono_ns) // 10**6
            best = Moment(event.boot_id, event.mono_ns, wall, bound, event.clock_source, redated=True)
    return best


def between(earlier: Moment, later: Moment) -> Span:
    """Return how long it was from ``earlier`` to ``later``; negative where the wall clocks say so."""
    if earlier.boot_id == later.boot_id:
        return Span((later.mono_ns - earlier.mono_ns) // 10**6, 0)
    known = earlier.bound_ms is not None and later.bound_ms is not None
    bound = (earlier.bound_ms or 0) + (later.bound_ms or 0) if known else None
    return Span(later.wall_ms - earlier.wall_ms, bound)
