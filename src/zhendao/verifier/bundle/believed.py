"""Whom a bundle's signatures may be by: certificates in the file, believed only as the root that was given says. Pure.

Promise: nothing in the file makes itself believed; each certificate is checked up to the root, at the moment that it
was used, and against what was revoked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.protocol.certificates import Certificate
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.errors import CertificateError
from zhendao.protocol.revocation import Revocations, open_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhendao.protocol.bundle import SignedBundle
    from zhendao.protocol.certificates import Role


class Believed:
    """The certificates of a bundle under one root."""

    def __init__(self, signed: SignedBundle, root: bytes, revoked: Sequence[bytes] = ()) -> None:
        """Read them; ``revoked`` are lists beside those in the file. Raises `ProtocolError`."""
        found = [Certificate.parse(one) for one in (signed.gateway, *signed.bundle.certificates)]
        issuing = [one for one in found if one.role == "issuing"]
        self._of = {one.id: one for one in found}
        self.trust = TrustStore([root], [one.der for one in issuing])
        self.gateway = found[0]
        lists = [open_list(one) for one in (*signed.bundle.revoked, *revoked)]
        self._revoked = Revocations(self.trust, issuing, lists)

    def take(self, der: bytes) -> Certificate:
        """Return one more certificate, to be checked as those of the file are. Raises `MalformedError`."""
        one = Certificate.parse(der)
        self._of.setdefault(one.id, one)
        return one

    def check(self, certificate_id: bytes, role: Role, at_ms: int) -> Certificate:
        """Return the certificate of that id if it was to be believed at ``at_ms`` (UTC ms).

        Raises `CertificateError`, with reason ``certificate-missing`` where it is not in the file.
        """
        one = self._of.get(certificate_id)
        if one is None:
            raise CertificateError("certificate-missing", f"{certificate_id.hex()[:16]} is not in the file")
        self.trust.check(one.der, at_ms // 1000, role, "sign")
        self._revoked.check(one, at_ms // 1000)
        return one
