"""What one transaction of ingest gathers before it writes: new facts, what to acknowledge, what was refused.

Messages of a group see each other's facts here, though nothing is in the store yet.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, bindparam, select

from zhendao.gateway.ingest.epochs import Finding
from zhendao.gateway.ingest.receive import NewEvent, Received
from zhendao.gateway.ingest.refusal import Refused
from zhendao.gateway.ingest.terminals import HeldTerminal
from zhendao.gateway.store.facts import events
from zhendao.gateway.store.prepared import Prepared
from zhendao.protocol.batch import Batch
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.seal import parse_sealed

_HEADS: Final = Prepared(
    select(events.c.seq, events.c.h).where(
        events.c.device == bindparam("device"),
        events.c.epoch == bindparam("epoch"),
        events.c.seq >= bindparam("first"),
        events.c.seq <= bindparam("last"),
    )
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as the broker delivered it. ``mid`` is its number on ``line``; ``retained`` marks an old state."""

    topic: str
    payload: bytes
    mid: int = 0
    retained: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to a terminal, to be published after the commit."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """A new event with the batch that brought it."""

    received: Received
    new: NewEvent
    digest: bytes
    received_ms: int


@dataclass(frozen=True, slots=True)
class Held:
    """A range that a message showed, and that is held now: to be acknowledged.

    ``prev`` is h[first-1]; ``start`` the seq of the `boot` whose keys seal the last event, 0 where that cannot be read.
    """

    epoch: bytes
    prev: bytes
    first: int
    last: int
    head: bytes
    start: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message that was not stored."""

    device: bytes | None  # None: nobody's that is known
    message: Message
    refused: Refused


@dataclass(slots=True)
class Session:
    """The gathering of one transaction."""

    connection: Connection
    now_ms: int
    steady_ms: int = 0  # the same for durations: it runs on while the wall clock is set
    terminals: dict[bytes, HeldTerminal] = field(default_factory=dict)
    stored: list[Stored] = field(default_factory=list)
    batches: list[tuple[Received, bytes]] = field(default_factory=list)
    certificates: list[tuple[bytes, Certificate]] = field(default_factory=list)
    held: dict[bytes, list[Held]] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    findings: dict[bytes, list[Finding]] = field(default_factory=dict)
    epochs: set[tuple[bytes, bytes]] = field(default_factory=set)  # whose segments changed
    claims: set[tuple[bytes, bytes]] = field(default_factory=set)  # epochs of which a terminal said where it stands
    started: set[bytes] = field(default_factory=set)  # terminals with a new `boot` event
    back: set[bytes] = field(default_factory=set)  # terminals that say that they are online
    _fresh: dict[tuple[bytes, bytes], dict[int, set[bytes]]] = field(default_factory=dict)

    def known_heads(self, device: bytes, epoch: bytes, first: int, last: int) -> Mapping[int, frozenset[bytes]]:
        """Return the h held of ``first``…``last``, those of this transaction included."""
        found: dict[int, set[bytes]] = {}
        for seq, h in _HEADS.all(self.connection, device=device, epoch=epoch, first=first, last=last):
            found.setdefault(seq, set()).add(h)
        fresh = self._fresh.get((device, epoch), {})
        for seq in fresh.keys() & set(range(first, last + 1)):
            found.setdefault(seq, set()).update(fresh[seq])
        return {seq: frozenset(hashes) for seq, hashes in found.items()}

    def keep(self, received: Received, digest: bytes) -> None:
        """Gather the facts of a batch; ``digest`` is the hash of the message that brought them."""
        batch = received.batch
        fresh = self._fresh.setdefault((batch.device, batch.epoch), {})
        for new in received.events:
            fresh.setdefault(new.seq, set()).add(new.h)
            self.stored.append(Stored(received, new, digest, self.now_ms))
        if received.events:
            self.batches.append((received, digest))
            self.epochs.add((batch.device, batch.epoch))
        self.findings.setdefault(batch.device, []).extend(received.findings)
        self.held.setdefault(batch.device, []).append(
            Held(batch.epoch, batch.prev, batch.first, batch.last, received.heads[-1], _start_of(batch))
        )


def _start_of(batch: Batch) -> int:
    with suppress(ProtocolError):
        return parse_sealed(batch.items[-1].sealed, batch.last).start
    return 0
