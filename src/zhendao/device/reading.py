"""The reader's thread, and another in its place when it hangs: what no error names must not end the taps for good.

A thread of Python cannot be ended from outside. One that hangs is told to stop, left to itself, and followed by a new
one, which opens the port as after any failure; if the kernel never lets the old one go, the watchdog ends the process.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from zhendao.device.care.alive import Pulse

if TYPE_CHECKING:
    from collections.abc import Callable

READER, LEFT = "reader", "reader-left"
"""Names of parts: the thread that reads, and those before it that hang."""
MOST_LEFT = 16
HUNG = "reader-hung"
"""Counted, and the reason of the state that is told, when a thread hangs."""


class Reading(Protocol):
    """What `readers.thread.ReaderThread` offers."""

    def start(self) -> None:
        """Begin."""
        ...

    def stop(self) -> bool:
        """End; False where it has not ended within a second."""
        ...

    @property
    def ended(self) -> bool:
        """Whether the thread is no more."""
        ...

    def failures(self) -> dict[str, int]:
        """Return how often what failed."""
        ...


class ReadingHand:
    """One reader's threads, one after another. ``make`` gets what the thread is to call each time it comes round."""

    def __init__(self, make: Callable[[Callable[[], None]], Reading]) -> None:
        self._make = make
        self._pulse = Pulse()
        self._thread = make(self._pulse.beat)
        self._hung: list[Reading] = []
        self._past: Counter[str] = Counter()

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def stop(self) -> bool:
        """End; True when the thread has ended, which takes less than a second."""
        return self._thread.stop()

    async def replace(self) -> None:
        """Leave the thread that hangs and begin another one, unless `MOST_LEFT` hang already."""
        if len(self._hung) >= MOST_LEFT:
            return
        old = self._thread
        if not await asyncio.to_thread(old.stop):
            self._hung.append(old)
        self._past.update({**old.failures(), HUNG: 1})
        self._pulse = Pulse()
        self._thread = self._make(self._pulse.beat)
        self._thread.start()

    def rounds(self) -> dict[str, int]:
        """Return the rounds of the thread that reads; beside it `LEFT` as long as one that was left hangs still."""
        self._hung = [one for one in self._hung if not one.ended]
        return {READER: self._pulse.count} | ({LEFT: 0} if self._hung else {})

    def failures(self) -> dict[str, int]:
        """Return how often the reader failed since the start, by the code of the error."""
        return dict(self._past + Counter(self._thread.failures()))
