"""What is sent to one platform, when, and what becomes of it; time and chance are arguments, and there is no thread.

Promise: only what was answered is settled; a request whose answer was lost is sent again with the same keys; a batch
that was refused as a whole is halved until the record at fault stands alone.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from zhendao.gateway.forward import outbox
from zhendao.gateway.forward.dead_letters import Choice, Replayed, replay
from zhendao.gateway.forward.errors import BatchRefusedError, LinkError
from zhendao.gateway.forward.plan import PutOff, choose, failed_alone, judge, next_limit
from zhendao.gateway.forward.record import Answer, Letter, Record, Verdict, batch_key, printable
from zhendao.gateway.forward.retry import Circuit, Phase, Policy
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey

_LOG = logging.getLogger(__name__)

MOST: Final = 500  # records in one request
MOST_READ: Final = 20_000  # records read to find those that may go; of that many put off, the oldest go first
LEAST_WAIT_MS: Final = 10
TOLD_AT: Final = 5
"""When a record has failed alone so often, the log says so once."""
OUTAGE: Final = 8
"""More records than this that failed alone, one after another: it was the platform, and none of them."""


class Moment(NamedTuple):
    """Now, for waits (ms of a clock that goes on evenly) and as a date (UTC ms)."""

    mono_ms: int
    wall_ms: int


@dataclass(frozen=True, slots=True)
class Condition:
    """How forwarding to one destination stands, for ``/healthz`` and ``/metrics``; counts since the start."""

    destination: str
    phase: Phase
    sent: int
    refused: int
    failures: int
    last_error: str


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be sent now: ``letters`` under the idempotency key ``key``."""

    batch: tuple[Record, ...]
    letters: list[Letter]
    key: str


