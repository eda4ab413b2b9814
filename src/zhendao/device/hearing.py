"""What comes down to the terminal, heard one after another; all else waits for its turn, and no more than so much.

Promise: whatever comes, in whatever number, memory stays bounded: what finds no room is counted, and is said again by
the gateway, or asked for again.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from zhendao.device.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.notices import Notices
    from zhendao.device.shipping import Shipping

MOST = 64


class Hearing:
    """Messages for ``shipping``; ``done`` is called after each. Used on the event loop only."""

    def __init__(self, shipping: Shipping, notices: Notices, done: Callable[[], None]) -> None:
        self._shipping, self._notices, self._done = shipping, notices, done
        self._coming: asyncio.Queue[bytes] = asyncio.Queue(MOST)

    @property
    def waiting(self) -> int:
        """How many messages wait."""
        return self._coming.qsize()

    def said(self, message: bytes) -> None:
        """Take in a message, if there is room for it."""
        if self._coming.full():
            self._shipping.counters["down-dropped"] += 1
        else:
            self._coming.put_nowait(message)

    async def serve(self) -> None:
        """Hear what comes, for ever."""
        while True:
            message = await self._coming.get()
            try:
                await self._shipping.received(message)
            except JournalError as error:
                self._notices.say("journal", error.what)
            self._done()
