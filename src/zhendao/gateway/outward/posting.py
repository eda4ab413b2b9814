"""One POST to a receiver that may be slow, gone, wrong or hostile.

Promise: no redirect is followed, no proxy is used that nobody wrote down; an answer is read up to a bound and within a
time, and never unpacked. Every end is an `Answer`; nothing raises but a cancellation. What is secret in an address is
in no answer, nor is a name or a number that the receiver was told and says again: answers rest readable. rule: PIPL
"""

import asyncio
import json
import re
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import httpx

from zhendao.gateway.outward.answers import Answer, Response, Verdict, by_status, cut

MAX_ANSWER: Final = 64 * 1024
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Failures before anything of the request was sent."""

_ID: Final = re.compile("[0-9a-f]{20,}")
_LOCAL: Final = 11
_NUMBER: Final = re.compile("[0-9]{7,}")
_OF_PEOPLE: Final = re.compile(r"[0-9]{5,}|[^\x00-\x7f]{2,}")

Reader = Callable[[Response], Answer]


class Poster:
    """Posts to one receiver; of the thread that runs its loop."""

    def __init__(
        self, timeout_s: int, ca: Path | None, at_a_time: int, token: str | None, secrets: Sequence[str] = ()
    ) -> None:
        """Wait ``timeout_s`` for each step and twice that for all; ``token`` goes as a bearer token.

        ``secrets``: what no answer may hold.
        """
        self._timeout_s, self._secrets = timeout_s, tuple(one for one in secrets if one)
        self._client = httpx.AsyncClient(
            timeout=timeout_s,
            headers={"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {token}"} if token else {}),
            follow_redirects=False,
            trust_env=False,  # a proxy that nobody wrote into the settings would see every address
            verify=ssl.create_default_context(cafile=None if ca is None else str(ca)),
            limits=httpx.Limits(max_connections=at_a_time, max_keepalive_connections=at_a_time),
        )

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, read: Reader = by_status) -> Answer:
        """Post ``body`` and return what ``read`` says of the answer."""
        headers = {"Content-Type": "application/json; charset=utf-8", **headers}
        try:
            async with (
                asyncio.timeout(2 * self._timeout_s),
                self._client.stream("POST", url, content=body, headers=headers) as response,
            ):
                found = Response(response.status_code, response.headers.get("Retry-After", ""), await _begin(response))
            answer = read(found)
            return replace(answer, detail=self._blanked(answer.detail, _told(body)))
        except TimeoutError:
            return Answer(Verdict.FAILED, f"no whole answer within {2 * self._timeout_s} s", unsure=True)
        except httpx.HTTPError as error:
            detail = self._blanked(cut(f"{type(error).__name__} {error}"))
            return Answer(Verdict.FAILED, detail, unsure=not isinstance(error, _NOT_SENT))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _blanked(self, words: str, told: Sequence[str] = ()) -> str:
        for one in (*self._secrets, *told):
            words = words.replace(one, "…")
        return words


def _told(body: bytes) -> list[str]:
    """Return what ``body`` says of people, the longest first: each of its texts but ids, and long numbers in them."""
    try:
        texts = {*_texts(json.loads(body))}
    except (ValueError, RecursionError):
        texts = {value for _, value in parse_qsl(body.decode("utf-8", "replace"))}
    found = {one for one in texts if _OF_PEOPLE.search(one) and not _ID.fullmatch(one)}
    # A number may come back without the code of its country.
    found |= {part for one in found for number in _NUMBER.findall(one) for part in (number, number[-_LOCAL:])}
    return sorted(found, key=len, reverse=True)


def _texts(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict | list):
        for one in said.values() if isinstance(said, dict) else said:
            yield from _texts(one)


async def _begin(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():  # a packed answer is not unpacked: it would be of any size
        body += chunk
        if len(body) > MAX_ANSWER:
            break
    return bytes(body[:MAX_ANSWER])
