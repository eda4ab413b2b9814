"""The worker of one destination: a thread of its own that sends what is owed, and settles only what was answered.

Promise: ingest never waits for it; it sleeps until told of new rows (or until a wait is over) and ends within two
seconds of `stop`, whatever the platform does. A request whose answer was lost is sent again with the same keys.
"""

import asyncio
import contextlib
import logging
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from zhendao.gateway.forward import outbox
from zhendao.gateway.forward.connector import Connector
from zhendao.gateway.forward.errors import BatchRefusedError, LinkError
from zhendao.gateway.forward.plan import PutOff, choose, judge, next_limit
from zhendao.gateway.forward.record import Answer, Record, Verdict, batch_key
from zhendao.gateway.forward.retry import Circuit, Phase, Policy
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey

_LOG = logging.getLogger(__name__)

MOST = 500  # records in one request
MOST_READ = 20_000  # records read to find those that may go; of that many put off, the oldest go first
IDLE_S = 30.0  # rows that another process wrote are seen after this long at the latest


@dataclass(frozen=True, slots=True)
class Condition:
    """How forwarding to one destination stands, for ``/healthz`` and ``/metrics``; counts since the start."""

    destination: str
    phase: Phase
    sent: int
    refused: int
    failures: int
    last_error: str


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
        self._store = store
        self._store_key = store_key
        self._connector = connector
        self._policy = policy or Policy()
        self._most = most
        self._idle_s = idle_s
        self._thread = threading.Thread(target=self._main, name="forward", daemon=True)
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopped = False
        self._woken = asyncio.Event()
        self._circuit = Circuit()
        self._put_off: dict[int, PutOff] = {}
        self._limit = most
        self._condition = Condition(connector.destination, Phase.CLOSED, 0, 0, 0, "")

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
        return self._condition

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
                wait_s = await self._step()
                with contextlib.suppress(TimeoutError):
                    if wait_s is None:
                        await asyncio.wait_for(self._woken.wait(), self._next_due_s())
                    elif wait_s > 0:
                        await asyncio.sleep(wait_s)
        finally:
            await self._connector.close()

    def _next_due_s(self) -> float:
        """Return how long nothing is due, if nobody wakes us."""
        due = min((one.not_before_ms for one in self._put_off.values()), default=None)
        return self._idle_s if due is None else min(self._idle_s, max(0.01, (due - _now_ms()) / 1000))

    async def _step(self) -> float | None:
        """Send one batch; return how long to wait before the next, None to wait until woken."""
        now = _now_ms()
        phase = self._circuit.phase(self._policy, now)
        if phase is Phase.OPEN:
            return self._circuit.wait_ms(now) / 1000
        limit = 1 if phase is Phase.TRYING else self._limit
        try:
            batch = choose(self._waiting(limit), self._put_off, now, limit)
            if not batch:
                return None
            self._settle(*await self._ask(batch))
        except LinkError as error:
            self._failed(error.detail, error.retry_after_ms)
        except Exception as error:  # noqa: BLE001 - whatever it is, the records stay owed and the thread must live
            self._failed(f"{type(error).__name__}: {error}", 0)
        return 0.0

    async def _ask(self, batch: tuple[Record, ...]) -> tuple[tuple[Record, ...], Mapping[str, Answer]]:
        """Send ``batch``, or the first part of it that is not refused as a whole; return what was sent, and answers."""
        try:
            with self._store.reading() as connection:
                letters = outbox.letters(connection, self._store_key, batch)
            return batch, await self._connector.send(letters, batch_key(batch))
        except BatchRefusedError as error:
            if len(batch) == 1:
                refused = Answer(Verdict.REFUSED, str(error.status), error.detail)
                return batch, {batch[0].idempotency_key: refused}
            self._limit = next_limit(len(batch), self._most, refused=True)
            return await self._ask(batch[: self._limit])

    def _waiting(self, limit: int) -> list[Record]:
        # Room for what is put off and for later revisions of it, so that neither hides what could be sent.
        room = min(2 * limit + 4 * len(self._put_off), MOST_READ)
        with self._store.reading() as connection:
            return outbox.waiting(connection, self._connector.destination, room)

    def _settle(self, batch: tuple[Record, ...], answers: Mapping[str, Answer]) -> None:
        settled, later = judge(batch, answers, self._put_off, self._policy.backoff, _now_ms(), _chance())
        if settled:
            with self._store.writing() as connection:
                outbox.settle(connection, self._connector.destination, settled, time.time_ns() // 1_000_000)
        for record in batch:
            self._put_off.pop(record.id, None)
        self._put_off.update(later)
        if not settled:
            self._failed("the platform put off every record", 0)
            return
        if self._circuit.failures:
            _LOG.info("platform %s answers again", self._connector.destination)
        self._circuit = self._circuit.after_success()
        self._limit = next_limit(self._limit, self._most, refused=False)
        for record, answer, _ in settled:
            if answer.verdict is Verdict.REFUSED:
                _LOG.warning("refused by the platform: %s: %s", record.idempotency_key, answer.reason)
        refused = sum(answer.verdict is Verdict.REFUSED for _, answer, _ in settled)
        self._tell(sent=len(settled) - refused, refused=refused)

    def _failed(self, why: str, asked_ms: int) -> None:
        if not self._circuit.failures:  # once until it answers again: an outage of a day is not a log of a day
            _LOG.warning("platform %s: %s; what is owed to it waits", self._connector.destination, why)
        self._circuit = self._circuit.after_failure(self._policy, _now_ms(), _chance(), asked_ms)
        self._tell(failures=1, error=why)

    def _tell(self, sent: int = 0, refused: int = 0, failures: int = 0, error: str | None = None) -> None:
        before = self._condition
        self._condition = Condition(
            destination=before.destination,
            phase=self._circuit.phase(self._policy, _now_ms()),
            sent=before.sent + sent,
            refused=before.refused + refused,
            failures=before.failures + failures,
            last_error=error if error is not None else "" if sent or refused else before.last_error,
        )


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def _chance() -> float:
    return random.random()  # noqa: S311 - spreads waits, keeps no secret
