"""The way to a platform over HTTPS: one POST for a batch, one answer for each record.

Promise: plain ``http://`` only to loopback; no redirect is followed; an answer is read up to a bound, and what is no
answer is a `LinkError`. The request and its answer are described in ``docs/api.md``.
"""

import asyncio
import json
import ssl
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from zhendao.command.kinds import is_loopback
from zhendao.gateway.forward.errors import BatchRefusedError, ForwardError, LinkError
from zhendao.gateway.forward.record import Answer, Letter, Verdict
from zhendao.gateway.forward.settings import destination_of
from zhendao.gateway.forward.signing import MOST_BYTES, Signer
from zhendao.protocol.wording import Text

MAX_ANSWER = 8 * 1024 * 1024
LONGEST = 4
"""So many time-outs a request may take as a whole: an answer that drips in would hold up what is owed for ever."""
TOO_LONG = 413
MAX_WORDS = 500  # of a status, reason or receipt that is kept

_VERDICTS = {
    "accepted": Verdict.TAKEN,
    "history": Verdict.TAKEN,
    "duplicate": Verdict.TAKEN,
    "refused": Verdict.REFUSED,
    "retry": Verdict.LATER,
}
# What the platform says of the content of a request; every other status says nothing about the records.
_ABOUT_CONTENT = frozenset({400, 409, 413, 422})


class HttpsConnector:
    """One platform at ``url``; ``token`` is sent as a bearer token, ``ca`` replaces the system's trusted roots.

    With ``signer`` each request carries the gateway's signature over it, made anew each time it is sent.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 15.0,
        token: str | None = None,
        ca: Path | None = None,
        signer: Signer | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise ForwardError(
                Text(f"不能向 {url} 上送：须用 https://", f"cannot forward to {url}: https:// is needed"),
                Text("http:// 只准用于本机", "http:// is for loopback only"),
            )
        self._url = url
        self._signer = signer
        self._longest_s = LONGEST * timeout_s
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._client = httpx.AsyncClient(
            timeout=timeout_s,
            headers=headers,
            follow_redirects=False,
            trust_env=False,  # a proxy that nobody wrote into the settings would see every visit
            verify=ssl.create_default_context(cafile=None if ca is None else str(ca)),
        )

    @property
    def destination(self) -> str:
        """Return the name under which answers of this platform are kept."""
        return destination_of(self._url)

    async def send(self, batch: Sequence[Letter], key: str) -> Mapping[str, Answer]:
        """POST ``batch``; see `connector.Connector`."""
        body = _body(batch)
        if len(body) > MOST_BYTES:
            raise BatchRefusedError(TOO_LONG, f"{len(body)} bytes, more than {MOST_BYTES}")
        headers = {"Idempotency-Key": key}
        if self._signer is not None:
            headers |= self._signer.headers(key, time.time_ns() // 1_000_000, body)
        try:
            async with (
                asyncio.timeout(self._longest_s),
                self._client.stream("POST", self._url, content=body, headers=headers) as response,
            ):
                return _answers(response, await _read(response))
        except TimeoutError as error:
            raise LinkError(f"no whole answer within {self._longest_s:g} s") from error
        except httpx.HTTPError as error:
            raise LinkError(f"{type(error).__name__} {error}".strip()) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _body(batch: Sequence[Letter]) -> bytes:
    records = [
        {
            "idempotency_key": letter.record.idempotency_key,
            "type": letter.record.record_type,
            "key": letter.record.key,
            "revision": letter.record.revision,
            "payload": json.loads(letter.payload),
        }
        | ({"replay": letter.record.replay} if letter.record.replay else {})
        for letter in batch
    ]
    return json.dumps({"records": records}, ensure_ascii=False, separators=(",", ":")).encode()


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_ANSWER:
            raise LinkError(f"the answer is longer than {MAX_ANSWER} bytes")
    return bytes(body)


def _answers(response: httpx.Response, body: bytes) -> dict[str, Answer]:
    status = response.status_code
    if status in _ABOUT_CONTENT:
        raise BatchRefusedError(status, _cut(body.decode("utf-8", "replace")))
    if not response.is_success:
        raise LinkError(f"HTTP {status}", _retry_after_ms(response.headers.get("Retry-After", "")))
    try:
        given = json.loads(body)["answers"]
        return {one["idempotency_key"]: answer_of(one) for one in given}
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise LinkError("HTTP 200, but no answers in it") from error


def answer_of(given: Mapping[str, Any]) -> Answer:
    """Return what one answer of a platform means."""
    status = given["status"]
    # A word that nobody agreed on settles nothing: asked again, it may be understood.
    verdict = _VERDICTS.get(status, Verdict.LATER)
    return Answer(verdict, _cut(status), _cut(given.get("reason") or ""), _cut(given.get("receipt") or ""))


def _cut(words: str) -> str:
    """Return a platform's words as they may be kept, logged and shown: bounded, without control characters."""
    return "".join(c if c.isprintable() else " " for c in words[:MAX_WORDS])


def _retry_after_ms(header: str) -> int:
    """Return the wait asked for in seconds; a date is not read, for clocks may disagree."""
    return int(header) * 1000 if header.isascii() and header.isdigit() and len(header) < 7 else 0  # noqa: PLR2004 - days
