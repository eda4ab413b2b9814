"""One epoch on its way to the gateway: what is settled, what is under way, what may go next. Pure values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zhendao.device.journal.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.journal.entries import Settled
    from zhendao.protocol.ack import Ack

MOST_CAPS = 256
"""So many ranges are remembered as to be sent in smaller pieces; the oldest is found out anew where there are more."""


@dataclass(frozen=True, slots=True)
class Want:
    """Send events ``first``…``last`` of ``epoch``, or as many from ``first`` on as fit; ``urgent``: it is a call."""

    epoch: bytes
    first: int
    last: int
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an acknowledgement changed.

    Attributes:
        settled: ranges that the gateway newly has: ``(epoch, first, last, state)``.
        diverged: why this journal is not the one that the gateway knows; None where it is.
        doubtful: ranges that were not ours, and were not believed.
    """

    settled: tuple[tuple[bytes, int, int, Settled], ...] = ()
    diverged: str | None = None
    doubtful: int = 0


@dataclass(slots=True)
class Track:
    """One epoch.

    Attributes:
        last: newest event.
        settled: what the gateway has.
        urgent: calls for help that it has not.
        first: oldest event that the journal held at the start.
        busy: what is under way, or waits to be sent again.
        caps: ``(first, last, count)``: there, send at most so many at a time.
    """

    last: int
    settled: Spans
    urgent: list[int]
    first: int
    busy: Spans = field(default_factory=Spans)
    caps: list[tuple[int, int, int]] = field(default_factory=list)

    def free_from(self, seq: int) -> int:
        """Return the lowest seq from ``seq`` on that is neither settled nor busy."""
        while True:
            found = self.busy.next_missing(self.settled.next_missing(seq))
            if found == seq:
                return seq
            seq = found

    def free_until(self, seq: int, limit: int) -> int:
        """Return the end of what may be sent together from ``seq`` on, at most ``limit``."""
        ends = [self.settled.next_present(seq), self.busy.next_present(seq)]
        limit = min([limit, self.last, *(end - 1 for end in ends if end is not None)])
        for first, last, count in self.caps:
            if first <= seq <= last:
                limit = min(limit, last, seq + count - 1)
            elif seq < first <= limit:
                limit = first - 1
        return limit

    def halve(self, first: int, last: int, count: int) -> None:
        """Send what is there in pieces of half of ``count`` events, at least one."""
        self.caps = [cap for cap in self.caps if not (first <= cap[0] and cap[1] <= last)][1 - MOST_CAPS :]
        self.caps.append((first, last, max(1, count // 2)))

    def settled_count(self) -> int:
        """Return how many events of those that are there the gateway has."""
        return sum(
            min(last, self.last) - max(first, self.first) + 1
            for first, last in self.settled
            if last >= self.first and first <= self.last
        )


def without(first: int, last: int, known: Spans) -> list[tuple[int, int]]:
    """Return what of ``first``…``last`` is not in ``known``."""
    new = Spans([(first, last)])
    for low, high in known:
        new.remove(low, high)
    return list(new)


def diverged(ack: Ack, track: Track, head_of: Callable[[bytes, int], bytes | None]) -> str | None:
    """Return why the history of ``track`` that the gateway knows is not ours (heads by ``head_of``), None if it is."""
    if ack.held_seq > track.last:
        return f"the gateway holds {ack.held_seq}, the journal ends at {track.last}"
    own = head_of(ack.epoch, ack.held_seq)
    return f"another history at {ack.held_seq}" if own is not None and own != ack.held_head else None
