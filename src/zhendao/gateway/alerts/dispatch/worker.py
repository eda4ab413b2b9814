"""The worker of one channel: a thread of its own that carries what `sending` decides to the channel and back.

Promise: neither ingest nor another channel ever waits for it; several messages are under way at a time, so that one
slow answer holds up no call. It ends within two seconds of `stop`; what was under way stays owed.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable
from typing import Final

from zhendao.gateway.alerts.dispatch.channels import Channel, Signer
from zhendao.gateway.alerts.dispatch.sending import Condition, Job, Moment, Sending, Writer
from zhendao.gateway.alerts.dispatch.settings import ChannelTable
from zhendao.gateway.errors import GatewayError
from zhendao.gateway.loop_thread import LoopThread
from zhendao.gateway.outward.answers import Answer, Verdict
from zhendao.gateway.registry.current import Current
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey

_LOG = logging.getLogger(__name__)

IDLE_S: Final = 1.0
"""What was owed without a word to us (an escalation) is seen after this long at the latest."""
BROKEN_S: Final = 1.0


class Worker:
    """Sends by one channel; make it, `start`, `wake` after each commit that owes something, `stop`."""

    def __init__(
        self,
        store: Store,
        store_key: StoreKey,
        table: ChannelTable,
        signer: Signer,
        token: str | None,
        utc_offset_min: int,
        idle_s: float = IDLE_S,
        told: Callable[[], None] = lambda: None,
        write: Writer | None = None,
    ) -> None:
        """Send what ``store`` owes to the channel of ``table``; ``token`` is for its provider.

        ``told`` is called after an alert has reached a seat; ``write`` runs what it is given in a write transaction.
        """
        self._table, self._signer, self._token, self._idle_s = table, signer, token, idle_s
        self._sending = Sending(
            store, store_key, table, Current(store_key), utc_offset_min, _chance, told=told, write=write
        )
        self._thread = LoopThread(f"alerts {table.name}", self._run)

    def start(self) -> None:
        """Begin sending."""
        self._thread.start()

    def wake(self) -> None:
        """Say that something is owed; cheap, from any thread, at any time."""
        self._thread.wake()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """End the worker; return whether it has ended."""
        return self._thread.stop(timeout_s)

    @property
    def condition(self) -> Condition:
        """How it stands now."""
        return self._sending.condition

    async def _run(self, woken: asyncio.Event) -> None:
        channel = Channel(self._table, self._signer, self._token)
        jobs: dict[asyncio.Task[Answer], Job] = {}
        try:
            while True:
                woken.clear()
                try:
                    await self._settle(jobs)
                    now = _now()
                    await self._begin(channel, jobs, now)
                except GatewayError as error:
                    _LOG.warning("alert channel %s: %s; it is tried again", self._table.name, error)
                    await asyncio.sleep(BROKEN_S)
                    continue
                except Exception:  # noqa: BLE001 - whatever it is, the messages stay owed and the thread must live
                    _LOG.exception("alert channel %s", self._table.name)
                    await asyncio.sleep(BROKEN_S)
                    continue
                await self._wait(jobs, woken, now)
        finally:
            for task in jobs:
                task.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            await channel.close()

    async def _begin(self, channel: Channel, jobs: dict[asyncio.Task[Answer], Job], now: Moment) -> None:
        # In a thread: what is under way goes on while the store is waited for.
        under_way, room = {job.send_id for job in jobs.values()}, self._table.at_a_time - len(jobs)
        for job in await asyncio.to_thread(self._sending.next, now, under_way, room):
            sent = channel.text(job.message_id, job.phone, job.text) if job.phone else None
            task = asyncio.ensure_future(sent or channel.post(job.message_id, job.body))
            jobs[task] = job

    async def _settle(self, jobs: dict[asyncio.Task[Answer], Job]) -> None:
        """Write down what has come; where that fails, it is tried again as it was sent: under the same id."""
        done = [(task, job) for task, job in jobs.items() if task.done()]
        for task, _ in done:
            del jobs[task]
        if not done:
            return
        try:
            await asyncio.to_thread(self._sending.finished, [(job, _answer(task)) for task, job in done], _now())
        except Exception:
            self._sending.broken([job for _, job in done], _now())
            raise

    async def _wait(self, jobs: dict[asyncio.Task[Answer], Job], news: asyncio.Event, now: Moment) -> None:
        """Wait until something is to be done; ``now``: when it was looked for last, for a rest may have ended since."""
        wait_ms = self._sending.wait_ms(now)
        wait_s = self._idle_s if wait_ms is None else min(self._idle_s, wait_ms / 1000)
        resting = self._sending.resting(now.mono_ms)
        woken = asyncio.ensure_future(asyncio.sleep(wait_s) if resting else news.wait())
        try:
            await asyncio.wait([woken, *jobs], timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()


def _answer(task: asyncio.Task[Answer]) -> Answer:
    """Return what a task came to: whatever went wrong in it is a failure of that message alone."""
    error = task.exception()
    return task.result() if error is None else Answer(Verdict.FAILED, f"{type(error).__name__}: {error}"[:300])


def _now() -> Moment:
    return Moment(time.monotonic_ns() // 1_000_000, time.time_ns() // 1_000_000)


def _chance() -> float:
    return random.random()  # noqa: S311 - spreads waits, keeps no secret
