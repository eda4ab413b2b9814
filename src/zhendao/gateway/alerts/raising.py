"""Alerts in the thread that ingests: raised with their facts, told, escalated, answered to terminals, acted on.

Promise: an alert is written in the transaction of the fact that raises it, together with what is owed to those who are
told; the same fact again, a replay or another history of the same press raises nothing new. What terminals are told is
published after the commit. rule: SOS.
"""

import logging
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from zhendao.gateway.alerts import answering, life
from zhendao.gateway.alerts.book import FAR_MS, Book
from zhendao.gateway.alerts.life import Change
from zhendao.gateway.alerts.rules import ALERTING, fact_of, recovered
from zhendao.gateway.alerts.settings import AlertsTable
from zhendao.gateway.alerts.telling import Telling, nobody
from zhendao.gateway.alerts.values import Act, Alert, AlertKind, Entry, Fact
from zhendao.gateway.ingest.orders import Commander, orders
from zhendao.gateway.ingest.session import Outgoing, Session
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.ingest.terminals import Terminals
from zhendao.gateway.registry.current import Current
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.answer import MOST_WHO, Answer, answer_body
from zhendao.protocol.bodies import Heard
from zhendao.protocol.command import ANSWER
from zhendao.protocol.vocabulary import AnswerState, HeardBy, Kind

_LOG = logging.getLogger(__name__)

AT_ONCE: Final = 200
"""So many terminals are told news in one transaction."""

SLICE: Final = 50
"""So many alerts escalate, and so many answers are said again, in one transaction; what waits has its turn."""

_NEWS: Final = frozenset({*ALERTING, Kind.HEARD})


