"""The gateway's own signature over what it sends, so that a platform can show later who said it.

Promise: key, moment and every byte of the body are under it; it is checked as webhooks are (docs/api.md), with the
gateway's certificate and OpenSSL alone.
"""

from dataclasses import dataclass
from typing import Final

from zhendao.protocol.keys import SigningKey
from zhendao.protocol.webhook import RECORDS_BYTES, sign_webhook

MOST_BYTES: Final = RECORDS_BYTES


@dataclass(frozen=True, slots=True)
class Signer:
    """The gateway's key, under its certificate."""

    key: SigningKey
    certificate_id: bytes

    def headers(self, request_key: str, at_ms: int, body: bytes) -> dict[str, str]:
        """Return the headers that prove ``body`` to be sent at ``at_ms`` (UTC ms) under ``request_key``.

        Raises `MalformedError` for a body of more than `MOST_BYTES`.
        """
        return sign_webhook(self.key, self.certificate_id, request_key, at_ms, body, most_bytes=MOST_BYTES)
