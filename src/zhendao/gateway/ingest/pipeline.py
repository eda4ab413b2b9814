"""Ingest of a group of waiting messages: proved, opened and stored in one transaction, then answered.

Promise: what is returned to be published was committed before (promise 2), the same message again changes nothing,
and no bytes from a broker end as an exception: a message that cannot be taken is refused by itself, and the rest goes
on (promise 9). A store that does not take the transaction raises `StoreError`, and nothing was acknowledged.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from zhendao.gateway.alerts.acting import Acts
from zhendao.gateway.alerts.raising import Alerting
from zhendao.gateway.cases.deeds import Clerk
from zhendao.gateway.errors import GatewayError, StoreError
from zhendao.gateway.ingest.answers import Beacon, acknowledgements
from zhendao.gateway.ingest.audit import Audit
from zhendao.gateway.ingest.group import MAX_GROUP_EVENTS, Hurried, not_hurried
from zhendao.gateway.ingest.handing import HandOn, nothing_to_hand_on
from zhendao.gateway.ingest.journal_changes import write_journals
from zhendao.gateway.ingest.orders import Commander
from zhendao.gateway.ingest.outcome import NOTHING, Outcome, together
from zhendao.gateway.ingest.receive import Receiver
from zhendao.gateway.ingest.refusal import Refused
from zhendao.gateway.ingest.session import Message, Outgoing, Session
from zhendao.gateway.ingest.spreads import Spread
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.ingest.taking import Taker
from zhendao.gateway.ingest.terminals import Terminals
from zhendao.gateway.ingest.watch import attend, gaps_due, next_gap_due
from zhendao.gateway.ingest.writing import write_facts, write_rejected
from zhendao.gateway.store.engine import Store
from zhendao.protocol.ack import RefusalState

_LOG = logging.getLogger(__name__)

Conclude = Callable[[Session], int]
"""Draws conclusions from the new facts of a transaction, writes them into it, and returns how many changed."""

Due = Callable[[Connection], int | None]
"""Tells from when on (UTC ms) some conclusion is to be drawn again because of the time alone; None: never."""


class Pipeline:
    """The way of messages into the store. Used by one thread."""

    def __init__(
        self,
        *,
        store: Store,
        terminals: Terminals,
        receiver: Receiver,
        tenant: str,
        conclude: Conclude,
        beacon: Callable[[Connection, int], bytes],
        gap_grace_ms: int,
        commander: Commander,
        spreading: Spread,
        alerting: Alerting,
        due: Due,
        redraw: Conclude,
        forget: Sequence[Callable[[], None]],
        hand_on: HandOn = nothing_to_hand_on,
        clerk: Clerk | None = None,
        looks_on: Callable[[Connection, Now], bool] = lambda _connection, _now: False,
    ) -> None:
        """Take everything it works with.

        ``looks_on`` tells whether surveys have more to look at as soon as there is time.
        ``hand_on`` tells what else goes to the terminals that were heard of, ``beacon`` gives the beacon of a moment
        (UTC ms), and keeps it; ``forget`` is called when a transaction failed: memory may be ahead of the store.
        """
        self._store = store
        self._terminals = terminals
        self._taker = Taker(tenant, terminals, receiver)
        self._tenant = tenant
        self._conclude = conclude
        self._beacon = beacon
        self._gap_grace_ms = gap_grace_ms
        self._commander = commander
        self._spreading = spreading
        self._due = due
        self._redraw = redraw
        self._hand_on, self._looks_on = hand_on, looks_on
        self.alerting, self.clerk = alerting, clerk
        self._audit = Audit(store)
        self._forgetful = (terminals.forget, self._audit.forget, spreading.forget, *forget)

    def process(
        self, messages: Sequence[Message], now_ms: int, steady_ms: int | None = None, hurried: Hurried = not_hurried
    ) -> Outcome:
        """Take a group of messages. Raises `StoreError` when the store does not take it; then try again.

        ``steady_ms``: now, for durations (see `steady`); as the wall clock says where it is not given. ``hurried`` is
        asked between messages: where it says so the group ends there, and `Outcome.taken` of it are stored.
        """
        steady_ms = now_ms if steady_ms is None else steady_ms
        try:
            return self._transaction(messages, now_ms, steady_ms, None, hurried)
        except StoreError:
            self.forget()
            raise
        except Exception:  # noqa: BLE001 - logged, and the message at fault is set aside by itself
            # Whatever it is, it must not stop the other terminals: each message is tried alone, and that one set aside.
            _LOG.exception("a group of %d messages failed", len(messages))
            self.forget()
        if len(messages) == 1:
            return self._transaction(messages, now_ms, steady_ms, Refused("internal", RefusalState.AGAIN), hurried)
        parts = [self.process([one], now_ms, steady_ms) for one in messages]
        return together(parts)

    def forget(self) -> None:
        """Read again what is held in memory: it may be ahead of the store."""
        for forget in self._forgetful:
            forget()

    @property
    def most_events(self) -> int:
        """How many of the smallest events one transaction may take now."""
        return self.alerting.table.hurried_events if self.alerting.hurried else MAX_GROUP_EVENTS

    def watch(self, now_ms: int, steady_ms: int | None = None) -> Outcome:
        """Do what time alone brings about; where people wait, that alone. Raises `StoreError` as `process`."""
        now = Now(now_ms, now_ms if steady_ms is None else steady_ms)
        urgent = self.escalate(*now)
        if urgent is not NOTHING:
            return replace(urgent, more=True)  # what fails in the rest takes nothing of it away
        with self._store.reading() as connection:
            journals_due = gaps_due(connection, now.steady_ms, self._gap_grace_ms)
            visits_due = self._visits_due(connection, now_ms)
            list_due = self._spreading.is_due(connection, now)
        outgoing: list[Outgoing] = []
        drawn, still_due = 0, False
        try:
            if journals_due or visits_due or list_due:
                with self._store.writing() as connection:
                    for journal in journals_due:
                        outgoing += attend(
                            connection, self._terminals, self._commander, journal, now, self._gap_grace_ms
                        )
                    outgoing += self._spreading.step(connection, now) if list_due else []
                    drawn = self._redraw(Session(connection, now_ms)) if visits_due else 0
                    still_due = self._visits_due(connection, now_ms) or self._looks_on(connection, now)
            more = self._audit.waits and self._audit.step(now_ms)
        except GatewayError:
            self.forget()
            raise
        alerts = self.alerting.take_touched()
        return Outcome(tuple(outgoing), 0, 0, drawn, (), more or drawn > 0 or still_due, alerts=alerts)

    def escalate(self, now_ms: int, steady_ms: int) -> Outcome:
        """Do what time alone brings about for people who wait, and nothing else. Raises `StoreError` as `process`."""
        now = Now(now_ms, steady_ms)
        with self._store.reading() as connection:
            if not self.alerting.is_due(connection, now):
                return NOTHING
        try:
            with self._store.writing() as connection:
                outgoing = self.alerting.step(connection, now)
        except GatewayError:
            self.forget()
            raise
        return Outcome(tuple(outgoing), 0, 0, 0, (), alerts=self.alerting.take_touched())

    def idle_ms(self, now_ms: int, steady_ms: int) -> int | None:
        """Return how long `watch` has nothing to do if no message comes; None: for ever. Raises `StoreError`."""
        with self._store.reading() as connection:
            gap = next_gap_due(connection, steady_ms, self._gap_grace_ms)
            visit = self._due(connection)
            listed_ms = self._spreading.next_ms(connection, Now(now_ms, steady_ms))
            alert_ms = self.alerting.next_ms(connection, Now(now_ms, steady_ms))
        if self._audit.waits:
            return 0
        waits = [max(0, at - now) for at, now in ((gap, steady_ms), (visit, now_ms)) if at is not None]
        return min([*waits, *(one for one in (listed_ms, alert_ms) if one is not None)], default=None)

    def _visits_due(self, connection: Connection, now_ms: int) -> bool:
        at = self._due(connection)
        return at is not None and at <= now_ms

    def _transaction(
        self, messages: Sequence[Message], now_ms: int, steady_ms: int, refuse: Refused | None, hurried: Hurried
    ) -> Outcome:
        self._terminals.trim()
        taken = 0
        with self._store.writing() as connection:
            session = Session(connection, now_ms, steady_ms)
            for message in messages:
                self._taker.take(session, message, refuse)
                taken += 1
                if hurried():
                    break
            write_facts(session)
            write_journals(session, self._gap_grace_ms)
            self._spreading.hear(session)
            told = self.alerting.note(session)
            drawn = self._conclude(session)
            write_rejected(connection, session.rejected, now_ms)
            outgoing = acknowledgements(session, self._tenant, Beacon(self._beacon(connection, now_ms), now_ms))
            outgoing += self._hand_on(session)
        outgoing = [*told, *outgoing]
        self._audit.waits = self._audit.waits or any(one.batch.last > one.batch.first for one, _ in session.batches)
        shown = sum(one.last - one.first + 1 for held in session.held.values() for one in held)
        return Outcome(
            tuple(outgoing),
            len(session.stored),
            shown - len(session.stored),
            drawn,
            tuple(one.refused.reason for one in session.rejected),
            alerts=self.alerting.take_touched(),
            taken=taken,
        )

    def act(self, acts: Acts, now_ms: int, steady_ms: int) -> Outcome:
        """Do what people asked of alerts, in a transaction of its own; what goes wrong is told to whoever asked."""
        outgoing = acts.perform(self._store, self.alerting, Now(now_ms, steady_ms), self.forget)
        return Outcome(tuple(outgoing), 0, 0, 0, (), alerts=self.alerting.take_touched())
