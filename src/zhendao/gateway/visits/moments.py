"""When something happened, as well as it can be known (rule: TIME, promise 6). Pure.

Durations within one boot come from the monotonic clock, whatever the wall clock does. Across boots they come from wall
times with both bounds. An event whose clock was not to be trusted is re-dated from a trusted time of the same boot,
earlier or later, with the drift of an ordinary quartz added to the bound; where its boot never had one, it lies
between what its neighbours in the journal say and its arrival here. What the terminal said stays beside it.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from zhendao.protocol.bodies import Check, Clock
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import ClockSource

SAME_MS = 2_000
"""Times of one boot that are no further apart are the same: a leap second, a smeared one, a receiver's latency."""
DRIFT_PPM = 100
"""How far an ordinary quartz may run away, in millionths."""
UNBOUNDED_MS = 2**53 - 1
"""The bound in the body of a clock event where none is known (docs/protocol.md section 3)."""
PROMPT_MS = 60_000
"""What arrives so soon after it says that it happened was dated by no clock that ran behind."""
FIX_MS = 30_000
"""The time of a fix may be off by so much: a receiver that has just begun does not know of leap seconds."""
_LAST_MS = 32_503_680_000_000
_VAGUEST_MS = 3_155_760_000_000
"""The year 3000, and a hundred years: no clock of ours runs before 1970 or after the one, or is less sure than that."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """At ``mono_ns`` of a boot the trusted time was ``wall_ms`` ± ``bound_ms``; ``prompt``: so its arrival says."""

    mono_ns: int
    wall_ms: int
    bound_ms: int
    prompt: bool = field(default=False, compare=False)

    def at(self, mono_ns: int) -> int:
        """Return the wall time (UTC ms) at ``mono_ns`` of the boot, counted from this one."""
        return self.wall_ms - (self.mono_ns - mono_ns) // 10**6


class Method(StrEnum):
    """How a moment was found."""

    TERMINAL = "terminal"
    """The terminal knew the time itself."""
    ANCHOR = "anchor"
    """Counted from a trusted time of the same boot by the monotonic clock."""
    NEIGHBOURS = "neighbours"
    """Between a trusted time of an earlier boot, and one of a later boot or the arrival."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Window:
    """What is known of a moment from outside it: UTC ms, None where nothing is."""

    not_before_ms: int | None = None
    not_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """When: ``wall_ms`` is right to ± ``bound_ms``; None where nobody can say. ``source``: of the terminal's own time.

    ``raw_ms`` is what the terminal's clock said; ``disputed``: that cannot be, and the bound holds what can.
    """

    boot_id: bytes
    mono_ns: int
    wall_ms: int
    bound_ms: int | None
    source: ClockSource
    method: Method = Method.TERMINAL
    raw_ms: int | None = None
    window: Window = Window()
    disputed: bool = False

    @property
    def known(self) -> bool:
        """Tell whether the wall time says anything."""
        return self.bound_ms is not None

    @property
    def redated(self) -> bool:
        """Tell whether the time is not the one that the terminal gave."""
        return self.method in {Method.ANCHOR, Method.NEIGHBOURS}

    @property
    def trustworthy(self) -> bool:
        """Tell whether a trusted time stands behind it, and nothing against it."""
        return self.known and not self.disputed and self.method is not Method.NEIGHBOURS


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


def can_be(wall_ms: int, bound_ms: int | None = None) -> bool:
    """Tell whether a clock can say ``wall_ms`` (UTC) ± ``bound_ms``; what it says else is no time, whatever its source.

    Beyond it calendars end: nothing is counted from such a time, and no sentence can say it.
    """
    return 0 <= wall_ms < _LAST_MS and (bound_ms is None or bound_ms <= _VAGUEST_MS)


def told_time(event: Event, received_ms: int | None = None) -> Anchor | None:
    """Return the time that ``event`` tells of for its boot, if it knows it to a bound.

    One that is carried on, in dispute, or by the gateway's word (holdover) counts too: its bound says what it is worth.
    ``received_ms``: when it came (UTC ms), where that is known.
    """
    body = event.body
    if not isinstance(body, Clock) or body.source < ClockSource.HOLDOVER or body.bound_ms >= UNBOUNDED_MS:
        return None
    if not can_be(body.wall_ms, body.bound_ms):
        return None
    prompt = received_ms is not None and body.source > ClockSource.HOLDOVER and body.bound_ms <= PROMPT_MS
    late_ms = 0 if received_ms is None else received_ms - body.wall_ms
    return Anchor(body.mono_ns, body.wall_ms, body.bound_ms, prompt and abs(late_ms) <= PROMPT_MS)


def well_dated(event: Event) -> bool:
    """Tell whether an event's own time is to be trusted: no anchor says it better."""
    bound_ms = event.clock_bound_ms
    return event.clock_source >= ClockSource.NTP and bound_ms is not None and can_be(event.wall_ms, bound_ms)


def dated(event: Event, anchors: Sequence[Anchor], window: Window | None = None, *, doubtful: bool = False) -> Moment:
    """Return when ``event`` happened; ``anchors`` are the times that its boot knew.

    ``doubtful``: one of them may be a lie, so each is held against the one that dates the event. The time of its own
    fix always is.
    """
    window = window or Window()
    own = event.clock_bound_ms if event.clock_source is not ClockSource.UNSET else None
    said = event.wall_ms if can_be(event.wall_ms, own) else None
    best = Moment(
        event.boot_id, event.mono_ns, said or 0, None if said is None else own, event.clock_source,
        raw_ms=event.wall_ms, window=window,
    )  # fmt: skip
    if not well_dated(event):
        for anchor in anchors:
            bound = bound_of(anchor, event.mono_ns)
            if best.bound_ms is None or bound < best.bound_ms:
                best = replace(best, wall_ms=anchor.at(event.mono_ns), bound_ms=bound, method=Method.ANCHOR)
    if best.bound_ms is None:
        return _between_neighbours(best, window)
    others = [*(anchors if doubtful else ()), *_of_fix(event)]
    return _held_against(_held_together(best, best.bound_ms or 0, others) if others else best, window)


