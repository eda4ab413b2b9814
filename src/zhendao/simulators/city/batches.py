"""The same facts as terminals send them: sealed, chained, signed, in batches (docs/protocol.md sections 4 to 6).

Promise: a batch holds the facts of one terminal that arrived together, in their order; opened, they are the events of
`events.jsonl` and no others, with the evidence of their tokens. Checks and boots carry a signature of their own, as a
terminal's do.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field, replace
from secrets import token_bytes
from typing import TYPE_CHECKING, Final

from zhendao.protocol import ledger
from zhendao.protocol.batch import Batch, Item, encode_batch
from zhendao.protocol.bodies import Boot, Check
from zhendao.protocol.event import Event, encode_event
from zhendao.protocol.limits import ID_BYTES
from zhendao.protocol.proof import event_to_be_signed, sign_batch, single_batch
from zhendao.protocol.seal import StartKeys, seal_event
from zhendao.protocol.topics import Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zhendao.protocol.certificates import Certificate
    from zhendao.protocol.keys import SigningKey
    from zhendao.simulators.city.enrolled import Enrolled
    from zhendao.simulators.city.evidence import Cards
    from zhendao.simulators.city.facts import Fact

_TOGETHER_MS: Final = 2_000
_MOST: Final = 200
_SALT_BYTES, _MAC_KEY_BYTES = 16, 32


@dataclass(frozen=True, slots=True)
class Message:
    """What a terminal publishes, and when the gateway has it (UTC ms)."""

    received_ms: int
    topic: str
    payload: bytes

    def line(self) -> str:
        """Return the line of `messages.jsonl`."""
        payload = base64.b64encode(self.payload).decode("ascii")
        return json.dumps({"received_ms": self.received_ms, "topic": self.topic, "payload": payload}) + "\n"


@dataclass(slots=True)
class _Sender:
    """One terminal's chain, and what it has gathered for its next batch."""

    key: SigningKey
    certificate: Certificate
    head: bytes
    start: StartKeys | None = None
    sent: bool = False
    gathered: list[Fact] = field(default_factory=list)


class Senders:
    """All terminals of a city as they send."""

    def __init__(self, enrolled: Enrolled, cards: Cards) -> None:
        self._enrolled, self._suite, self._cards = enrolled, enrolled.suite, cards
        self._all: dict[bytes, _Sender] = {}

    def messages(self, facts: Iterable[Fact]) -> Iterator[Message]:
        """Give the messages in which ``facts`` (in order of arrival) came, in the order of theirs."""
        made: list[Message] = []
        open_now: dict[bytes, _Sender] = {}
        for fact in facts:
            sender = self._sender(fact.event)
            waiting = sender.gathered
            if waiting and (fact.received_ms - waiting[-1].received_ms > _TOGETHER_MS or len(waiting) >= _MOST):
                made.append(self._message(sender))
            sender.gathered.append(fact)
            open_now[fact.event.device] = sender
        made += [self._message(sender) for sender in open_now.values()]
        made.sort(key=lambda one: one.received_ms)  # it is stable: of one terminal the order stays
        yield from made

    def _sender(self, event: Event) -> _Sender:
        found = self._all.get(event.device)
        if found is None:
            head = ledger.genesis(self._suite, event.device, event.epoch)
            found = self._all[event.device] = _Sender(*self._enrolled.terminal(event.device), head)
        return found

    def _message(self, sender: _Sender) -> Message:
        facts, sender.gathered = sender.gathered, []
        prev, first = sender.head, facts[0].event
        items = [self._item(sender, fact, alone=len(facts) == 1) for fact in facts]
        batch = self._batch(sender, first, prev, items)
        if not sender.sent:
            batch, sender.sent = replace(batch, certificate=sender.certificate.der), True
        topic = Topic(self._enrolled.tenant, first.device, "up")
        return Message(facts[-1].received_ms, str(topic), encode_batch(batch))

    def _batch(self, sender: _Sender, first: Event, prev: bytes, items: list[Item]) -> Batch:
        device, epoch, certificate_id = first.device, first.epoch, sender.certificate.id
        if len(items) == 1:
            return single_batch(self._suite, device, epoch, certificate_id, first.seq, prev, items[0])
        return sign_batch(sender.key, device, epoch, certificate_id, first.seq, prev, items)

    def _item(self, sender: _Sender, fact: Fact, *, alone: bool) -> Item:
        """Return the event sealed and chained, with its own signature where it has one."""
        suite, recipients = self._suite, None
        event = self._cards.answered(fact.event, fact.proofs, sender.head, suite)
        if isinstance(event.body, Boot) or sender.start is None:
            keys = token_bytes(ID_BYTES), token_bytes(_MAC_KEY_BYTES)
            sender.start = StartKeys(*keys, event.device, event.epoch, event.seq)
            recipients = [self._enrolled.recipient]
        sealed = seal_event(suite, sender.start, event.seq, encode_event(event), token_bytes(_SALT_BYTES), recipients)
        own = ledger.leaf(suite, event.device, event.epoch, event.seq, sealed.sealed, sealed.commitment)
        sender.head = ledger.link(suite, sender.head, own)
        signature = None
        if alone or isinstance(event.body, Boot | Check):
            told = event_to_be_signed(suite, event.device, event.epoch, event.seq, sender.certificate.id, sender.head)
            signature = sender.key.sign(told)
        return Item(sealed.sealed, sealed.commitment, signature)
