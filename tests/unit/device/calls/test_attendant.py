"""The attendant of the buttons on its loop: edges to calls, ratings to others, and what a stop finishes."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from samples.desk import Terminal
from zhendao.device.attending import Attendant
from zhendao.device.calls.attendant import Calls, calls
from zhendao.device.feedback.moment import Moment
from zhendao.device.inputs.lines import Edge
from zhendao.device.inputs.settings import ButtonsTable
from zhendao.protocol.bodies import Sensor, Sos
from zhendao.protocol.vocabulary import SensorCondition

MS = 1_000_000
TABLE = ButtonsTable(sos=5, good=6, bad=19)


class Rated(Attendant):
    """One who is told of ratings."""

    def __init__(self) -> None:
        self.buttons: list[str] = []

    def rated(self, button: str, mono_ns: int) -> None:
        del mono_ns
        self.buttons.append(button)


class Buttons(Terminal):
    """A terminal with buttons, and a hand at them. The clock is a test's."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.now.mono = 10_000_000 * MS
        self.rated = Rated()

    async def begin(self) -> None:
        found = calls(self.around(buttons=TABLE))
        assert isinstance(found, Calls)
        self.attendant = found
        self.attendant.meet(self.desk, (self.attendant, self.rated))
        await self.attendant.begin()
        self.work = asyncio.create_task(self.attendant.run())
        await asyncio.sleep(0)

    async def end(self) -> None:
        self.work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.work

    def edge(self, line: str, *, active: bool) -> None:
        self.attendant.edge(Edge(line, active, self.now.mono_ns()))

    def later(self, milliseconds: int) -> None:
        assert self.now.mono is not None
        self.now.mono += milliseconds * MS


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Buttons]:
    async with Buttons(tmp_path / "data") as made:
        await made.begin()
        yield made
        await made.end()


async def test_a_press_just_before_a_stop_is_a_call(here: Buttons) -> None:
    here.edge("sos", active=True)
    here.later(200)
    await here.end()
    assert here.told == [Moment.SOS_CALLING]
    assert [type(one.body) for one in await here.events()].count(Sos) == 1


async def test_an_opinion_is_told_to_whoever_keeps_opinions(here: Buttons) -> None:
    here.edge("bad", active=True)
    here.later(300)
    here.edge("bad", active=False)
    here.later(300)
    await here.end()
    assert here.rated.buttons == ["bad"]
    assert not here.told


async def test_a_jammed_button_is_known_to_be_after_a_restart_and_until_it_is_let_go(here: Buttons) -> None:
    here.edge("sos", active=True)
    here.later(60_000)
    await here.end()
    assert here.told.count(Moment.BUTTON_STUCK) == 1
    for _ in range(3):
        await here.begin()
        here.edge("sos", active=True)
        here.later(60_000)
        await here.end()
    assert [type(one.body) for one in await here.events()].count(Sos) == 1
    await here.begin()
    here.edge("sos", active=True)
    here.later(1000)
    here.edge("sos", active=False)
    here.later(1000)
    here.edge("sos", active=True)
    here.later(1000)
    await here.end()
    bodies = [one.body for one in await here.events()]
    assert [one.condition for one in bodies if isinstance(one, Sensor)] == [SensorCondition.STUCK, SensorCondition.WELL]
    assert sum(isinstance(one, Sos) for one in bodies) == 2, "it works again"


async def test_a_terminal_without_buttons_has_no_such_attendant(here: Buttons) -> None:
    assert calls(here.around()) is None
    assert calls(here.around(buttons=ButtonsTable(duress_card_s=8))) is not None
