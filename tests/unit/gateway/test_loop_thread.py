"""A thread that others wake: what was there before it was woken is seen, however wakes and looks fall together."""

import asyncio
import threading

from zhendao.gateway.loop_thread import LoopThread

PATIENCE_S = 120


def test_nothing_that_was_there_before_a_wake_is_overlooked() -> None:
    said = [0]
    seen = threading.Event()

    async def work(woken: asyncio.Event) -> None:
        while True:
            woken.clear()
            if said[0] == 2_000:
                seen.set()
            await woken.wait()

    thread = LoopThread("looks", work)
    thread.start()
    for number in range(1, 2_001):
        said[0] = number
        thread.wake()
    assert seen.wait(PATIENCE_S)
    assert thread.stop(PATIENCE_S)


def test_who_is_awake_is_not_woken_again() -> None:
    ready, counted = threading.Event(), 0

    async def work(woken: asyncio.Event) -> None:
        nonlocal counted
        loop = asyncio.get_running_loop()
        call = loop.call_soon_threadsafe

        def counting(*args: object) -> object:
            nonlocal counted
            counted += 1
            return call(*args)  # type: ignore[arg-type]

        loop.call_soon_threadsafe = counting  # type: ignore[method-assign, assignment]
        woken.set()
        ready.set()
        await asyncio.Event().wait()  # rests, as beside a platform that is dead

    thread = LoopThread("rests", work)
    thread.start()
    assert ready.wait(PATIENCE_S)
    for _ in range(100):
        thread.wake()
    assert counted == 0
    assert thread.stop(PATIENCE_S)
