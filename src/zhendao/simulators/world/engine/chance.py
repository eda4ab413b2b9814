"""Chance in a world: a stream of draws for each purpose, named by what it is for.

Promise: a stream is given by seed and name alone, on every machine and Python, so that a draw more or less in one
shifts no other. What is drawn are whole numbers; no float decides anything.
"""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_T = TypeVar("_T")
_UNIT_BITS = 53


class Chance:
    """One stream of draws."""

    __slots__ = ("_bits", "name", "seed")

    def __init__(self, seed: int, name: str) -> None:
        self.seed, self.name = seed, name
        self._bits: Callable[[int], int] = self._first

    def _first(self, count: int) -> int:
        """Draw for the first time: most streams are named, and never drawn from."""
        key = hashlib.sha256(f"{self.seed}/{self.name}".encode()).digest()
        # getrandbits of a generator seeded with a number is the same in every Python; the rest of the module is not
        self._bits = random.Random(int.from_bytes(key, "big")).getrandbits  # noqa: S311 - no secret comes of it
        return self._bits(count)

    def child(self, name: str) -> Chance:
        """Return the stream for a purpose within this one's; its draws are its own."""
        return Chance(self.seed, f"{self.name}/{name}")

    def below(self, n: int) -> int:
        """Return 0 … ``n`` - 1, each as likely; ``n`` is at least 1."""
        if n <= 0:
            raise ValueError("there is nothing below 0")
        width = (n - 1).bit_length()
        if width == 0:
            return 0
        found = self._bits(width)
        while found >= n:
            found = self._bits(width)
        return found

    def between(self, low: int, high: int) -> int:
        """Return ``low`` … ``high``, both included."""
        return low + self.below(high - low + 1)

    def likely(self, per_mille: int) -> bool:
        """Tell yes in ``per_mille`` of a thousand cases; one draw, whatever the figure."""
        return self.below(1000) < per_mille

    def unit(self) -> float:
        """Return a multiple of 2^-53 in [0, 1): for those who ask for a float, exact on every machine."""
        return self._bits(_UNIT_BITS) / (1 << _UNIT_BITS)

    def bytes(self, n: int) -> bytes:
        """Return ``n`` bytes."""
        return self._bits(8 * n).to_bytes(n, "big") if n else b""

    def pick(self, among: Sequence[_T]) -> _T:
        """Return one of ``among``, which is not empty."""
        return among[self.below(len(among))]

    def shuffled(self, these: Sequence[_T]) -> list[_T]:
        """Return ``these`` in another order."""
        found = list(these)
        for last in range(len(found) - 1, 0, -1):
            other = self.below(last + 1)
            found[last], found[other] = found[other], found[last]
        return found
