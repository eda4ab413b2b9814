"""The terminals' facts in a bundle: every leaf, link and signature of them computed again. Pure.

docs/protocol.md sections 5, 6 and 19. An event counts as proved when its content hashes into its leaf, its leaf into
the chain, and the chain into a head that the terminal signed. rule: EVIDENCE
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zhendao.protocol import ledger
from zhendao.protocol.bundle import Opened
from zhendao.protocol.errors import CertificateError, CryptoError
from zhendao.protocol.event import decode_event
from zhendao.protocol.proof import batch_to_be_signed, event_to_be_signed
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.vocabulary import ClockSource

if TYPE_CHECKING:
    from zhendao.protocol.bundle import Run
    from zhendao.protocol.certificates import Certificate
    from zhendao.protocol.event import Event
    from zhendao.protocol.keys import Suite
    from zhendao.verifier.bundle.believed import Believed


@dataclass(frozen=True, slots=True)
class Fact:
    """A proved event; ``h`` is the head of the chain at it, ``own`` whether it has a signature of its own.

    ``late``: the terminal's certificate had run out when it came, and was good by the terminal's own trusted time.
    """

    event: Event
    h: bytes
    received_ms: int
    own: bool
    late: bool = False


def proved(run: Run, believed: Believed) -> list[Fact]:
    """Return the opened events of ``run``, proved. Raises `ProtocolError` saying at which event it breaks."""
    suite = suite_by_id(run.suite_id)
    if run.first == 1 and run.prev != ledger.genesis(suite, run.device, run.epoch):
        raise CryptoError("chain", "a journal does not begin where its epoch begins")
    signers = _Signers(run, believed)
    facts: list[Fact] = []
    head = run.prev
    for seq, link in enumerate(run.links, run.first):
        head = ledger.link(suite, head, _leaf(suite, run, seq, link))
        if isinstance(link, Opened):
            facts.append(_fact(suite, run, seq, head, link, signers))
    if not facts:
        raise CryptoError("chain", "a run in which nothing is opened")
    _ending(suite, run, head, max(one.received_ms for one in facts), signers)
    return [replace(one, late=signers.late) for one in facts]


class _Signers:
    """Whom a run's signatures may be by: its terminal's certificates, as they were when the events came.

    One that had run out by then counts while the last trusted time that the run tells, which is not the gateway's word,
    lies within it; a revocation counts from its moment on.
    """

    def __init__(self, run: Run, believed: Believed) -> None:
        self._run, self._believed = run, believed
        self.late = False
        events = [decode_event(one.plaintext) for one in run.links if isinstance(one, Opened)]
        self._told_ms = max((one.wall_ms for one in events if one.clock_source >= ClockSource.NTP), default=None)

    def at(self, certificate_id: bytes, received_ms: int) -> Certificate:
        """Return the certificate of that id. Raises `CertificateError` where it is not to be believed."""
        ended_ms = self._believed.ends_ms(certificate_id)
        signed_ms = received_ms
        if received_ms > ended_ms and self._told_ms is not None and self._told_ms <= ended_ms:
            signed_ms, self.late = self._told_ms, True
        found = self._believed.check(certificate_id, "terminal", signed_ms, received_ms)
        if found.common_name != self._run.device.hex() or found.suite.id != self._run.suite_id:
            raise CertificateError("certificate-device", "the certificate is another terminal's, or of another suite")
        return found


def _leaf(suite: Suite, run: Run, seq: int, link: Opened | bytes) -> bytes:
    if isinstance(link, bytes):
        return link
    commitment = suite.hash(link.salt + link.plaintext)
    return ledger.leaf(suite, run.device, run.epoch, seq, link.sealed, commitment)


def _fact(suite: Suite, run: Run, seq: int, head: bytes, link: Opened, signers: _Signers) -> Fact:
    event = decode_event(link.plaintext)
    if (event.device, event.epoch, event.seq) != (run.device, run.epoch, seq):
        raise CryptoError("transplant", f"event {seq} says that it is another one")
    if link.own is not None:
        certificate_id, signature = link.own
        signer = signers.at(certificate_id, link.received_ms)
        message = event_to_be_signed(suite, run.device, run.epoch, seq, certificate_id, head)
        if not suite.verifying_key(signer.spki).verify(message, signature):
            raise CryptoError("signature", f"the terminal did not sign event {seq} as it is here")
    return Fact(event, head, link.received_ms, link.own is not None)


def _ending(suite: Suite, run: Run, head: bytes, at_ms: int, signers: _Signers) -> None:
    end, last = run.ending, run.first + len(run.links) - 1
    signer = signers.at(end.certificate_id, at_ms)
    if end.batch is None:
        message = event_to_be_signed(suite, run.device, run.epoch, last, end.certificate_id, head)
    else:
        first, prev, signatures = end.batch
        payload = (first, prev, head, signatures)
        message = batch_to_be_signed(suite, run.device, run.epoch, last, end.certificate_id, payload)
    if not suite.verifying_key(signer.spki).verify(message, end.signature):
        raise CryptoError("signature", f"the terminal did not sign events {run.first}-{last} as they are here")
