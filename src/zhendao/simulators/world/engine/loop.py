"""An asyncio loop whose time is the world's: what asyncio asks of a loop, and nothing of sockets or threads.

Promises: everything is called in one order, given by what was asked for first. Threads are none: what is given to an
executor is called where it was given, or when its time has passed. A loop that is dead calls nothing.
"""

from __future__ import annotations

import asyncio
from asyncio import events
from collections import deque
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, Unpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from zhendao.simulators.world.engine.clockwork import Clockwork, Timer

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")
_MOST_AT_ONCE = 1_000_000
"""Callbacks in one instant; who needs more waits for something that never comes."""


class Killed(BaseException):
    """Raised by the ports of a process that was killed, through whatever it was doing."""


class Spinning(Exception):  # noqa: N818 - it names what the process does
    """A process was still busy after a million callbacks in one instant."""


class Handle(asyncio.Handle):
    """`asyncio.Handle`, made in fewer steps."""

    __slots__ = ()

    def __init__(self, callback: Callable[..., object], args: tuple[Any, ...], context: Context | None) -> None:
        self._callback = callback
        self._args = args
        self._context = copy_context() if context is None else context
        self._cancelled = False
        self._repr = self._source_traceback = None

    def __repr__(self) -> str:
        return f"<{self._callback}>"

    def cancel(self) -> None:
        """Call it off."""
        self._cancelled = True


class _Due(asyncio.TimerHandle):
    """`asyncio.TimerHandle` on a timer of the world."""

    __slots__ = ("due", "timer")

    def __init__(self, due: float, handle: Handle) -> None:
        self.due = due
        self._callback, self._args, self._context = handle._callback, handle._args, handle._context  # noqa: SLF001
        self._cancelled = False
        self.timer: Timer

    def __repr__(self) -> str:
        return f"<at {self.due}: {self._callback}>"

    def cancel(self) -> None:
        if not self._cancelled:
            self._cancelled = True
            self.timer.cancel()

    def when(self) -> float:
        return self.due


