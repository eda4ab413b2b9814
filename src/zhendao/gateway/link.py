"""The link to the broker: one session for everything, and one of their own for calls for help.

Promise: no backlog at the broker stands before a call (docs/protocol.md section 6), and none in here (`inbox`): while
a group is being stored, `hurried` reads what comes over the calls' session. How much may wait is `inbox`. Where the
broker has no session for the calls, they come over the other one.
"""

import contextlib
import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

from zhendao.gateway.ingest.inbox import Inbox
from zhendao.gateway.ingest.session import Message, Outgoing
from zhendao.gateway.mqtt import BrokerSession, Wanted, pending
from zhendao.protocol.topics import subscription

MOST_QUESTIONS = 64
ASK = "/ask"


class BrokerLink:
    """The gateway's end of the line. `poll` and everything else from one thread; `wake` from any."""

    def __init__(
        self,
        url: str,
        tls: ssl.SSLContext | None,
        tenant: str,
        client_id: str,
        *,
        live: bool = False,
        calls_tls: ssl.SSLContext | None = None,
        own_session: bool = True,
    ) -> None:
        """Prepare a link to ``url``; nothing is opened before the first `poll`. ``live``: questions are heard too.

        ``own_session``: calls have a session of their own, over TLS with the certificate in ``calls_tls``.
        """
        filters = [(subscription(tenant, "up"), 1), (subscription(tenant, "state"), 1)]
        if live:
            filters.append((subscription(tenant, "ask"), 0))
        calls = ((subscription(tenant, "sos"), 1),)
        self.questions: deque[Message] = deque(maxlen=MOST_QUESTIONS)
        """Questions of this moment: they go before what waits, and the oldest is left where there are too many."""
        self._inbox = Inbox()
        self.waiting = self._inbox.waiting
        # The calls are in the first session too, for a broker that has no second one: what comes twice is stored once.
        self._main = BrokerSession(url, tls, client_id, Wanted(tuple(filters), calls), self._take, self._inbox.forget)
        self._calls: BrokerSession | None = None
        if own_session:
            self._calls = BrokerSession(
                *(url, calls_tls, f"{client_id}-calls", Wanted(calls)),
                *(self._inbox.add, self._inbox.forget, "broker, for calls,"),
            )
        self._sessions = [one for one in (self._calls, self._main) if one is not None]
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)  # noqa: FBT003 - the standard library's own signature

    @property
    def connected(self) -> bool:
        """Tell whether messages can come in."""
        return self._main.connected

    @property
    def calls_connected(self) -> bool:
        """Tell whether the calls have their own session now."""
        return self._calls is not None and self._calls.connected

    def poll(self, timeout_s: float) -> None:
        """Wait at most ``timeout_s`` for something to happen; read what is there into ``waiting``."""
        until = time.monotonic() + timeout_s
        self._connect()
        due = min((one.due_s for one in self._sessions if not one.open), default=until)
        self._serve(max(0.0, min(until, due) - time.monotonic()))

    def hurried(self) -> bool:
        """Read what has come of calls, without waiting; tell whether one waits."""
        session = self._calls
        sock = None if session is None else session.socket
        if session is not None and sock is not None and self._inbox.has_room_for_calls:
            readable = pending(sock) > 0 or bool(select.select([sock], [], [], 0)[0])
            if readable:
                session.serve(readable=True, writable=False, room=self._room_of(session))
        return self._inbox.call_waits

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Tell the broker that ``messages`` are ours now; it will not deliver them again."""
        messages = list(messages)
        for session in self._sessions:
            session.acknowledge(messages)

    def publish(self, outgoing: Iterable[Outgoing]) -> None:
        """Send to terminals. QoS 0: one that got nothing sends its events again and is answered again."""
        outgoing = list(outgoing)
        for session in self._sessions:  # the calls' session first: little waits to be written there
            if session.publish(outgoing):
                return

    def take_back(self, messages: Iterable[Message]) -> None:
        """Put messages in front again that could not be stored yet."""
        self._inbox.take_back(messages)

    def taken(self, messages: Iterable[Message]) -> None:
        """Say that ``messages`` were taken out of ``waiting``."""
        self._inbox.taken(messages)

    def wake(self) -> None:
        """End a `poll` that waits; from any thread or signal handler."""
        with contextlib.suppress(OSError):
            self._wake_write.send(b"\0")

    def close(self) -> None:
        """Leave the broker in order; the sessions and what was not acknowledged stay there."""
        for session in self._sessions:
            session.close()
        self._wake_read.close()
        self._wake_write.close()

    # -- inside

    def _connect(self) -> None:
        """Make one attempt, if one is due; where one session is let in the other one tries at once."""
        for session in self._sessions:
            if session.open or time.monotonic() < session.due_s:
                continue
            others = [one for one in self._sessions if one is not session]
            if not session.connect(alone=session is self._main or not self._main.open):
                return  # whoever does not answer one may keep the other one waiting as long
            for one in others:
                one.at_once()

    def _serve(self, wait_s: float) -> None:
        reads: list[Any] = [self._wake_read]
        writes: list[Any] = []
        buffered: set[Any] = set()
        for session in self._sessions:
            sock = session.socket
            if sock is None:
                continue
            if self._room_of(session)():
                reads.append(sock)
                if pending(sock):
                    buffered.add(sock)
            if session.wants_write:
                writes.append(sock)
        readable, writable, _ = select.select(reads, writes, [], 0.0 if buffered else wait_s)
        if self._wake_read in readable:
            self._drain_wake()
        for session in self._sessions:
            sock = session.socket
            if sock is not None:
                can_read = sock in readable or sock in buffered
                session.serve(readable=can_read, writable=sock in writable, room=self._room_of(session))

    def _room_of(self, session: BrokerSession) -> Any:
        return (lambda: self._inbox.has_room_for_calls) if session is self._calls else (lambda: self._inbox.has_room)

    def _take(self, message: Message) -> None:
        if message.topic.endswith(ASK):
            self.questions.append(message)
            if message.mid:
                self._main.acknowledge([message])
            return
        self._inbox.add(message)

    def _drain_wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wake_read.recv(4096):
                pass