def window_of(event: Event, before: Anchor | None, after: Anchor | None, received_ms: int) -> Window:
    """Return the window of ``event``, which came at ``received_ms`` at the latest.

    ``before`` is a trusted time of an earlier boot, ``after`` one of a later boot: a boot begins at 0 of its
    monotonic clock, so this event is at least so long after the one, and before the other boot began.
    """
    not_before = not_after = None
    if before is not None:
        since_ms = event.mono_ns // 10**6
        not_before = before.wall_ms - before.bound_ms + since_ms - since_ms * DRIFT_PPM // 10**6
    if after is not None:
        since_ms = after.mono_ns // 10**6
        not_after = after.wall_ms + after.bound_ms - since_ms + since_ms * DRIFT_PPM // 10**6
    return Window(not_before, received_ms if not_after is None else min(received_ms, not_after))


def too_early_ms(earlier: Anchor, later: Anchor) -> int:
    """Return by how much two trusted times of two boots cannot both be true, the later one after the earlier one.

    0 or less where they can.
    """
    since_ms = later.mono_ns // 10**6
    least = earlier.wall_ms - earlier.bound_ms + since_ms - since_ms * DRIFT_PPM // 10**6
    return least - later.wall_ms - later.bound_ms


def between(earlier: Moment, later: Moment) -> Span:
    """Return how long it was from ``earlier`` to ``later``, which is behind it in the journal.

    In one boot it is exact. Across boots it is at least as long as the later boot runs; where the wall clocks deny
    that, it is not known.
    """
    if earlier.boot_id == later.boot_id:
        return Span((later.mono_ns - earlier.mono_ns) // 10**6, 0)
    apart = later.wall_ms - earlier.wall_ms
    if earlier.bound_ms is None or later.bound_ms is None:
        return Span(apart, None)
    bound = earlier.bound_ms + later.bound_ms
    least, most = later.mono_ns // 10**6 * (10**6 - DRIFT_PPM) // 10**6, apart + bound
    if most < least:
        return Span(apart, None)
    if apart - bound >= least:
        return Span(apart, bound)
    return Span((least + most) // 2, (most - least + 1) // 2)


def apart(one: Moment, other: Moment) -> Span:
    """Return how long it was from ``one`` to ``other`` at another terminal: only the wall clocks of the two can say."""
    known = None if one.bound_ms is None or other.bound_ms is None else one.bound_ms + other.bound_ms
    return Span(other.wall_ms - one.wall_ms, known)


def _of_fix(event: Event) -> Iterable[Anchor]:
    """Give the time of the fix of a check, by its receiver."""
    fix = event.body.fix if isinstance(event.body, Check) else None
    if fix is not None and fix.gnss_ms is not None and can_be(fix.gnss_ms):
        yield Anchor(event.mono_ns - fix.age_ms * 10**6, fix.gnss_ms, FIX_MS)


def _between_neighbours(moment: Moment, window: Window) -> Moment:
    first, last = window.not_before_ms, window.not_after_ms
    if first is None or last is None:
        return replace(moment, method=Method.NONE)
    if first > last:
        return replace(moment, method=Method.NONE, disputed=True)
    return replace(moment, wall_ms=(first + last) // 2, bound_ms=(last - first + 1) // 2, method=Method.NEIGHBOURS)


def _held_together(moment: Moment, bound_ms: int, anchors: Iterable[Anchor]) -> Moment:
    """Return ``moment`` with a bound that also holds the times of its boot that contradict it.

    Of two clocks that contradict each other one that ran behind brings what it dates late, the other one right away,
    as the network allows: what arrivals bear out is contradicted by nothing that none bears out.
    """
    latest_ms = moment.window.not_after_ms
    borne_out = latest_ms is not None and moment.wall_ms + PROMPT_MS >= latest_ms
    against: list[tuple[int, bool]] = []
    for anchor in anchors:
        off, bound = abs(anchor.at(moment.mono_ns) - moment.wall_ms), bound_of(anchor, moment.mono_ns)
        if off > max(SAME_MS, bound_ms + bound):
            against.append((off + bound, anchor.prompt))
        else:
            borne_out = borne_out or anchor.prompt
    reach = max((most for most, prompt in against if prompt or not borne_out), default=bound_ms)
    return moment if reach <= bound_ms else replace(moment, bound_ms=reach, disputed=True)


def _held_against(moment: Moment, window: Window) -> Moment:
    """Return ``moment`` with a bound that also holds what the window says, if that cannot be true with it."""
    bound_ms = moment.bound_ms or 0
    first, last = moment.wall_ms - bound_ms, moment.wall_ms + bound_ms
    early = window.not_before_ms is not None and last < window.not_before_ms
    late = window.not_after_ms is not None and first > window.not_after_ms
    if not early and not late:
        return moment
    known = [one for one in (window.not_before_ms, window.not_after_ms) if one is not None]
    reach = max(moment.wall_ms - min(first, *known), max(last, *known) - moment.wall_ms)
    return replace(moment, bound_ms=reach, disputed=True)
