"""Makes certificates: the form that `certificates` reads, built with asn1crypto and signed by a key of either suite.

docs/protocol.md section 11. Pure: serial number and times are arguments.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from asn1crypto import keys
from asn1crypto import x509 as asn1

from zhendao.protocol.certificates import (
    DEVICE_NAME,
    KEY_IDENTIFIER_BYTES,
    SIGNATURE_OIDS,
    TENANT,
    USAGES,
    Certificate,
    Name,
    Usage,
    key_usage_bits,
    path_length,
)
from zhendao.protocol.errors import CertificateError
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.sm2_signature import der_from_raw
from zhendao.protocol.suite import SM, Suite

SERIAL_BYTES: Final = 16
_UTC_TIME_ENDS: Final = 2050
_MAX_NAME: Final = 64


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a certificate is about, what its key may do, and from when to when (seconds since 1970 UTC)."""

    name: Name
    spki: bytes
    usage: Usage
    not_before_s: int
    not_after_s: int


def issue(subject: Subject, serial: bytes, issuer_key: SigningKey, issuer: Certificate | None) -> Certificate:
    """Return a new certificate; without ``issuer`` it is signed by its own key (a root).

    ``serial`` is 16 random bytes. The issuer's time is not looked at: that is the chain's matter.

    Raises:
        CertificateError: names, usage or key are not in our form, or the issuer's certificate is of another key.
    """
    _check(subject, serial, issuer_key, issuer)
    suite = issuer_key.suite
    algorithm = {"algorithm": next(oid for oid, number in SIGNATURE_OIDS.items() if number == suite.id)}
    issuer_spki = subject.spki if issuer is None else issuer.spki
    tbs = asn1.TbsCertificate(
        {
            "version": "v3",
            # 0x40 in front: positive, never zero, always as many bytes
            "serial_number": int.from_bytes(b"\x40" + serial, "big"),
            "signature": algorithm,
            "issuer": _name(subject.name if issuer is None else issuer.subject),
            "validity": {"not_before": _time(subject.not_before_s), "not_after": _time(subject.not_after_s)},
            "subject": _name(subject.name),
            "subject_public_key_info": keys.PublicKeyInfo.load(subject.spki, strict=True),
            "extensions": _extensions(subject, suite, issuer_spki),
        }
    )
    signature = issuer_key.sign(tbs.dump())
    der: bytes = asn1.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": algorithm,
            "signature_value": der_from_raw(signature) if suite.id == SM.id else signature,
        }
    ).dump()
    return Certificate.parse(der)


def _check(subject: Subject, serial: bytes, issuer_key: SigningKey, issuer: Certificate | None) -> None:
    name = subject.name
    if subject.usage not in USAGES.get(name.role, ()):
        raise CertificateError("certificate-usage", f"a {name.role} must not {subject.usage}")
    if not TENANT.fullmatch(name.tenant):
        raise CertificateError("certificate-name", "a tenant is 1 to 32 of a-z, 0-9 and -")
    if name.role == "terminal" and not DEVICE_NAME.fullmatch(name.common_name):
        raise CertificateError("certificate-name", "a terminal's name is 32 hex digits")
    if not 1 <= len(name.common_name) <= _MAX_NAME or not name.common_name.isprintable():
        raise CertificateError("certificate-name", f"a name is 1 to {_MAX_NAME} characters")
    if len(serial) != SERIAL_BYTES:
        raise CertificateError("certificate-form", f"a serial number is {SERIAL_BYTES} bytes")
    if subject.not_before_s >= subject.not_after_s:
        raise CertificateError("certificate-time", "it ends before it begins")
    if (issuer is None) != (name.role == "root") or (issuer is None and issuer_key.spki != subject.spki):
        raise CertificateError("certificate-issuer", "a root, and nobody else, signs itself")
    if issuer is not None and (issuer.spki != issuer_key.spki or issuer.usage != "certify"):
        raise CertificateError("certificate-issuer", "the issuer's key and certificate do not belong together")


def _name(name: Name) -> asn1.Name:
    # build() sorts the parts in an order of its own; ours is fixed
    parts = (
        ("organization_name", name.tenant),
        ("organizational_unit_name", name.role),
        ("common_name", name.common_name),
    )
    return asn1.Name(
        name="",
        value=asn1.RDNSequence(
            [
                asn1.RelativeDistinguishedName(
                    [
                        asn1.NameTypeAndValue(
                            {"type": kind, "value": asn1.DirectoryString(name="utf8_string", value=text)}
                        )
                    ]
                )
                for kind, text in parts
            ]
        ),
    )


def _time(seconds: int) -> asn1.Time:
    moment = datetime.fromtimestamp(seconds, UTC)
    return asn1.Time(name="utc_time" if moment.year < _UTC_TIME_ENDS else "general_time", value=moment)


def _extensions(subject: Subject, suite: Suite, issuer_spki: bytes) -> list[dict[str, Any]]:
    length = path_length(subject.name.role)
    constraints = {"ca": False} if length is None else {"ca": True, "path_len_constraint": length}
    return [
        {"extn_id": "basic_constraints", "critical": True, "extn_value": constraints},
        {"extn_id": "key_usage", "critical": True, "extn_value": set(key_usage_bits(subject.usage, suite))},
        {"extn_id": "key_identifier", "extn_value": suite.hash(subject.spki)[:KEY_IDENTIFIER_BYTES]},
        {
            "extn_id": "authority_key_identifier",
            "extn_value": {"key_identifier": suite.hash(issuer_spki)[:KEY_IDENTIFIER_BYTES]},
        },
    ]
