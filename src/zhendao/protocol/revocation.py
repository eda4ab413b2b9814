"""Revocation (docs/protocol.md section 15): signed lists of certificates that are believed no longer, and since when.

Promise: what was signed before the moment of a revocation goes on being evidence, what was signed after it does not.
The root may revoke whatever is below it, an issuing authority end entities alone; a list of an issuing authority that
the root has revoked counts only if it was made before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from zhendao.protocol import cbor
from zhendao.protocol.certificates import Certificate, Name
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.errors import CertificateError, CryptoError, MalformedError
from zhendao.protocol.fields import SINT, UINT, OneOf, Words, check_version, exactly
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.limits import WIRE_VERSION
from zhendao.protocol.signing import to_be_signed
from zhendao.protocol.suite import suite_by_id

LIST_BYTES: Final = 4_194_304
_HASH: Final = exactly(32)
_TENANT: Final = Words(32)


class Reason(IntEnum):
    """Why a certificate is believed no longer."""

    RETIRED = 1
    REPLACED = 2
    STOLEN = 3
    KEY_LOST = 4
    CEASED = 5


@dataclass(frozen=True, slots=True)
class Revoked:
    """One certificate by its id, and from when on it is not believed (seconds since 1970 UTC)."""

    certificate_id: bytes
    since_s: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class RevocationList:
    """A list as it was signed; ``number`` rises with each list of one signer, ``made_s`` says when it was made."""

    signer: Certificate
    number: int
    made_s: int
    entries: tuple[Revoked, ...]

    def find(self, certificate_id: bytes) -> Revoked | None:
        """Return the entry of a certificate."""
        return next((one for one in self.entries if one.certificate_id == certificate_id), None)


def sign_list(found: RevocationList, key: SigningKey) -> bytes:
    """Return the bytes of a list: CBOR ``[payload, signer's certificate, signature]``, domain ``revocation``."""
    entries = sorted(found.entries, key=lambda one: one.certificate_id)
    payload = cbor.encode(
        {
            1: WIRE_VERSION,
            2: found.signer.suite.id,
            3: found.signer.tenant,
            4: UINT.to_raw(found.number),
            5: SINT.to_raw(found.made_s),
            6: [[_HASH.to_raw(one.certificate_id), SINT.to_raw(one.since_s), int(one.reason)] for one in entries],
        }
    )
    return cbor.encode([payload, found.signer.der, key.sign(_to_be_signed(found.signer, payload))])


def open_list(data: bytes) -> RevocationList:
    """Return a list that the certificate in it has signed; whether that one is to be believed is for `Revocations`.

    Raises:
        MalformedError: not in the form of a list.
        CertificateError: the signer is no root and no issuing authority.
        CryptoError: it did not sign the list.
    """
    match cbor.decode(data, LIST_BYTES):
        case [bytes() as payload, bytes() as der, bytes() as signature]:
            pass
        case _:
            raise MalformedError("revocation", "a list is [payload, certificate, signature]")
    signer = Certificate.parse(der)
    if signer.usage != "certify":
        raise CertificateError("certificate-role", f"a {signer.role} signs no revocation list")
    content = cbor.decode(payload, LIST_BYTES)
    if not isinstance(content, dict) or content.keys() != set(range(1, 7)):
        raise MalformedError("revocation", "a list with keys missing or too many")
    check_version(content[1], WIRE_VERSION)
    if suite_by_id(UINT.from_raw(content[2])) is not signer.suite or _TENANT.from_raw(content[3]) != signer.tenant:
        raise MalformedError("revocation", "a list of another suite or tenant than its signer")
    if not signer.suite.verifying_key(signer.spki).verify(_to_be_signed(signer, payload), signature):
        raise CryptoError("revocation", "not signed by the certificate that it carries")
    if not isinstance(content[6], list):
        raise MalformedError("revocation", "no entries")
    entries = tuple(_entry(one) for one in content[6])
    if list(entries) != sorted({one.certificate_id: one for one in entries}.values(), key=lambda e: e.certificate_id):
        raise MalformedError("revocation", "entries doubled or out of order")
    return RevocationList(signer, UINT.from_raw(content[4]), SINT.from_raw(content[5]), entries)


class Revocations:
    """What several lists say together. Immutable, to be shared by threads."""

    def __init__(self, trust: TrustStore, issuing: Sequence[Certificate], lists: Iterable[RevocationList]) -> None:
        """Take the lists whose signers chain up to a root of ``trust``; ``issuing`` are the authorities known.

        Raises:
            CertificateError: a list is signed by nobody who is trusted.
        """
        self._issuing = {one.subject: one for one in issuing}
        self._ends: dict[bytes, Revoked] = {}
        self._above: dict[bytes, Revoked] = {}
        found = sorted(lists, key=lambda one: one.signer.role != "root")
        for one in found:
            trust.check(one.signer.der, min(max(one.made_s, one.signer.not_before_s), one.signer.not_after_s))
            if one.signer.role == "root":
                _earliest(self._above, one.entries)
                continue
            stopped = self._above.get(one.signer.id)
            if stopped is None or one.made_s < stopped.since_s:
                _earliest(self._ends, one.entries)

    def find(self, certificate: Certificate) -> Revoked | None:
        """Return since when ``certificate`` is not believed: for its own sake, or for that of its issuer."""
        if certificate.usage == "certify":
            return self._above.get(certificate.id)
        return self.find_end(certificate.id, certificate.issuer)

    def find_end(self, certificate_id: bytes, issuer: Name) -> Revoked | None:
        """Return the same for the certificate of an end entity, of which no more is known than id and issuer."""
        return _first(*self.own_and_above(certificate_id, issuer))

    def own_and_above(self, certificate_id: bytes, issuer: Name) -> tuple[Revoked | None, Revoked | None]:
        """Return what is said of an end entity's certificate itself, and what of the authority that issued it."""
        above = self._issuing.get(issuer)
        own = _first(self._above.get(certificate_id), self._ends.get(certificate_id))
        return own, None if above is None else self._above.get(above.id)

    def check(self, certificate: Certificate, at_s: int) -> None:
        """Raise `CertificateError` (``certificate-revoked``) if it was not believed any more at ``at_s``."""
        found = self.find(certificate)
        if found is not None and at_s >= found.since_s:
            raise CertificateError("certificate-revoked", f"{found.reason.name.lower()}, since {found.since_s}")


def _first(*several: Revoked | None) -> Revoked | None:
    return min((one for one in several if one is not None), key=lambda one: one.since_s, default=None)


def _earliest(into: dict[bytes, Revoked], entries: Iterable[Revoked]) -> None:
    for one in entries:
        known = into.get(one.certificate_id)
        if known is None or one.since_s < known.since_s:
            into[one.certificate_id] = one


def _entry(raw: Any) -> Revoked:
    match raw:
        case [bytes() as certificate_id, since_s, reason]:
            found = OneOf(Reason).from_raw(reason)
            return Revoked(_HASH.from_raw(certificate_id), SINT.from_raw(since_s), Reason(found))
        case _:
            raise MalformedError("revocation", "an entry is [certificate id, since, reason]")


def _to_be_signed(signer: Certificate, payload: bytes) -> bytes:
    return to_be_signed("revocation", cbor.encode([signer.suite.id, signer.id]), payload)
