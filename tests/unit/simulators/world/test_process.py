import asyncio
import gc
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Never

import pytest

import zhendao
from zhendao.simulators.world.engine.clockwork import Clockwork
from zhendao.simulators.world.engine.loop import Killed, Spinning
from zhendao.simulators.world.engine.process import Process

S = 1_000_000_000


def run(
    main: Callable[[], Coroutine[Any, Any, object]], until_s: int = 1000, **more: Any
) -> tuple[Clockwork, Process, list[BaseException | None]]:
    clockwork, ends = Clockwork(), []
    process = Process(clockwork, "it", **more)
    process.on_end(ends.append)
    process.start(main)
    clockwork.run(until_s * S)
    return clockwork, process, ends


def test_what_asyncio_offers_works_and_takes_the_worlds_time() -> None:
    seen = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        queue, event = asyncio.Queue(2), asyncio.Event()

        async def feed() -> None:
            for one in range(5):
                await queue.put(one)
                await asyncio.sleep(3)
            event.set()

        feeding = asyncio.create_task(feed())
        seen.append([await queue.get() for _ in range(5)])
        seen.append(round(loop.time()))
        try:
            async with asyncio.timeout(2):
                await event.wait()
        except TimeoutError:
            seen.append("not yet")
        await event.wait()
        seen.append(round(loop.time()))
        done, waiting = await asyncio.wait(
            [feeding, asyncio.create_task(asyncio.sleep(9))], return_when=asyncio.FIRST_COMPLETED
        )
        seen.append((len(done), len(waiting)))
        seen.append(await asyncio.gather(asyncio.sleep(5, "a"), asyncio.sleep(1, "b"), asyncio.to_thread(str, 7)))
        slow = asyncio.ensure_future(asyncio.sleep(50, "kept"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(slow), 1)
        seen.append(await slow)
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(4))
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 // 0)
        seen.append(round(loop.time()))

    _, process, ends = run(main)
    assert seen == [[0, 1, 2, 3, 4], 12, "not yet", 15, (1, 1), ["a", "b", "7"], "kept", 74]
    assert (ends, process.alive) == ([None], False)


def test_an_executor_takes_its_time_and_keeps_the_order() -> None:
    seen, times = [], iter([5 * S, 1 * S, 0])

    async def main() -> None:
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(None, seen.append, one) for one in "abc"))
        seen.append(loop.time())

    run(main, takes_ns=lambda: next(times))
    assert seen == ["a", "b", "c", 6.0]


def test_a_kill_may_come_between_what_an_executor_has_done_and_the_hearing_of_it() -> None:
    clockwork = Clockwork()
    seen: list[str] = []

    async def main() -> None:
        await asyncio.get_running_loop().run_in_executor(None, seen.append, "done")
        seen.append("heard")

    process = Process(clockwork, "p", takes_ns=lambda: 10 * S)
    process.start(main)
    clockwork.run(6 * S)
    assert seen == ["done"]
    process.kill()
    clockwork.run(20 * S)
    assert seen == ["done"]


def test_who_waits_for_less_than_a_nanosecond_sees_time_pass() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + 1e-7
        while loop.time() < due:  # noqa: ASYNC110 - it is the waiting that is tried
            await asyncio.sleep(1e-12)
        for _ in range(10):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1e-12):
                    await asyncio.Event().wait()

    assert run(main)[2] == [None]


