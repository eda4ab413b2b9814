"""The keys of a city whose terminals really sign: root and issuing authority, gateway, a certificate for each terminal.

Promise: real certificates in the form of docs/protocol.md section 11. Keys are drawn anew each time, from the system:
they follow from no seed. What the gateway needs is written as it reads it from ``data_dir/keys``.
"""

from __future__ import annotations

from secrets import token_bytes
from typing import TYPE_CHECKING, Final

from asn1crypto import pem

from zhendao.protocol.certificates import Name
from zhendao.protocol.issuing import SERIAL_BYTES, Subject, issue

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.protocol.certificates import Certificate, Role, Usage
    from zhendao.protocol.keys import SigningKey, SoftwareSigningKey, WrappingKey
    from zhendao.protocol.suite import Suite

_NOT_BEFORE_S: Final = 1_577_836_800
_NOT_AFTER_S: Final = 2_524_607_999
"""From 2020 to the end of 2049, UTC."""


class Enrolled:
    """Who enrolled the terminals of a city."""

    def __init__(self, suite: Suite, tenant: str) -> None:
        """Draw the keys of root, issuing authority, gateway and token issuer."""
        self.suite, self.tenant = suite, tenant
        root_key, self._issuing_key = suite.new_signing_key(), suite.new_signing_key()
        self._root = self._issue("root", "root", "certify", root_key.spki, root_key, None)
        self._issuing = self._issue("issuing", "issuing", "certify", self._issuing_key.spki, root_key, self._root)
        self._gateway_key, self._wrap = suite.new_signing_key(), suite.new_unwrapping_key()
        self._gateway = self._issued("gateway", "gateway", "sign", self._gateway_key.spki)
        self._wrapping = self._issued("gateway", "gateway-wrap", "wrap", self._wrap.spki)
        self._tokens = self._issued("token-issuer", "token-issuer", "sign", suite.new_signing_key().spki)

    @property
    def recipient(self) -> WrappingKey:
        """To whom the keys of each start are wrapped: the gateway."""
        return self.suite.wrapping_key(self._wrap.spki)

    def terminal(self, device: bytes) -> tuple[SoftwareSigningKey, Certificate]:
        """Return key and certificate of a terminal."""
        key = self.suite.new_signing_key()
        return key, self._issued("terminal", device.hex(), "sign", key.spki)

    def write(self, folder: Path) -> None:
        """Write what the gateway reads; private keys are its owner's alone."""
        folder.mkdir(parents=True)
        for name, der in (
            ("root.crt", self._root.der), ("issuing.crt", self._issuing.der), ("gateway.crt", self._gateway.der),
            ("wrap.crt", self._wrapping.der), ("token-issuer.crt", self._tokens.der),
        ):  # fmt: skip
            (folder / name).write_bytes(pem.armor("CERTIFICATE", der))
        for name, pkcs8 in (("gateway.key", self._gateway_key.pkcs8()), ("wrap.key", self._wrap.pkcs8())):
            (folder / name).touch(0o600)
            (folder / name).write_bytes(pem.armor("PRIVATE KEY", pkcs8))
        (folder / "tenant").write_text(self.tenant + "\n", encoding="ascii")

    def _issued(self, role: Role, name: str, usage: Usage, spki: bytes) -> Certificate:
        return self._issue(role, name, usage, spki, self._issuing_key, self._issuing)

    def _issue(
        self, role: Role, name: str, usage: Usage, spki: bytes, key: SigningKey, issuer: Certificate | None
    ) -> Certificate:
        subject = Subject(Name(self.tenant, role, name), spki, usage, _NOT_BEFORE_S, _NOT_AFTER_S)
        return issue(subject, token_bytes(SERIAL_BYTES), key, issuer)
