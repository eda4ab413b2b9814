"""One request over HTTP(S) with the standard library: for commands of people, not for what runs all day.

Promise: bounded in time and size; https is verified, plain http goes to this machine alone; what fails is a `WebError`
with a sentence, never a traceback.
"""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from zhendao.command.errors import UsageError
from zhendao.command.kinds import is_loopback
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from pathlib import Path

_TIMEOUT_S = 20
_MOST = 4_194_304
BYTES, JSON = "application/octet-stream", "application/json"


class WebError(ZhendaoError):
    """The other side cannot be reached, or says no."""

    code = "web"


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Return the body read as JSON; `WebError` where it is none."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise WebError(Text("对方的答复不是 JSON", "the other side did not answer with JSON")) from error


@dataclass(frozen=True)
class Web:
    """A server at ``base``; ``ca``: a file of certificates to believe beside those of the system."""

    base: str
    ca: Path | None = None
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Check the address. Raises `UsageError`."""
        parts = urlsplit(self.base)
        plain = parts.scheme == "http" and parts.hostname is not None and is_loopback(parts.hostname)
        if not parts.hostname or (parts.scheme != "https" and not plain):
            raise UsageError(
                Text(f"地址须为 https://主机:端口，不能是 {self.base}", f"must be https://HOST:PORT, not {self.base}")
            )

    def get(self, path: str) -> Reply:
        """Fetch ``path``. Raises `WebError` where nobody answers."""
        return self._ask(path, None, BYTES)

    def post(self, path: str, body: bytes, kind: str = BYTES) -> Reply:
        """Send ``body`` to ``path``. Raises `WebError` where nobody answers."""
        return self._ask(path, body, kind)

    def _ask(self, path: str, body: bytes | None, kind: str) -> Reply:
        headers = {"Content-Type": kind} if body is not None else {}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.base.rstrip("/") + path, body, headers)  # noqa: S310 - checked above
        try:
            context = ssl.create_default_context()
            if self.ca is not None:
                context.load_verify_locations(self.ca)
            handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context), _NoRedirect())
            with urllib.request.build_opener(*handlers).open(request, timeout=_TIMEOUT_S) as found:
                return Reply(found.status, found.read(_MOST))
        except urllib.error.HTTPError as error:
            return Reply(error.code, error.read(_MOST))
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise WebError(
                Text(f"{self.base} 无法访问：{reason}", f"{self.base} cannot be reached: {reason}"),
                Text("请检查地址、网络与证书（--ca）", "check the address, the network and the certificate (--ca)"),
            ) from error


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def refusal(reply: Reply) -> WebError:
    """Return the error that a reply stands for, in the other side's words where it has some."""
    try:
        said = json.loads(reply.body)["error"]
        text = Text(str(said["zh"]), str(said["en"]))
    except (ValueError, KeyError, TypeError):
        text = Text(f"对方拒绝（{reply.status}）", f"the other side refused ({reply.status})")
    return WebError(text)
