"""One batch: certificate, proof, place, opening. Facts come out, or a `Refused` that says why and what to do.

Promise: nothing is taken before the one signature over the whole message was verified; a certificate that has expired
or a clock that is wrong is noted and never a reason to drop a fact (promise 5). Nothing is written here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from zhendao.gateway.ingest.audit import OWN_SIGNATURE
from zhendao.gateway.ingest.classify import Placed, Segment, classify, joined, must_look_up
from zhendao.gateway.ingest.epochs import Finding
from zhendao.gateway.ingest.findings import expired_certificate, own_signature, unreadable
from zhendao.gateway.ingest.refusal import cannot_verify, later
from zhendao.gateway.ingest.terminals import HeldCertificate, HeldTerminal, held_certificate
from zhendao.gateway.ingest.withdrawn import REASON as REVOKED
from zhendao.gateway.ingest.withdrawn import Withdrawn, nothing_withdrawn, refused
from zhendao.gateway.ingest.withdrawn import finding as revoked
from zhendao.protocol import ledger
from zhendao.protocol.batch import Batch, Item
from zhendao.protocol.bodies import Boot
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.errors import CertificateError, CryptoError, ProtocolError
from zhendao.protocol.event import Event, decode_event
from zhendao.protocol.keys import UnwrappingKey
from zhendao.protocol.proof import verify_batch
from zhendao.protocol.seal import SealedParts, StartKeys, open_parts, parse_sealed, unwrap_start
from zhendao.protocol.suite import Suite, suite_by_id
from zhendao.protocol.vocabulary import ClockSource

Trust = Callable[[bytes, int], Certificate]
"""Checks a DER certificate at a time (seconds UTC) against the trusted roots; raises `CertificateError`."""

KnownHeads = Callable[[bytes, int, int], Mapping[int, frozenset[bytes]]]
"""Gives the stored h of an epoch's events in a range, by seq."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that was not held before: proved, and opened where that was possible."""

    seq: int
    h: bytes
    prev: bytes
    item: Item
    signature: bytes | None
    certificate_id: bytes
    start: int
    event: Event | None


@dataclass(frozen=True, slots=True)
class NewStart:
    """A `boot` event that was not held before, with the keys that it brought."""

    seq: int
    h: bytes
    keys: StartKeys
    boot: Boot
    wall_ms: int | None
    """None where the terminal's clock was not set."""


