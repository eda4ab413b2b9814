"""A terminal's side of the wire made from the protocol alone: keys, chain, batches. For tests of whoever receives."""

from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Any

from zhendao.protocol import ledger
from zhendao.protocol.batch import Batch, Item
from zhendao.protocol.bodies import Body, Boot
from zhendao.protocol.event import Event, encode_event, kind_and_version
from zhendao.protocol.proof import event_to_be_signed, sign_batch, single_batch
from zhendao.protocol.seal import StartKeys, seal_event
from zhendao.protocol.vocabulary import BootReason, ClockSource, Mounting, Placement

SOME_DAY_MS = 1_790_000_000_000


@dataclass
class Line:
    """Events as a terminal journals them; ``batch`` sends any stretch of them."""

    suite: Any
    recipients: list[Any]
    device: bytes = field(default_factory=lambda: token_bytes(16))
    epoch: bytes = field(default_factory=lambda: token_bytes(16))
    boot_id: bytes = field(default_factory=lambda: token_bytes(16))
    certificate_id: bytes = bytes(32)
    key: Any = None
    boot_reason: BootReason = BootReason.FIRST

    def __post_init__(self) -> None:
        """Draw a key and begin the epoch with its boot event."""
        self.key = self.key or self.suite.new_signing_key()
        self.items: list[Item] = []
        self.events: list[Event] = []
        self.heads = [ledger.genesis(self.suite, self.device, self.epoch)]
        self.starts: list[StartKeys] = []
        self.start(self.boot_reason)

    def start(self, reason: BootReason = BootReason.START, **when: int) -> Event:
        """Begin a start of the process: fresh keys, a `boot` event that carries them; ``when``: as `add` takes it."""
        seq = len(self.items) + 1
        self.starts.append(StartKeys(token_bytes(16), token_bytes(32), self.device, self.epoch, seq))
        self.boot_nonce = token_bytes(16)
        body = Boot(self.boot_nonce, reason, software="test", placement=Placement.HOME, mounting=Mounting.CRADLE)
        return self.add(body, **when)

    def add(
        self,
        body: Body,
        *,
        mono_ns: int | None = None,
        wall_ms: int | None = None,
        sign: bool = True,
        source: ClockSource = ClockSource.GNSS,
    ) -> Event:
        """Journal one event."""
        seq = len(self.items) + 1
        kind, version = kind_and_version(body)
        mono_ns = seq * 10**9 if mono_ns is None else mono_ns
        event = Event(
            device=self.device,
            epoch=self.epoch,
            seq=seq,
            boot_id=self.boot_id,
            mono_ns=mono_ns,
            wall_ms=SOME_DAY_MS + mono_ns // 10**6 if wall_ms is None else wall_ms,
            clock_source=source,
            clock_bound_ms=None if source is ClockSource.UNSET else 50,
            kind=kind,
            version=version,
            body=body,
        )
        keys = self.starts[-1]
        recipients = self.recipients if seq == keys.start else None
        sealed = seal_event(self.suite, keys, seq, encode_event(event), token_bytes(16), recipients)
        leaf = ledger.leaf(self.suite, self.device, self.epoch, seq, sealed.sealed, sealed.commitment)
        head = ledger.link(self.suite, self.heads[-1], leaf)
        signature = None
        if sign:
            message = event_to_be_signed(self.suite, self.device, self.epoch, seq, self.certificate_id, head)
            signature = self.key.sign(message)
        self.items.append(Item(sealed.sealed, sealed.commitment, signature))
        self.heads.append(head)
        self.events.append(event)
        return event

    def batch(self, first: int, last: int) -> Batch:
        """Return the batch of events ``first``…``last``."""
        if first == last:
            return single_batch(
                self.suite,
                self.device,
                self.epoch,
                self.certificate_id,
                first,
                self.heads[first - 1],
                self.items[first - 1],
            )
        return sign_batch(
            self.key,
            self.device,
            self.epoch,
            self.certificate_id,
            first,
            self.heads[first - 1],
            self.items[first - 1 : last],
        )