def test_a_process_that_is_killed_does_nothing_more_and_says_nothing(
    recwarn: pytest.WarningsRecorder, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = []

    async def sleeper(name: str) -> None:
        try:
            await asyncio.sleep(20)
        finally:
            process.port(seen.append)(name)
            await asyncio.sleep(1)
            seen.append("after the sleep")
            await asyncio.to_thread(seen.append, name)

    async def never_begun() -> None:
        seen.append("begun")

    async def main() -> None:
        tasks = [asyncio.create_task(sleeper(one)) for one in "ab"]
        try:
            await asyncio.gather(*tasks)
        finally:
            asyncio.get_running_loop().call_soon(seen.append, "soon")
            await sleeper("nested")
            while True:
                asyncio.create_task(never_begun())  # noqa: RUF006 - it is refused
                await asyncio.sleep(1)

    clockwork = Clockwork()
    process = Process(clockwork, "it")
    process.on_end(seen.append)
    process.start(main)
    clockwork.run(10 * S)
    process.call_soon(seen.append, "still in the queue")
    process.kill()
    process.call_soon(seen.append, "after its death")
    clockwork.run(100 * S)
    gc.collect()
    assert seen == []
    assert not recwarn.list
    assert capsys.readouterr() == ("", "")


def test_a_process_that_is_killed_in_the_middle_of_a_step_goes_no_further(
    recwarn: pytest.WarningsRecorder, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = []

    def write() -> Never:
        process.kill()
        raise Killed

    async def other() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            process.port(seen.append)("other")

    async def main() -> None:
        asyncio.create_task(other())  # noqa: RUF006 - the process keeps it
        await asyncio.sleep(1)
        try:
            asyncio.get_running_loop().call_soon(seen.append, "next")
            await asyncio.to_thread(write)
            seen.append("written")
        except Exception:  # noqa: BLE001 - as the code of a terminal might
            seen.append("caught")
        finally:
            await asyncio.sleep(1)
            seen.append("slept")

    clockwork = Clockwork()
    process = Process(clockwork, "it")
    process.start(main)
    clockwork.run(100 * S)
    gc.collect()
    assert seen == []
    assert not process.alive
    assert not recwarn.list
    assert capsys.readouterr() == ("", "")


def test_a_signal_calls_its_handler_and_kills_who_has_none() -> None:
    seen = []

    async def main() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        await stop.wait()
        await asyncio.sleep(2)
        seen.append("ended well")

    clockwork = Clockwork()
    process = Process(clockwork, "it")
    process.start(main)
    clockwork.after(S, lambda: process.signal(signal.SIGTERM))
    clockwork.run(10 * S)
    assert (seen, process.alive) == (["ended well"], False)

    process = Process(clockwork, "it")
    process.start(lambda: asyncio.sleep(100))
    clockwork.run(11 * S)
    process.signal(signal.SIGTERM)
    assert not process.alive


def test_tasks_that_are_left_when_main_returns_are_cancelled_first() -> None:
    seen = []

    async def other() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            await asyncio.sleep(3)
            seen.append(round(asyncio.get_running_loop().time()))

    async def main() -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(other())]
        await asyncio.sleep(1)
        return tasks

    assert run(main)[2] == [None]
    assert seen == [4]


def test_what_nobody_hears_of_is_told() -> None:
    told = []

    async def fails() -> Never:
        raise LookupError("x")

    async def main() -> asyncio.Task[Never]:
        kept = asyncio.create_task(fails(), name="unheard")
        heard = asyncio.create_task(fails())
        asyncio.get_running_loop().call_soon(lambda: 1 // 0)
        await asyncio.sleep(1)
        assert isinstance(heard.exception(), LookupError)
        return kept

    run(main, told=lambda what, error: told.append((what, repr(error))))
    assert told == [
        ("it: a callback raised", "ZeroDivisionError('integer division or modulo by zero')"),
        ("it: nobody heard that unheard failed", "LookupError('x')"),
    ]


def test_the_error_of_main_is_its_end() -> None:
    async def main() -> Never:
        await asyncio.sleep(1)
        raise LookupError("x")

    assert repr(run(main)[2]) == "[LookupError('x')]"
    clockwork = Clockwork()
    Process(clockwork, "it").start(main)
    with pytest.raises(LookupError):
        clockwork.run(S * 2)


def test_a_process_that_spins_is_found() -> None:
    async def main() -> None:
        while True:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)

    with pytest.raises(Spinning):
        run(main)


def test_two_processes_are_two_loops(recwarn: pytest.WarningsRecorder) -> None:
    clockwork = Clockwork()
    seen: list[str] = []
    one, two = Process(clockwork, "one"), Process(clockwork, "two")

    async def main(me: Process, other: Process) -> None:
        assert asyncio.get_running_loop() is me
        await asyncio.sleep(1)
        if me is one:
            other.kill()
        assert asyncio.get_running_loop() is me
        await asyncio.sleep(1)
        seen.append(me.name)

    one.start(lambda: main(one, two))
    two.start(lambda: main(two, one))
    clockwork.run(10 * S)
    assert seen == ["one"]
    assert not recwarn.list


SCRIPT = textwrap.dedent("""
    import asyncio
    from zhendao.simulators.world.engine.chance import Chance
    from zhendao.simulators.world.engine.clockwork import Clockwork
    from zhendao.simulators.world.engine.process import Process

    clockwork, chance, seen = Clockwork(), Chance(3, "many"), []

    async def work(name, queue):
        while True:
            one = await queue.get()
            await asyncio.sleep(chance.unit())
            seen.append((name, one, clockwork.now_ns))
            await queue.put(one + 1)

    async def main():
        queue = asyncio.Queue()
        tasks = [asyncio.create_task(work(f"w{n}", queue)) for n in range(20)]
        for one in range(7):
            await queue.put(one)
        await asyncio.sleep(50)

    Process(clockwork, "it").start(main)
    clockwork.run(100 * 10**9)
    print(seen)
""")


def test_one_history_whatever_the_hashes_are() -> None:
    source = str(Path(zhendao.__file__).parents[1])
    found = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": source},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(found) == 1
    assert len(found.pop()) > 10_000
