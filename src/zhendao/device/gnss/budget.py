"""How much of a receiver that babbles is read: a bounded number of bytes and of epochs in each second. Pure.

Promise: whatever a line brings, what is spent on it is bounded; a receiver in order stays far below the bounds.
"""

from __future__ import annotations

from dataclasses import dataclass

_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class BudgetSettings:
    """A receiver that sends everything ten times a second writes 10 KiB/s; ``epochs`` leaves room for bursts."""

    bytes_per_s: int = 32_768
    epochs_per_s: int = 50
    babbling_s: int = 3


class Budget:
    """One second after another: what may still be read in it, and how many in a row were used up."""

    def __init__(self, settings: BudgetSettings) -> None:
        self._settings = settings
        self._begun_ns = 0
        self._bytes = self._epochs = 0
        self._used_up = self._calm = 0
        self._babbling = False
        self.dropped_epochs = 0

    @property
    def babbling(self) -> bool:
        """Whether the line has brought more than it may for some seconds, and has not been calm for as long since."""
        return self._babbling

    def room(self, now_ns: int) -> int:
        """Return how many bytes may be read now; 0 until the next second."""
        if not 0 <= now_ns - self._begun_ns < _NS:
            self._turn(now_ns)
        return max(0, self._settings.bytes_per_s - self._bytes)

    def wait_s(self, now_ns: int) -> float:
        """Return how long it is until the next second."""
        return max(0.0, (self._begun_ns + _NS - now_ns) / _NS)

    def took(self, count: int) -> None:
        """Note that bytes were read."""
        self._bytes += count

    def epoch(self) -> bool:
        """Return whether one more epoch may be told in this second."""
        self._epochs += 1
        if self._epochs <= self._settings.epochs_per_s:
            return True
        self.dropped_epochs += 1
        return False

    def _turn(self, now_ns: int) -> None:
        full = self._bytes >= self._settings.bytes_per_s or self._epochs > self._settings.epochs_per_s
        self._used_up, self._calm = (self._used_up + 1, 0) if full else (0, self._calm + 1)
        if self._used_up >= self._settings.babbling_s:
            self._babbling = True
        elif self._calm >= self._settings.babbling_s:
            self._babbling = False
        self._begun_ns, self._bytes, self._epochs = now_ns, 0, 0
