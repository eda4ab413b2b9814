"""The worker of one channel: a thread of its own that carries what `sending` decides to the receiver and back.

Promise: neither ingest nor another channel ever waits for it. It ends within two seconds of `stop`; what was under way
stays written down as that, and is taken up by the next start.
"""

import asyncio
import logging
import time
from typing import Final

from zhendao.gateway.alerts.dispatch.sending import Moment
from zhendao.gateway.errors import GatewayError
from zhendao.gateway.loop_thread import LoopThread
from zhendao.gateway.outward.answers import Answer, Verdict
from zhendao.gateway.outward.posting import Poster
from zhendao.gateway.reminders.asking import Job
from zhendao.gateway.reminders.sending import Condition, Sending
from zhendao.gateway.reminders.settings import ChannelTable
from zhendao.gateway.reminders.ways.way import Way

_LOG = logging.getLogger(__name__)
IDLE_S: Final = 1.0
BROKEN_S: Final = 1.0


class Worker:
    """Sends by one channel; make it, `start`, `wake` after a round, `stop`."""

    def __init__(
        self, sending: Sending, table: ChannelTable, way: Way, secrets: tuple[str, ...], idle_s: float = IDLE_S
    ) -> None:
        """Carry what ``sending`` decides by ``way``; ``secrets``: what no log may hold."""
        self._sending, self._table, self._way, self._secrets, self._idle_s = sending, table, way, secrets, idle_s
        self._thread = LoopThread(f"remind {table.name}", self._run)

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
        poster = Poster(self._table.timeout_s, self._table.ca, self._table.at_a_time, None, self._secrets)
        jobs: dict[asyncio.Task[Answer], Job] = {}
        done: list[tuple[Job, Answer]] = []
        fresh = True
        try:
            while True:
                woken.clear()
                try:
                    await self._settle(jobs, done)
                    if fresh and not jobs:
                        await asyncio.to_thread(self._sending.begin, _now())
                        fresh = False
                    await self._begin(poster, jobs)
                except GatewayError as error:
                    fresh = True  # what was claimed may be in the store and with nobody
                    _LOG.warning("remind channel %s: %s; it is tried again", self._table.name, error)
                    await asyncio.sleep(BROKEN_S)
                    continue
                except Exception:  # noqa: BLE001 - whatever it is, nothing is lost and the thread must live
                    fresh = True
                    _LOG.exception("remind channel %s", self._table.name)
                    await asyncio.sleep(BROKEN_S)
                    continue
                await self._wait(jobs, woken)
        finally:
            for task in jobs:
                task.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
            await poster.close()

    async def _begin(self, poster: Poster, jobs: dict[asyncio.Task[Answer], Job]) -> None:
        room = self._table.at_a_time - len(jobs)
        if room <= 0 or (self._table.is_bot and jobs):  # what a group is told keeps its order
            return
        now = _now()
        for job in await asyncio.to_thread(self._sending.next, now, room):
            request = self._way.request(job.letter, now.wall_ms)
            posted = poster.post(request.url, request.headers, request.body, self._way.read)
            jobs[asyncio.ensure_future(posted)] = job

    async def _settle(self, jobs: dict[asyncio.Task[Answer], Job], done: list[tuple[Job, Answer]]) -> None:
        """Write down what has come; where that fails it is written later: it is not sent again in between."""
        done += [(jobs.pop(task), _answer(task)) for task in list(jobs) if task.done()]
        if done:
            await asyncio.to_thread(self._sending.finished, list(done), _now())
            done.clear()

    async def _wait(self, jobs: dict[asyncio.Task[Answer], Job], woken: asyncio.Event) -> None:
        waker = asyncio.ensure_future(woken.wait())
        try:
            await asyncio.wait([waker, *jobs], timeout=self._idle_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waker.cancel()


def _answer(task: asyncio.Task[Answer]) -> Answer:
    """Return what a task came to; whatever went wrong in it, it may have gone out."""
    error = task.exception()
    return task.result() if error is None else Answer(Verdict.FAILED, type(error).__name__, unsure=True)


def _now() -> Moment:
    return Moment(time.monotonic_ns() // 1_000_000, time.time_ns() // 1_000_000)
