"""Ingest of a group of waiting messages: proved, opened and stored in one transaction, then answered.

Promise: what is returned to be published was committed before (promise 2), the same message again changes nothing,
and no bytes from a broker end as an exception: a message that cannot be taken is refused by itself, and the rest goes
on (promise 9). A store that does not take the transaction raises `StoreError`, and nothing was acknowledged.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import Connection

from zhendao.gateway.alerts.acting import Acts
from zhendao.gateway.alerts.raising import Alerting
from zhendao.gateway.cases.deeds import Clerk
from zhendao.gateway.errors import GatewayError, StoreError
from zhendao.gateway.ingest.answers import Beacon, acknowledgements
from zhendao.gateway.ingest.audit import Audit
from zhendao.gateway.ingest.classify import MAX_SEQ
from zhendao.gateway.ingest.group import MAX_GROUP_EVENTS, Hurried, not_hurried
from zhendao.gateway.ingest.handing import HandOn, nothing_to_hand_on
from zhendao.gateway.ingest.journal_changes import write_journals
from zhendao.gateway.ingest.orders import Commander
from zhendao.gateway.ingest.outcome import NOTHING, Outcome, together
from zhendao.gateway.ingest.receive import Receiver, learn, learn_certificate
from zhendao.gateway.ingest.refusal import Refused, cannot_verify, later
from zhendao.gateway.ingest.session import Message, Outgoing, Rejected, Session
from zhendao.gateway.ingest.spreads import Spread
from zhendao.gateway.ingest.starting import learn_starts
from zhendao.gateway.ingest.states import take_state
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.ingest.terminals import HeldTerminal, Terminals
from zhendao.gateway.ingest.watch import attend, gaps_due, next_gap_due
from zhendao.gateway.ingest.writing import write_facts, write_rejected
from zhendao.gateway.store.engine import Store
from zhendao.protocol.ack import RefusalState
from zhendao.protocol.batch import Batch, decode_batch, decode_companion
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.topics import Topic, parse_topic

_LOG = logging.getLogger(__name__)

_BATCHES: Final = ("up", "sos")
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
        self._receiver = receiver
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
        """Do what time alone brings about. Raises `StoreError` as `process` does."""
        now = Now(now_ms, now_ms if steady_ms is None else steady_ms)
        with self._store.reading() as connection:
            journals_due = gaps_due(connection, now.steady_ms, self._gap_grace_ms)
            visits_due = self._visits_due(connection, now_ms)
            list_due = self._spreading.is_due(connection, now)
            alerts_due = self.alerting.is_due(connection, now)
        outgoing: list[Outgoing] = []
        drawn, still_due = 0, False
        try:
            if journals_due or visits_due or list_due or alerts_due:
                with self._store.writing() as connection:
                    outgoing += self.alerting.step(connection, now) if alerts_due else []
                    for journal in journals_due:
                        outgoing += attend(
                            connection, self._terminals, self._commander, journal, now, self._gap_grace_ms
                        )
                    outgoing += self._spreading.step(connection, now) if list_due else []
                    drawn = self._redraw(Session(connection, now_ms)) if visits_due else 0
                    still_due = (
                        self._visits_due(connection, now_ms)
                        or self.alerting.is_due(connection, now)
                        or self._looks_on(connection, now)
                    )
            more = self._audit.waits and self._audit.step(now_ms)
        except GatewayError:
            self.forget()
            raise
        alerts = self.alerting.take_touched()
        return Outcome(tuple(outgoing), 0, 0, drawn, (), more or drawn > 0 or still_due, alerts)

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
                self._take(session, message, refuse)
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

    def _take(self, session: Session, message: Message, refuse: Refused | None) -> None:
        device: bytes | None = None
        try:
            topic = self._topic(message)
            terminal = session.terminals.get(topic.device)
            if terminal is None:
                terminal = self._terminals.get(session.connection, topic.device)
            if terminal.certificates:
                device = topic.device
            session.terminals[topic.device] = terminal
            if refuse is not None:
                raise refuse
            if topic.channel in _BATCHES:
                self._take_batch(session, terminal, message)
            else:
                boot = take_state(session, terminal, message)
                if boot is not None:
                    self._take_boot(session, terminal, boot)
                    take_state(session, terminal, message)
        except Refused as refused:
            session.rejected.append(Rejected(device, message, refused))

    def _topic(self, message: Message) -> Topic:
        try:
            topic = parse_topic(message.topic)
        except ProtocolError as error:
            raise cannot_verify(error.reason, 1) from error
        if topic.tenant != self._tenant or topic.channel == "down":
            raise cannot_verify("topic", 1)
        return topic

    def _take_batch(self, session: Session, terminal: HeldTerminal, message: Message) -> None:
        batch = _decoded(message.payload)
        self._identify(session, terminal, batch)
        for data in batch.companions:
            self._take_companion(session, terminal, batch, data)
        self._accept(session, terminal, batch, message.payload)

    def _take_boot(self, session: Session, terminal: HeldTerminal, data: bytes) -> None:
        batch = _decoded(data)
        if len(batch.items) != 1 or batch.companions:
            raise cannot_verify("state-boot", 1)
        self._identify(session, terminal, batch)
        self._accept(session, terminal, batch, data)

    def _identify(self, session: Session, terminal: HeldTerminal, batch: Batch) -> None:
        if batch.device != terminal.device:
            raise cannot_verify("device-not-of-topic", len(batch.items))
        try:
            suite_by_id(batch.suite_id)
        except ProtocolError as error:
            raise cannot_verify(error.reason, len(batch.items)) from error
        certificate = self._receiver.certificate(terminal, batch, session.now_ms // 1000)
        if certificate is not None:
            learn_certificate(terminal, certificate)
            session.certificates.append((terminal.device, certificate))

    def _take_companion(self, session: Session, terminal: HeldTerminal, batch: Batch, data: bytes) -> None:
        digest = suite_by_id(batch.suite_id).hash(data)
        if terminal.came_again(digest):
            return
        try:
            companion = decode_companion(data, batch)
            if companion.certificate_id not in terminal.certificates:
                raise later("certificate-unknown")
            self._accept(session, terminal, companion, data)
        except ProtocolError as error:
            raise cannot_verify(f"companion-{error.reason}", len(batch.items)) from error
        except Refused as refused:
            # The terminal knows the message by its own name, so the message is what is refused.
            raise cannot_verify(f"companion-{refused.reason}", len(batch.items)) from refused
        terminal.remember_companion(digest, companion.epoch, companion.first)

    def _accept(self, session: Session, terminal: HeldTerminal, batch: Batch, payload: bytes) -> None:
        def known(epoch: bytes, first: int, last: int) -> dict[int, frozenset[bytes]]:
            return dict(session.known_heads(terminal.device, epoch, first, last))

        if batch.last > MAX_SEQ:
            raise cannot_verify("seq-range", len(batch.items))
        received = self._receiver.take(terminal, batch, known, session.now_ms)
        learn(terminal, received)
        learn_starts(session, self._terminals, terminal, received)
        session.keep(received, suite_by_id(batch.suite_id).hash(payload))


def _decoded(payload: bytes) -> Batch:
    try:
        return decode_batch(payload)
    except ProtocolError as error:
        # How many events it was to hold is not known: halves are asked for, and a terminal sets a single one aside.
        raise Refused(f"malformed-{error.reason}", RefusalState.SPLIT) from error
