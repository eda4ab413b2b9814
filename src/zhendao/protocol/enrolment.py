"""How a terminal joins: its request, signed by its own new key, and the authority's signed answer.

docs/protocol.md section 12. Forms and signatures only; whether the certificates in an answer chain up to its root is
for `chain.TrustStore`, and whether the request is that of the terminal on the table is for the person who approves.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from zhendao.protocol import cbor
from zhendao.protocol.certificates import TENANT, Certificate, Role, Usage
from zhendao.protocol.errors import CertificateError, CryptoError, MalformedError
from zhendao.protocol.fields import UINT, Bytes, OneOf, Sequence, Words, check_version, exactly, refuse
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.limits import MAX_CERTIFICATE_BYTES, WIRE_VERSION
from zhendao.protocol.shapes import from_map, maybe, to_map, wire
from zhendao.protocol.signing import to_be_signed
from zhendao.protocol.suite import Suite, suite_by_id
from zhendao.protocol.vocabulary import Mounting, Placement

REQUEST_BYTES: Final = 4096
ANSWER_BYTES: Final = 65536

_SOFTWARE: Final = 64
_MANY: Final = 4
# SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING 04 … }: the one form of a TLS key
_P256_SPKI: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_P256_BYTES: Final = 91


class KeyStore(IntEnum):
    """Where a terminal keeps its signing key."""

    FILE = 1
    CREDENTIAL = 2
    TPM = 3


@dataclass(frozen=True)
class _Suite:
    """A suite, by its number."""

    def to_raw(self, value: Any) -> int:
        return int(value.id)

    def from_raw(self, raw: Any) -> Suite:
        return suite_by_id(UINT.from_raw(raw))

    to_plain = to_raw
    from_plain = from_raw


@dataclass(frozen=True)
class _Certified:
    """A certificate of one role and usage, as DER."""

    role: Role
    usage: Usage

    def to_raw(self, value: Any) -> bytes:
        return self.from_raw(value.der).der

    def from_raw(self, raw: Any) -> Certificate:
        if not isinstance(raw, bytes):
            raise refuse("certificate", raw)
        certificate = Certificate.parse(raw)
        if certificate.role != self.role or certificate.usage != self.usage:
            raise CertificateError("certificate-role", f"a {certificate.role} where a {self.role} is needed")
        return certificate

    to_plain = to_raw
    from_plain = from_raw


@dataclass(frozen=True, slots=True)
class Request:
    """What a terminal asks for. ``spki`` signs events, ``tls_spki`` (P-256) is for the broker's client certificate."""

    suite: Suite = wire(2, _Suite())
    device: bytes = wire(3, exactly(16))
    spki: bytes = wire(4, Bytes(1, 128))
    tls_spki: bytes = wire(5, exactly(_P256_BYTES))
    keystore: KeyStore = wire(6, OneOf(KeyStore))
    software: str = wire(7, Words(_SOFTWARE))
    made_ms: int = wire(8, UINT)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the authority grants. ``request`` is the hash of the request's bytes, ``door`` the token_id of a door tag.

    The first of ``issuing`` issued ``certificate`` and signs the answer. ``tls_cas_before``: TLS authorities that are
    still believed beside ``tls_ca``, while one takes the place of another.
    """

    suite: Suite = wire(2, _Suite())
    device: bytes = wire(3, exactly(16))
    tenant: str = wire(4, Words(32))
    request: bytes = wire(5, exactly(32))
    certificate: Certificate = wire(6, _Certified("terminal", "sign"))
    placement: Placement = wire(7, OneOf(Placement))
    mounting: Mounting = wire(8, OneOf(Mounting))
    door: bytes | None = maybe(9, exactly(16))
    roots: tuple[Certificate, ...] = wire(10, Sequence(_Certified("root", "certify"), _MANY))
    issuing: tuple[Certificate, ...] = wire(11, Sequence(_Certified("issuing", "certify"), _MANY))
    token_issuers: tuple[Certificate, ...] = wire(12, Sequence(_Certified("token-issuer", "sign"), _MANY))
    gateway: Certificate = wire(13, _Certified("gateway", "sign"))
    gateway_wrap: Certificate = wire(14, _Certified("gateway", "wrap"))
    escrow_wrap: Certificate = wire(15, _Certified("escrow", "wrap"))
    tls_certificate: bytes = wire(16, Bytes(1, MAX_CERTIFICATE_BYTES))
    tls_ca: bytes = wire(17, Bytes(1, MAX_CERTIFICATE_BYTES))
    made_ms: int = wire(18, UINT)
    tls_cas_before: tuple[bytes, ...] | None = maybe(19, Sequence(Bytes(1, MAX_CERTIFICATE_BYTES), _MANY))

    @property
    def age(self) -> tuple[int, int]:
        """What rises from one answer to the next: a newer issuing authority, and of the same one a later time."""
        return self.issuing[0].not_before_s, self.made_ms


def code_of_request(request: bytes, suite: Suite) -> str:
    """Return the code that terminal and authority both show, for a person to compare: 60 bits as ``12345-6789a-bcdef``.

    Somebody who puts a request of his own in the place of the terminal's would have to find one with the same code.
    """
    digits = suite.hash(request).hex()[:15]
    return "-".join(digits[i : i + 5] for i in (0, 5, 10))


def sign_request(request: Request, key: SigningKey) -> bytes:
    """Return the request's bytes: CBOR ``[payload, signature]``, domain ``request``, signed by the key asked for."""
    payload = cbor.encode({1: WIRE_VERSION, **to_map(request)})
    return cbor.encode([payload, key.sign(_request_to_be_signed(request, payload))])


