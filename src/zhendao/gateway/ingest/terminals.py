"""What the ingest thread keeps in memory of each terminal: its segments, its starts with their keys, its certificates.

It is a copy of the store, loaded when a terminal is first heard; after a failed transaction it is thrown away.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from zhendao.command.atrest.catalogue import of_start
from zhendao.gateway.ingest.classify import Segment
from zhendao.gateway.ingest.epochs import StartFact, newest_start
from zhendao.gateway.ingest.findings import CLOCK_DISPUTED, CLOCK_DIVIDED
from zhendao.gateway.ingest.gaps import Gap
from zhendao.gateway.store.facts import certificates, findings, gaps, segments, starts, states
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.certificates import Certificate, Name
from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.event import Event, decode_event
from zhendao.protocol.keys import VerifyingKey
from zhendao.protocol.limits import DATA_KEY_BYTES
from zhendao.protocol.seal import StartKeys, open_sealed
from zhendao.protocol.suite import suite_by_id

MAX_TERMINALS = 5_000
MAX_COMPANIONS_REMEMBERED = 64
MAX_RECENT = 4  # starts that may run now: of a terminal, its clones, its restored images


@dataclass(frozen=True, slots=True)
class HeldStart:
    """A start of a terminal with its keys."""

    fact: StartFact
    suite_id: int
    keys: StartKeys
    boot_nonce: bytes


@dataclass(frozen=True, slots=True)
class HeldCertificate:
    """A terminal's certificate whose chain was checked."""

    key: VerifyingKey
    not_before_s: int
    not_after_s: int
    issuer: Name


class Boots:
    """Boots with which something is wrong, with the journals where it shows; a boot may go on from one to the next."""

    def __init__(self) -> None:
        self._of: dict[bytes, set[bytes]] = {}

    def __contains__(self, boot_id: bytes) -> bool:
        return boot_id in self._of

    def __bool__(self) -> bool:
        return bool(self._of)

    def shows_in(self, epoch: bytes, boot_id: bytes) -> bool:
        """Tell whether it shows in this journal."""
        return epoch in self._of.get(boot_id, ())

    def add(self, epoch: bytes, boot_id: bytes) -> None:
        """Note that it shows in ``epoch``."""
        self._of.setdefault(boot_id, set()).add(epoch)

    def discard(self, epoch: bytes, boot_id: bytes) -> None:
        """Note that it does not show in ``epoch`` any more."""
        journals = self._of.get(boot_id, set())
        journals.discard(epoch)
        if not journals:
            self._of.pop(boot_id, None)


@dataclass(slots=True)
class HeldTerminal:
    """One terminal as it is known now."""

    device: bytes
    segments: dict[bytes, list[Segment]] = field(default_factory=dict)
    starts: list[HeldStart] = field(default_factory=list)
    certificates: dict[bytes, HeldCertificate] = field(default_factory=dict)
    gaps: dict[bytes, list[Gap]] = field(default_factory=dict)  # the open ones
    expected: dict[bytes, int] = field(default_factory=dict)  # the last seq that it says was acknowledged
    companions: OrderedDict[bytes, tuple[bytes, int]] = field(default_factory=OrderedDict)  # those proved, by digest
    disputed: Boots = field(default_factory=Boots)  # whose time contradicts that of others
    divided: Boots = field(default_factory=Boots)  # whose own sources contradicted each other
    recent: list[HeldStart] = field(default_factory=list)  # starts heard of last, the newest at the end

    _by_seq: dict[tuple[bytes, int], list[HeldStart]] = field(default_factory=dict)
    _current: HeldStart | None = None

    def add_start(self, start: HeldStart) -> None:
        """Keep a start; a terminal may have thousands, and is asked for one with every event."""
        self.starts.append(start)
        self._by_seq.setdefault((start.fact.epoch, start.fact.start), []).append(start)
        self._current = None
        self._heard_of(start)

    def current(self) -> HeldStart | None:
        """Return the start that runs now, to whose MAC key acknowledgements go."""
        if self._current is None:
            newest = newest_start([one.fact for one in self.starts])
            self._current = next((one for one in self.starts if one.fact == newest), None)
        return self._current

    def starts_at(self, epoch: bytes, start: int) -> list[HeldStart]:
        """Return the starts whose `boot` event has this seq; more than one where the terminal was cloned."""
        return self._by_seq.get((epoch, start), [])

    def came_again(self, digest: bytes) -> bool:
        """Return whether this companion was proved before; then whoever sends it runs on its start."""
        known = self.companions.get(digest)
        if known is None:
            return False
        self._came(*known)
        return True

    def _came(self, epoch: bytes, seq: int) -> None:
        for start in self.starts_at(epoch, seq):
            self._heard_of(start)

    def _heard_of(self, start: HeldStart) -> None:
        self.recent = [*(one for one in self.recent if one is not start), start][-MAX_RECENT:]

    def remember_companion(self, digest: bytes, epoch: bytes, start: int) -> None:
        """Keep that a companion was proved; the oldest are forgotten, and proved again when they come again."""
        self.companions[digest] = epoch, start
        self._came(epoch, start)
        while len(self.companions) > MAX_COMPANIONS_REMEMBERED:
            self.companions.popitem(last=False)


