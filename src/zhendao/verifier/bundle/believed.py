"""Whom a bundle's signatures may be by: certificates in the file, believed only as the root that was given says. Pure.

Promise: nothing in the file makes itself believed; each certificate is checked up to the root, at the moment that it
was used, and against what was revoked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.protocol.certificates import Certificate
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.errors import CertificateError
from zhendao.protocol.loghead import check_head, open_head
from zhendao.protocol.revocation import Revocations, open_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhendao.protocol.bundle import SignedBundle
    from zhendao.protocol.certificates import Role
    from zhendao.protocol.loghead import LogHead


class Believed:
    """The certificates of a bundle under one root."""

    def __init__(self, signed: SignedBundle, root: bytes, revoked: Sequence[bytes] = ()) -> None:
        """Read them; ``revoked`` are lists beside those in the file. Raises `ProtocolError`."""
        found = [Certificate.parse(one) for one in (signed.gateway, *signed.bundle.certificates)]
        issuing = [one for one in found if one.role == "issuing"]
        self._of = {one.id: one for one in found}
        self.trust = TrustStore([root], [one.der for one in issuing])
        self.gateway = found[0]
        self._root, self._above = root, dict[tuple[bytes, ...], TrustStore]()
        lists = [open_list(one) for one in (*signed.bundle.revoked, *revoked)]
        self._revoked = Revocations(self.trust, issuing, lists)

    def head(self, data: bytes) -> LogHead:
        """Return the head of a log in ``data`` if it was to be believed when it was made. Raises `ProtocolError`."""
        signed = open_head(data)
        trust = self._above.get(signed.issuing)
        if trust is None:
            trust = self._above[signed.issuing] = TrustStore([self._root], signed.issuing)
        head = check_head(signed, trust)
        self._revoked.check(Certificate.parse(signed.gateway), head.made_ms // 1000)
        return head

    def check(self, certificate_id: bytes, role: Role, at_ms: int, seen_ms: int | None = None) -> Certificate:
        """Return the certificate of that id if it was valid at ``at_ms`` (UTC ms), and not revoked when it was seen.

        ``seen_ms``: when what it signed was seen, if that was later. Raises `CertificateError`, with reason
        ``certificate-missing`` where it is not in the file.
        """
        one = self._held(certificate_id)
        self.trust.check(one.der, at_ms // 1000, role, "sign")
        self._revoked.check(one, (at_ms if seen_ms is None else seen_ms) // 1000)
        return one

    def ends_ms(self, certificate_id: bytes) -> int:
        """Return until when a certificate is valid, UTC ms. Raises `CertificateError` where it is not in the file."""
        return self._held(certificate_id).not_after_s * 1000

    def _held(self, certificate_id: bytes) -> Certificate:
        one = self._of.get(certificate_id)
        if one is None:
            raise CertificateError("certificate-missing", f"{certificate_id.hex()[:16]} is not in the file")
        return one
