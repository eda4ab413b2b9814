"""TLS certificates, ECDSA P-256: an authority of its own for the broker, the gateway and the terminals.

Apart from the certificates that sign events: who breaks into the transport has gained no evidence.
"""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_der_public_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "::1")
_LEAF_USAGE: Final = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
_AUTHORITY_USAGE: Final = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True)
class TlsPair:
    """A key (DER PKCS#8) and its certificate (PEM)."""

    pkcs8: bytes
    certificate: bytes


@dataclass(frozen=True)
class Times:
    """From when to when, seconds since 1970 UTC."""

    not_before_s: int
    not_after_s: int


def new_authority(tenant: str, times: Times, called: str | None = None) -> TlsPair:
    """Make a TLS authority of a tenant; ``called``: another name than that of its first one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(tenant, "tls-authority", called or f"{tenant} TLS")
    builder = (
        _builder(name, name, key.public_key(), times, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_AUTHORITY_USAGE, critical=True)
    )
    return TlsPair(_pkcs8(key), builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))


def new_pair(authority: TlsPair, tenant: str, name: str, times: Times, hosts: Sequence[str] = ()) -> TlsPair:
    """Make a key and its certificate; with ``hosts`` (names or addresses) for a server too, else for a client alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    return TlsPair(_pkcs8(key), certify(authority, key.public_key(), tenant, name, times, hosts))


def certify_client(authority: TlsPair, spki: bytes, tenant: str, name: str, times: Times) -> bytes:
    """Return a client certificate (PEM) for a P-256 key that somebody else made; ``name`` is the broker's user name."""
    key = load_der_public_key(spki)
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise ValueError("not a P-256 key")  # noqa: TRY004 - bytes of a wrong kind are a wrong value
    return certify(authority, key, tenant, name, times)


def certify(
    authority: TlsPair,
    key: ec.EllipticCurvePublicKey,
    tenant: str,
    name: str,
    times: Times,
    hosts: Sequence[str] = (),
) -> bytes:
    """Return a certificate (PEM) for ``key``, signed by the authority."""
    issuer_key = cast("ec.EllipticCurvePrivateKey", load_der_private_key(authority.pkcs8, None))
    issuer = x509.load_pem_x509_certificate(authority.certificate)
    purposes = [ExtendedKeyUsageOID.CLIENT_AUTH, *([ExtendedKeyUsageOID.SERVER_AUTH] if hosts else [])]
    builder = (
        _builder(_name(tenant, "tls", name), issuer.subject, key, times, issuer_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_LEAF_USAGE, critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName(general_names(hosts)), critical=False)
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.PEM)


def general_names(hosts: Iterable[str]) -> list[x509.GeneralName]:
    """Return names and addresses as X.509 writes them, each once; ValueError for what is neither."""
    found: dict[str, x509.GeneralName] = {}
    for host in hosts:
        try:
            address = ipaddress.ip_address(host)
            found.setdefault(str(address), x509.IPAddress(address))
        except ValueError:
            found.setdefault(host.lower(), x509.DNSName(host.encode("idna").decode("ascii").lower()))
    return list(found.values())


def hosts_of(certificate: bytes) -> list[str]:
    """Return the names and addresses that a certificate (PEM) is good for."""
    extension = x509.load_pem_x509_certificate(certificate).extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    return [str(one.value) for one in extension.value]


def validity_of(certificate: bytes) -> Times:
    """Return from when to when a certificate (PEM) is good; ValueError where it is none."""
    read = x509.load_pem_x509_certificate(certificate)
    return Times(int(read.not_valid_before_utc.timestamp()), int(read.not_valid_after_utc.timestamp()))


def revocation_list(authority: TlsPair, certificates: Iterable[bytes], times: Times) -> bytes:
    """Return the list (PEM) of those of ``certificates`` (PEM) that ``authority`` has issued."""
    issuer = x509.load_pem_x509_certificate(authority.certificate)
    key = cast("ec.EllipticCurvePrivateKey", load_der_private_key(authority.pkcs8, None))
    since = datetime.fromtimestamp(times.not_before_s, UTC)
    builder = (
        x509.CertificateRevocationListBuilder(issuer.subject)
        .last_update(since)
        .next_update(datetime.fromtimestamp(times.not_after_s, UTC))
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    serials = {
        one.serial_number for one in map(x509.load_pem_x509_certificate, certificates) if one.issuer == issuer.subject
    }
    for serial in sorted(serials):
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
        )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def der_of(certificate: bytes) -> bytes:
    """Return a PEM certificate as DER."""
    return x509.load_pem_x509_certificate(certificate).public_bytes(Encoding.DER)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    times: Times,
    signer: ec.EllipticCurvePublicKey,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder(issuer, subject, key, x509.random_serial_number())
        .not_valid_before(datetime.fromtimestamp(times.not_before_s, UTC))
        .not_valid_after(datetime.fromtimestamp(times.not_after_s, UTC))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)
    )


def _name(tenant: str, unit: str, name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, tenant),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def _pkcs8(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
