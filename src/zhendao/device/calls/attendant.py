"""The attendant of the buttons: edges in, what they mean to the desk of calls, ratings to whoever keeps them.

Promise: edges are understood as they come, by their own times, also while the disk is slow; what they mean waits its
turn, and no more of it than `MOST`. A terminal without buttons and without the gesture of a card has no such attendant.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from typing import TYPE_CHECKING

from zhendao.device.attending import Around, Attendant
from zhendao.device.calls.cardhold import CardHold
from zhendao.device.calls.desk import CallDesk
from zhendao.device.calls.drill import is_drill
from zhendao.device.errors import JournalError
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.moment import Moment
from zhendao.device.inputs.gestures import Condition, Gestures, HeldOn, Meant, Pressed, Rated, Together
from zhendao.device.inputs.settings import SOS, button_lines
from zhendao.device.kept import key
from zhendao.device.sensors.classes import CALL_CORD
from zhendao.device.timekeeper import seconds_until
from zhendao.protocol.answer import read_answer
from zhendao.protocol.bodies import Sensor
from zhendao.protocol.command import ANSWER
from zhendao.protocol.vocabulary import HeardBy, SensorClass, SensorCondition

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from zhendao.device.attending import Rows
    from zhendao.device.config import DeviceSettings
    from zhendao.device.desk import Desk
    from zhendao.device.inputs.lines import Edge, Line
    from zhendao.device.journal.recorder import Recorded
    from zhendao.protocol.answer import Answer
    from zhendao.protocol.command import Command
    from zhendao.readers.values import Posting

MOST = 256
STOP_S = 1.0
"""So long a stop waits for a call that is being recorded."""
_JAMMED = b"jam:"
"""What the keys of the rows begin with that name the buttons that are jammed."""
_BY_CARD = 2
"""The gesture of a card (`Duress.gesture`)."""
_NS = 1_000_000_000


def calls(around: Around) -> Attendant | None:
    """Return the attendant, None where the settings name no button, no call cord and no gesture of a card."""
    table = around.settings.buttons
    cord = any(row.kind == CALL_CORD for row in around.settings.sensor)
    return Calls(around) if cord or button_lines(table) or table.duress_card_s else None


def given_by(settings: DeviceSettings) -> HeardBy:
    """Return by what this terminal tells people something."""
    by = HeardBy.LIGHT if settings.feedback.kind == "gpio" else HeardBy.PAGE
    return by | HeardBy.VOICE if settings.voice.kind != "none" else by


class Calls(Attendant):
    """Buttons and calls of one terminal."""

    def __init__(self, around: Around) -> None:
        self._around, self._table = around, around.settings.buttons
        self._gestures = Gestures(self._table)
        self._card = CardHold(int(self._table.duress_card_s * _NS))
        self._calls = CallDesk(around, around.settings.calls, given_by(around.settings))
        self._meant: deque[Meant | Answer] = deque()
        self._others: tuple[Attendant, ...] = ()
        self._wake = asyncio.Event()
        self._doing: asyncio.Task[None] | None = None
        self._counters: Counter[str] = Counter()

    def lines(self) -> tuple[Line, ...]:
        """Return the lines of the buttons."""
        return button_lines(self._table)

    def commands(self) -> Mapping[int, Callable[[Command], Awaitable[None]]]:
        """Return what hears the gateway's answers."""
        return {ANSWER: self._answered}

    def meet(self, desk: Desk, others: tuple[Attendant, ...]) -> None:
        """Take in to whom a rating is told."""
        del desk
        self._others = others

    async def begin(self) -> None:
        """Take over what was kept: calls that stand, buttons that are jammed. Raises `JournalError`."""
        await self._calls.begin()
        jammed = await self._around.scribe.rows(_JAMMED)
        self._gestures = Gestures(self._table, [name.decode("ascii", "replace") for name in jammed.values()])

    def edge(self, edge: Edge) -> None:
        """Take in an edge of a button."""
        self._add(self._gestures.edge(edge))
        self._wake.set()

    def calling(self, mono_ns: int) -> Rows:
        """Return the row of a call cord that is being pulled: it is followed after a restart as a press is."""
        return self._calls.beside(mono_ns)

    def called(self, call: Recorded, mono_ns: int) -> None:
        """Take in that a call cord was pulled, and tell of it as of a press."""
        self._calls.follow(call, mono_ns)
        self._wake.set()

    def read(self, posting: Posting) -> None:
        """Take in what the reader says: a card can be held, and mean something by it."""
        if self._card.read(posting):
            self._add([Together(self._around.clock.mono_ns(), _BY_CARD)])
            self._wake.set()

    def settled(self, epoch: bytes, first: int, last: int) -> None:
        """Take in what the gateway has committed."""
        self._calls.settled(epoch, first, last)
        self._wake.set()

    def linked(self, *, up: bool) -> None:
        """Take in whether the broker is there."""
        self._calls.linked(up=up)

    def counters(self) -> Mapping[str, int]:
        """Return what has been noticed."""
        return {**self._calls.counters, **self._counters}

    async def run(self) -> None:
        """Attend, for ever. Being cancelled it finishes what was meant by then, as far as the journal answers soon."""
        try:
            await self._attend()
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_S):
                    if self._doing is not None:
                        await asyncio.shield(self._doing)
                    self._add(self._gestures.tick(self._around.clock.mono_ns()))
                    while self._meant:
                        await self._do(self._meant.popleft())

    async def _attend(self) -> None:
        while True:
            self._wake.clear()
            self._add(self._gestures.tick(self._around.clock.mono_ns()))
            while self._meant:
                await self._whole(self._do(self._meant.popleft()))
            await self._whole(self._calls.tick())
            if self._wake.is_set():
                continue
            due = [one for one in (self._gestures.due_ns(), self._calls.due_ns()) if one is not None]
            try:
                async with asyncio.timeout(seconds_until(min(due, default=None), self._around.clock.mono_ns())):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _whole(self, work: Coroutine[None, None, None]) -> None:
        """Do ``work``; being cancelled leaves it to `run`."""
        self._doing = asyncio.create_task(work)
        await asyncio.shield(self._doing)
        self._doing = None

    # -- inside

    def _add(self, meant: list[Meant]) -> None:
        for one in meant:
            if len(self._meant) < MOST:
                self._meant.append(one)
            else:
                self._counters["gestures-dropped"] += 1

    async def _answered(self, command: Command) -> None:
        answer = read_answer(command.body)
        if len(self._meant) < MOST:
            self._meant.append(answer)
        self._wake.set()

    async def _do(self, meant: Meant | Answer) -> None:
        table = self._table
        repeat_ns = int(table.repeat_s * _NS)
        match meant:
            case Pressed():
                await self._calls.sos(meant.at_ns, table.brush_ms, repeat_ns, drill=await self._drill())
            case HeldOn(button=button) if button == SOS:
                await self._calls.mistake(meant.since_ns, meant.at_ns)
            case HeldOn():
                await self._calls.incident(meant.at_ns, repeat_ns, drill=await self._drill())
            case Together():
                await self._calls.duress(meant.gesture, meant.at_ns)
            case Rated():
                for one in self._others:
                    one.rated(meant.button, meant.at_ns)
            case Condition():
                await self._fault(meant)
            case _:
                await self._calls.answered(meant)

    async def _drill(self) -> bool:
        found: list[bool] = []
        now, folder = self._around.time.stamp(), self._around.folder
        await self._around.scribe.also(
            lambda: found.append(is_drill(folder.files, folder.path, now.boot_id, now.mono_ns))
        )
        return found[0]

    async def _fault(self, found: Condition) -> None:
        """Record that a button is jammed, storms, or is well again; and tell whoever may see to it."""
        condition = SensorCondition.FLOODING if found.storming else SensorCondition.WELL
        condition = SensorCondition.STUCK if found.jammed else condition
        body = Sensor(f"button-{found.button}", SensorClass.OTHER, int(found.jammed), 0, condition=condition)
        name = found.button.encode()
        moment = Moment.SENSOR_WELL if condition is SensorCondition.WELL else Moment.BUTTON_STUCK
        self._around.feedback.give(Given(moment, self._around.clock.mono_ns()))
        try:
            await self._around.keep(body, rows=lambda _seq: {key(_JAMMED, name): name if found.jammed else None})
        except JournalError as error:
            self._around.notices.say("journal", error.what)
