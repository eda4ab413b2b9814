"""A process of a world: it is started, gets signals, ends by itself, or is killed at any moment.

After `kill` nothing of it is called again. What its coroutines do while they are thrown away (finally, async with)
meets a loop that does nothing, and ports that are dead.
"""

from __future__ import annotations

import asyncio
from asyncio import events
from types import CoroutineType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, TypeVarTuple, Unpack

from zhendao.simulators.world.engine.loop import Handle, Killed, Loop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextvars import Context

    from zhendao.simulators.world.engine.clockwork import Clockwork

_T = TypeVar("_T")
_P = ParamSpec("_P")
_Ts = TypeVarTuple("_Ts")
_CLOSINGS = 1000
"""So often a coroutine that waits again in its own finally is closed."""


class Process(Loop):
    """One process. ``name`` is for people; ``takes_ns`` says how long each call in an executor takes (0: none).

    ``told`` hears what no code of the process took care of: a callback that raised, a task whose error nobody heard of.
    """

    def __init__(
        self,
        clockwork: Clockwork,
        name: str,
        told: Callable[[str, BaseException], None] | None = None,
        takes_ns: Callable[[], int] | None = None,
    ) -> None:
        super().__init__(clockwork, name, told, takes_ns)
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._failed: list[tuple[int, asyncio.Task[Any]]] = []
        self._signals: dict[int, asyncio.Handle] = {}
        self._on_end: list[Callable[[BaseException | None], object]] = []

    # -- for the world

    def start(self, main: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Begin ``main`` as `asyncio.run` does, now, after what is due now already."""
        self.call_soon(self._begin, main)

    def on_end(self, callback: Callable[[BaseException | None], object]) -> None:
        """Call ``callback`` with main's error, or None, when the process has ended by itself; never after `kill`."""
        self._on_end.append(callback)

    def signal(self, number: int) -> None:
        """Send a signal: its handler is called; a process that has none for it dies."""
        handle = self._signals.get(number)
        if handle is None:
            self.kill()
        else:
            self._add(handle)

    def kill(self) -> None:
        """End it here, between two steps or in the middle of one: nothing of it is called again.

        In the middle of a step the port that was called raises `Killed`, so that the step goes no further.
        """
        if self.alive:
            self.alive = False
            self._tell_unheard(self._clockwork.now_ns)
            self._signals.clear()
            if not self._running:
                self._throw_away()

    def port(self, call: Callable[_P, _T]) -> Callable[_P, _T]:
        """Return ``call`` as this process may have it: it raises `Killed` once the process is dead."""

        def while_alive(*args: _P.args, **named: _P.kwargs) -> _T:
            if not self.alive:
                raise Killed
            return call(*args, **named)

        return while_alive

    # -- its life

    def _begin(self, main: Callable[[], Coroutine[Any, Any, object]]) -> None:
        self.create_task(self._whole(main), name=f"{self.name}: main").add_done_callback(self._ended)

    async def _whole(self, main: Callable[[], Coroutine[Any, Any, object]]) -> object:
        try:
            return await main()
        finally:
            me = asyncio.current_task()
            others = [one for one in self._tasks if one is not me]
            for one in others:
                one.cancel()
            if self.alive:
                await asyncio.gather(*others, return_exceptions=True)

    def _ended(self, main: asyncio.Task[Any]) -> None:
        error = asyncio.CancelledError() if main.cancelled() else main.exception()
        self._tell_unheard(self._clockwork.now_ns + 1)
        if error is not None and not self._on_end:
            self._tell("it ended", error)
        self.alive = False
        for callback in self._on_end:
            callback(error)

    def _throw_away(self) -> None:
        """Close every coroutine that is left: what it still does meets a dead loop."""
        self._ready.clear()
        before = events._get_running_loop()  # noqa: SLF001 - documented for loops
        events._set_running_loop(self)  # noqa: SLF001 - as above
        try:
            for task in self._tasks:
                task._log_destroy_pending = False  # type: ignore[attr-defined] # noqa: SLF001 - a kill is no mistake
                _close(task.get_coro())
        finally:
            events._set_running_loop(before)  # noqa: SLF001 - as above
        self._tasks.clear()
        self._failed.clear()
        self._ready.clear()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.pop(task, None)
        # to ask `exception()` would pass for somebody who has heard of it
        if not task.cancelled() and task._exception is not None:  # noqa: SLF001 - as above
            self._failed.append((self._clockwork.now_ns, task))

    def _tell_unheard(self, before_ns: int) -> None:
        """Tell of every task that failed before ``before_ns`` and whose error nobody has asked for."""
        for when_ns, task in self._failed:
            if task._log_traceback:  # noqa: SLF001 - what asyncio itself goes by
                error = task.exception()
                if error is not None and when_ns < before_ns:
                    self._tell(f"nobody heard that {task.get_name()} failed", error)
        self._failed.clear()

    # -- what asyncio asks of a loop that knows its tasks

    def create_task(
        self, coro: Any, *, name: str | None = None, context: Context | None = None, **more: Any
    ) -> asyncio.Task[Any]:
        """Run ``coro``. One for a process that is dead is closed, and never runs."""
        if not self.alive:
            coro.close()
            raise Killed
        task = asyncio.Task(coro, loop=self, name=name, context=context, **more)
        if not task.done():
            self._tasks[task] = None
            task.add_done_callback(self._done)
        return task

    def add_signal_handler(self, sig: int, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts) -> None:
        """Call ``callback`` when the world sends ``sig``."""
        self._signals[sig] = Handle(callback, args, None)

    def remove_signal_handler(self, sig: int) -> bool:
        """Take the handler away."""
        return self._signals.pop(sig, None) is not None


def _close(coroutine: object) -> None:
    """Close a coroutine and what it waits for, from the inside out, again as long as it waits in its own finally.

    From the inside out, for a coroutine that is left by the one that waited for it would be closed when the memory is
    swept, and say so.
    """
    for _ in range(_CLOSINGS):
        chain: list[CoroutineType[Any, Any, Any]] = []
        one = coroutine
        while isinstance(one, CoroutineType):
            chain.append(one)
            one = one.cr_await
        for left in reversed(chain):
            try:
                left.close()
            except KeyboardInterrupt:
                raise
            except BaseException:  # noqa: BLE001, S112 - a dead process says nothing
                continue
        if not chain or chain[0].cr_frame is None:
            break