class Sending:
    """Decides for one destination: `next`, then `answered` or `failed`."""

    def __init__(
        self,
        store: Store,
        store_key: StoreKey,
        destination: str,
        chance: Callable[[], float],
        policy: Policy | None = None,
        most: int = MOST,
    ) -> None:
        """Send what ``store`` owes to ``destination``, at most ``most`` records a request.

        ``store_key`` opens it; ``chance`` gives numbers in [0, 1), which spread waits.
        """
        self._store = store
        self._store_key = store_key
        self._destination = destination
        self._chance = chance
        self._policy = policy or Policy()
        self._most = self._limit = most
        self._circuit = Circuit()
        self._put_off: dict[int, PutOff] = {}
        self._failed_alone: set[int] = set()  # since there was an answer last
        self.condition = Condition(destination, Phase.CLOSED, 0, 0, 0, "")

    def next(self, mono_ms: int) -> Request | None:
        """Return what is to be sent now, None if nothing is: see `wait_ms`. Raises what the store raises."""
        phase = self._circuit.phase(self._policy, mono_ms)
        if phase is Phase.OPEN:
            return None
        limit = 1 if phase is Phase.TRYING else self._limit
        # Room for what is put off and for later revisions of it, so that neither hides what could be sent.
        room = min(2 * limit + 4 * len(self._put_off), MOST_READ)
        with self._store.reading() as connection:
            waiting = outbox.waiting(connection, self._destination, room)
            trying = self._circuit.failures > 0
            batch = choose(waiting, self._put_off, mono_ms, limit, trying=trying) if waiting else ()
            if not batch:
                return None
            return Request(batch, outbox.letters(connection, self._store_key, batch), batch_key(batch))

    def wait_ms(self, mono_ms: int) -> int | None:
        """Return how long `next` has nothing to send if nothing new is owed; None: for ever."""
        if self._circuit.phase(self._policy, mono_ms) is Phase.OPEN:
            return self._circuit.wait_ms(mono_ms)
        due = min((one.not_before_ms for one in self._put_off.values()), default=None)
        return None if due is None else max(LEAST_WAIT_MS, due - mono_ms)

    def resting(self, mono_ms: int) -> bool:
        """Tell whether nothing is sent now, whatever is owed."""
        return self._circuit.phase(self._policy, mono_ms) is Phase.OPEN

    def answered(self, request: Request, answers: Mapping[str, Answer], now: Moment) -> None:
        """Settle what the platform answered, by the records' idempotency keys. Raises what the store raises."""
        settled, later = judge(request.batch, answers, self._put_off, self._policy.backoff, now.mono_ms, self._chance())
        if settled:
            anew = [record.id for record, answer, _ in settled if answer.verdict is Verdict.ANEW]
            with self._store.writing() as connection:
                outbox.settle(connection, self._destination, settled, now.wall_ms)
                if anew:
                    replay(connection, self._destination, Choice(anew), Replayed("", "", now.wall_ms))
        of_the_platform = self._failed_alone if len(self._failed_alone) > OUTAGE else set()
        for id_ in {record.id for record in request.batch} | of_the_platform:
            self._put_off.pop(id_, None)
        self._failed_alone.clear()
        self._put_off.update(later)
        if not settled:
            self._fail("the platform put off every record", 0, now.mono_ms)
            return
        if self._circuit.failures:
            _LOG.info("platform %s answers again", self._destination)
        self._circuit = self._circuit.after_success()
        self._limit = next_limit(self._limit, self._most, refused=False)
        for record, answer, _ in settled:
            if answer.verdict is not Verdict.TAKEN:
                _LOG.warning("refused by the platform: %s: %s", record.idempotency_key, answer.reason)
        refused = sum(answer.verdict is not Verdict.TAKEN for _, answer, _ in settled)
        self._tell(now.mono_ms, sent=len(settled) - refused, refused=refused)

    def failed(self, request: Request | None, error: Exception, now: Moment) -> None:
        """Take note of what came instead of an answer; whatever it is, the records stay owed. Never raises."""
        try:
            if isinstance(error, BatchRefusedError) and request is not None:
                self._refused(request, error, now)
                return
        except Exception as problem:  # noqa: BLE001 - whatever it is, the records stay owed and the worker must live
            error = problem
        if isinstance(error, LinkError):
            self._fail(error.detail, error.retry_after_ms, now.mono_ms)
        else:
            self._fail(f"{type(error).__name__}: {error}", 0, now.mono_ms)
        if request is not None:
            self._narrow(request.batch, now.mono_ms)

    def _narrow(self, batch: tuple[Record, ...], mono_ms: int) -> None:
        """Send less next time; a record that failed alone lets the others pass."""
        self._limit = next_limit(len(batch), self._most, refused=True)
        if len(batch) > 1:
            return
        record, rest_ms = batch[0], self._circuit.wait_ms(mono_ms)
        before = self._put_off.get(record.id)
        one = failed_alone(before, self._policy.backoff, mono_ms, rest_ms, self._chance())
        self._put_off[record.id] = one
        if before is None or not before.alone:
            self._failed_alone.add(record.id)
        if one.attempts == TOLD_AT:
            _LOG.warning("no answer to %s when it is sent alone; others go on", record.idempotency_key)

    def _refused(self, request: Request, error: BatchRefusedError, now: Moment) -> None:
        """Ask again with half of it; a record that was refused alone is a dead letter."""
        batch = request.batch
        if len(batch) == 1:
            refused = Answer(Verdict.REFUSED, str(error.status), error.detail)
            self.answered(request, {batch[0].idempotency_key: refused}, now)
        else:
            self._limit = next_limit(len(batch), self._most, refused=True)

    def _fail(self, why: str, asked_ms: int, mono_ms: int) -> None:
        if not self._circuit.failures:  # once until it answers again: an outage of a day is not a log of a day
            _LOG.warning("platform %s: %s; what is owed to it waits", self._destination, printable(why))
        self._circuit = self._circuit.after_failure(self._policy, mono_ms, self._chance(), asked_ms)
        self._tell(mono_ms, failures=1, error=why)

    def _tell(self, mono_ms: int, sent: int = 0, refused: int = 0, failures: int = 0, error: str | None = None) -> None:
        before = self.condition
        self.condition = Condition(
            destination=before.destination,
            phase=self._circuit.phase(self._policy, mono_ms),
            sent=before.sent + sent,
            refused=before.refused + refused,
            failures=before.failures + failures,
            last_error=error if error is not None else "" if sent or refused else before.last_error,
        )
