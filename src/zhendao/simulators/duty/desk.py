"""What the receivers hold and answer: messages whose signature was checked, and texts that a provider sent. Pure.

Promise: a message without a good signature of the gateway, signed at another time, or seen before byte for byte (a
replay) is refused and told as that; the same id signed anew is a duplicate: answered as taken, and taken once.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hmac import compare_digest
from typing import Any, Final

from zhendao.protocol.errors import MalformedError, ProtocolError
from zhendao.protocol.keys import VerifyingKey
from zhendao.protocol.webhook import WITHIN_MS, check_webhook

CHANNELS: Final = ("webhook", "emergency", "sms")
TEXT_CHARACTERS: Final = 500
PHONE_DIGITS: Final = 32


@dataclass(frozen=True, slots=True)
class Received:
    """One request: how it was judged (``taken``, ``duplicate`` or why it was refused), and what it said."""

    channel: str
    verdict: str
    id: str
    received_ms: int
    signed_ms: int | None
    said: Any

    def as_json(self) -> dict[str, Any]:
        """Return it for a screen."""
        return asdict(self)


@dataclass
class Desk:
    """Webhooks under ``gateway`` (the key that signs), texts under the provider's ``token``."""

    gateway: VerifyingKey | None
    token: str | None = None
    received: list[Received] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _seen: set[tuple[str, int]] = field(default_factory=set)
    _taken: set[tuple[str, str]] = field(default_factory=set)

    def webhook(self, channel: str, headers: Mapping[str, str], body: bytes, now_ms: int) -> tuple[int, dict[str, Any]]:
        """Judge a signed message; return the status and the answer."""
        try:
            if self.gateway is None:
                raise MalformedError("webhook-key", "no gateway is known here")
            signed = check_webhook(self.gateway, headers, body, now_ms)
            said = _object(body)
        except ProtocolError as error:
            return self._refuse(channel, now_ms, 401, error.reason)
        self._forget(now_ms)
        if (signed.id, signed.at_ms) in self._seen:
            return self._refuse(channel, now_ms, 409, "replay", signed.id)
        self._seen.add((signed.id, signed.at_ms))
        return self._take(channel, signed.id, now_ms, signed.at_ms, said)

    def text(self, headers: Mapping[str, str], body: bytes, now_ms: int) -> tuple[int, dict[str, Any]]:
        """Judge a request to send a text message; return the status and the answer."""
        by_name = {name.lower(): value for name, value in headers.items()}
        if self.token is not None and not compare_digest(by_name.get("authorization", ""), f"Bearer {self.token}"):
            return self._refuse("sms", now_ms, 401, "token")
        try:
            said = _object(body)
        except MalformedError as error:
            return self._refuse("sms", now_ms, 400, error.reason)
        to, text, key = said.get("to"), said.get("text"), by_name.get("idempotency-key", "")
        if not isinstance(to, str) or not to.lstrip("+").isdigit() or len(to) > PHONE_DIGITS:
            return self._refuse("sms", now_ms, 422, "no phone number", key)
        if not isinstance(text, str) or not 0 < len(text) <= TEXT_CHARACTERS or not key:
            return self._refuse("sms", now_ms, 422, "no text, or no Idempotency-Key", key)
        return self._take("sms", key, now_ms, None, said)

    def _take(
        self, channel: str, name: str, now_ms: int, signed_ms: int | None, said: Any
    ) -> tuple[int, dict[str, Any]]:
        new = (channel, name) not in self._taken
        self._taken.add((channel, name))
        self._keep(Received(channel, "taken" if new else "duplicate", name, now_ms, signed_ms, said))
        return 200, {"status": "accepted" if new else "duplicate", "receipt": f"{channel}-{len(self._taken)}"}

    def _refuse(self, channel: str, now_ms: int, status: int, why: str, name: str = "") -> tuple[int, dict[str, Any]]:
        self._keep(Received(channel, why, name, now_ms, None, None))
        return status, {"status": "refused", "reason": why}

    def _keep(self, one: Received) -> None:
        self.received.append(one)
        self.counts[f"{one.channel} {one.verdict}"] += 1

    def _forget(self, now_ms: int) -> None:
        # What is older is refused for its age: it need not be remembered.
        self._seen = {one for one in self._seen if one[1] > now_ms - 2 * WITHIN_MS}


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedError("webhook-body", "no JSON") from error
    if not isinstance(said, dict):
        raise MalformedError("webhook-body", "no JSON object")
    return said
