"""Tells once that the network has been gone for a while, and once that it is back: *offline* and *online*.

Promise: a link that flaps tells nothing; nobody is told of a return who was not told of the loss.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from zhendao.device.attending import Attendant
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.moments import Moment

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from zhendao.device.attending import Around


class Away(Attendant):
    """Of one terminal; used on the event loop only."""

    def __init__(self, around: Around) -> None:
        self._around, self._after_s = around, around.settings.feedback.offline_s
        self._up: bool | None = None
        self._news = asyncio.Event()

    def linked(self, *, up: bool) -> None:
        """Take in that the link to the broker is there, or gone."""
        if up is not self._up:
            self._up = up
            self._news.set()

    def run(self) -> Coroutine[None, None, None]:
        """Return the work of the day."""
        return self._serve()

    async def _serve(self) -> None:
        told = False
        while True:
            await self._news.wait()
            self._news.clear()
            if self._up and told:
                told = False
                self._tell(Moment.ONLINE)
            elif not self._up and not told and not await self._changes():
                told = True
                self._tell(Moment.OFFLINE)

    async def _changes(self) -> bool:
        """Return whether the link changes before it has been gone too long."""
        try:
            async with asyncio.timeout(self._after_s):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _tell(self, moment: Moment) -> None:
        self._around.feedback.give(Given(moment, self._around.clock.mono_ns()))