class Loop(asyncio.AbstractEventLoop):
    """The loop of one process; `process.Process` starts and ends it. ``alive`` turns false once, and for good."""

    def __init__(
        self,
        clockwork: Clockwork,
        name: str,
        told: Callable[[str, BaseException], None] | None,
        takes_ns: Callable[[], int] | None,
    ) -> None:
        self.name = name
        self.alive = True
        self._clockwork = clockwork
        self._told = told
        self._takes_ns = takes_ns
        self._ready: deque[asyncio.Handle] = deque()
        self._scheduled = False
        self._running = False
        self._busy_until: dict[Executor | None, int] = {}

    # -- what runs

    def _step(self) -> None:
        self._scheduled = False
        if self._running or not self.alive:
            return
        ready = self._ready
        before = events._get_running_loop()  # noqa: SLF001 - documented for loops
        events._set_running_loop(self)  # noqa: SLF001 - as above
        self._running = True
        count = 0
        try:
            while ready and self.alive:
                handle = ready.popleft()
                if handle._cancelled:  # noqa: SLF001 - a loop and its handles are one thing
                    continue
                count += 1
                if count > _MOST_AT_ONCE:
                    self.alive = False
                    raise Spinning(self.name)
                try:
                    handle._context.run(handle._callback, *handle._args)  # type: ignore[attr-defined] # noqa: SLF001
                except Exception as error:  # noqa: BLE001 - whatever it is: it is told, as asyncio does
                    if self.alive:
                        self._tell("a callback raised", error)
                except BaseException:
                    if self.alive:  # else it is how a dead process comes to its end
                        raise
        finally:
            self._running = False
            events._set_running_loop(before)  # noqa: SLF001 - as above
            if not self.alive:
                self._throw_away()

    def _add(self, handle: asyncio.Handle) -> None:
        self._ready.append(handle)
        if not self._scheduled and not self._running:
            self._scheduled = True
            self._clockwork.at(0, self._step)

    def _throw_away(self) -> None:
        """Let go of what is left, once dead."""
        self._ready.clear()

    def _tell(self, what: str, error: BaseException) -> None:
        if self._told is None:
            raise error
        self._told(f"{self.name}: {what}", error)

    # -- asyncio's own

    def time(self) -> float:
        """Return the seconds since the world began."""
        return self._clockwork.now_ns / 1_000_000_000

    def call_soon(
        self, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Call it next, in this instant; a dead process calls nothing."""
        handle = Handle(callback, args, context)
        if self.alive:
            self._add(handle)
        return handle

    call_soon_threadsafe = call_soon

    def call_at(
        self, when: float, callback: Callable[[Unpack[_Ts]], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call it at ``when`` s, or up to a microsecond later: a float that was rounded must not come too early."""
        due_ns = max((int(when * 1_000_000) + 1) * 1000, self._clockwork.now_ns + 1)
        return self._due(due_ns, when, Handle(callback, args, context))

    def call_later(
        self,
        delay: float,
        callback: Callable[[Unpack[_Ts]], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call it in ``delay`` s and a nanosecond: who waits again and again for less than one must see time pass."""
        due_ns = self._clockwork.now_ns + max(0, int(delay * 1_000_000_000)) + 1
        return self._due(due_ns, due_ns / 1_000_000_000, Handle(callback, args, context))

    def _due(self, due_ns: int, when: float, handle: Handle) -> asyncio.TimerHandle:
        due = _Due(when, handle)

        def come() -> None:
            if self.alive:
                self._ready.append(due)
                self._step()

        due.timer = self._clockwork.at(due_ns, come)
        return due

    def create_future(self) -> asyncio.Future[Any]:
        """Return a future of this loop."""
        return asyncio.Future(loop=self)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[_Ts]], _T], *args: *_Ts
    ) -> asyncio.Future[_T]:
        """Call it here; or, if calls take time, when those before it on the same executor are through.

        Then half of its time passes before it is done, and half before the loop hears of it: a kill may come between.
        """
        if not self.alive:
            raise Killed
        future: asyncio.Future[_T] = self.create_future()
        takes_ns = self._takes_ns() if self._takes_ns is not None else 0
        now_ns = self._clockwork.now_ns
        due_ns = max(now_ns, self._busy_until.get(executor, 0)) + takes_ns
        if due_ns == now_ns:
            self._call(future, func, args)
            return future
        self._busy_until[executor] = due_ns
        done: asyncio.Future[_T] = self.create_future()

        def heard() -> None:
            if self.alive:
                self.call_soon(self._pass_on, done, future)

        def come() -> None:
            if self.alive:
                self.call_soon(self._call, done, func, args)
                self._clockwork.at(due_ns, heard)

        self._clockwork.at(due_ns - takes_ns // 2, come)
        return future

    @staticmethod
    def _pass_on(done: asyncio.Future[Any], future: asyncio.Future[Any]) -> None:
        error = done.exception()
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(done.result())

    @staticmethod
    def _call(future: asyncio.Future[Any], func: Callable[..., Any], args: tuple[Any, ...]) -> None:
        try:
            found = func(*args)
        except Exception as error:  # noqa: BLE001 - it is whoever waits for it that hears of it
            if not future.cancelled():
                future.set_exception(error)
        else:
            if not future.cancelled():
                future.set_result(found)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Take what asyncio has to say.

        Not of a future that was thrown away with its error: that is said when the memory is swept, at no given time.
        """
        error = context.get("exception")
        if self.alive and isinstance(error, BaseException) and "future" not in context:
            self._tell(str(context.get("message")), error)

    def get_debug(self) -> bool:
        """No: asyncio's own checks look at the clock of the machine."""
        return False

    def is_running(self) -> bool:
        """Tell whether one of its callbacks is being called now."""
        return self._running

    def is_closed(self) -> bool:
        """Tell whether it has ended or was killed."""
        return not self.alive

    async def shutdown_asyncgens(self) -> None:
        """Nothing is kept about them."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncio's signature
        """There is none."""
