"""Certificates of Zhendao: X.509 v3 with the few forms that docs/protocol.md section 11 allows, and no others.

Promise: `Certificate.parse` of any bytes is a certificate in our form, or a MalformedError or CertificateError.
It says what a certificate claims; whether the claim is to be believed is for `chain.TrustStore`.
"""

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.x509.oid import NameOID

from zhendao.protocol import limits
from zhendao.protocol.errors import CertificateError, CryptoError, MalformedError
from zhendao.protocol.sm2_signature import raw_from_der
from zhendao.protocol.suite import INTL, SM, Suite, suite_by_id

Role = Literal["root", "issuing", "terminal", "gateway", "token-issuer", "escrow"]
Usage = Literal["certify", "sign", "wrap"]

SIGNATURE_OIDS: Final[dict[str, int]] = {"1.2.156.10197.1.501": SM.id, "1.3.101.112": INTL.id}
"""The suite, by its number, that a signature algorithm is of."""
USAGES: Final[dict[Role, frozenset[Usage]]] = {
    "root": frozenset({"certify"}),
    "issuing": frozenset({"certify"}),
    "terminal": frozenset({"sign"}),
    "token-issuer": frozenset({"sign"}),
    "gateway": frozenset({"sign", "wrap"}),
    "escrow": frozenset({"wrap"}),
}
TENANT: Final = re.compile(limits.TENANT)
DEVICE_NAME: Final = re.compile(r"[0-9a-f]{32}")
_NAME_PARTS: Final = (NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.COMMON_NAME)
_PATH_LENGTH: Final[dict[Role, int]] = {"root": 1, "issuing": 0}
_ED25519_SIGNATURE: Final = 64
KEY_IDENTIFIER_BYTES: Final = 20
_EXTENSIONS: Final = ("basic_constraints", "key_usage", "key_identifier", "authority_key_identifier")
_KEY_IDENTIFIER_ONLY: Final = bytes.fromhex("30168014")


@dataclass(frozen=True, slots=True)
class Name:
    """Subject or issuer: O = tenant, OU = role, CN = device in hex for a terminal, else a name."""

    tenant: str
    role: Role
    common_name: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate claims. Times are seconds since 1970-01-01 UTC, both ends included."""

    der: bytes
    id: bytes
    suite: Suite
    subject: Name
    issuer: Name
    spki: bytes
    usage: Usage
    not_before_s: int
    not_after_s: int
    serial: int

    @property
    def common_name(self) -> str:
        """CN of the subject."""
        return self.subject.common_name

    @property
    def role(self) -> Role:
        """OU of the subject."""
        return self.subject.role

    @property
    def tenant(self) -> str:
        """O of the subject."""
        return self.subject.tenant

    def valid_at(self, at_s: int) -> bool:
        """Tell whether ``at_s`` lies within the certificate's time."""
        return self.not_before_s <= at_s <= self.not_after_s

    @classmethod
    def parse(cls, der: bytes) -> "Certificate":
        """Read a DER certificate.

        Raises:
            MalformedError: not one certificate in DER, or longer than 4,096 bytes.
            CertificateError: a certificate, but none in the form of docs/protocol.md section 11.
        """
        if len(der) > limits.MAX_CERTIFICATE_BYTES:
            raise MalformedError("certificate", f"longer than {limits.MAX_CERTIFICATE_BYTES} bytes")
        try:
            again = asn1.Certificate.load(der, strict=True)
            _check_raw(again)
            return _from_read(der, x509.load_der_x509_certificate(der), again)
        except (MalformedError, CertificateError):
            raise
        except CryptoError as error:
            raise CertificateError("certificate-key", error.detail) from error
        except _NOT_DER as error:
            raise MalformedError("certificate", "not a DER certificate") from error


_NOT_DER: Final = (
    *(ValueError, TypeError, KeyError, OverflowError),
    *(x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType),
)


def _check_raw(read: Any) -> None:
    """Refuse what `cryptography` would read with a mere warning, or would look for further meaning in."""
    tbs = read["tbs_certificate"]
    if tbs["serial_number"].native <= 0:
        raise MalformedError("certificate", "the serial number is not positive")
    extensions = [(one["extn_id"].native, one["extn_value"].contents) for one in tbs["extensions"]]
    if tuple(kind for kind, _ in extensions) != _EXTENSIONS:
        raise CertificateError("certificate-form", "not the four extensions in their order")
    authority = extensions[-1][1]
    if len(authority) != len(_KEY_IDENTIFIER_ONLY) + KEY_IDENTIFIER_BYTES or not authority.startswith(
        _KEY_IDENTIFIER_ONLY
    ):
        raise CertificateError("certificate-form", "authorityKeyIdentifier holds more than a key identifier")