class Terminals:
    """The terminals heard of last; at most ``limit`` of them are kept in memory."""

    def __init__(self, store_key: StoreKey, limit: int = MAX_TERMINALS) -> None:
        self._store_key = store_key
        self._limit = limit
        self._held: OrderedDict[bytes, HeldTerminal] = OrderedDict()

    def get(self, connection: Connection, device: bytes) -> HeldTerminal:
        """Return what is known of ``device``, from memory or from the store."""
        found = self._held.get(device)
        if found is None:
            found = self._held[device] = self._load(connection, device)
        self._held.move_to_end(device)
        return found

    def trim(self) -> None:
        """Forget those not heard of for the longest time; called between transactions."""
        while len(self._held) > self._limit:
            self._held.popitem(last=False)

    def forget(self) -> None:
        """Forget everything: what is in memory may be ahead of the store."""
        self._held.clear()

    def seal_keys(self, keys: StartKeys) -> bytes:
        """Return the keys of a start as they rest in the store."""
        return self._store_key.of("facts").seal(
            keys.data_key + keys.mac_key, of_start(keys.device, keys.epoch, keys.start)
        )

    def _load(self, connection: Connection, device: bytes) -> HeldTerminal:
        terminal = HeldTerminal(device)
        for row in connection.execute(select(segments).where(segments.c.device == device).order_by(segments.c.id)):
            terminal.segments.setdefault(row.epoch, []).append(Segment(row.first, row.prev, row.last, row.head))
        for row in connection.execute(select(starts).where(starts.c.device == device).order_by(starts.c.id)):
            keys = open_keys(self._store_key, row.keys, device, row.epoch, row.start)
            fact = StartFact(
                row.epoch, row.start, row.h, row.reason, row.previous_epoch, row.previous_seq, row.wall_ms, row.arrival
            )
            terminal.add_start(HeldStart(fact, row.suite, keys, row.boot_nonce))
        for row in connection.execute(select(certificates).where(certificates.c.device == device)):
            terminal.certificates[row.id] = held_certificate(Certificate.parse(row.der))
        for row in connection.execute(select(gaps).where(gaps.c.device == device, gaps.c.healed_ms.is_(None))):
            gap = Gap(row.first, row.last, row.seen_ms, row.declared_ms, row.asked_ms)
            terminal.gaps.setdefault(row.epoch, []).append(gap)
        for kind, boots in ((CLOCK_DISPUTED, terminal.disputed), (CLOCK_DIVIDED, terminal.divided)):
            found = select(findings.c.epoch, findings.c.subject).where(
                findings.c.device == device, findings.c.kind == kind, findings.c.healed_ms.is_(None)
            )
            for row in connection.execute(found):
                boots.add(row.epoch, bytes.fromhex(row.subject))
        for row in connection.execute(select(states).where(states.c.device == device)):
            if row.unacknowledged == 0:
                terminal.expected[row.epoch] = row.seq
        return terminal


def opened(terminal: HeldTerminal, epoch: bytes, seq: int, start: int, suite_id: int, sealed: bytes) -> Event | None:
    """Open an event of ``terminal`` as it rests in the store; None where no key of its start opens it."""
    for one in terminal.starts_at(epoch, start):
        try:
            plaintext, _ = open_sealed(suite_by_id(suite_id), one.keys, seq, sealed)
            return decode_event(plaintext)
        except ProtocolError:
            continue  # of a clone's start with the same number
    return None


def held_certificate(certificate: Certificate) -> HeldCertificate:
    """Return what is kept in memory of a checked certificate."""
    key = certificate.suite.verifying_key(certificate.spki)
    return HeldCertificate(key, certificate.not_before_s, certificate.not_after_s, certificate.issuer)


def open_keys(store_key: StoreKey, sealed: bytes, device: bytes, epoch: bytes, start: int) -> StartKeys:
    """Open the keys of a start as they rest in the store. Raises `CryptoError` under another store key."""
    secret = store_key.of("facts").open(sealed, of_start(device, epoch, start))
    if len(secret) <= DATA_KEY_BYTES:
        raise CryptoError("store-key", "the keys of a start are too short")
    return StartKeys(secret[:DATA_KEY_BYTES], secret[DATA_KEY_BYTES:], device, epoch, start)