def open_request(data: bytes) -> Request:
    """Return a request whose signature is that of the key it names.

    Raises:
        MalformedError: not in the form of a request.
        CryptoError: the key is none of its suite, or did not sign it.
    """
    match cbor.decode(data, REQUEST_BYTES):
        case [bytes() as payload, bytes() as signature]:
            pass
        case _:
            raise MalformedError("request", "a request is [payload, signature]")
    request = from_map(Request, _content(payload, REQUEST_BYTES))
    if not request.tls_spki.startswith(_P256_SPKI):
        raise MalformedError("request", "the TLS key is not P-256")
    if not request.suite.verifying_key(request.spki).verify(_request_to_be_signed(request, payload), signature):
        raise CryptoError("request", "not signed by the key that it names")
    return request


def sign_answer(answer: Answer, key: SigningKey) -> bytes:
    """Return the answer's bytes: CBOR ``[payload, issuing certificate id, signature]``, domain ``answer``."""
    payload = cbor.encode({1: WIRE_VERSION, **to_map(answer)})
    return cbor.encode([payload, answer.issuing[0].id, key.sign(_answer_to_be_signed(answer, payload))])


def open_answer(data: bytes) -> Answer:
    """Return an answer that the issuing authority named in it has signed. Its chain is not checked here.

    Raises:
        MalformedError: not in the form of an answer.
        CryptoError: not signed by the issuing certificate that it carries.
        CertificateError: a certificate in it is not of its role, or not of this terminal, tenant and suite.
    """
    match cbor.decode(data, ANSWER_BYTES):
        case [bytes() as payload, bytes() as issuer_id, bytes() as signature]:
            pass
        case _:
            raise MalformedError("answer", "an answer is [payload, certificate id, signature]")
    answer = from_map(Answer, _content(payload, ANSWER_BYTES))
    _check_family(answer)
    issuer = answer.issuing[0]
    good = answer.suite.verifying_key(issuer.spki).verify(_answer_to_be_signed(answer, payload), signature)
    if not good or issuer_id != issuer.id:
        raise CryptoError("answer", "not signed by the issuing authority that it carries")
    return answer


def _content(payload: bytes, max_bytes: int) -> dict[int, Any]:
    content = cbor.decode(payload, max_bytes)
    if not isinstance(content, dict):
        raise refuse("map", content)
    check_version(content.pop(1, None), WIRE_VERSION)
    return content


def _request_to_be_signed(request: Request, payload: bytes) -> bytes:
    return to_be_signed("request", cbor.encode([request.suite.id, request.device]), payload)


def _answer_to_be_signed(answer: Answer, payload: bytes) -> bytes:
    return to_be_signed("answer", cbor.encode([answer.suite.id, answer.device, answer.issuing[0].id]), payload)


def _check_family(answer: Answer) -> None:
    if not TENANT.fullmatch(answer.tenant):
        raise MalformedError("answer", "no tenant")
    if not (answer.roots and answer.issuing and answer.token_issuers):
        raise MalformedError("answer", "a list of certificates is empty")
    if answer.certificate.common_name != answer.device.hex():
        raise CertificateError("certificate-name", "the certificate is of another terminal")
    for one in (
        *(*answer.roots, *answer.issuing, *answer.token_issuers),
        *(answer.certificate, answer.gateway, answer.gateway_wrap, answer.escrow_wrap),
    ):
        if one.tenant != answer.tenant or one.suite is not answer.suite:
            raise CertificateError("certificate-name", "a certificate of another tenant or suite")
