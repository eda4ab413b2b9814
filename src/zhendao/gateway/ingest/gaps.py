"""Gaps in a terminal's numbering: seen, declared after a grace time, asked for again, healed. Pure.

A batch may overtake another (SOS goes first), so a hole is no gap at once; `grace_ms` says when it becomes one
(promise 3). Times are the gateway's, UTC ms.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from zhendao.gateway.ingest.classify import Segment

ASK_AGAIN_MS = 600_000  # a terminal that did not answer is asked again after ten minutes, then twice as late each time,
ASK_AT_LEAST_MS = 86_400_000  # and once a day for ever: what was pruned will never come, what was offline may


@dataclass(frozen=True, slots=True)
class Gap:
    """Events ``first``…``last`` are missing since ``seen_ms``; declared and asked for at the times given."""

    first: int
    last: int
    seen_ms: int
    declared_ms: int | None = None
    asked_ms: int | None = None


@dataclass(frozen=True, slots=True)
class GapChanges:
    """What became of the gaps of an epoch: those open now, those healed, and those declared just now."""

    open: tuple[Gap, ...]
    healed: tuple[Gap, ...]
    declared: tuple[Gap, ...]


def missing(segments: Iterable[Segment], expected_last: int = 0) -> list[tuple[int, int]]:
    """Return the ranges that no segment holds, up to the last one held or ``expected_last``."""
    holes: list[tuple[int, int]] = []
    reached = 0
    for segment in sorted(segments, key=lambda one: one.first):
        if segment.first > reached + 1:
            holes.append((reached + 1, segment.first - 1))
        reached = max(reached, segment.last)
    if expected_last > reached:
        holes.append((reached + 1, expected_last))
    return holes


def advance(known: Sequence[Gap], holes: Sequence[tuple[int, int]], now_ms: int, grace_ms: int) -> GapChanges:
    """Bring the known gaps up to what is missing now; a part of a known gap keeps the time it was first seen."""
    still: list[Gap] = []
    declared: list[Gap] = []
    for first, last in holes:
        older = [gap for gap in known if gap.first <= last and first <= gap.last]
        gap = Gap(
            first,
            last,
            # A time that is still to come is of a clock that was set back since: its patience begins anew.
            min((one.seen_ms for one in older if one.seen_ms <= now_ms), default=now_ms),
            min((one.declared_ms for one in older if one.declared_ms is not None), default=None),
            max((min(one.asked_ms, now_ms) for one in older if one.asked_ms is not None), default=None),
        )
        if gap.declared_ms is None and now_ms - gap.seen_ms >= grace_ms:
            gap = replace(gap, declared_ms=now_ms)
            declared.append(gap)
        still.append(gap)
    healed = [gap for gap in known if not any(gap.first <= last and first <= gap.last for first, last in holes)]
    return GapChanges(tuple(still), tuple(healed), tuple(declared))


def to_ask(gaps: Iterable[Gap], now_ms: int) -> list[Gap]:
    """Return the declared gaps that the terminal is to be asked for now."""
    return [
        gap
        for gap in gaps
        if gap.declared_ms is not None and (gap.asked_ms is None or now_ms - gap.asked_ms >= _patience_ms(gap))
    ]


def due_ms(gap: Gap, now_ms: int, grace_ms: int) -> int:
    """Return from when on something is to be done about ``gap``: to declare it, or to ask for it."""
    if gap.seen_ms > now_ms or (gap.asked_ms or 0) > now_ms:
        return now_ms  # of a clock that was set back since
    if gap.declared_ms is None:
        return gap.seen_ms + grace_ms
    return gap.declared_ms if gap.asked_ms is None else gap.asked_ms + _patience_ms(gap)


def _patience_ms(gap: Gap) -> int:
    """Return how long to wait after asking: as long as it has been missing then, so the pauses double."""
    asked_ms = gap.asked_ms if gap.asked_ms is not None else gap.seen_ms
    return min(max(asked_ms - gap.seen_ms, ASK_AGAIN_MS), ASK_AT_LEAST_MS)
