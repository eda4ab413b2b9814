"""Whom keys are wrapped for, read from a file that a person names; and the file that they are put into.

A certificate or a bare public key in PEM: a laptop that writes cards needs no certificate, the person who names its key
answers for it, and the key's id stands in the audit.
"""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import pem

from zhendao.gateway.tokens.errors import CardsError
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.keys import Suite
from zhendao.protocol.suite import INTL, SM
from zhendao.protocol.wording import Text


@dataclass(frozen=True, slots=True)
class Recipient:
    """A key to which secrets can be wrapped; ``der`` of its certificate where there is one."""

    path: Path
    suite: Suite
    spki: bytes
    der: bytes | None

    @property
    def key_id(self) -> bytes:
        """8 bytes that name the key."""
        return self.suite.key_id(self.spki)

    def trusted(self, trust: TrustStore, at_s: int) -> Certificate | None:
        """Return the certificate if ``trust`` vouches for it as one to wrap for at ``at_s`` (UTC s)."""
        if self.der is None:
            return None
        try:
            return trust.check(self.der, at_s, usage="wrap")
        except ProtocolError:
            return None


def recipient_of(path: Path) -> Recipient:
    """Read whom to wrap for. Raises `CardsError`."""
    try:
        kind, _, der = pem.unarmor(path.read_bytes())
    except (OSError, ValueError) as error:
        raise _unusable(path) from error
    if kind == "CERTIFICATE":
        try:
            certificate = Certificate.parse(der)
            certificate.suite.wrapping_key(certificate.spki)
        except ProtocolError as error:
            raise _unusable(path) from error
        return Recipient(path, certificate.suite, certificate.spki, der)
    for suite in (SM, INTL):
        try:
            suite.wrapping_key(der)
        except ProtocolError:
            continue
        return Recipient(path, suite, der, None)
    raise _unusable(path)


def write_secret(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, mode 0600. Raises `CardsError`."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.absolute().parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise CardsError(Text(f"无法写入 {path}：{error.strerror}", f"{path} cannot be written: {error}")) from error


def _unusable(path: Path) -> CardsError:
    return CardsError(
        Text(f"{path} 不是可用于加密的证书或公钥", f"{path} is no certificate or public key to wrap for"),
        Text("须是 PEM 格式", "it must be PEM"),
    )
