"""The clock of a world: what is to happen is called when its time has come, in order, and no real time passes.

Promise: what is due at the same nanosecond is called in the order in which it was asked for. Times are whole
nanoseconds since the world began.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SWEPT_FROM = 1024
"""So many timers called off may lie in the heap, before it is looked whether they are most of it."""


class Timer:
    """One thing that will happen, unless it is called off."""

    __slots__ = ("_clockwork", "do", "when_ns")

    def __init__(self, clockwork: Clockwork, when_ns: int, do: Callable[[], object]) -> None:
        self._clockwork = clockwork
        self.when_ns = when_ns
        self.do: Callable[[], object] | None = do

    def cancel(self) -> None:
        """Call it off; without effect once it has happened."""
        if self.do is not None:
            self.do = None
            self._clockwork.called_off()


class Clockwork:
    """``now_ns`` stands still while something happens, and leaps to the next thing that will."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.happened = 0
        """So many timers have been called: the work done, in a figure that is the same on every machine."""
        self._heap: list[tuple[int, int, Timer]] = []
        self._asked = 0
        self._off = 0

    def at(self, when_ns: int, do: Callable[[], object]) -> Timer:
        """Call ``do`` at ``when_ns``; a time that is past means now, after what is due now already."""
        when_ns = max(when_ns, self.now_ns)
        timer = Timer(self, when_ns, do)
        self._asked += 1
        heapq.heappush(self._heap, (when_ns, self._asked, timer))
        return timer

    def after(self, delay_ns: int, do: Callable[[], object]) -> Timer:
        """Call ``do`` in ``delay_ns``."""
        return self.at(self.now_ns + delay_ns, do)

    def next_ns(self) -> int | None:
        """Return when the next thing is due, None if nothing is."""
        heap = self._heap
        while heap and heap[0][2].do is None:
            heapq.heappop(heap)
            self._off -= 1
        return heap[0][0] if heap else None

    def run(self, until_ns: int) -> None:
        """Let everything happen that is due up to and at ``until_ns``; then that is the time.

        What a callee raises goes through, and `run` may be called again.
        """
        heap, pop = self._heap, heapq.heappop
        while heap and heap[0][0] <= until_ns:
            when_ns, _, timer = pop(heap)
            do = timer.do
            if do is None:
                self._off -= 1
                continue
            timer.do = None
            self.now_ns = when_ns
            self.happened += 1
            do()
        self.now_ns = max(self.now_ns, until_ns)

    def called_off(self) -> None:
        """Take in that one timer was called off; when they are most of the heap, they are thrown out of it."""
        self._off += 1
        if self._off > _SWEPT_FROM and self._off * 2 > len(self._heap):
            # in place: `run` holds the list; (time, number) is a total order, so the order of what is left stays
            self._heap[:] = [one for one in self._heap if one[2].do is not None]
            heapq.heapify(self._heap)
            self._off = 0
