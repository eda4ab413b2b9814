"""Taps in the order in which they were read, one at the desk at a time.

Promise: every token that was read is recorded or gets the bad signal, also when the queue is full and when the terminal
stops: a tap that is under way is finished, what waits is handled, and half a pair is told that it was none.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from zhendao.device.feedback.losses import Loss
from zhendao.device.timekeeper import seconds_until
from zhendao.readers.values import ReaderState

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Coroutine

    from zhendao.device.clock.kernel import Clock
    from zhendao.device.desk import Desk
    from zhendao.readers.values import Posting

MOST = 1024
STOP_S = 2.5
"""So long a stop waits for the journal; SIGTERM is to end all within five seconds."""


class TapQueue:
    """What the reader says, on its way to the desk. Used on the event loop only."""

    def __init__(self, desk: Desk, counters: Counter[str], clock: Clock, most: int = MOST) -> None:
        self._desk, self._counters, self._clock, self._most = desk, counters, clock, most
        self._waiting: asyncio.Queue[Posting] = asyncio.Queue()
        self._handling: asyncio.Task[None] | None = None
        self._one: Posting | None = None
        self._handled = 0

    @property
    def waiting(self) -> int:
        """How much the reader has said that is not handled yet."""
        return self._waiting.qsize()

    def rounds(self) -> int | None:
        """Return how many things were handled so far, None while nothing waits: then nobody can be said to hang."""
        return None if self._handling is None and self._waiting.empty() else self._handled

    def said(self, posting: Posting) -> None:
        """Take in what the reader says; when too much waits, all but its state is refused, and heard to be."""
        if self._waiting.qsize() < self._most or isinstance(posting, ReaderState):
            self._waiting.put_nowait(posting)
            return
        self._counters["taps-dropped"] += 1
        self._desk.lost(Loss.TOO_MANY, posting)

    async def serve(self) -> None:
        """Handle what comes and what falls due, for ever. Being cancelled it leaves what is under way to `finish`."""
        while True:
            try:
                async with asyncio.timeout(seconds_until(self._desk.due_ns(), self._clock.mono_ns())):
                    posting = await self._waiting.get()
            except TimeoutError:
                await self._shielded(self._desk.tick())
            else:
                self._one = posting
                await self._shielded(self._desk.take(posting))
                self._one = None

    async def finish(self) -> None:
        """Handle what the reader said before it stopped; what cannot be written in time gets the bad signal."""
        await asyncio.sleep(0)  # what its thread has posted arrives first
        try:
            async with asyncio.timeout(STOP_S):
                if self._handling is not None:
                    await asyncio.shield(self._handling)
                self._one = None
                while not self._waiting.empty():
                    self._one = self._waiting.get_nowait()
                    await self._desk.take(self._one)
                self._one = None
                await self._desk.stopping()
        except TimeoutError:
            self._counters["taps-cut-off"] += 1
        finally:
            left = [] if self._one is None else [self._one]
            while not self._waiting.empty():
                left.append(self._waiting.get_nowait())
            for posting in left:
                self._desk.lost(Loss.STOPPED_WAITING, posting)

    async def _shielded(self, work: Coroutine[None, None, None]) -> None:
        self._handling = asyncio.create_task(work)
        await asyncio.shield(self._handling)
        self._handling = None
        self._handled += 1
