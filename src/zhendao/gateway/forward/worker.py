"""The worker of one destination: a thread of its own that carries what `sending` decides to the platform and back.

Promise: ingest never waits for it; it sleeps until told of new rows (or until a wait is over) and ends within two
seconds of `stop`, whatever the platform does.
"""

import asyncio
import contextlib
import random
import time

from zhendao.gateway.forward.connector import Connector
from zhendao.gateway.forward.retry import Policy
from zhendao.gateway.forward.sending import MOST, Condition, Moment, Request, Sending
from zhendao.gateway.loop_thread import LoopThread
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
        self._thread = LoopThread("forward", self._run)

    def start(self) -> None:
        """Begin sending."""
        self._thread.start()

    def wake(self) -> None:
        """Say that rows were committed; cheap, from any thread, at any time."""
        self._thread.wake()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End the worker; return whether it has ended. A request under way is given up, its records stay owed."""
        return self._thread.stop(timeout_s)

    @property
    def condition(self) -> Condition:
        """How it stands now."""
        return self._sending.condition

    async def _run(self, woken: asyncio.Event) -> None:
        try:
            while True:
                woken.clear()
                mono_ms = _now().mono_ms
                if not await self._send(mono_ms):
                    await self._wait(woken, mono_ms)
        finally:
            await self._connector.close()

    async def _send(self, mono_ms: int) -> bool:
        """Send one batch; return whether there was one at ``mono_ms``."""
        request: Request | None = None
        try:
            request = self._sending.next(mono_ms)
            if request is None:
                return False
            self._sending.answered(request, await self._connector.send(request.letters, request.key), _now())
        except Exception as error:  # noqa: BLE001 - whatever it is, the records stay owed and the thread must live
            self._sending.failed(request, error, _now())
        return True

    async def _wait(self, woken: asyncio.Event, mono_ms: int) -> None:
        """Wait until something is to be done; new rows end it, but not the rest of a platform that failed.

        ``mono_ms`` is the moment at which there was nothing: a rest that ends between the two looks is no idleness.
        """
        wait_ms = self._sending.wait_ms(mono_ms)
        wait_s = self._idle_s if wait_ms is None else wait_ms / 1000
        if self._sending.resting(mono_ms):
            await asyncio.sleep(wait_s)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), min(self._idle_s, wait_s))


def _now() -> Moment:
    return Moment(time.monotonic_ns() // 1_000_000, time.time_ns() // 1_000_000)


def _chance() -> float:
    return random.random()  # noqa: S311 - spreads waits, keeps no secret
