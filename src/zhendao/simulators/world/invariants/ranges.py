"""A set of numbers kept as ranges; the invariants' own, so that what is judged does not judge itself."""

from bisect import bisect_right


class Ranges:
    """Numbers from 1 on, as ranges that neither touch nor overlap, in rising order."""

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    def add(self, first: int, last: int) -> None:
        """Take in ``first``…``last``."""
        begin = bisect_right(self._lasts, first - 2)
        end = bisect_right(self._firsts, last + 1)
        if begin < end:
            first, last = min(first, self._firsts[begin]), max(last, self._lasts[end - 1])
        self._firsts[begin:end] = [first]
        self._lasts[begin:end] = [last]

    def missing(self, first: int, last: int) -> int | None:
        """Return the first of ``first``…``last`` that is not in it, None if all are."""
        for low, high in zip(self._firsts, self._lasts, strict=True):
            if low > first:
                break
            if first <= high:
                first = high + 1
        return first if first <= last else None

    def pairs(self) -> list[tuple[int, int]]:
        """Return the ranges."""
        return list(zip(self._firsts, self._lasts, strict=True))