def _from_read(der: bytes, read: x509.Certificate, again: Any) -> Certificate:
    number = SIGNATURE_OIDS.get(read.signature_algorithm_oid.dotted_string)
    if number is None or read.version is not x509.Version.v3:
        raise CertificateError("certificate-form", "not a v3 certificate signed with SM2 or Ed25519")
    suite = suite_by_id(number)
    if number == SM.id:
        raw_from_der(read.signature)
    elif len(read.signature) != _ED25519_SIGNATURE:
        raise CertificateError("certificate-form", "the signature has a wrong length")
    if again["signature_algorithm"].dump() != again["tbs_certificate"]["signature"].dump():
        raise CertificateError("certificate-form", "two signature algorithms")
    spki: bytes = again["tbs_certificate"]["subject_public_key_info"].dump()
    subject = _name(read.subject)
    usage = _usage(read, suite)
    if usage not in USAGES[subject.role]:
        raise CertificateError("certificate-usage", f"a {subject.role} must not {usage}")
    if subject.role == "terminal" and not DEVICE_NAME.fullmatch(subject.common_name):
        raise CertificateError("certificate-name", "a terminal's name is 32 hex digits")
    issuer = _name(read.issuer)
    if issuer.role != ("root" if subject.role in {"root", "issuing"} else "issuing"):
        raise CertificateError("certificate-issuer", f"a {subject.role} issued by a {issuer.role}")
    _check_constraints(read, subject.role)
    if usage == "wrap":
        suite.wrapping_key(spki)
    else:
        suite.verifying_key(spki)
    return Certificate(
        der=der,
        id=suite.hash(der),
        suite=suite,
        subject=subject,
        issuer=issuer,
        spki=spki,
        usage=usage,
        not_before_s=int(read.not_valid_before_utc.timestamp()),
        not_after_s=int(read.not_valid_after_utc.timestamp()),
        serial=read.serial_number,
    )


def _name(name: x509.Name) -> Name:
    """Read a name that is O, OU and CN, once each, in this order."""
    if tuple(part.oid for part in name) != _NAME_PARTS:
        raise CertificateError("certificate-name", "a name is O, OU and CN")
    tenant, role, common_name = (str(part.value) for part in name)
    if not TENANT.fullmatch(tenant):
        raise CertificateError("certificate-name", "O is no tenant")
    for known in USAGES:
        if role == known:
            return Name(tenant, known, common_name)
    raise CertificateError("certificate-name", "OU is no role")


def _usage(read: x509.Certificate, suite: Suite) -> Usage:
    """Return what keyUsage allows, which must be one of three things and stand as critical."""
    try:
        found = read.extensions.get_extension_for_class(x509.KeyUsage)
    except x509.ExtensionNotFound as error:
        raise CertificateError("certificate-usage", "no keyUsage") from error
    for usage in ("certify", "sign", "wrap"):
        bits = key_usage_bits(usage, suite)
        if found.critical and set(bits) == {name for name in _USAGE_BITS if getattr(found.value, name)}:
            return usage
    raise CertificateError("certificate-usage", "keyUsage allows what no certificate of ours may do")


_USAGE_BITS: Final = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


def key_usage_bits(usage: Usage, suite: Suite) -> tuple[str, ...]:
    """Return the keyUsage bits of a usage, by their names in ``cryptography`` and ``asn1crypto``."""
    if usage == "certify":
        return ("key_cert_sign", "crl_sign")
    if usage == "sign":
        return ("digital_signature",)
    return ("key_encipherment",) if suite.id == SM.id else ("key_agreement",)


def path_length(role: Role) -> int | None:
    """Return how many authorities may follow below ``role``; None for one that is no authority."""
    return _PATH_LENGTH.get(role)


def _check_constraints(read: x509.Certificate, role: Role) -> None:
    try:
        found = read.extensions.get_extension_for_class(x509.BasicConstraints)
    except x509.ExtensionNotFound as error:
        raise CertificateError("certificate-form", "no basicConstraints") from error
    length = path_length(role)
    if not found.critical or found.value.ca != (length is not None) or found.value.path_length != length:
        raise CertificateError("certificate-form", f"basicConstraints are not those of a {role}")
