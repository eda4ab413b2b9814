"""Did a token answer slower than it ever does at this terminal? A hint for review at a live relay, and no more. Pure.

Compared is the shortest round trip of a reading: a relay adds its delay to every one, a busy terminal to some. It is a
hint if it is longer than all of the last readings of that technology at that terminal, but those that were hinted at
themselves, and by more than a margin. Whatever the distribution, where readings are exchangeable at most (k + 1) in
(m + 1) honest ones are hinted at, m being the readings looked back at and k the hints among them; the margin takes away
most of those. After so many hints in a row the terminal has changed (another reader), and is learned anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, NamedTuple

LEARNED_ANEW: Final = 20


class Timed(NamedTuple):
    """The shortest round trip of a reading in µs, and whether it was hinted at."""

    rtt_us: int
    slow: bool


@dataclass(frozen=True, slots=True)
class Patience:
    """Settings: look back at ``window`` readings, begin after ``least``, and let pass what is within ``margin_us``."""

    window: int
    least: int
    margin_us: int


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
    seen = before[-patience.window :]
    if len(seen) < patience.least:
        return False
    changed = len(seen) >= LEARNED_ANEW and all(one.slow for one in seen[-LEARNED_ANEW:])
    usual = [one.rtt_us for one in seen if changed or not one.slow]
    return bool(usual) and rtt_us > max(usual) and rtt_us > median(usual) + patience.margin_us
