"""Did a token answer slower than it does at this terminal? A hint for review at a live relay, and no more. Pure.

Compared is the shortest round trip of a reading: a relay adds its delay to every one, a busy terminal to some. It is a
hint where it is **rare**: no more of the last readings of that technology at that terminal were as slow than one in so
many, and it lies a margin above their median. Whatever the distribution, of honest readings that are exchangeable at
most one in so many is rare. It is a hint too where it is **far**: another, larger margin above the median, so that a
relay that is used every day does not become usual; how often that is an honest reading depends on the terminal
(docs/benchmarks.md has figures). After so many hints in a row the terminal has changed, and is learned anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, NamedTuple

WINDOW: Final = 500
"""So many readings are looked back at."""
LEARNED_ANEW: Final = 20


class Timed(NamedTuple):
    """The shortest round trip of a reading in µs, and whether it was hinted at."""

    rtt_us: int
    slow: bool


@dataclass(frozen=True, slots=True)
class Patience:
    """Settings: one in so many is rare; nothing is said before ``least`` readings; margins above the median in µs."""

    one_in: int
    least: int
    margin_us: int
    far_us: int


def judged(rtts_us: Sequence[int], before: Sequence[Timed], patience: Patience) -> list[bool]:
    """Return for each of ``rtts_us``, which follow ``before`` in the journal, whether it is a hint."""
    seen, found = list(before), []
    for rtt_us in rtts_us:
        slow = is_slow(rtt_us, seen, patience)
        seen.append(Timed(rtt_us, slow))
        found.append(slow)
    return found


def is_slow(rtt_us: int, before: Sequence[Timed], patience: Patience) -> bool:
    """Tell whether a reading is a hint; ``before`` are those before it at its terminal, the oldest first."""
    seen = before[-WINDOW:]
    if len(seen) < patience.least:
        return False
    # Few readings are among the slowest: only of them the rest is asked.
    if 2 * sum(one.rtt_us >= rtt_us for one in seen) > len(seen):
        return False
    here = seen[_changed_at(seen) :]
    rare = sum(one.rtt_us >= rtt_us for one in here) < (len(here) + 1) // patience.one_in
    return rtt_us > median(one.rtt_us for one in here) + (patience.margin_us if rare else patience.far_us)


def _changed_at(seen: Sequence[Timed]) -> int:
    """Return where the last so many hints in a row began, 0 if there were none: there the terminal was changed."""
    row = 0
    for place in range(len(seen) - 1, -1, -1):
        row = row + 1 if seen[place].slow else 0
        if row == LEARNED_ANEW:
            return place
    return 0
