"""The worker of one destination: a thread of its own that carries what `sending` decides to the platform and back.

Promise: ingest never waits for it; it sleeps until told of new rows (or until a wait is over) and ends within two
seconds of `stop`, whatever the platform does.
"""

import asyncio
import contextlib
import random
import threading
import time

from zhendao.gateway.forward.connector import Connector
from zhendao.gateway.forward.retry import Policy
from zhendao.gateway.forward.sending import MOST, Condition, Moment, Request, Sending
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey

IDLE_S = 30.0  # rows that another process wrote are seen after this long at the latest


class Worker:
    """Sends to one destination; make it, `start`, `wake` after each commit that enqueued, `stop`."""

    def __init__(
        self,
        store: Store,
        store_key: StoreKey,
        connector: Connector,
        *,
        policy: Policy | None = None,
        most: int = MOST,
        idle_s: float = IDLE_S,
    ) -> None:
        """Send what ``store`` owes to ``connector``, at most ``most`` records a request; ``store_key`` opens it."""
        self._connector = connector
        self._sending = Sending(store, store_key, connector.destination, _chance, policy, most)
        self._idle_s = idle_s
        self._thread = threading.Thread(target=self._main, name="forward", daemon=True)
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopped = False
        self._woken = asyncio.Event()

    def start(self) -> None:
        """Begin sending."""
        self._thread.start()

    def wake(self) -> None:
        """Say that rows were committed; cheap, from any thread, at any time."""
        with self._lock, contextlib.suppress(RuntimeError):  # the loop has ended: nobody is to be woken
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._woken.set)

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End the worker; return whether it has ended. A request under way is given up, its records stay owed."""
        with self._lock, contextlib.suppress(RuntimeError):  # as above
            self._stopped = True
            if self._loop is not None and self._task is not None:
                self._loop.call_soon_threadsafe(self._task.cancel)
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def condition(self) -> Condition:
        """How it stands now."""
        return self._sending.condition

    def _main(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._run())

    async def _run(self) -> None:
        with self._lock:
            self._loop = asyncio.get_running_loop()
            self._task = asyncio.current_task()
            if self._stopped:
                return
        try:
            while True:
                self._woken.clear()
                if not await self._send():
                    await self._wait()
        finally:
            await self._connector.close()

    async def _send(self) -> bool:
        """Send one batch; return whether there was one."""
        request: Request | None = None
        try:
            request = self._sending.next(_now().mono_ms)
            if request is None:
                return False
            self._sending.answered(request, await self._connector.send(request.letters, request.key), _now())
        except Exception as error:  # noqa: BLE001 - whatever it is, the records stay owed and the thread must live
            self._sending.failed(request, error, _now())
        return True

    async def _wait(self) -> None:
        """Wait until something is to be done; new rows end it, but not the rest of a platform that failed."""
        mono_ms = _now().mono_ms
        wait_ms = self._sending.wait_ms(mono_ms)
        wait_s = self._idle_s if wait_ms is None else wait_ms / 1000
        if self._sending.resting(mono_ms):
            await asyncio.sleep(wait_s)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), min(self._idle_s, wait_s))


def _now() -> Moment:
    return Moment(time.monotonic_ns() // 1_000_000, time.time_ns() // 1_000_000)


def _chance() -> float:
    return random.random()  # noqa: S311 - spreads waits, keeps no secret
