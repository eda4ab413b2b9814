"""At which baud rate the receiver speaks: what is remembered first, then what is set, then all others. Pure.

Promise: a receiver at any of `RATES` is found again by itself; a rate is given up only after bytes came at it and none
of them made a sentence, so that silence changes nothing; once found it stays until it fails for long.
"""

from __future__ import annotations

from dataclasses import dataclass

RATES = (9600, 115200, 38400, 4800, 57600, 230400, 19200, 460800)
"""In the order in which receivers come: 9,600 from the factory, 115,200 and 38,400 where somebody set them up."""
_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class RateSettings:
    """``listen_s`` at each rate, longer than a receiver at 1 Hz is silent; ``lost_s`` without a sentence: anew."""

    search: bool = True
    listen_s: float = 2.5
    lost_s: float = 10.0
    sentences: int = 2


class RateSearch:
    """Told what is heard; says at which rate to listen."""

    def __init__(self, settings: RateSettings, configured: int, remembered: int | None) -> None:
        self._settings = settings
        first = [configured] if remembered is None else [remembered, configured]
        self._order = list(dict.fromkeys([*first, *RATES])) if settings.search else [configured]
        self._at = 0
        self._found: int | None = None
        self._since_ns: int | None = None
        self._sentences = 0
        self._failed = 0

    @property
    def rate(self) -> int:
        """The rate to listen at."""
        return self._order[self._at]

    @property
    def found(self) -> int | None:
        """The rate at which sentences come; None while it is searched."""
        return self._found

    @property
    def exhausted(self) -> bool:
        """Whether every rate has been listened at since sentences last came, and none made any."""
        return self._failed >= len(self._order)

    def reopened(self) -> None:
        """The port was opened again: perhaps with another receiver behind it; the same rate is tried first."""
        self._since_ns = None
        self._sentences = 0

    def refused(self) -> None:
        """The port cannot listen at `rate`: the next one."""
        self._next()

    def heard(self, count: int, sentences: int, now_ns: int) -> bool:
        """Take in ``count`` bytes with so many ``sentences``; return whether `rate` is another one now."""
        if sentences:
            self._sentences += sentences
            self._since_ns = now_ns
            if self._found is not None or self._sentences >= self._settings.sentences:
                self._found, self._failed = self.rate, 0
            return False
        if not count:
            return False
        if self._since_ns is None:
            self._since_ns = now_ns
        patience_s = self._settings.listen_s if self._found is None else self._settings.lost_s
        if now_ns - self._since_ns < patience_s * _NS:
            return False
        self._next()
        return len(self._order) > 1

    def _next(self) -> None:
        self._failed = min(self._failed + 1, len(self._order))
        self._found, self._since_ns, self._sentences = None, None, 0
        self._at = (self._at + 1) % len(self._order)
