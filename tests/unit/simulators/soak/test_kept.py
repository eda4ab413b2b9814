"""A process that is kept running: what it should not have done is told, what a fault did is not."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from zhendao.protocol.wording import Text
from zhendao.simulators.demo.children import Child, Children
from zhendao.simulators.soak.kept import Kept

WELL = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("{}", flush=True)
signal.pause()
"""
READY = Text("它", "it")


class Bench:
    def __init__(self, children: Children) -> None:
        self.children = children
        self.code = WELL
        self.told: list[str] = []
        self.started: asyncio.Queue[Child] = asyncio.Queue()

    async def launch(self) -> Child:
        child = await self.children.start("it", [sys.executable, "-c", self.code])
        await child.hear(lambda _said: True, READY)
        self.started.put_nowait(child)
        return child

    async def kept(self) -> Kept:
        return Kept("it", self.launch, await self.launch(), lambda text: self.told.append(text.en))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with Children(tmp_path, lambda *_: None) as children:
        yield Bench(children)


@contextlib.asynccontextmanager
async def keeping(kept: Kept) -> AsyncIterator[None]:
    task = asyncio.create_task(kept.keep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def nothing(_seconds: float) -> None:
    await asyncio.sleep(0)


async def test_what_ends_by_itself_is_told_and_started_again(bench: Bench) -> None:
    kept = await bench.kept()
    first = await bench.started.get()
    async with keeping(kept):
        first.process.kill()
        second = await bench.started.get()
    assert second.pid != first.pid
    assert len(bench.told) == 1
    assert "ended by itself (-9)" in bench.told[0]


async def test_kill_stop_and_freeze_are_no_surprise(bench: Bench) -> None:
    kept = await bench.kept()
    async with keeping(kept):
        await kept.kill(nothing, 1)
        await kept.stop(nothing, 1)
        await kept.freeze(nothing, 1)
    assert bench.started.qsize() == 3
    assert kept.kills == 1
    assert bench.told == []
    assert kept.child.process.returncode is None


async def test_an_end_that_is_not_well_is_told(bench: Bench) -> None:
    bench.code = WELL.replace("exit(0)", "exit(3)")
    kept = await bench.kept()
    await kept.stop(nothing, 0)
    assert bench.told == ["it ended with exit code 3"]
