"""One message taken: whose it is, its certificate, its batch and what that brings along, proved and gathered.

Promise: no bytes from a broker end as an exception: what cannot be taken is refused with a reason, by itself
(promise 9). Nothing is written here; what was taken stands in the session of the transaction.
"""

from typing import Final

from zhendao.gateway.ingest.classify import MAX_SEQ
from zhendao.gateway.ingest.receive import Receiver, learn, learn_certificate
from zhendao.gateway.ingest.refusal import Refused, cannot_verify, later
from zhendao.gateway.ingest.session import Message, Rejected, Session
from zhendao.gateway.ingest.starting import learn_starts
from zhendao.gateway.ingest.states import take_state
from zhendao.gateway.ingest.terminals import HeldTerminal, Terminals
from zhendao.protocol.ack import RefusalState
from zhendao.protocol.batch import Batch, decode_batch, decode_companion
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.topics import Topic, parse_topic

_BATCHES: Final = ("up", "sos")


class Taker:
    """Takes messages of one tenant into a session."""

    def __init__(self, tenant: str, terminals: Terminals, receiver: Receiver) -> None:
        self._tenant, self._terminals, self._receiver = tenant, terminals, receiver

    def take(self, session: Session, message: Message, refuse: Refused | None) -> None:
        """Take ``message``, or note why it cannot be; ``refuse``: for a reason that is known before."""
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
