"""A platform with a protocol of its own that is busy, elsewhere, endless or packed: a failed link, with its words."""

import asyncio
import gzip
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from zhendao.gateway.formats.ways.http import MAX_ANSWER, Http, Reply
from zhendao.gateway.forward.errors import LinkError


class Handler(BaseHTTPRequestHandler):
    status, content = 200, b""
    extra: ClassVar[dict[str, str]] = {}

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        assert self.headers["Accept-Encoding"] == "identity"
        self.send_response(self.status)
        for name, value in ({"Content-Length": str(len(self.content))} | self.extra).items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):  # whoever reads no endless answer hangs up
            self.wfile.write(self.content)


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def asked(url: str, status: int = 200, content: bytes = b"", **extra: str) -> Reply:
    Handler.status, Handler.content, Handler.extra = status, content, extra

    async def ask() -> Reply:
        http = Http(url)
        try:
            return await http.ask("GET", "/")
        finally:
            await http.close()

    return asyncio.run(ask())


def test_a_busy_platform_says_for_how_long_and_a_redirect_is_not_followed(url: str) -> None:
    busy = asked(url, 429, b"slow down\x1b[2J", **{"Retry-After": "7"}).says_nothing()
    assert (busy.retry_after_ms, busy.detail) == (7_000, "HTTP 429 slow down [2J")
    assert asked(url, 302, Location=f"{url}/elsewhere").says_nothing().detail == "HTTP 302"


def test_what_is_packed_or_endless_is_no_answer(url: str) -> None:
    with pytest.raises(LinkError, match="packed as gzip"):
        asked(url, content=gzip.compress(b" " * 9_000_000), **{"Content-Encoding": "gzip"})
    with pytest.raises(LinkError, match="longer than"):
        asked(url, content=b" " * (MAX_ANSWER + 1))
