"""The processes of the demo: heard, obeyed, and never left behind."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from zhendao.protocol.wording import Text
from zhendao.simulators.demo.children import Child, Children, Said, call
from zhendao.simulators.demo.errors import ChildError, LateError

ECHO = """
import json, sys
print("not json"); print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    print(json.dumps({"heard": line.strip()}), flush=True)
"""
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('{}', flush=True)
while True: signal.pause()
"""
WHAT = Text("它", "it")


def program(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def deaf(_child: Child, _said: Said) -> None:
    pass


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_what_is_said_is_heard_and_logged(tmp_path: Path) -> None:
    heard: list[Said] = []
    async with Children(tmp_path, lambda _, said: heard.append(said)) as children:
        child = await children.start("echo", program(ECHO))
        await child.hear(lambda said: "ready" in said, WHAT)
        mark = child.mark()
        await child.order("one")
        assert await child.hear(lambda said: said.get("heard") == "one", WHAT, since=mark) == {"heard": "one"}
        with pytest.raises(LateError):
            await child.hear(lambda said: "never" in said, WHAT, within_s=0.05)
    assert heard == [{"text": "not json"}, {"ready": True}, {"heard": "one"}]
    assert not alive(child.pid)
    assert "not json" in (tmp_path / "echo.log").read_text("utf-8")


async def test_a_child_that_ends_is_told_with_its_last_words(tmp_path: Path) -> None:
    async with Children(tmp_path, deaf) as children:
        child = await children.start("short", program("import sys; sys.exit('no such port')"))
        with pytest.raises(ChildError, match="no such port"):
            await child.hear(lambda _: True, WHAT)
        assert await child.stop() == 1


async def test_all_are_stopped_even_when_the_demo_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zhendao.simulators.demo.children.GRACE_S", 0.5)
    pids: list[int] = []

    async def play() -> None:
        async with Children(tmp_path, deaf) as children:
            for name, code in (("a", ECHO), ("b", ECHO), ("c", STUBBORN)):
                child = await children.start(name, program(code))
                await child.hear(lambda said: "text" not in said, WHAT)
                pids.append(child.pid)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await play()
    assert len(pids) == 3
    assert not any(alive(pid) for pid in pids)


async def test_kill_and_call(tmp_path: Path) -> None:
    async with Children(tmp_path, deaf) as children:
        child = await children.start("echo", program(ECHO))
        await child.hear(lambda said: "ready" in said, WHAT)
        await child.kill()
        assert not alive(child.pid)
        await child.order("nobody listens")
    assert await call("it", program("print('x')")) == "x\n"
    assert await call("it", program("import os; print(os.environ['ZHENDAO_PASSPHRASE'])"), secret="s") == "s\n"
    with pytest.raises(ChildError, match="bad"):
        await call("it", program("import sys; sys.exit('bad')"))


async def test_cancelled_demo_leaves_nobody(tmp_path: Path) -> None:
    pids: list[int] = []
    started = asyncio.Event()

    async def play() -> None:
        async with Children(tmp_path, deaf) as children:
            child = await children.start("echo", program(ECHO))
            pids.append(child.pid)
            started.set()
            await child.hear(lambda said: "never" in said, WHAT, within_s=60)

    task = asyncio.create_task(play())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not alive(pids[0])