@dataclass(slots=True)
class Received:
    """What came out of one batch."""

    batch: Batch
    heads: tuple[bytes, ...]
    placed: Placed
    events: list[NewEvent] = field(default_factory=list)
    starts: list[NewStart] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class Receiver:
    """Takes batches of terminals of one tenant. Keeps nothing but its keys."""

    def __init__(
        self,
        tenant: str,
        trust: Trust,
        unwrapping_keys: Mapping[int, UnwrappingKey],
        former: Sequence[UnwrappingKey] = (),
        withdrawn: Withdrawn = nothing_withdrawn,
    ) -> None:
        """Take the tenant's name, the trust in certificates, and the gateway's key for each suite by its id.

        ``former``: keys that it had before; ``withdrawn``: which certificates are believed no longer, and since when.
        """
        self._tenant = tenant
        self._trust = trust
        self._unwrapping_keys = unwrapping_keys
        self._former = former
        self._withdrawn = withdrawn

    def certificate(self, terminal: HeldTerminal, batch: Batch, now_s: int) -> Certificate | None:
        """Check the certificate that ``batch`` brings; return it if it was not known before.

        An expired certificate is good here: it is looked at as of its last day. Raises `Refused`.
        """
        if batch.certificate is None:
            if batch.certificate_id not in terminal.certificates:
                raise later("certificate-unknown")
            return None
        try:
            claimed = Certificate.parse(batch.certificate)
            if claimed.id != batch.certificate_id:
                raise cannot_verify("certificate-other", len(batch.items))
            if claimed.id in terminal.certificates:
                return None
            at_s = min(max(now_s, claimed.not_before_s), claimed.not_after_s)
            checked = self._trust(batch.certificate, at_s)
            if self._withdrawn(checked.id, checked.issuer)[1] is not None:
                raise cannot_verify(REVOKED, len(batch.items))  # nobody vouches for what such an issuer made
        except (CertificateError, ProtocolError) as error:
            raise cannot_verify(error.reason, len(batch.items)) from error
        if (checked.role, checked.common_name, checked.tenant) != ("terminal", terminal.device.hex(), self._tenant):
            raise cannot_verify("certificate-not-of-this-terminal", len(batch.items))
        return checked

    def take(self, terminal: HeldTerminal, batch: Batch, known_heads: KnownHeads, now_ms: int) -> Received:
        """Prove, place and open ``batch``; its suite and certificate must be known. Raises `Refused`."""
        suite = suite_by_id(batch.suite_id)
        certificate = terminal.certificates[batch.certificate_id]
        try:
            heads = verify_batch(batch, certificate.key)
        except ProtocolError as error:
            raise cannot_verify(error.reason, len(batch.items)) from error
        held = terminal.segments.get(batch.epoch, [])
        known: Mapping[int, frozenset[bytes]] = {}
        if must_look_up(held, batch.first, batch.last):
            known = known_heads(batch.epoch, batch.first - 1, batch.last)
        genesis = ledger.genesis(suite, batch.device, batch.epoch)
        placed = classify(held, known, genesis, batch.first, batch.prev, heads)
        received = Received(batch, heads, placed)
        for run in placed.runs:
            for index in range(run.begin, run.end):
                self._open(terminal, suite, received, index)
        self._judge(terminal, certificate, received, now_ms)
        own, above = self._withdrawn(batch.certificate_id, certificate.issuer)
        if own is not None and refused((one.event for one in received.events), own.since_s, now_ms):
            raise cannot_verify(REVOKED, len(batch.items))
        stopped = own or above
        if stopped is not None and now_ms // 1000 >= stopped.since_s and received.events:
            received.findings.append(revoked(batch.epoch, batch.first, batch.certificate_id, stopped))
        return received

    def _open(self, terminal: HeldTerminal, suite: Suite, received: Received, index: int) -> None:
        batch, item, seq = received.batch, received.batch.items[index], received.batch.first + index
        h = received.heads[index]
        event: Event | None = None
        start = 0  # stays so where not even that can be read
        try:
            parts = parse_sealed(item.sealed, seq)
            start = parts.start
            keys = self._keys(terminal, suite, received, seq, start, item)
            if not keys:
                raise later("boot-unknown")
            event = decode_event(_open_with(suite, keys, seq, parts, item.commitment))
            if (event.device, event.epoch, event.seq) != (batch.device, batch.epoch, seq):
                raise CryptoError("transplant", "an event says that it is another one")
            if isinstance(event.body, Boot) != (seq == start):
                raise CryptoError("start", "a start's keys travel in its boot event, and there only")
            if isinstance(event.body, Boot):
                wall_ms = None if event.clock_source is ClockSource.UNSET else event.wall_ms
                received.starts.append(NewStart(seq, h, keys[0], event.body, wall_ms))
        except ProtocolError as error:
            if seq == start:
                # Without its keys nothing of the start can be opened or acknowledged: it stays with the terminal.
                raise cannot_verify(f"boot-{error.reason}", len(batch.items)) from error
            event = None
            received.findings.append(unreadable(batch.epoch, seq, error.reason))
        single = len(batch.items) == 1
        received.events.append(
            NewEvent(
                seq,
                h,
                received.heads[index - 1] if index else batch.prev,
                item,
                batch.signature if single else item.signature,
                batch.certificate_id if single else item.certificate_id or batch.certificate_id,
                start,
                event,
            )
        )

    def _keys(
        self, terminal: HeldTerminal, suite: Suite, received: Received, seq: int, start: int, item: Item
    ) -> list[StartKeys]:
        batch = received.batch
        if seq == start:
            own = self._unwrapping_keys.get(suite.id)
            if own is None:
                raise CryptoError("recipient", "no key of this suite here")
            wrapped_to = {key_id for key_id, _ in parse_sealed(item.sealed, seq).wraps}
            own = next((one for one in self._former if one.key_id in wrapped_to), own)
            return [unwrap_start(own, item.sealed, batch.device, batch.epoch, seq)]
        here = [one.keys for one in received.starts if one.seq == start]
        return here or [one.keys for one in terminal.starts_at(batch.epoch, start)]

    def _judge(self, terminal: HeldTerminal, certificate: HeldCertificate, received: Received, now_ms: int) -> None:
        """Note checks without a signature of their own (`audit` verifies it), and what is odd about certificates."""
        batch = received.batch
        for new in received.events:
            event = new.event
            if event is None:
                continue
            if event.kind in OWN_SIGNATURE and len(batch.items) > 1:
                if new.signature is None:
                    received.findings.append(own_signature(batch.epoch, new.seq, "missing"))
                elif new.certificate_id not in terminal.certificates:
                    received.findings.append(own_signature(batch.epoch, new.seq, "unknown"))
            trusted = event.clock_source >= ClockSource.NTP
            at_ms, bound_ms = (event.wall_ms, event.clock_bound_ms or 0) if trusted else (now_ms, 0)
            possible = ((at_ms - bound_ms) // 1000, (at_ms + bound_ms) // 1000)
            if not any(certificate.not_before_s <= at_s <= certificate.not_after_s for at_s in possible):
                finding = expired_certificate(batch.epoch, new.seq, batch.certificate_id)
                if all((one.kind, one.subject) != (finding.kind, finding.subject) for one in received.findings):
                    received.findings.append(finding)


def learn(terminal: HeldTerminal, received: Received) -> None:
    """Put the new pieces of chain into the terminal's picture."""
    batch = received.batch
    for run in received.placed.runs:
        new = Segment(
            batch.first + run.begin,
            received.heads[run.begin - 1] if run.begin else batch.prev,
            batch.first + run.end - 1,
            received.heads[run.end - 1],
        )
        terminal.segments[batch.epoch] = joined(terminal.segments.get(batch.epoch, []), new)


def learn_certificate(terminal: HeldTerminal, certificate: Certificate) -> None:
    """Put a checked certificate into the terminal's picture."""
    terminal.certificates[certificate.id] = held_certificate(certificate)


def _open_with(suite: Suite, keys: list[StartKeys], seq: int, parts: SealedParts, committed: bytes) -> bytes:
    """Open with the first of ``keys`` that fits; more than one only where a terminal was cloned."""
    failed: CryptoError | None = None
    for one in keys:
        try:
            plaintext, commitment = open_parts(suite, one, seq, parts)
        except CryptoError as error:
            failed = error
            continue
        if commitment != committed:
            raise CryptoError("commitment", "what was sealed is not what was committed to")
        return plaintext
    raise failed or CryptoError("seal", "no key opens it")
