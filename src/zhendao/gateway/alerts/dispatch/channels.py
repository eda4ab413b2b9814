"""The ways out: a signed POST for a desk or an emergency number, a provider's interface for texts.

Promise: plain ``http://`` only to loopback (the settings refuse it); every end is an `Answer`; nothing raises but a
cancellation. docs/api.md, "Webhooks".
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from zhendao.gateway.alerts.dispatch.settings import ChannelTable
from zhendao.gateway.outward.answers import Answer
from zhendao.gateway.outward.posting import Poster
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.webhook import sign_webhook


@dataclass(frozen=True, slots=True)
class Signer:
    """The gateway's key, under its certificate."""

    key: SigningKey
    certificate_id: bytes


class Channel:
    """One way out; of the thread that runs its loop."""

    def __init__(
        self,
        table: ChannelTable,
        signer: Signer,
        token: str | None,
        wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        """Send by ``table``; ``token`` goes as a bearer token; ``wall_ms`` gives UTC ms."""
        self._table, self._signer, self._wall_ms = table, signer, wall_ms
        self._poster = Poster(table.timeout_s, table.ca, table.at_a_time, token, [token or ""])

    async def post(self, message_id: str, body: bytes) -> Answer:
        """Send a message to a desk or an emergency number: signed anew for each attempt."""
        headers = sign_webhook(self._signer.key, self._signer.certificate_id, message_id, self._wall_ms(), body)
        return await self._poster.post(self._table.url, headers, body)

    async def text(self, message_id: str, to: str, text: str) -> Answer:
        """Have the provider send a text; it sends one of each ``Idempotency-Key``."""
        body = json.dumps({"id": message_id, "to": to, "text": text}, ensure_ascii=False).encode()
        return await self._poster.post(self._table.url, {"Idempotency-Key": message_id}, body)

    async def close(self) -> None:
        """Close the connections."""
        await self._poster.close()
