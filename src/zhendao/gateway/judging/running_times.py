"""When a terminal could not witness: between two starts, and while its reader was down, by its own journal. Pure.

Promise: a start whose time nobody knows makes the dark longer, never shorter; what lies before the first and behind
the last that is held is not known.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from zhendao.gateway.visits.moments import well_dated
from zhendao.protocol.bodies import Check, Tap
from zhendao.protocol.event import Event
from zhendao.protocol.health import HealthReport
from zhendao.protocol.vocabulary import Concern, HealthReason

_NOTICED_MS: Final = 60_000
"""A reader that died is noticed, and told of, within a minute."""

_BOTH_NS: Final = 300 * 10**9
"""Within five minutes of her card alone she holds both there, where the tag is there."""


@dataclass(frozen=True, slots=True, order=True)
class Dark:
    """The terminal may have witnessed nothing from ``from_ms`` to ``to_ms`` (UTC ms). ``reader``: it read no card."""

    from_ms: int
    to_ms: int
    reader: bool = False


class _Run(NamedTuple):
    from_ms: int
    to_ms: int


def dark_between(events: Iterable[Event], ran_until: Mapping[bytes, int], heard_ms: Sequence[int]) -> tuple[Dark, ...]:
    """Return when a terminal may have been dark.

    ``events``: what is kept of it, in the order of its journals; ``ran_until``: the trusted time (UTC ms) of the last
    event of each boot that has one, kept or not; ``heard_ms``: all trusted times of its events, sorted.
    """
    boots: dict[bytes, list[Event]] = {}
    for event in events:
        boots.setdefault(event.boot_id, []).append(event)
    if len(boots) <= 1 and not any(isinstance(one.body, HealthReport) for several in boots.values() for one in several):
        return ()  # one start, and no word of a reader: nearly all terminals, on nearly all days
    known = [run for boot_id, several in boots.items() if (run := _run(several, ran_until.get(boot_id))) is not None]
    found = [Dark(one.to_ms, other.from_ms) for one, other in pairwise(sorted(known)) if one.to_ms < other.from_ms]
    return tuple(sorted(found + _reader_down(boots.values(), heard_ms)))


def alone_at(events: Sequence[Event]) -> tuple[tuple[bytes, int], ...]:
    """Return which card (uid) was held there alone, and when (UTC ms), where that is known.

    Who holds both there right after had forgotten the tag in her hand: that is no word of one that is gone.
    """
    lone = [(one.body.token.uid, one) for one in events if isinstance(one.body, Tap) and one.body.token is not None]
    boots = {one.boot_id for _, one in lone}
    checked = [
        (one.boot_id, one.body.caregiver.uid, one.mono_ns)
        for one in events
        if one.boot_id in boots and isinstance(one.body, Check)
    ]
    gone = [
        (uid, one)
        for uid, one in lone
        if not any(
            (boot_id, card) == (one.boot_id, uid) and 0 <= mono_ns - one.mono_ns <= _BOTH_NS
            for boot_id, card, mono_ns in checked
        )
    ]
    starts = {boot_id: _Dated(one for one in events if one.boot_id == boot_id) for boot_id in boots}
    return tuple(sorted((uid, dated.at(one.mono_ns)) for uid, one in gone if (dated := starts[one.boot_id]).events))


def _reader_down(boots: Iterable[Sequence[Event]], heard_ms: Sequence[int]) -> list[Dark]:
    """Return when the reader was down by what the terminal said of itself: until it says that it is no more.

    What was down when the terminal looked for the first time, or at a report that nothing new had moved it to make,
    was so since the start.
    """
    said = sorted(told for events in boots for told in _told_of_reader(events))
    found: list[Dark] = []
    since: int | None = None
    for at_ms, down, from_ms in said:
        if down and since is None:
            since = max(from_ms, found[-1].to_ms) if found else from_ms
        elif not down and since is not None:
            found.append(Dark(since, at_ms, reader=True))
            since = None
    if since is not None:
        found.append(Dark(since, max(since, heard_ms[-1]) if heard_ms else since, reader=True))
    return found


def _told_of_reader(events: Sequence[Event]) -> Iterator[tuple[int, bool, int]]:
    """Give, for each report of a start, when it was, whether the reader was down, and if so since when."""
    dated = _Dated(events)
    if not dated.events:
        return
    began = dated.at(min(event.mono_ns for event in events))
    for event in events:
        if isinstance(event.body, HealthReport):
            at_ms = dated.at(event.mono_ns)
            moved = event.body.reason is HealthReason.CHANGE
            yield at_ms, Concern.READER_DOWN in event.body.concerns, max(began, at_ms - _NOTICED_MS) if moved else began


def _run(events: Sequence[Event], until_ms: int | None) -> _Run | None:
    """Return from when to when one start is known to have run; None where it never had a trusted time."""
    dated = _Dated(events)
    if not dated.events:
        return None
    monos = [event.mono_ns for event in events]
    to_ms = dated.at(max(monos))
    return _Run(dated.at(min(monos)), to_ms if until_ms is None else max(to_ms, until_ms))


class _Dated:
    """The trusted times of one start."""

    def __init__(self, events: Iterable[Event]) -> None:
        good = (event for event in events if well_dated(event))
        self.events = sorted(good, key=lambda one: (one.mono_ns, one.clock_bound_ms or 0, one.wall_ms))
        self._monos = [event.mono_ns for event in self.events]

    def at(self, mono_ns: int) -> int:
        """Return the wall time (UTC ms) at ``mono_ns`` by the trusted time next to it: a quartz runs away from others.

        Of several equally near ones the best counts, which is the first of its moment.
        """
        after = bisect_left(self._monos, mono_ns)
        near = self.events[after : after + 1]
        if after:
            near.append(self.events[bisect_left(self._monos, self._monos[after - 1])])
        best = min(near, key=lambda one: (abs(one.mono_ns - mono_ns), one.clock_bound_ms or 0, one.wall_ms))
        return best.wall_ms + (mono_ns - best.mono_ns) // 10**6
