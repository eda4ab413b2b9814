"""A set of sequence numbers as few closed ranges. Pure; every range is ``(first, last)`` with 1 ≤ first ≤ last."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Spans:
    """Ranges in rising order; no two touch or overlap."""

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, last in ranges:
            self.add(first, last)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._firsts, self._lasts, strict=True)

    def __contains__(self, seq: int) -> bool:
        at = bisect_right(self._firsts, seq) - 1
        return at >= 0 and seq <= self._lasts[at]

    def __len__(self) -> int:
        """Return how many numbers are in the set."""
        return sum(self._lasts) - sum(self._firsts) + len(self._firsts)

    def add(self, first: int, last: int) -> None:
        """Put the numbers from ``first`` to ``last`` in."""
        low = bisect_left(self._lasts, first - 1)
        high = bisect_right(self._firsts, last + 1)
        if low < high:
            first, last = min(first, self._firsts[low]), max(last, self._lasts[high - 1])
        self._firsts[low:high], self._lasts[low:high] = [first], [last]

    def remove(self, first: int, last: int) -> None:
        """Take the numbers from ``first`` to ``last`` out."""
        low = bisect_left(self._lasts, first)
        high = bisect_right(self._firsts, last)
        if low >= high:
            return
        left, right = (self._firsts[low], first - 1), (last + 1, self._lasts[high - 1])
        kept = [one for one in (left, right) if one[0] <= one[1]]
        self._firsts[low:high], self._lasts[low:high] = [one[0] for one in kept], [one[1] for one in kept]

    def next_missing(self, seq: int) -> int:
        """Return the lowest number from ``seq`` on that is not in the set."""
        at = bisect_right(self._firsts, seq) - 1
        return self._lasts[at] + 1 if at >= 0 and seq <= self._lasts[at] else seq

    def next_present(self, seq: int) -> int | None:
        """Return the lowest number from ``seq`` on that is in the set, None if there is none."""
        at = bisect_left(self._lasts, seq)
        return max(seq, self._firsts[at]) if at < len(self._firsts) else None
