"""What one channel sends, when, and what becomes of it; time and chance are arguments, and there is no thread.

Promise: the most urgent first, then the oldest; a message stays owed until it was taken, refused for good, its alert is
ended, or its time is over; each attempt is a line of the log before the next one. What shows somebody unmasked is
logged as a reading before it is sent. A seat that has it is noted at the alert. rule: SOS, PIPL.
"""

import json
import logging
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from zhendao.command.atrest.catalogue import of_message
from zhendao.gateway.accesses import book as accesses
from zhendao.gateway.alerts import life
from zhendao.gateway.alerts.book import Book
from zhendao.gateway.alerts.dispatch import message
from zhendao.gateway.alerts.dispatch.owing import WAITING
from zhendao.gateway.alerts.dispatch.settings import SEAT, ChannelTable
from zhendao.gateway.alerts.dispatch.tables import ATTEMPTS, SENDS
from zhendao.gateway.alerts.dossier import gather, who
from zhendao.gateway.alerts.values import Alert
from zhendao.gateway.forward.retry import Backoff, Circuit, Phase, Policy
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.outward.answers import Answer, Verdict
from zhendao.gateway.registry.current import Current
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.prepared import Prepared
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.errors import ProtocolError

_LOG = logging.getLogger(__name__)

POLICY: Final = Policy(Backoff(200, 10_000), trip_after=5, rest_ms=2_000, asked_ms=60_000)
"""Shorter than a platform's: what is sent here cannot wait a minute."""
LEAST_WAIT_MS: Final = 10
PATIENT: Final = 2
"""A message that failed so often lets others go first; before, the channel rests and the most urgent stays first."""

_ROWS: Final = Prepared(
    select(
        SENDS.c.id, SENDS.c.message_id, SENDS.c.alert_id, SENDS.c.audience, SENDS.c.names, SENDS.c.recipient,
        SENDS.c.owed_ms, SENDS.c.attempts,
    )
    .where(SENDS.c.channel == bindparam("channel"), SENDS.c.state == WAITING)
    .order_by(SENDS.c.urgency, SENDS.c.id)
    .limit(bindparam("most"))
)  # fmt: skip


Writer = Callable[[Callable[[Connection], Any]], Any]


class Moment(NamedTuple):
    """Now, for waits (ms of a clock that goes on evenly) and as a date (UTC ms)."""

    mono_ms: int
    wall_ms: int


@dataclass(frozen=True, slots=True)
class Job:
    """A message to be sent now: JSON for a machine, or a text for a phone."""

    send_id: int
    message_id: str
    alert_id: int
    audience: str
    names: tuple[str, ...]
    attempts: int
    begun: Moment
    body: bytes = b""
    phone: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """How a channel stands, for ``/healthz``; counts since the start."""

    channel: str
    phase: Phase
    sent: int = 0
    refused: int = 0
    failures: int = 0
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class _Row:
    send_id: int
    message_id: str
    alert_id: int
    audience: str
    names: bytes
    recipient: bytes | None
    owed_ms: int
    attempts: int


