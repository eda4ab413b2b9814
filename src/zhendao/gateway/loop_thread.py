"""A thread with an event loop of its own that carries one task, which others wake and stop.

Promise: `wake` and `stop` may be called from any thread at any time, before the start and after the end too; a task
that is told to stop is cancelled where it stands.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine


class LoopThread:
    """Runs ``work(woken)`` once; the event ``woken`` is set by each `wake`.

    The task clears it, and only then looks for what there is to do: whoever finds it set need not set it again.
    """

    def __init__(self, name: str, work: Callable[[asyncio.Event], Coroutine[None, None, None]]) -> None:
        self._work = work
        self._thread = threading.Thread(target=self._main, name=name, daemon=True)
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopped = False
        self._woken = asyncio.Event()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Set ``woken``; cheap, and free while it is set: a platform that is dead is not woken by each commit."""
        if self._woken.is_set():
            return
        with self._lock, contextlib.suppress(RuntimeError):  # the loop has ended: nobody is to be woken
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._woken.set)

    def stop(self, timeout_s: float) -> bool:
        """Cancel the task; return whether the thread has ended."""
        with self._lock, contextlib.suppress(RuntimeError):  # as above
            self._stopped = True
            if self._loop is not None and self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _main(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._run())

    async def _run(self) -> None:
        with self._lock:
            self._loop = asyncio.get_running_loop()
            self._task = asyncio.current_task()
            if self._stopped:
                return
        await self._work(self._woken)
