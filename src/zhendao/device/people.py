"""The room that attends to people: buttons and calls, and whoever else is named in `ATTENDANTS`; the agent's one hook.

Promise: an attendant that has no use for something costs nothing. Lines that cannot be opened are told and tried again,
and keep nobody from tapping.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from zhendao.device.away import Away
from zhendao.device.calls.attendant import calls
from zhendao.device.errors import DeviceError, JournalError
from zhendao.device.meals.attendant import meals
from zhendao.device.rating.desk import rating_desk
from zhendao.device.reminding.hand import reminding_hand
from zhendao.device.saying import Saying
from zhendao.device.sensors.attending import sensors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable

    from zhendao.device.attending import Around, Attendant
    from zhendao.device.desk import Desk
    from zhendao.device.inputs.lines import Edge, Line, Lines
    from zhendao.protocol.command import Command
    from zhendao.readers.values import Posting

    OpenLines = Callable[[Callable[[Edge], None], tuple[Line, ...]], Lines]

ATTENDANTS: tuple[Callable[[Around], Attendant | None], ...] = (
    calls,
    Saying,
    rating_desk,
    meals,
    reminding_hand,
    sensors,
    Away,
)
"""What makes each attendant from what is around it; None where the settings have no use for one. One line each."""
AGAIN_S = 60.0
"""So long until lines that could not be opened are tried again."""


class People:
    """All attendants of a terminal. Used on the event loop only."""

    def __init__(
        self,
        around: Around,
        open_lines: OpenLines | None,
        makers: Iterable[Callable[[Around], Attendant | None]] = ATTENDANTS,
    ) -> None:
        self._around, self._open_lines = around, open_lines
        self.attendants = tuple(one for make in makers if (one := make(around)) is not None)
        self._by_line = {line.name: one for one in self.attendants for line in one.lines()}

    def commands(self) -> dict[int, Callable[[Command], Awaitable[None]]]:
        """Return what is done about commands, by their kind."""
        return {kind: do for one in self.attendants for kind, do in one.commands().items()}

    def meet(self, desk: Desk) -> None:
        """Tell them of the desk and of one another."""
        for one in self.attendants:
            one.meet(desk, self.attendants)

    async def begin(self) -> None:
        """Tell them that the journal is open; what one of them cannot read keeps nobody from beginning."""
        for one in self.attendants:
            try:
                await one.begin()
            except JournalError as error:
                self._around.notices.say("journal", error.what)

    def watch(self, said: Callable[[Posting], None]) -> Callable[[Posting], None]:
        """Return what takes what the reader says: they are told of it, and then ``said`` is."""

        def both(posting: Posting) -> None:
            for one in self.attendants:
                one.read(posting)
            said(posting)

        return both

    def settled(self, epoch: bytes, first: int, last: int) -> None:
        """Tell them what the gateway has committed."""
        for one in self.attendants:
            one.settled(epoch, first, last)

    def linked(self, *, up: bool) -> None:
        """Tell them of the link."""
        for one in self.attendants:
            one.linked(up=up)

    def counters(self) -> dict[str, int]:
        """Return what they have noticed."""
        return {name: count for one in self.attendants for name, count in one.counters().items()}

    def parts(
        self, posted: Callable[[Callable[[Edge], None]], Callable[[Edge], None]]
    ) -> tuple[Coroutine[None, None, None], ...]:
        """Return what they do all day; ``posted`` makes of a function one that any thread may call."""
        found = [work for one in self.attendants if (work := one.run()) is not None]
        return (*found, self._listen(posted(self._edge)))

    async def _listen(self, post: Callable[[Edge], None]) -> None:
        wanted = tuple(line for one in self.attendants for line in one.lines())
        lines: Lines | None = None
        try:
            while wanted and self._open_lines is not None and lines is None:
                lines = await self._opened(self._open_lines(post, wanted))
            await asyncio.get_running_loop().create_future()
        finally:
            if lines is not None:
                lines.stop()

    async def _opened(self, lines: Lines) -> Lines | None:
        try:
            lines.start()
        except DeviceError as error:
            self._around.notices.say("lines", error.what)
            await asyncio.sleep(AGAIN_S)
            return None
        return lines

    def _edge(self, edge: Edge) -> None:
        self._by_line[edge.line].edge(edge)
