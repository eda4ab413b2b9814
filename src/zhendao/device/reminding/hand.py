"""Where visits are reminded: plans of the gateway and the visits of this terminal in, *remind-end* out.

Promise: a visit is reminded once, over restarts too, and not after its check-out. Nothing personal is said: who hears
it is in the house. Whether it is heard at this hour is for the table of signals. A plan that cannot be kept counts
until the terminal stops.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from zhendao.device.attending import Attendant
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.moments import Moment
from zhendao.device.reminding.due import Planned, Reminders, RemindSettings
from zhendao.device.reminding.kept import Kept, keep, recall
from zhendao.device.saying import DayClocks
from zhendao.device.timekeeper import seconds_until
from zhendao.protocol.command import PLAN
from zhendao.protocol.plan import read_plan
from zhendao.protocol.vocabulary import Placement
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from zhendao.device.attending import Around
    from zhendao.device.desk import Desk
    from zhendao.protocol.command import Command

_MINUTE_NS = 60_000_000_000
LOOK_S = 60.0
"""So often it is looked again while a visit is open: the clock may have learned what time it is."""


def reminding_hand(around: Around) -> RemindingHand | None:
    """Return who reminds; None at a station, where nobody's visit has a planned end."""
    return None if around.who.placement is Placement.STATION else RemindingHand(around)


class RemindingHand(Attendant):
    """Of one terminal; used on the event loop only."""

    def __init__(self, around: Around) -> None:
        table = around.settings.session
        self._around, self._clocks = around, DayClocks(around.time, around.settings)
        self._kept = recall(around.folder.path, around.folder.files)
        settings = RemindSettings(
            before_ns=table.remind_min * _MINUTE_NS,
            service_ns=table.service_min * _MINUTE_NS,
            open_ns=int(table.visit_h * 60) * _MINUTE_NS,
        )
        self._reminders = Reminders(settings, self._kept.reminded)
        self._news = asyncio.Event()
        self._counters = {"plans": 0, "reminders": 0}

    def meet(self, desk: Desk, others: tuple[Attendant, ...]) -> None:
        """Ask the desk to tell when visits change."""
        del others
        desk.on_visits = self._news.set

    def commands(self) -> Mapping[int, Callable[[Command], Awaitable[None]]]:
        """Take plans."""
        return {PLAN: self.ordered}

    def counters(self) -> Mapping[str, int]:
        """Return how many plans came, and how many visits were reminded."""
        return {name: count for name, count in self._counters.items() if count}

    def run(self) -> Coroutine[None, None, None]:
        """Return the work of the day."""
        return self._serve()

    async def ordered(self, command: Command) -> None:
        """Take in a plan in the place of the one held. Raises `MalformedError`."""
        plan = read_plan(command.body)
        name = self._around.session.visits.name_of
        planned = tuple(Planned(name(one.card), one.begin_ms, one.end_ms) for one in plan.visits)
        self._counters["plans"] += 1
        await self._keep(replace(self._kept, from_ms=plan.from_ms, to_ms=plan.to_ms, plan=planned))
        self._news.set()

    async def look(self) -> float | None:
        """Remind whoever is to be reminded now; return in how many seconds to look again, None: at the next news."""
        clock, rows = self._clocks.now(), self._around.session.visits.rows()
        before = dict(self._reminders.reminded)
        remind, next_ns = self._reminders.step(rows, self._kept.plan, clock)
        if self._reminders.reminded != before:
            await self._keep(replace(self._kept, reminded=dict(self._reminders.reminded)))
        if remind:
            self._counters["reminders"] += 1
            self._around.feedback.give(Given(Moment.REMIND_END, self._around.clock.mono_ns()))
        waits = seconds_until(next_ns, clock.stamp.mono_ns)
        if waits is None:
            return LOOK_S if any(one.open_seq for one in rows.values()) and self._kept.plan else None
        return min(waits, LOOK_S)

    async def _serve(self) -> None:
        while True:
            self._news.clear()
            try:
                async with asyncio.timeout(await self.look()):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _keep(self, what: Kept) -> None:
        self._kept, folder = what, self._around.folder
        try:
            await self._around.scribe.also(lambda: keep(folder.path, what, folder.files))
        except OSError as error:
            why = error.strerror or type(error).__name__
            self._around.notices.say("plan", Text(f"计划未能保存：{why}", f"the plan could not be kept: {why}"))
