"""Signed webhooks: what the gateway's key signs of a message over HTTP, and how whoever gets one checks it.

Promise: the id, the moment and every byte of the body are under the signature; what is older (or newer) than the bound
is refused, so that a receiver need remember ids no longer than that to refuse a replay. One line of a shell with
OpenSSL checks it too: an SM2 signature travels in DER. docs/api.md, "Webhooks".
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zhendao.protocol.errors import CryptoError, MalformedError
from zhendao.protocol.keys import SigningKey, VerifyingKey
from zhendao.protocol.sm2_signature import der_from_raw, raw_from_der

ID: Final = "Zhendao-Id"
MOMENT: Final = "Zhendao-Timestamp"
CERTIFICATE: Final = "Zhendao-Certificate"
SIGNATURE: Final = "Zhendao-Signature"

BODY_BYTES: Final = 256 * 1024
RECORDS_BYTES: Final = 16 * 1024 * 1024
"""So long may a body be that carries many records to a platform."""
WITHIN_MS: Final = 300_000

_DOMAIN: Final = b"zd1/webhook"
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_MOMENT: Final = re.compile(r"[0-9]{1,15}")
_SIGNATURE: Final = re.compile(r"(sm|intl) ([A-Za-z0-9+/]{64,120}={0,2})")
_RAW: Final = 64


@dataclass(frozen=True, slots=True)
class Signed:
    """What a good signature says: which message it is (the same when it is sent again), and when it was sent."""

    id: str
    at_ms: int


def to_sign(message_id: str, at_ms: int, body: bytes, most_bytes: int = BODY_BYTES) -> bytes:
    """Return the bytes under the signature: three lines and the body as it is.

    No other thing that a gateway signs begins with these bytes: those are CBOR arrays. Raises `MalformedError`.
    """
    if not _ID.fullmatch(message_id) or at_ms < 0 or len(body) > most_bytes:
        raise MalformedError("webhook-form", "the id, the moment or the length of the body")
    return b"%s\n%s\n%d\n%s" % (_DOMAIN, message_id.encode(), at_ms, body)


def sign_webhook(
    key: SigningKey, certificate_id: bytes, message_id: str, at_ms: int, body: bytes, *, most_bytes: int = BODY_BYTES
) -> dict[str, str]:
    """Return the headers of a message sent at ``at_ms`` (UTC ms); an id is of 1 to 64 letters, digits, ``._-``."""
    raw = key.sign(to_sign(message_id, at_ms, body, most_bytes))
    name = key.suite.name
    carried = der_from_raw(raw) if name == "sm" else raw
    return {
        ID: message_id,
        MOMENT: str(at_ms),
        CERTIFICATE: certificate_id.hex(),
        SIGNATURE: f"{name} {b64encode(carried).decode()}",
    }


def check_webhook(
    key: VerifyingKey,
    headers: Mapping[str, str],
    body: bytes,
    now_ms: int,
    within_ms: int = WITHIN_MS,
    most_bytes: int = BODY_BYTES,
) -> Signed:
    """Return what ``key`` signed; ``headers`` by their names in any case.

    Raises:
        MalformedError: a header is missing or has not its form, or the body is too long.
        CryptoError: the signature is not that of ``key`` over these bytes, or was made at another time than about now.

    """
    by_name = {name.lower(): value for name, value in headers.items()}
    message_id, moment = by_name.get(ID.lower(), ""), by_name.get(MOMENT.lower(), "")
    found = _SIGNATURE.fullmatch(by_name.get(SIGNATURE.lower(), ""))
    if found is None or not _MOMENT.fullmatch(moment):
        raise MalformedError("webhook-form", "a header is missing or has not its form")
    message = to_sign(message_id, int(moment), body, most_bytes)
    if not key.verify(message, _raw(found[1], found[2])):
        raise CryptoError("webhook-signature", "not the signature of this key over id, moment and body")
    at_ms = int(moment)
    if abs(now_ms - at_ms) > within_ms:
        raise CryptoError("webhook-moment", f"signed {abs(now_ms - at_ms) // 1000} s from now")
    return Signed(message_id, at_ms)


def _raw(suite: str, text: str) -> bytes:
    try:
        carried = b64decode(text, validate=True)
    except Base64Error as error:
        raise MalformedError("webhook-form", "the signature is no base64") from error
    if suite == "sm":
        return raw_from_der(carried)
    if len(carried) != _RAW:
        raise MalformedError("webhook-form", "a signature of another length")
    return carried
