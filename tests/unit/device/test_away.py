"""What is told of a network that goes and comes: once, and nothing of one that flaps."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.desk import Terminal
from zhendao.device.away import Away
from zhendao.device.config import FeedbackTable
from zhendao.device.feedback.moments import Moment


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path)
    yield made
    made.folder.close()


async def until(terminal: Terminal, *told: Moment) -> None:
    async with asyncio.timeout(30):
        while terminal.told != [*told]:  # noqa: ASYNC110 - nothing says when somebody was told
            await asyncio.sleep(0.01)


async def test_a_loss_that_lasts_is_told_once_and_so_is_the_return(terminal: Terminal) -> None:
    away = Away(terminal.around(feedback=FeedbackTable(offline_s=0.05)))
    serving = asyncio.create_task(away.run())
    away.linked(up=True)
    for _ in range(3):
        away.linked(up=False)  # each attempt in vain says so again
    await until(terminal, Moment.OFFLINE)
    away.linked(up=False)
    away.linked(up=True)
    await until(terminal, Moment.OFFLINE, Moment.ONLINE)
    away.linked(up=False)
    await until(terminal, Moment.OFFLINE, Moment.ONLINE, Moment.OFFLINE)
    serving.cancel()


async def test_a_link_that_flaps_and_a_first_connection_tell_nothing(terminal: Terminal) -> None:
    away = Away(terminal.around(feedback=FeedbackTable(offline_s=300)))
    serving = asyncio.create_task(away.run())
    for number in range(20):
        away.linked(up=number % 2 == 1)
        await asyncio.sleep(0.001)
    assert terminal.told == []
    serving.cancel()
