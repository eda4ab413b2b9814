"""When a terminal ran, by its own journal: each start with its first and last moment in trusted time. Pure.

Between two of them it may have been dark. Promise: a start whose time nobody knows makes the dark longer, never
shorter; what lies before the first and behind the last that is held is not known.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from zhendao.gateway.visits.moments import well_dated
from zhendao.protocol.event import Event


@dataclass(frozen=True, slots=True)
class Dark:
    """The terminal may have witnessed nothing from ``from_ms`` to ``to_ms`` (UTC ms)."""

    from_ms: int
    to_ms: int


class _Run(NamedTuple):
    from_ms: int
    to_ms: int


def dark_between(events: Iterable[Event], heard_ms: Sequence[int]) -> tuple[Dark, ...]:
    """Return when a terminal may have been dark.

    ``events``: what is kept of it, in the order of its journals; ``heard_ms``: all trusted times of its events,
    sorted: they show that it ran on after the last one that is kept.
    """
    boots: dict[bytes, list[Event]] = {}
    for event in events:
        boots.setdefault(event.boot_id, []).append(event)
    known = [run for several in boots.values() if (run := _run(several)) is not None]
    found = []
    for one, other in pairwise(sorted(known)):
        at = bisect_left(heard_ms, other.from_ms)
        last = max(one.to_ms, heard_ms[at - 1]) if at else one.to_ms
        if last < other.from_ms:
            found.append(Dark(last, other.from_ms))
    return tuple(found)


def _run(events: Sequence[Event]) -> _Run | None:
    """Return from when to when one start is known to have run; None where it never had a trusted time."""
    dated = [event for event in events if well_dated(event)]
    if not dated:
        return None
    monos = [event.mono_ns for event in events]
    return _Run(_at(min(monos), dated), _at(max(monos), dated))


def _at(mono_ns: int, dated: Sequence[Event]) -> int:
    """Return the wall time (UTC ms) at ``mono_ns`` by the trusted time next to it: a quartz runs away from others."""
    best = min(dated, key=lambda one: (abs(one.mono_ns - mono_ns), one.clock_bound_ms or 0, one.wall_ms))
    return best.wall_ms + (mono_ns - best.mono_ns) // 10**6
