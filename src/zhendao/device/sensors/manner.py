"""What one sensor is held to, and how many events it may make. Values and one small book.

Promise: nothing here depends on a clock or on chance.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

_S = 1_000_000_000
MINUTE_NS = 60 * _S


@dataclass(frozen=True, slots=True)
class Manner:
    """What one sensor is held to.

    Attributes:
        number: it reads numbers; else it is a contact: 1 active, 0 at rest.
        alarm: becoming active is an alarm: told at once, and taken for one where it cannot be told apart.
        debounce_ns: so long a contact must hold before it counts.
        most: so many events in a minute, two at least; the last is kept for a change of condition.
        chatter: so many edges of a contact in a second are chatter.
        flood: so many edges or readings in a second are a flood.
        calm_ns: so long it must be calm before chatter or flood has ended.
        stuck_ns: so long active (a contact) or the same (a number) and it is stuck; None: never.
        silent_ns: so long without a reading and it is silent; None: never.
        low, high: what a reading can be, in its own unit.
        rate: how much a reading can change in a second.
        above, below: beyond these a number is active: then it is told as 1 or 0.
        scale: what a reading is multiplied by to be told as a whole number.
        step: a number is told when it differs by so much, after scaling.
        again_ns: what is not well is told again so often.
    """

    number: bool = False
    alarm: bool = False
    debounce_ns: int = 50_000_000
    most: int = 6
    chatter: int = 40
    flood: int = 400
    calm_ns: int = 10 * _S
    stuck_ns: int | None = None
    silent_ns: int | None = None
    low: float | None = None
    high: float | None = None
    rate: float | None = None
    above: float | None = None
    below: float | None = None
    scale: float = 1.0
    step: int = 1
    again_ns: int = 3600 * _S

    @property
    def judged(self) -> bool:
        """Whether a number is told as active or at rest only."""
        return self.number and (self.above is not None or self.below is not None)


class Budget:
    """So many in any minute; ``most`` is its memory too."""

    def __init__(self, most: int) -> None:
        self._spent: deque[int] = deque(maxlen=most)
        self._most = most

    def free_ns(self, now_ns: int, kept: int = 0) -> int:
        """Return from when on one more may go while ``kept`` remain; ``now_ns`` where it may now."""
        if len(self._spent) < self._most - kept:
            return now_ns
        return max(now_ns, self._spent[len(self._spent) - self._most + kept] + MINUTE_NS)

    def spend(self, now_ns: int) -> None:
        """Note one that goes now."""
        self._spent.append(now_ns)