class Sending:
    """Decides for one channel: `next`, then `finished`."""

    def __init__(
        self,
        store: Store,
        store_key: StoreKey,
        table: ChannelTable,
        registry: Current,
        utc_offset_min: int,
        chance: Callable[[], float],
        policy: Policy = POLICY,
        told: Callable[[], None] = lambda: None,
        write: Writer | None = None,
    ) -> None:
        """Send what ``store`` owes to the channel of ``table``; ``chance`` gives numbers in [0, 1).

        ``told`` is called after an alert has reached a seat; ``write`` runs what it is given in a write transaction.
        """
        self._store, self._key, self._table = store, store_key, table
        self._registry, self._offset_min = registry, utc_offset_min
        self._chance, self._policy, self._told = chance, policy, told
        self._write = write or self._write_here
        self._book = Book(store_key)
        self._circuit = Circuit()
        self._put_off: dict[int, int] = {}  # by row, when it may go again (even ms)
        self.condition = Condition(table.name, Phase.CLOSED)

    def next(self, now: Moment, under_way: Container[int], room: int) -> list[Job]:
        """Return what is to be sent now besides what is ``under_way``, at most ``room``. Raises as the store does."""
        phase = self._circuit.phase(self._policy, now.mono_ms)
        if phase is Phase.OPEN or room <= 0:
            return []
        room = 1 if phase is Phase.TRYING else room
        jobs: list[Job] = []
        over: list[tuple[_Row, str]] = []
        with self._store.reading() as connection:
            most = room + len(self._put_off) + self._table.at_a_time
            rows = [_Row(*row) for row in _ROWS.all(connection, channel=self._table.name, most=most)]
            for row in rows:
                if len(jobs) >= room:
                    break
                if row.send_id in under_way or self._put_off.get(row.send_id, now.mono_ms) > now.mono_ms:
                    continue
                try:
                    alert = self._book.get(connection, row.alert_id)
                    why = self._over(row, alert, now.wall_ms)
                    if why is None:
                        jobs.append(self._job(connection, row, alert, now))
                except ProtocolError:  # a row that was altered in the store: the others must not wait for it
                    why = "unreadable"
                if why is not None:
                    over.append((row, why))
        if over or (jobs and self._table.unmasked):
            self._note(over, jobs, now)
        return jobs

    def wait_ms(self, now: Moment) -> int | None:
        """Return how long `next` has nothing to send if nothing new is owed; None: for ever."""
        if self._circuit.phase(self._policy, now.mono_ms) is Phase.OPEN:
            return max(LEAST_WAIT_MS, self._circuit.wait_ms(now.mono_ms))
        due = min(self._put_off.values(), default=None)
        return None if due is None else max(LEAST_WAIT_MS, due - now.mono_ms)

    def resting(self, mono_ms: int) -> bool:
        """Tell whether nothing is sent now, whatever is owed."""
        return self._circuit.phase(self._policy, mono_ms) is Phase.OPEN

    def finished(self, done: Sequence[tuple[Job, Answer]], now: Moment) -> None:
        """Write down what came of attempts, in one transaction. Raises what the store raises: then they stay owed."""
        if self._write(lambda connection: sum(self._settle(connection, *one, now) for one in done)):
            self._told()
        for job, answer in done:
            self._put_off.pop(job.send_id, None)
            if answer.verdict is Verdict.FAILED:
                self._fail(job, answer, now)
            else:
                if self._circuit.failures:
                    _LOG.info("alert channel %s answers again", self._table.name)
                self._circuit = self._circuit.after_success()
                taken = answer.verdict is Verdict.TAKEN
                self._tell(now, sent=int(taken), refused=int(not taken))
                if not taken:
                    _LOG.warning("alert channel %s refused %s: %s", self._table.name, job.message_id, answer.detail)

    def broken(self, jobs: Sequence[Job], now: Moment) -> None:
        """Take note that nothing could be written: what was under way is tried again after a pause. Never raises."""
        for job in jobs:
            self._fail(job, Answer(Verdict.FAILED, "the store did not take it"), now)

    def _write_here(self, doing: Callable[[Connection], Any]) -> Any:
        with self._store.writing() as connection:
            return doing(connection)

    def _over(self, row: _Row, alert: Alert, wall_ms: int) -> str | None:
        if alert.closed:
            return "overtaken"
        # Tried at least once: a clock that was set ahead gives up nothing.
        return "given_up" if row.attempts and wall_ms - row.owed_ms > self._table.give_up_s * 1000 else None

    def _opened(self, message_id: str, column: str, sealed: bytes) -> bytes:
        return self._key.open(sealed, of_message(message_id, column), f"alert-send/{message_id}".encode())

    def _job(self, connection: Connection, row: _Row, alert: Alert, now: Moment) -> Job:
        names = tuple(json.loads(self._opened(row.message_id, "names", row.names)))
        said: dict[str, Any] = {}
        if row.recipient is not None:
            said["phone"] = self._opened(row.message_id, "recipient", row.recipient).decode()
            name, care_level = who(connection, self._key, alert, now.wall_ms)
            said["text"] = message.as_text(alert, name, care_level, row.audience, self._offset_min)
        else:
            dossier = gather(connection, self._key, self._registry.at(connection), alert, now.wall_ms)
            unmasked = self._table.unmasked
            said["body"] = message.as_json(row.message_id, dossier, names, row.audience, unmasked=unmasked)
        return Job(row.send_id, row.message_id, row.alert_id, row.audience, names, row.attempts, now, **said)

    def _note(self, over: Sequence[tuple[_Row, str]], jobs: Sequence[Job], now: Moment) -> None:
        def doing(connection: Connection) -> None:
            for row, why in over:
                _close(connection, row.send_id, why, row.attempts, now.wall_ms)
                _log(connection, self._table.name, row.send_id, now.wall_ms, 0, why, "")
            for job in jobs if self._table.unmasked else ():
                said = f"alert={job.alert_id}&channel={self._table.name}"
                accesses.enter(connection, now.wall_ms, ("", "channel"), "alerts", said, items=1, names=True)

        self._write(doing)
        for row, _ in over:
            self._put_off.pop(row.send_id, None)

    def _settle(self, connection: Connection, job: Job, answer: Answer, now: Moment) -> bool:
        """Write down what came of an attempt; return whether the alert has reached a seat by it."""
        took_ms = min(now.mono_ms - job.begun.mono_ms, 2**31 - 1)
        _log(connection, self._table.name, job.send_id, now.wall_ms, took_ms, answer.verdict.value, answer.detail)
        if answer.verdict is Verdict.FAILED:
            query = update(SENDS).where(SENDS.c.id == job.send_id).values(attempts=job.attempts + 1)
            connection.execute(query)
            return False
        taken = answer.verdict is Verdict.TAKEN
        _close(connection, job.send_id, "sent" if taken else "refused", job.attempts + 1, now.wall_ms)
        if not taken or job.audience != SEAT:
            return False
        alert = self._book.get(connection, job.alert_id)
        seat = "、".join(job.names) or self._table.name
        change = life.told(alert, seat[:64], Now(now.wall_ms, now.wall_ms))
        if change.entries:
            self._book.write(connection, change)
        return bool(change.entries)

    def _fail(self, job: Job, answer: Answer, now: Moment) -> None:
        if not self._circuit.failures:  # once until it answers again: an outage of a day is not a log of a day
            _LOG.warning("alert channel %s: %s; what is owed to it waits", self._table.name, answer.detail)
        self._circuit = self._circuit.after_failure(self._policy, now.mono_ms, self._chance(), answer.asked_ms)
        if job.attempts >= PATIENT:
            # From the end of the channel's rest on: then the others go first.
            wait_ms = max(self._policy.backoff.delay_ms(job.attempts, self._chance()), LEAST_WAIT_MS)
            self._put_off[job.send_id] = now.mono_ms + self._circuit.wait_ms(now.mono_ms) + wait_ms
        self._tell(now, failures=1, error=answer.detail)

    def _tell(self, now: Moment, sent: int = 0, refused: int = 0, failures: int = 0, error: str = "") -> None:
        before = self.condition
        self.condition = Condition(
            channel=before.channel,
            phase=self._circuit.phase(self._policy, now.mono_ms),
            sent=before.sent + sent,
            refused=before.refused + refused,
            failures=before.failures + failures,
            last_error=error,
        )


def _close(connection: Connection, send_id: int, state: str, attempts: int, now_ms: int) -> None:
    values = {"state": state, "attempts": attempts, "settled_ms": now_ms}
    connection.execute(update(SENDS).where(SENDS.c.id == send_id).values(values))


def _log(
    connection: Connection, channel: str, send_id: int, now_ms: int, took_ms: int, outcome: str, detail: str
) -> None:
    values = {"send_id": send_id, "channel": channel, "at_ms": now_ms, "took_ms": took_ms, "outcome": outcome}
    connection.execute(insert(ATTEMPTS).values(values | {"detail": detail[:400]}))
