"""Requests to a platform over HTTP, for formats with a protocol of their own.

Promise: plain ``http://`` only to loopback; no redirect is followed; an answer is read up to a bound and within a time;
whatever goes wrong is a `LinkError`.
"""

import asyncio
import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from zhendao.command.kinds import is_loopback
from zhendao.gateway.forward.errors import ForwardError, LinkError
from zhendao.gateway.forward.heard import UNPACKED, body_of, no_answer
from zhendao.protocol.wording import Text

MAX_ANSWER = 16 * 1024 * 1024
LONGEST = 4


@dataclass(frozen=True, slots=True)
class Reply:
    """What came: the status, the body, and the headers."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """The body as words."""
        return self.body.decode("utf-8", "replace")

    def says_nothing(self) -> LinkError:
        """Return the error of a status that says nothing of what was sent."""
        return no_answer(self.status, self.headers, self.body)


class Http:
    """A client of ``url``; ``secret`` is ``user:password`` or a bearer token."""

    def __init__(
        self,
        url: str,
        *,
        secret: str | None = None,
        ca: Path | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 30.0,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise ForwardError(
                Text(f"不能向 {url} 上送：须用 https://", f"cannot forward to {url}: https:// is needed"),
                Text("http:// 只准用于本机", "http:// is for loopback only"),
            )
        self._url = url.rstrip("/")
        self._longest_s = LONGEST * timeout_s
        self._client = httpx.AsyncClient(
            timeout=timeout_s,
            headers={**(headers or {}), **UNPACKED, **_authorization(secret)},
            follow_redirects=False,
            trust_env=False,  # a proxy that nobody wrote into the settings would see every visit
            verify=ssl.create_default_context(cafile=None if ca is None else str(ca)),
        )

    async def ask(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, content: bytes = b"", form: str = ""
    ) -> Reply:
        """Send a request and return its answer; ``form``: the type of ``content``. Raises `LinkError`."""
        headers = {"Content-Type": form} if form else {}
        try:
            async with (
                asyncio.timeout(self._longest_s),
                self._client.stream(
                    method, self._url + path, params=params, content=content or None, headers=headers
                ) as response,
            ):
                return Reply(response.status_code, await body_of(response, MAX_ANSWER), response.headers)
        except TimeoutError as error:
            raise LinkError(f"no whole answer within {self._longest_s:g} s") from error
        except httpx.HTTPError as error:
            raise LinkError(f"{type(error).__name__} {error}".strip()) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _authorization(secret: str | None) -> dict[str, str]:
    if not secret:
        return {}
    if ":" in secret:
        return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
    return {"Authorization": f"Bearer {secret}"}
