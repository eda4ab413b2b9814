"""Answers of a platform that does not keep to the agreement: each is a named outcome, whatever the bytes."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.forward.errors import BatchRefusedError, LinkError
from zhendao.gateway.forward.https import MAX_ANSWER, HttpsConnector
from zhendao.gateway.forward.record import Answer, Letter, Record, Verdict
from zhendao.gateway.forward.settings import destination_of

BATCH = [Letter(Record(1, "visit", "v/1", 2), '{"名":"值"}')]


class Canned(ThreadingHTTPServer):
    """A platform that says what it was told to say, whatever it is asked."""

    status = 200
    content = b""
    extra: ClassVar[dict[str, str]] = {}
    seen: ClassVar[list[tuple[dict[str, str], bytes]]] = []


class Handler(BaseHTTPRequestHandler):
    server: Canned

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        self.server.seen.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        for name, value in (self.server.extra | {"Content-Length": str(len(self.server.content))}).items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):  # whoever reads no endless answer hangs up
            self.wfile.write(self.server.content)


Ask = Callable[..., dict[str, Answer]]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    server = Canned(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    connector = HttpsConnector(f"http://127.0.0.1:{server.server_address[1]}/r", token="secret")

    with asyncio.Runner() as runner:

        def call(status: int, content: bytes, **headers: str) -> dict[str, Answer]:
            server.status, server.content, server.extra = status, content, headers
            server.seen.clear()
            try:
                return dict(runner.run(connector.send(BATCH, "k" * 64)))
            finally:
                ((sent_headers, body),) = server.seen
                assert sent_headers["Idempotency-Key"] == "k" * 64
                assert sent_headers["Authorization"] == "Bearer secret"
                assert json.loads(body)["records"] == [
                    {
                        "idempotency_key": "visit/v%2F1/2", "type": "visit", "key": "v/1", "revision": 2,
                        "payload": {"名": "值"},
                    }
                ]  # fmt: skip

        yield call
        runner.run(connector.close())
    server.shutdown()
    server.server_close()
    thread.join()


def answered(**answer: Any) -> bytes:
    return json.dumps({"answers": [{"idempotency_key": "visit/v%2F1/2", **answer}]}).encode()


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("accepted", Verdict.TAKEN),
        ("history", Verdict.TAKEN),
        ("duplicate", Verdict.TAKEN),
        ("refused", Verdict.REFUSED),
        ("retry", Verdict.LATER),
        ("perhaps", Verdict.LATER),
    ],
)
def test_each_word_has_its_meaning(ask: Ask, status: str, verdict: Verdict) -> None:
    found = ask(200, answered(status=status, reason="a\x1b[2Jb", receipt=None))
    assert found == {"visit/v%2F1/2": Answer(verdict, status, "a [2Jb", "")}


@given(st.integers(200, 599), st.binary(max_size=200))
def test_any_answer_is_answers_or_a_named_error(ask: Ask, status: int, content: bytes) -> None:
    with suppress(LinkError, BatchRefusedError):
        assert ask(status, content) == {}


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"answers": 5}', b'{"answers": [5]}', answered(status=5)])
def test_what_is_no_answer_says_nothing_of_the_records(ask: Ask, content: bytes) -> None:
    with pytest.raises(LinkError):
        ask(200, content)


@pytest.mark.parametrize(("header", "wait"), [("3", 3_000), ("x", 0), ("-1", 0), ("9" * 9, 0)])
def test_the_wait_that_is_asked_for_is_kept(ask: Ask, header: str, wait: int) -> None:
    with pytest.raises(LinkError) as caught:
        ask(503, b"", **{"Retry-After": header})
    assert caught.value.retry_after_ms == wait


@pytest.mark.parametrize("status", [400, 409, 413, 422])
def test_what_is_about_the_content_is_told_apart(ask: Ask, status: int) -> None:
    with pytest.raises(BatchRefusedError):
        ask(status, b"no")


def test_an_endless_answer_is_cut_off(ask: Ask) -> None:
    with pytest.raises(LinkError, match="no usable answer"):
        ask(200, b" " * (MAX_ANSWER + 1))


def test_the_name_of_a_platform_holds_no_secret() -> None:
    assert destination_of("https://me:pass@p.example:8443/in?key=1#x") == "https://p.example:8443/in"


async def test_an_answer_that_drips_in_for_ever_is_given_up() -> None:
    hung_up = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        with suppress(ConnectionError):
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        hung_up.set()
        writer.close()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        connector = HttpsConnector(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/r", timeout_s=0.1)
        with pytest.raises(LinkError, match="no whole answer"):
            await asyncio.wait_for(connector.send(BATCH, "k"), 60)
        await connector.close()
        await asyncio.wait_for(hung_up.wait(), 60)
