"""The head of the gateway's log: how many entries it has, their root, when; signed, and proved to go on from the last.

docs/protocol.md section 18. A head is checked with a root certificate alone. Whoever keeps one can tell for ever
whether an entry was slipped in or taken out before it (`merkle`). rule: EVIDENCE
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zhendao.protocol import cbor
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.errors import CertificateError, CryptoError, MalformedError
from zhendao.protocol.fields import SINT, UINT, Bytes, Int, Words, check_version, exactly
from zhendao.protocol.limits import HASH_BYTES, MAX_CERTIFICATE_BYTES, SIGNATURE_BYTES, WIRE_VERSION
from zhendao.protocol.merkle import MAX_PATH, check_consistency
from zhendao.protocol.signing import to_be_signed
from zhendao.protocol.suite import suite_by_id
from zhendao.protocol.topics import check_tenant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhendao.protocol.chain import TrustStore
    from zhendao.protocol.keys import SigningKey

MAX_HEAD_BYTES: Final = 16_384
_HASH: Final = exactly(HASH_BYTES)
_KEYS: Final = frozenset(range(1, 10))
_EVENT, _REVISION, _ACT = 1, 2, 3


def entry_of_event(device: bytes, epoch: bytes, seq: int, h: bytes) -> bytes:
    """Return the entry of an event that was taken: its identity."""
    return cbor.encode([_EVENT, device, epoch, seq, h])


def entry_of_revision(visit_id: bytes, revision: int, digest: bytes) -> bytes:
    """Return the entry of a revision of a visit; ``digest``: the hash of its record as it is told."""
    return cbor.encode([_REVISION, visit_id, revision, digest])


def entry_of_act(certificate_id: bytes, digest: bytes, signature: bytes) -> bytes:
    """Return the entry of what a person did, signed under ``certificate_id``; ``digest``: of the document."""
    return cbor.encode([_ACT, certificate_id, digest, signature])


@dataclass(frozen=True, slots=True)
class LogHead:
    """``size`` entries under ``root`` at ``made_ms`` (UTC ms); the first ``before`` of them are the log of ``former``.

    ``path`` proves that (RFC 9162 section 2.1.4); the first head goes on from nothing: 0, 32 zero bytes, no path.
    """

    suite_id: int
    tenant: str
    size: int
    root: bytes
    made_ms: int
    before: int = 0
    former: bytes = bytes(HASH_BYTES)
    path: tuple[bytes, ...] = ()

    def check(self) -> None:
        """Prove that this log begins with the one before. Raises `CryptoError`."""
        if self.before == 0:
            if self.path or self.former != bytes(HASH_BYTES):
                raise CryptoError("log-path", "a first head goes on from nothing")
            return
        suite = suite_by_id(self.suite_id)
        check_consistency(suite, self.before, self.former, self.size, self.root, self.path)


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head with the certificate it is signed under, and those of the authorities above; not believed yet."""

    head: LogHead
    gateway: bytes
    issuing: tuple[bytes, ...]


def sign_head(head: LogHead, key: SigningKey, gateway: Certificate, issuing: Sequence[bytes]) -> bytes:
    """Return the bytes of a head: CBOR [payload, gateway's certificate, [issuing …], signature]."""
    payload = cbor.encode({
        1: WIRE_VERSION, 2: head.suite_id, 3: head.tenant, 4: head.size, 5: head.root, 6: head.made_ms,
        7: head.before, 8: head.former, 9: list(head.path),
    })  # fmt: skip
    signature = key.sign(_to_be_signed(gateway, issuing, payload))
    return cbor.encode([payload, gateway.der, list(issuing), signature])


def _to_be_signed(gateway: Certificate, issuing: Sequence[bytes], payload: bytes) -> bytes:
    above = gateway.suite.hash(cbor.encode(list(issuing)))
    return to_be_signed("log-head", cbor.encode([gateway.suite.id, gateway.id, above]), payload)


def open_head(data: bytes) -> SignedHead:
    """Return the head in ``data`` if the certificate in it signed it, and it goes on from the head it names.

    Whether that certificate is to be believed is for `check_head`. Raises `ProtocolError`.
    """
    match cbor.decode(data, MAX_HEAD_BYTES):
        case [bytes() as payload, bytes() as der, list() as above, bytes() as signature]:
            issuing = tuple(Bytes(1, MAX_CERTIFICATE_BYTES).from_raw(one) for one in above)
        case _:
            raise MalformedError("log-head", "a head is [payload, certificate, authorities, signature]")
    gateway, head = Certificate.parse(der), _read(payload)
    if head.suite_id != gateway.suite.id or head.tenant != gateway.tenant:
        raise CertificateError("certificate-other", "a head of another tenant or suite than its certificate")
    key = gateway.suite.verifying_key(gateway.spki)
    if not key.verify(_to_be_signed(gateway, issuing, payload), exactly(SIGNATURE_BYTES).from_raw(signature)):
        raise CryptoError("signature", "a head that its certificate did not sign")
    head.check()
    return SignedHead(head, der, issuing)


def check_head(signed: SignedHead, trust: TrustStore) -> LogHead:
    """Return the head if its certificate was a gateway's, and valid, when it was made. Raises `CertificateError`."""
    trust.check(signed.gateway, signed.head.made_ms // 1000, "gateway", "sign")
    return signed.head


def _read(payload: bytes) -> LogHead:
    raw: Any = cbor.decode(payload, MAX_HEAD_BYTES)
    if not isinstance(raw, dict) or raw.keys() != _KEYS or not isinstance(raw[9], list) or len(raw[9]) > MAX_PATH:
        raise MalformedError("log-head", "a head with keys missing or too many")
    check_version(raw[1], WIRE_VERSION)
    return LogHead(
        suite_id=UINT.from_raw(raw[2]),
        tenant=check_tenant(Words(32).from_raw(raw[3])),
        size=Int(1).from_raw(raw[4]),
        root=_HASH.from_raw(raw[5]),
        made_ms=SINT.from_raw(raw[6]),
        before=UINT.from_raw(raw[7]),
        former=_HASH.from_raw(raw[8]),
        path=tuple(_HASH.from_raw(one) for one in raw[9]),
    )
