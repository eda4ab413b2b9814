"""What one channel sends, when, and what becomes of it; time and chance are arguments, and there is no thread.

Promise: right before anything goes out everything is asked once more, in the transaction that writes down that it goes:
whoever has checked in by then, or may not be reminded any more, is left out. While the gateway hears of no terminal, or
has facts that nothing was concluded from, nothing goes out. What may have gone out is sent again only to a receiver
that knows ids: a reminder twice is worse than none. rule: REMIND, PIPL
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final

from sqlalchemy import Connection

from zhendao.gateway.alerts.dispatch.sending import Moment
from zhendao.gateway.forward.retry import Backoff, Circuit, Phase, Policy
from zhendao.gateway.outward.answers import Answer, Verdict
from zhendao.gateway.registry.current import Current
from zhendao.gateway.reminders import book
from zhendao.gateway.reminders.asking import Asking, Job, Setting
from zhendao.gateway.reminders.message import COUNT
from zhendao.gateway.reminders.present import is_behind
from zhendao.gateway.reminders.times import in_window
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey

_LOG = logging.getLogger(__name__)

POLICY: Final = Policy(Backoff(1_000, 60_000), trip_after=5, rest_ms=10_000, asked_ms=600_000)
MINUTE_MS: Final = 61_000
"""A second more than a minute: the receiver's clock is not ours."""
MOST_PEOPLE: Final = 200
"""So many are asked about in one transaction; of a message that only counts, ten times as many."""
HOUR_MS: Final = 3_600_000

Writer = Callable[[Callable[[Connection], Any]], Any]


@dataclass(frozen=True, slots=True)
class Condition:
    """How a channel stands, for ``/healthz``; counts since the start."""

    channel: str
    phase: Phase = Phase.CLOSED
    sent: int = 0
    refused: int = 0
    failures: int = 0
    last_error: str = ""


class Sending:
    """Decides for one channel: `begin`, then `next` and `finished` again and again."""

    def __init__(
        self,
        store: Store,
        key: StoreKey,
        registry: Current,
        setting: Setting,
        write: Writer | None = None,
        policy: Policy = POLICY,
    ) -> None:
        """Send what ``store`` owes; ``write`` runs what it is given in a write transaction."""
        self._store, self._key, self._registry = store, key, registry
        self._set, self._policy = setting, policy
        self._write = write or self._write_here
        self._circuit = Circuit()
        self._sent_ms: deque[int] = deque()
        self.condition = Condition(setting.table.name)

    def begin(self, now: Moment) -> None:
        """Take up what a gateway that ended left under way. Raises as the store does."""
        channel, once = self._set.table.name, self._set.way.once
        with self._store.reading() as connection:
            left = book.has(connection, channel, book.SENDING)
            sent = book.lately(connection, channel, now.wall_ms - MINUTE_MS)
        self._sent_ms.extend([now.mono_ms] * sent)
        if left:
            count = self._write(lambda connection: book.left_over(connection, channel, now.wall_ms, once=once))
            _LOG.warning("remind channel %s: %d reminders were under way when the gateway ended", channel, count)

    def next(self, now: Moment, room: int) -> list[Job]:
        """Return what goes out now, at most ``room`` messages. Raises as the store does."""
        phase = self._circuit.phase(self._policy, now.mono_ms)
        room = min(room, self._pace(now.mono_ms), 1 if phase is Phase.TRYING or self._set.way.form else room)
        with self._store.reading() as connection:
            if not book.has(connection, self._set.table.name, book.WAITING):
                return []
        if phase is Phase.OPEN:
            room = 0
        jobs: list[Job] = self._write(lambda connection: self._claimed(connection, now, room))
        self._sent_ms.extend([now.mono_ms] * len(jobs))
        return jobs

    def finished(self, done: Sequence[tuple[Job, Answer]], now: Moment) -> None:
        """Write down what came of messages, in one transaction. Raises what the store raises."""

        def settle(connection: Connection) -> None:
            for job, answer in done:
                self._settle(connection, job, answer, now.wall_ms)

        self._write(settle)
        for _, answer in done:
            self._note(answer, now)

    def wait_ms(self, now: Moment) -> int:
        """Return how long nothing can go out, 0 where it can."""
        rest_ms = self._circuit.wait_ms(now.mono_ms)
        if self._pace(now.mono_ms) <= 0:
            rest_ms = max(rest_ms, self._sent_ms[0] + MINUTE_MS - now.mono_ms)
        return rest_ms

    def _write_here(self, doing: Callable[[Connection], Any]) -> Any:
        with self._store.writing() as connection:
            return doing(connection)

    def _pace(self, mono_ms: int) -> int:
        """Return how many messages may go out within this minute."""
        while self._sent_ms and self._sent_ms[0] <= mono_ms - MINUTE_MS:
            self._sent_ms.popleft()
        return self._set.table.pace - len(self._sent_ms)

    # -- right before anything goes out, in the transaction that says so

    def _claimed(self, connection: Connection, now: Moment, room: int) -> list[Job]:
        table, plan = self._set.table, self._set.plan
        most = MOST_PEOPLE * (10 if table.names == COUNT and table.is_bot else 1)
        rows = book.waiting(connection, table.name, most)
        late = [one for one in rows if not in_window(plan, one.due_ms, now.wall_ms, self._set.rules.offset_ms)]
        book.close(connection, late, book.LATE, now.wall_ms)
        rows = [one for one in rows if one not in late]
        if room <= 0 or not rows or self._set.deaf() or is_behind(connection):
            return []
        room = min(room, table.most_an_hour - book.lately(connection, table.name, now.wall_ms - HOUR_MS))
        if room <= 0:
            return []
        asking = Asking(connection, self._key, self._set, self._set.duties.of(self._registry.at(connection)), now)
        if self._set.way.form is None:
            return asking.texts(rows, room)
        return asking.group(list(takewhile(lambda one: one.round_id == rows[0].round_id, rows)))

    # -- what came of it

    def _settle(self, connection: Connection, job: Job, answer: Answer, now_ms: int) -> None:
        if answer.verdict is Verdict.FAILED:
            if answer.unsure and not self._set.way.once:
                book.settle(connection, job.ids, book.UNSURE, now_ms, answer.detail)
            else:
                book.again(connection, job.ids, answer.detail, may_be_out=answer.unsure)
            return
        state = book.SENT if answer.verdict is Verdict.TAKEN else book.REFUSED
        book.settle(connection, job.ids, state, now_ms, answer.detail)

    def _note(self, answer: Answer, now: Moment) -> None:
        name, failures = self._set.table.name, self._circuit.failures
        if answer.verdict is Verdict.FAILED:
            if not failures:  # once until it answers again
                _LOG.warning("remind channel %s: %s", name, answer.detail)
            self._circuit = self._circuit.after_failure(self._policy, now.mono_ms, self._set.chance(), answer.asked_ms)
        else:
            if failures:
                _LOG.info("remind channel %s answers again", name)
            self._circuit = self._circuit.after_success()
            if answer.verdict is Verdict.REFUSED:
                _LOG.warning("remind channel %s refused: %s", name, answer.detail)
        before, bad = self.condition, answer.verdict is not Verdict.TAKEN
        self.condition = Condition(
            before.channel,
            self._circuit.phase(self._policy, now.mono_ms),
            before.sent + (answer.verdict is Verdict.TAKEN),
            before.refused + (answer.verdict is Verdict.REFUSED),
            before.failures + (answer.verdict is Verdict.FAILED),
            answer.detail if bad else "",
        )
