"""Is a message over HTTP from this gateway, whole, and of about now? What `zhendao-verify webhook` examines.

Promise: the certificate must chain to the root, be a gateway's, be valid and not revoked; each step is a finding.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from zhendao.protocol.errors import MalformedError, ProtocolError
from zhendao.protocol.webhook import CERTIFICATE, RECORDS_BYTES, check_webhook
from zhendao.protocol.wording import Text
from zhendao.verifier.errors import UnreadableFileError
from zhendao.verifier.examination import Finding

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.protocol.chain import TrustStore
    from zhendao.protocol.revocation import Revocations


def headers_in(path: Path, data: bytes) -> dict[str, str]:
    """Return the headers in a file of lines ``Name: value``; other lines, such as ``POST / HTTP/1.1``, are passed over.

    Raises `UnreadableFileError` when a header is there twice: which one counts would be a guess.
    """
    headers: dict[str, str] = {}
    for line in data.decode("latin-1").splitlines():
        name, colon, value = line.partition(":")
        if colon and name.strip() and " " not in name.strip():
            if name.strip().lower() in headers:
                raise UnreadableFileError(path, f"{name.strip()}: twice")
            headers[name.strip().lower()] = value.strip()
    return headers


def examine_webhook(
    body: bytes,
    headers: dict[str, str],
    gateway: bytes,
    trust: TrustStore,
    at_s: int,
    revoked: Revocations | None = None,
) -> list[Finding]:
    """Return what is found of ``body``, received with ``headers`` at ``at_s`` (UTC s); the first that fails ends it.

    ``gateway`` is the certificate (DER) that the receiver was given; ``revoked``: what is believed no longer.
    """
    step = "certificate"
    try:
        certificate = trust.check(gateway, at_s, "gateway", "sign")
        if revoked is not None:
            revoked.check(certificate, at_s)
        found = [_good(step, f"证书由根签发，属于网关 {certificate.common_name}", f"is of {certificate.common_name}")]
        step = "signature"
        if headers.get(CERTIFICATE.lower(), "") != certificate.id.hex():
            raise MalformedError("webhook-certificate", "it names another certificate")
        key = certificate.suite.verifying_key(certificate.spki)
        signed = check_webhook(key, headers, body, at_s * 1000, most_bytes=RECORDS_BYTES)
    except ProtocolError as error:
        return [Finding(step, holds=False, text=Text(f"不成立：{error.detail}", f"does not hold: {error.detail}"))]
    at = datetime.fromtimestamp(signed.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    found.append(_good("signature", f"编号 {signed.id}、时刻 {at} 与正文未被改动", f"id {signed.id}, {at}, whole body"))
    return found


def _good(step: str, zh: str, en: str) -> Finding:
    return Finding(step, holds=True, text=Text(zh, en))