class Alerting:
    """All that becomes of alerts in one gateway. Used by the thread that ingests."""

    def __init__(
        self,
        table: AlertsTable,
        store_key: StoreKey,
        terminals: Terminals,
        registry: Current,
        commander: Commander,
        telling: Telling = nobody,
    ) -> None:
        """Take the thresholds, the terminals with their starts, who signs, and who finds whom to tell."""
        self.table = table
        self.book = Book(store_key)
        self._terminals, self._registry = terminals, registry
        self._commander, self._telling = commander, telling
        self.hurried = False
        """A call waits for a person: transactions are to be kept short."""
        self._touched = False

    def take_touched(self) -> bool:
        """Tell, once, whether an alert has changed since it was asked last: after the commit watchers look again."""
        touched, self._touched = self._touched, False
        return touched

    # -- what terminals say

    def note(self, session: Session) -> list[Outgoing]:
        """Take in the new facts of a transaction; return what terminals are told of their calls."""
        facts, heard = [], []
        ill: frozenset[bytes] | None = None
        for stored in session.stored:
            event = stored.new.event
            if event is None or event.kind not in _NEWS:
                continue
            if isinstance(event.body, Heard):
                heard.append((event.device, event.body))
                continue
            fact = fact_of(event, stored.new.h, stored.received_ms, self.table)
            if fact is not None and not self.book.holds(session.connection, fact):
                facts.append(fact)
            if event.kind == Kind.SENSOR:
                ill = self.book.with_open(session.connection, AlertKind.SENSOR) if ill is None else ill
                well = recovered(event, stored.new.h, stored.received_ms) if event.device in ill else None
                facts += [well] if well is not None else []
        now = Now(session.now_ms, session.steady_ms)
        for fact in sorted(facts, key=lambda one: (one.mistake_of is not None, one.at_ms, one.seq)):
            self._raise(session.connection, fact, now)
        for device, body in heard:
            self._hear(session.connection, device, body, now)
        self._welcome(session, now)
        return self._answer(session.connection, self.book.news(session.connection, AT_ONCE), now)

    def _raise(self, connection: Connection, fact: Fact, now: Now) -> None:
        self._touched = True
        alert = self._known(connection, fact)
        if alert is not None:
            alert = life.joined(alert, fact, now)
            self.book.write(connection, Change(alert, (life.join_entry(fact, alert, now),)))
        elif fact.cleared:
            return
        else:
            alert = self.begin(connection, fact, now)
        self.book.hold(connection, alert.id, [fact])

    def begin(self, connection: Connection, fact: Fact, now: Now, by: str = "") -> Alert:
        """Raise an alert (``by`` a person, for a drill), and tell whoever is to be told."""
        terminal = self._registry.at(connection).terminal(fact.device, fact.at_ms)
        elder_id, place_id = (terminal.elder_id, terminal.place_id) if terminal is not None else (None, None)
        change = life.begun(fact, elder_id, place_id, now, self.table, by)
        return self._tell(connection, self.book.add(connection, change), now)

    def _known(self, connection: Connection, fact: Fact) -> Alert | None:
        """Return the alert that ``fact`` belongs to, if there is one."""
        if fact.mistake_of is not None:
            of_call = self.book.of_call(connection, fact.device, fact.epoch, fact.mistake_of)
            if of_call:
                return of_call[-1]
        open_ones = self.book.open_of(connection, fact, self.table.join_s * 1000)
        found = next((one for one in open_ones if life.joins(one, fact, self.table)), None)
        if found is not None or fact.cleared:
            return found
        return life.crowd(self.book.waiting_of(connection, fact), fact, self.table)

    def _hear(self, connection: Connection, device: bytes, body: Heard, now: Now) -> None:
        for alert in self.book.of_call(connection, device, body.epoch, body.seq):
            call = alert.call
            if call is None or (call.epoch, call.seq) != (body.epoch, body.seq) or alert.heard == body.state:
                continue
            said = f"{AnswerState(body.state).name.lower()}: {' '.join(_ways(body.by))}"
            change = Change(answering.heard(alert, int(body.state)), (Entry(Act.HEARD, now.wall_ms, said=said),))
            self.book.write(connection, change)
            self._touched = True

    def _welcome(self, session: Session, now: Now) -> None:
        """Answer at once whoever begins anew: what it was told before it went is gone with it."""
        for device in session.started | session.back:
            for alert in self.book.calls_of(session.connection, device):
                again = answering.is_back(alert, now, self.table)
                if again is not alert:
                    self.book.write(session.connection, Change(again))

    # -- what time alone brings about

    def is_due(self, connection: Connection, now: Now) -> bool:
        """Return whether `step` has something to do."""
        self.hurried = self.book.waits(connection)
        at = self.book.next_due(connection)
        return at is not None and (at <= now.steady_ms or at > now.steady_ms + FAR_MS)

    def next_ms(self, connection: Connection, now: Now) -> int | None:
        """Return in how many ms `step` has something to do; None: not by time alone."""
        at = self.book.next_due(connection)
        return None if at is None else max(0, at - now.steady_ms)

    def step(self, connection: Connection, now: Now) -> list[Outgoing]:
        """Escalate what is due, and answer terminals that are to be answered (again)."""
        for alert in self.book.due(connection, now.steady_ms, SLICE):
            self._touched = True
            left, tell = life.overdue(alert, now, self.table)
            if tell:
                self._tell(connection, left, now)
            else:
                self.book.write(connection, Change(left))
        return self._answer(connection, self.book.answers_due(connection, now.steady_ms, SLICE), now)

    def _tell(self, connection: Connection, alert: Alert, now: Now) -> Alert:
        """Tell whoever is to be told at its step; where nobody is, go on to the next at once."""
        again = True
        while again:
            change, again = life.told_whom(alert, self._whom(connection, alert, now), now, self.table)
            alert = self.book.write(connection, change)
        return alert

    def _whom(self, connection: Connection, alert: Alert, now: Now) -> list[str]:
        """Return who is told. What goes wrong there keeps no call from the store, nor from the screens of the seats."""
        try:
            with connection.begin_nested():
                return self._telling(connection, alert, now.wall_ms)
        except (DBAPIError, sqlite3.Error):
            raise  # of the store itself: nothing of the transaction is kept
        except Exception:  # noqa: BLE001 - whatever it is, the call stands
            _LOG.exception("who is to be told of a call could not be found out")
            return []

    def _answer(self, connection: Connection, several: Iterable[Alert], now: Now) -> list[Outgoing]:
        outgoing: list[Outgoing] = []
        for alert in several:
            state = answering.answer_state(alert)
            if state is None or alert.call is None:
                self.book.write(connection, Change(replace(alert, answer_due_ms=None)))
                continue
            terminal = self._terminals.get(connection, alert.device)
            body = answer_body(answer_of(alert, state))
            outgoing += orders(connection, terminal, self._commander, [(ANSWER, body)], now.wall_ms)
            self.book.write(connection, Change(answering.sent(alert, now, self.table)))
        self.hurried = self.book.waits(connection)
        return outgoing

    # -- what people do

    def acted(self, connection: Connection, now: Now) -> list[Outgoing]:
        """Return what terminals are told after people acted in this transaction."""
        self._touched = True
        return self._answer(connection, self.book.news(connection, AT_ONCE), now)


def answer_of(alert: Alert, state: AnswerState) -> Answer:
    """Return what the terminal is told: by whom it was received, and in how many minutes somebody is there."""
    assert alert.call is not None  # noqa: S101 - asked of calls alone
    received = state is AnswerState.RECEIVED
    # The seat, not the person: whoever stands there need not know who sits at it.
    who = (alert.acknowledged_by or "").partition("/")[0][:MOST_WHO] if received else ""
    return Answer(alert.call.epoch, alert.call.seq, state, who=who or None, minutes=alert.minutes if received else None)


def _ways(by: HeardBy) -> Iterable[str]:
    return (one.name.lower() for one in HeardBy if one in by and one.name)
