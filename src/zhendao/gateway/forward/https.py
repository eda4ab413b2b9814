"""The way to a platform over HTTPS: one POST for a batch, one answer for each record.

Promise: plain ``http://`` only to loopback; no redirect is followed; an answer is read up to a bound, and what is no
answer is a `LinkError`. The request and its answer are described in ``docs/api.md``.
"""

import asyncio
import json
import ssl
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from zhendao.command.kinds import is_loopback
from zhendao.gateway.forward.errors import BatchRefusedError, ForwardError, LinkError
from zhendao.gateway.forward.heard import UNPACKED, body_of, no_answer
from zhendao.gateway.forward.record import Answer, Letter, Verdict, printable
from zhendao.gateway.forward.settings import destination_of
from zhendao.gateway.forward.signing import MOST_BYTES, Signer
from zhendao.protocol.wording import Text

MAX_ANSWER = 8 * 1024 * 1024
LONGEST = 4
"""So many time-outs a request may take as a whole: an answer that drips in would hold up what is owed for ever."""
TOO_LONG = 413

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
        headers = {"Content-Type": "application/json", **UNPACKED}
        headers |= {"Authorization": f"Bearer {token}"} if token else {}
        context = ssl.create_default_context(cafile=None if ca is None else str(ca))
        self._new_client = partial(
            httpx.AsyncClient,
            timeout=timeout_s,
            headers=headers,
            follow_redirects=False,
            trust_env=False,  # a proxy that nobody wrote into the settings would see every visit
            verify=context,
        )
        self._client = self._new_client()

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
                answers = _answers(response, await body_of(response, MAX_ANSWER))
        except TimeoutError as error:
            raise LinkError(f"no whole answer within {self._longest_s:g} s") from error
        except httpx.HTTPError as error:
            raise LinkError(f"{type(error).__name__} {error}".strip()) from error
        if answers and answers.keys().isdisjoint(one.record.idempotency_key for one in batch):
            # On this connection answers may have come to lie behind: on a new one the first is that of its request.
            await self.close()
            self._client = self._new_client()
            raise LinkError("HTTP 200, with answers for other records")
        return answers

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


def _answers(response: httpx.Response, body: bytes) -> dict[str, Answer]:
    status = response.status_code
    if status in _ABOUT_CONTENT:
        raise BatchRefusedError(status, printable(body.decode("utf-8", "replace")))
    if not response.is_success:
        raise no_answer(status, response.headers, body)
    try:
        given = json.loads(body)["answers"]
        found = [(one["idempotency_key"], answer_of(one)) for one in given if _is_answer(one)]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise LinkError("HTTP 200, but no answers in it") from error
    if given and not found:
        raise LinkError("HTTP 200, but no answers in it")
    answers: dict[str, Answer] = {}
    for name, answer in found:
        # Said twice and otherwise is not said: what it is, it will be when it is asked again.
        agrees = name not in answers or answers[name].verdict is answer.verdict
        answers[name] = answer if agrees else Answer(Verdict.LATER, "contradicted")
    return answers


def _is_answer(one: Any) -> bool:
    """Tell whether this is an answer at all: one that is none says nothing of its record, and nothing of the others."""
    if not isinstance(one, dict) or not all(isinstance(one.get(name), str) for name in ("idempotency_key", "status")):
        return False
    return all(isinstance(one.get(name), str | None) for name in ("reason", "receipt"))


def answer_of(given: Mapping[str, Any]) -> Answer:
    """Return what one answer of a platform means."""
    status = given["status"]
    # A word that nobody agreed on settles nothing: asked again, it may be understood.
    verdict = _VERDICTS.get(status, Verdict.LATER)
    return Answer(verdict, status, given.get("reason") or "", given.get("receipt") or "").kept()
