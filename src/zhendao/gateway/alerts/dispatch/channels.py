"""The ways out: a signed POST for a desk or an emergency number, a provider's interface for texts.

Promise: plain ``http://`` only to loopback (the settings refuse it); no redirect is followed, no proxy is used that
nobody wrote down; an answer is read up to a bound and within a time, and what it says is kept without control
characters. Every end is an `Answer`; nothing raises but a cancellation. docs/api.md, "Webhooks".
"""

import asyncio
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

import httpx

from zhendao.gateway.alerts.dispatch.settings import ChannelTable
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.webhook import sign_webhook

MAX_ANSWER: Final = 64 * 1024
MAX_WORDS: Final = 300
ASKED_MS: Final = 60_000
_NEVER: Final = frozenset({400, 404, 409, 410, 413, 422})
"""What a receiver says of the message itself; every other failure may be over soon."""


class Verdict(Enum):
    """What came of an attempt."""

    TAKEN = "taken"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt, in the receiver's words; ``asked_ms``: the pause that it asked for."""

    verdict: Verdict
    detail: str
    asked_ms: int = 0


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
        self._client = httpx.AsyncClient(
            timeout=table.timeout_s,
            headers={"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {token}"} if token else {}),
            follow_redirects=False,
            trust_env=False,  # a proxy that nobody wrote into the settings would see every address
            verify=ssl.create_default_context(cafile=None if table.ca is None else str(table.ca)),
            limits=httpx.Limits(max_connections=table.at_a_time, max_keepalive_connections=table.at_a_time),
        )

    async def post(self, message_id: str, body: bytes) -> Answer:
        """Send a message to a desk or an emergency number: signed anew for each attempt."""
        headers = sign_webhook(self._signer.key, self._signer.certificate_id, message_id, self._wall_ms(), body)
        return await self._send(headers, body)

    async def text(self, message_id: str, to: str, text: str) -> Answer:
        """Have the provider send a text; it sends one of each ``Idempotency-Key``."""
        body = json.dumps({"id": message_id, "to": to, "text": text}, ensure_ascii=False).encode()
        return await self._send({"Idempotency-Key": message_id}, body)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _send(self, headers: dict[str, str], body: bytes) -> Answer:
        headers = headers | {"Content-Type": "application/json; charset=utf-8"}
        try:
            async with (
                asyncio.timeout(2 * self._table.timeout_s),
                self._client.stream("POST", self._table.url, content=body, headers=headers) as response,
            ):
                return _answer(response, await _read(response))
        except TimeoutError:
            return Answer(Verdict.FAILED, f"no whole answer within {2 * self._table.timeout_s} s")
        except httpx.HTTPError as error:
            return Answer(Verdict.FAILED, _cut(f"{type(error).__name__} {error}"))


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():  # a packed answer is not unpacked: it would be of any size
        body += chunk
        if len(body) > MAX_ANSWER:
            break
    return bytes(body[:MAX_ANSWER])


def _answer(response: httpx.Response, body: bytes) -> Answer:
    status, said = response.status_code, _said(body)
    detail = f"{status} {said}".strip()
    if response.is_success:
        return Answer(Verdict.TAKEN, detail)
    if status in _NEVER:
        return Answer(Verdict.REFUSED, detail)
    asked = response.headers.get("Retry-After", "")
    asked_ms = int(asked) * 1000 if asked.isascii() and asked.isdigit() and len(asked) < 7 else 0  # noqa: PLR2004
    return Answer(Verdict.FAILED, detail, min(asked_ms, ASKED_MS))


def _said(body: bytes) -> str:
    """Return the receipt or the reason that an answer names, else nothing: whole pages are not kept."""
    try:
        given = json.loads(body)
        words = [str(given[name]) for name in ("status", "receipt", "reason") if given.get(name)]
    except (ValueError, RecursionError, TypeError, AttributeError, KeyError):
        return ""
    return _cut(" ".join(words))


def _cut(words: str) -> str:
    return "".join(c if c.isprintable() else " " for c in words[:MAX_WORDS]).strip()
