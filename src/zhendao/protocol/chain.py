"""Whether a certificate is to be believed: its chain up to a root that is trusted, at a given time.

Promise: `TrustStore.check` of any bytes returns the certificate or raises CertificateError, and nothing else.
Signatures and validity are checked by OpenSSL (pyOpenSSL, both suites), role and usage by `certificates`.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from OpenSSL import crypto

from zhendao.protocol.certificates import Certificate, Role, Usage
from zhendao.protocol.errors import CertificateError, MalformedError

_LATEST_S: Final = 253402300799  # 9999-12-31T23:59:59Z


class TrustStore:
    """Roots that are trusted, and the issuing authorities that are known. Immutable, to be shared by threads."""

    def __init__(self, root_ders: Sequence[bytes], intermediate_ders: Sequence[bytes] = ()) -> None:
        """Read them; CertificateError if one is not a root, or not an issuing authority."""
        self._roots = tuple(_parse(der, "root", "certify") for der in root_ders)
        self._intermediates = tuple(_parse(der, "issuing", "certify") for der in intermediate_ders)

    def check(self, der: bytes, at_s: int, role: Role | None = None, usage: Usage | None = None) -> Certificate:
        """Return the certificate in ``der`` if it is trusted at ``at_s`` (seconds since 1970, UTC).

        Raises:
            CertificateError: not a certificate of ours, not issued below a root of ours, not valid at that time,
                of another tenant or suite than its issuers, or not of the ``role`` or ``usage`` asked for.
        """
        certificate = _parse(der, role, usage)
        if not 0 <= at_s <= _LATEST_S:
            raise CertificateError("certificate-time", "a time outside 1970 to 9999")
        store = crypto.X509Store()
        try:
            for root in self._roots:
                store.add_cert(_load(root))
            store.set_time(datetime.fromtimestamp(at_s, UTC))
            store.set_flags(crypto.X509StoreFlags.X509_STRICT)
            above = [_load(one) for one in self._intermediates]
            crypto.X509StoreContext(store, _load(certificate), above).verify_certificate()
        except crypto.X509StoreContextError as error:
            raise CertificateError("certificate-chain", str(error)) from error
        except (crypto.Error, ValueError, OverflowError) as error:
            raise CertificateError("certificate-chain", "cannot be checked") from error
        self._check_family(certificate)
        return certificate

    def _check_family(self, certificate: Certificate) -> None:
        """One tenant and one suite from the root down; a valid signature alone does not say so."""
        issuers = (*self._roots, *self._intermediates)
        for issuer in issuers:
            if issuer.subject == certificate.issuer and issuer.suite is certificate.suite:
                if issuer.tenant == certificate.tenant:
                    return
                break
        raise CertificateError("certificate-chain", "of another tenant or suite than its issuer")


def _parse(der: bytes, role: Role | None, usage: Usage | None) -> Certificate:
    try:
        certificate = Certificate.parse(der)
    except MalformedError as error:
        raise CertificateError(error.reason, error.detail) from error
    if role is not None and certificate.role != role:
        raise CertificateError("certificate-role", f"a {certificate.role} where a {role} is needed")
    if usage is not None and certificate.usage != usage:
        raise CertificateError("certificate-usage", f"it may {certificate.usage}, not {usage}")
    return certificate


def _load(certificate: Certificate) -> crypto.X509:
    return crypto.load_certificate(crypto.FILETYPE_ASN1, certificate.der)
