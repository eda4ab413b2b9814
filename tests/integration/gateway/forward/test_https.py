"""Answers of a platform that does not keep to the agreement: each is a named outcome, whatever the bytes."""

import asyncio
import gzip
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
from zhendao.gateway.forward.heard import asked_ms
from zhendao.gateway.forward.https import MAX_ANSWER, HttpsConnector
from zhendao.gateway.forward.plan import judge
from zhendao.gateway.forward.record import MOST_WORDS, Answer, Letter, Record, Verdict
from zhendao.gateway.forward.retry import Backoff
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


DATE = "Tue, 03 Jan 1995 08:00:00 GMT"
"""What the platform's clock says: nobody asks whether it is right."""
DAY_MS = 86_400_000


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("3", 3_000), ("x", 0), ("-1", 0), ("", 0), ("9" * 9, DAY_MS), ("9" * 9_000, DAY_MS), ("\u0663", 0),
        ("Tue, 03 Jan 1995 08:00:30 GMT", 30_000), ("Tue, 03 Jan 1995 07:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", DAY_MS), ("Fri, 31 Dec 99999 23:59:59 GMT", 0),
        ("Tuesday, 03-Jan-95 08:00:02 GMT", 2_000), ("Tue, 03 Jan 1995 08:00:30 -9999", 0),
    ],
)  # fmt: skip
def test_the_wait_that_is_asked_for_is_kept(header: str, wait: int) -> None:
    assert asked_ms({"Retry-After": header, "Date": DATE}) == wait
    if not header.isdigit():
        assert asked_ms({"Retry-After": header}) == 0, "a date without the platform's own says nothing"


@pytest.mark.parametrize(("status", "header", "wait"), [(503, "3", 3_000), (429, "0", 0), (429, "700", 700_000)])
def test_a_platform_that_is_busy_is_left_alone_as_long_as_it_asks(
    ask: Ask, status: int, header: str, wait: int
) -> None:
    with pytest.raises(LinkError) as caught:
        ask(status, b"", **{"Retry-After": header})
    assert caught.value.retry_after_ms == wait


def test_what_a_platform_says_beside_its_status_is_told(ask: Ask) -> None:
    with pytest.raises(LinkError, match=r"HTTP 401 \{\"error\": \"signed at another\s+time\"\}"):
        ask(401, b'{"error": "signed at another\x1b\n time"}')


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(ask: Ask, status: int) -> None:
    with pytest.raises(LinkError, match=f"HTTP {status}"):  # `ask` sees a single request
        ask(status, b"", Location="/elsewhere")


def test_an_answer_that_is_packed_is_not_unpacked(ask: Ask) -> None:
    packed = gzip.compress(gzip.compress(b" " * 1_000_000))
    with pytest.raises(LinkError, match="packed as gzip, gzip"):
        ask(200, packed, **{"Content-Encoding": "gzip, gzip"})
    assert ask(200, answered(status="accepted"), **{"Content-Encoding": "identity"})


def test_an_answer_that_is_none_says_nothing_of_the_others(ask: Ask) -> None:
    good = {"idempotency_key": "visit/v%2F1/2", "status": "accepted"}
    bad = [
        5,
        {"idempotency_key": ["a"], "status": "accepted"},
        {**good, "reason": ["x" * 9_000]},
        {**good, "receipt": 1},
    ]
    for one in bad:
        assert ask(200, json.dumps({"answers": [one, good]}).encode()).keys() == {"visit/v%2F1/2"}
        with pytest.raises(LinkError, match="no answers"):
            ask(200, json.dumps({"answers": [one]}).encode())
    long = ask(200, answered(status="refused", reason="x" * 9_000))
    assert len(long["visit/v%2F1/2"].reason) == MOST_WORDS


def test_what_is_said_twice_and_otherwise_is_not_said(ask: Ask) -> None:
    one = {"idempotency_key": "visit/v%2F1/2"}
    for words, verdict in (
        (("accepted", "refused"), Verdict.LATER), (("refused", "accepted"), Verdict.LATER),
        (("accepted", "duplicate"), Verdict.TAKEN),
    ):  # fmt: skip
        found = ask(200, json.dumps({"answers": [one | {"status": word} for word in words]}).encode())
        assert found["visit/v%2F1/2"].verdict is verdict


def test_an_acceptance_of_what_was_never_sent_settles_nothing(ask: Ask) -> None:
    other = {"idempotency_key": "visit/v%2F9/1", "status": "accepted"}
    with pytest.raises(LinkError, match="other records"):
        ask(200, json.dumps({"answers": [other]}).encode())
    own = {"idempotency_key": "visit/v%2F1/2", "status": "retry"}
    found = ask(200, json.dumps({"answers": [other, own]}).encode())
    settled, later = judge([BATCH[0].record], found, {}, Backoff(), 0, 0.5)
    assert (settled, list(later)) == ([], [1])


async def test_answers_that_lie_behind_on_their_connection_are_left_there() -> None:
    """Each answer comes twice: the second one would be that of the next request."""
    sent: list[str] = []
    ended = asyncio.Queue[None]()

    def said(name: str) -> bytes:
        body = json.dumps({"answers": [{"idempotency_key": name, "status": "accepted"}]}).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body

    async def junk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
                body = json.loads(await reader.readexactly(int(length.split(b":")[1])))
                sent.append(body["records"][0]["idempotency_key"])
                writer.write(2 * said(sent[-1]))
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        ended.put_nowait(None)

    async with await asyncio.start_server(junk, "127.0.0.1", 0) as server:
        connector = HttpsConnector(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/r")
        letters = [Letter(Record(number, "visit", f"v{number}", 1), "{}") for number in (1, 2)]
        await asyncio.wait_for(connector.send(letters[:1], "k"), 60)
        with pytest.raises(LinkError, match="other records"):
            await asyncio.wait_for(connector.send(letters[1:], "k"), 60)
        assert list(await asyncio.wait_for(connector.send(letters[1:], "k"), 60)) == ["visit/v2/1"]
        assert sent == ["visit/v1/1", "visit/v2/1", "visit/v2/1"]
        await connector.close()
        for _ in range(2):
            await asyncio.wait_for(ended.get(), 60)


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
        connector = HttpsConnector(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/r", timeout_s=0.5)
        with pytest.raises(LinkError, match="no whole answer"):
            await asyncio.wait_for(connector.send(BATCH, "k"), 60)
        await connector.close()
        await asyncio.wait_for(hung_up.wait(), 60)
