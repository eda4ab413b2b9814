"""The gateway's own keys and the certificates that it trusts, read from ``data_dir/keys`` (docs/operations.md).

Promise: every file that is missing or cannot be used is named; a private key that others can read is refused.
"""

import ssl
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asn1crypto import pem

from zhendao.gateway.config import BrokerTable
from zhendao.gateway.errors import KeysError
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.chain import TrustStore
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.keys import SigningKey, UnwrappingKey
from zhendao.protocol.topics import check_tenant
from zhendao.protocol.wording import Text

CALLS_FILE: Final = "tls-calls.crt"


@dataclass(frozen=True)
class Keyring:
    """What the gateway signs and opens with, and whom it trusts."""

    tenant: str
    trust: TrustStore
    certificate: Certificate
    signing_key: SigningKey
    unwrapping_key: UnwrappingKey
    issuing: tuple[Certificate, ...] = ()
    former: tuple[UnwrappingKey, ...] = ()
    """Keys that were rotated: what was sealed to them is still opened."""


def load_keyring(folder: Path) -> Keyring:
    """Read the keys that `zhendao-provision gateway install` wrote. Raises `KeysError` naming the file at fault."""
    root, issuing = _der(folder / "root.crt"), [_der(folder / "issuing.crt")]
    issuing += [_der(path) for path in sorted((folder / "old").glob("issuing-*.crt"))]
    signing, wrap = folder / "gateway.key", folder / "wrap.key"
    try:
        trust = TrustStore([root], issuing)
        certificate = Certificate.parse(_der(folder / "gateway.crt"))
        signing_key = certificate.suite.signing_key(_private(signing))
        unwrapping_key = certificate.suite.unwrapping_key(_private(wrap))
        former = [certificate.suite.unwrapping_key(_private(path)) for path in (folder / "old").glob("wrap-*.key")]
        tenant = check_tenant(_read(folder / "tenant").decode("ascii").strip())
    except (ProtocolError, UnicodeDecodeError) as error:
        raise _unusable(folder, str(error)) from error
    if signing_key.spki != certificate.spki:
        raise _unusable(signing, "it does not belong to gateway.crt")
    known = tuple(Certificate.parse(der) for der in issuing)
    return Keyring(tenant, trust, certificate, signing_key, unwrapping_key, known, tuple(former))


def tls_context(folder: Path, broker: BrokerTable) -> ssl.SSLContext:
    """Return the TLS context for the broker: TLS 1.3, the broker's name checked, a certificate of our own."""
    return _context(folder, broker.ca, broker.certificate or folder / "tls.crt", broker.key or folder / "tls.key")


def calls_context(folder: Path, broker: BrokerTable) -> ssl.SSLContext | None:
    """Return the same for the session of the calls, which has a certificate of its own; None where there is none."""
    certificate, key = broker.calls_certificate or folder / CALLS_FILE, broker.calls_key or folder / "tls-calls.key"
    return _context(folder, broker.ca, certificate, key) if certificate.exists() else None


def _context(folder: Path, authority: Path | None, certificate: Path, key: Path) -> ssl.SSLContext:
    ca = authority or folder / "tls-ca.crt"
    for path in (ca, certificate, key):
        _read(path)
    _check_mode(key)
    try:
        context = ssl.create_default_context(cafile=str(ca))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(str(certificate), str(key))
    except (ssl.SSLError, OSError) as error:
        raise _unusable(folder, str(error)) from error
    return context


def _private(path: Path) -> bytes:
    _check_mode(path)
    return _der(path)


def _check_mode(path: Path) -> None:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise _missing(path) from error
    if mode & 0o077:
        raise KeysError(
            Text(f"私钥 {path} 可被他人读取（{mode:o}）", f"others can read the private key {path} ({mode:o})"),
            Text(f"chmod 600 {path}", f"chmod 600 {path}"),
        )


def _der(path: Path) -> bytes:
    data = _read(path)
    try:
        return bytes(pem.unarmor(data)[2])
    except ValueError as error:
        raise _unusable(path, "it is not PEM") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _missing(path) from error


_CURE = Text("运行 zhendao-provision gateway install", "run zhendao-provision gateway install")


def _missing(path: Path) -> KeysError:
    return KeysError(Text(f"无法读取 {path}", f"{path} cannot be read"), _CURE)


def _unusable(path: Path, why: str) -> KeysError:
    return KeysError(Text(f"{path} 不可用：{why}", f"{path} cannot be used: {why}"), _CURE)


def read_token(path: Path | None, table: str) -> str | None:
    """Return what the ``token_file`` of a settings table ``[[table]]`` holds; None where it names none.

    Raises `KeysError`.
    """
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise KeysError(
            Text(f"无法读取令牌文件 {path}", f"the token file {path} cannot be read"),
            Text(f"检查 [[{table}]] token_file", f"check [[{table}]] token_file"),
        ) from error
