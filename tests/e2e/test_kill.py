"""kill -9 of gateway, broker or terminal at random moments: each good signal is at the platform exactly once.

promise: nothing signed is lost; each event counts once.
"""

import asyncio
import random
from collections import Counter
from pathlib import Path

import pytest

from zhendao.simulators.demo.children import Child, Said
from zhendao.simulators.demo.equipment import DOOR, Equipment
from zhendao.simulators.demo.errors import ChildError, LateError
from zhendao.simulators.demo.expectation import CheckId
from zhendao.simulators.demo.line import Line
from zhendao.simulators.demo.play import CHECKED
from zhendao.simulators.demo.received import checks
from zhendao.simulators.demo.script import DAY, GUARD_S, Check

HOME = DAY[0].home.key
CARD = next(step.caregiver.key for step in DAY[0].steps if isinstance(step, Check))
TARGETS = ("gateway", "broker", HOME)
LATEST_S = 1.5
PATIENCE_S = 180


class Watch:
    """Hears every good signal and every record that the platform takes."""

    def __init__(self) -> None:
        self.signalled: list[tuple[str, int]] = []
        self.taken: list[Said] = []
        self.news = asyncio.Event()

    def listen(self, child: Child, said: Said) -> None:
        if child.name == f"{HOME}-terminal" and said.get("moment") in CHECKED:
            self.signalled.append((said["epoch"], said["seq"]))
        elif child.name == "platform" and "taken" in said:
            self.taken.append(said)
            self.news.set()

    def held(self) -> Counter[CheckId]:
        return Counter(checks(self.taken))

    async def all_arrived(self, device: str) -> None:
        while not {(device, *check) for check in self.signalled} <= set(self.held()):
            self.news.clear()
            await self.news.wait()


async def check(home: Equipment, started: asyncio.Event) -> None:
    """Hold tag and card there until the terminal says that it is recorded, as a person would."""
    while True:
        await started.wait()
        try:
            await home.hold(DOOR)
            said = await home.hold(CARD)
        except (ChildError, LateError):
            continue  # the terminal has gone: try again when it is back
        if said["moment"] in CHECKED:
            return
        await asyncio.sleep(GUARD_S)


async def survive(folder: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    watch = Watch()
    async with Line(folder, DAY[:1], watch.listen) as line:
        await line.set_up()
        home, device = line.homes[HOME], line.papers[HOME].device
        started = asyncio.Event()
        started.set()
        for _ in range(kills):
            target = chance.choice(TARGETS)
            person = asyncio.create_task(check(home, started))
            await asyncio.sleep(chance.uniform(0, LATEST_S))
            if target == HOME:
                started.clear()
            await line.kill_and_start(target)
            started.set()
            await person
            await asyncio.sleep(GUARD_S + 0.1)  # else the next check is taken for a double tap
        async with asyncio.timeout(PATIENCE_S):
            await watch.all_arrived(device)
        await line.stop_all()
    assert len(watch.signalled) >= kills
    assert len(set(watch.signalled)) == len(watch.signalled)
    assert {n for check, n in watch.held().items()} == {1}


async def test_three_kills(tmp_path: Path) -> None:
    await survive(tmp_path, 3, 1)


@pytest.mark.long
@pytest.mark.parametrize("seed", [2, 3])
async def test_twenty_kills(tmp_path: Path, seed: int) -> None:
    await survive(tmp_path, 20, seed)
