"""One POST to a receiver that may be slow, gone, wrong or hostile.

Promise: no redirect is followed, no proxy is used that nobody wrote down; an answer is read up to a bound and within a
time, and never unpacked. Every end is an `Answer`; nothing raises but a cancellation. What is secret in an address is
in no answer.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import httpx

from zhendao.gateway.outward.answers import Answer, Response, Verdict, by_status, cut

MAX_ANSWER: Final = 64 * 1024
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""Failures before anything of the request was sent."""

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
            return read(found)
        except TimeoutError:
            return Answer(Verdict.FAILED, f"no whole answer within {2 * self._timeout_s} s", unsure=True)
        except httpx.HTTPError as error:
            detail = self._blanked(cut(f"{type(error).__name__} {error}"))
            return Answer(Verdict.FAILED, detail, unsure=not isinstance(error, _NOT_SENT))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _blanked(self, words: str) -> str:
        for one in self._secrets:
            words = words.replace(one, "…")
        return words


async def _begin(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():  # a packed answer is not unpacked: it would be of any size
        body += chunk
        if len(body) > MAX_ANSWER:
            break
    return bytes(body[:MAX_ANSWER])
