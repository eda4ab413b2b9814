"""What a journal in a file proves (docs/protocol.md section 13): who signed each event, and whether one is missing.

Pure. Sealed contents stay closed. A batch that does not hold is named and the rest is looked at all the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zhendao.protocol import ledger
from zhendao.protocol.batch import decode_batch
from zhendao.protocol.errors import CertificateError, ProtocolError
from zhendao.protocol.proof import verify_batch
from zhendao.protocol.suite import suite_by_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zhendao.protocol.batch import Batch
    from zhendao.protocol.certificates import Certificate
    from zhendao.protocol.chain import TrustStore
    from zhendao.protocol.revocation import Revocations


@dataclass(slots=True)
class EpochProof:
    """One epoch of one terminal. ``broken``: events that do not hold, and why; ``holes``: ranges that are missing."""

    device: bytes
    epoch: bytes
    first: int = 0
    last: int = 0
    events: int = 0
    holes: list[tuple[int, int]] = field(default_factory=list)
    broken: list[tuple[int, str]] = field(default_factory=list)


class Examiner:
    """Takes messages in the order of the file. ``given`` is a certificate that the file does not carry."""

    def __init__(self, trust: TrustStore, given: bytes | None, at_s: int, revoked: Revocations | None = None) -> None:
        self._trust, self._at_s, self._revoked = trust, at_s, revoked
        self._certificates: dict[bytes, Certificate] = {}
        self._heads: dict[tuple[bytes, bytes], tuple[int, bytes]] = {}
        self.epochs: dict[tuple[bytes, bytes], EpochProof] = {}
        self.unreadable: list[str] = []
        if given is not None:
            self._learn(given)

    @property
    def holds(self) -> bool:
        """Whether everything that was there holds, and something was there."""
        whole = all(not one.broken for one in self.epochs.values())
        return whole and not self.unreadable and bool(self.epochs)

    def take(self, messages: Iterable[bytes]) -> None:
        """Examine every message; a file that ends within one, or is none, is told in ``unreadable``."""
        try:
            for message in messages:
                self._one(message)
        except ProtocolError as error:
            self.unreadable.append(error.detail)

    def _one(self, message: bytes) -> None:
        try:
            batch = decode_batch(message)
        except ProtocolError as error:
            self.unreadable.append(error.detail)
            return
        place = (batch.device, batch.epoch)
        proof = self.epochs.setdefault(place, EpochProof(*place, first=batch.first, last=batch.first - 1))
        if batch.first > proof.last + 1:
            proof.holes.append((proof.last + 1, batch.first - 1))
        proof.events += len(batch.items)
        proof.last = batch.last
        try:
            self._heads[place] = batch.last, self._prove(batch)[-1]
        except ProtocolError as error:
            proof.broken.append((batch.first, error.detail))
            self._heads.pop(place, None)

    def _prove(self, batch: Batch) -> tuple[bytes, ...]:
        if batch.certificate is not None:
            self._learn(batch.certificate)
        certificate = self._certificates.get(batch.certificate_id)
        if certificate is None:
            raise CertificateError("certificate-missing", "its certificate is not there (--terminal)")
        if certificate.common_name != batch.device.hex():
            raise CertificateError("certificate-device", "the certificate is another terminal's")
        suite = suite_by_id(batch.suite_id)
        found = verify_batch(batch, suite.verifying_key(certificate.spki))
        before = self._heads.get((batch.device, batch.epoch))
        if batch.first == 1:
            before = 0, ledger.genesis(suite, batch.device, batch.epoch)
        if before is not None and before[0] == batch.first - 1 and before[1] != batch.prev:
            raise ProtocolError("chain", "it is not chained to the event before it")
        return found

    def _learn(self, der: bytes) -> None:
        certificate = self._trust.check(der, self._at_s, "terminal", "sign")
        if self._revoked is not None:
            self._revoked.check(certificate, self._at_s)
        self._certificates[certificate.id] = certificate
