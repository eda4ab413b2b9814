"""Where the broker is, TLS with the terminal's certificate, and in a person's words why it cannot be talked to."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from zhendao.device.link.schedule import Ending
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from pathlib import Path

NOT_YET_VALID = 9
_NO_CHECK_TIME = 0x20_0000
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_FLAG_NO_CHECK_TIME of OpenSSL.

A certificate that is not valid yet means that this clock is behind (1970, a flat battery). Nothing else of the check is
given up then, and an expired one could not be told anyway; without it such a terminal could deliver nothing, ever.
"""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the broker is. ``identity`` holds tls.crt, tls.key and tls-ca.crt; not needed without TLS.

    ``user`` and ``password`` are for a broker that asks for them beside the certificate, or instead of it.
    """

    host: str
    port: int
    tls: bool
    identity: Path
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @staticmethod
    def of(url: str, identity: Path) -> Address:
        """Return the address that a checked ``mqtts://`` or ``mqtt://`` URL names."""
        parts = urlsplit(url)
        tls = parts.scheme == "mqtts"
        user, password = (None if one is None else unquote(one) for one in (parts.username, parts.password))
        return Address(parts.hostname or "", parts.port or (8883 if tls else 1883), tls, identity, user, password)


class _Socket(ssl.SSLSocket):
    """Closes itself where the handshake fails: paho would leave it open until it is collected."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the signature of the standard library
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def tls_context(identity: Path, *, timed: bool) -> ssl.SSLContext:
    """Return what TLS 1.3 with the terminal's certificate takes; ``timed``: dates count. Raises `OSError`."""
    context = ssl.create_default_context(cafile=str(identity / "tls-ca.crt"))
    if not timed:
        context.verify_flags = ssl.VerifyFlags(context.verify_flags | _NO_CHECK_TIME)
    context.sslsocket_class = _Socket
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(identity / "tls.crt", identity / "tls.key")
    return context


def ending_of(error: Exception, *, reached: bool) -> Ending:
    """Return what kind of ending ``error`` is; ``reached``: a connection to the broker's machine had been made."""
    if isinstance(error, ssl.SSLEOFError | ConnectionError):
        return Ending.REFUSED
    if isinstance(error, TimeoutError):
        return Ending.BUSY if reached else Ending.SILENT
    own = isinstance(error, ssl.SSLError | ValueError | FileNotFoundError | PermissionError)
    return Ending.BARRED if reached or own else Ending.SILENT


def explain(address: Address, error: Exception) -> Text:
    """Return why the broker cannot be talked to, in one line."""
    where = f"{address.host}:{address.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        detail = error.verify_message
        return Text(
            f"消息代理 {where} 的证书无效：{detail}", f"the certificate of the broker {where} is not good: {detail}"
        )
    if isinstance(error, ssl.SSLError):
        detail = error.reason or str(error)
        return Text(f"与消息代理 {where} 的 TLS 握手失败：{detail}", f"TLS with the broker {where} failed: {detail}")
    if isinstance(error, socket.gaierror):
        return Text(f"找不到消息代理 {address.host}", f"the name of the broker {address.host} cannot be resolved")
    detail = getattr(error, "strerror", None) or str(error)
    return Text(f"连不上消息代理 {where}：{detail}", f"the broker {where} cannot be reached: {detail}")
