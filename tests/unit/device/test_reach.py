"""Knocking at the broker's machine: in turn, again while nobody answers, and no longer than it makes sense."""

import socket
import time
from contextlib import ExitStack

import pytest

from zhendao.device.link.reach import Place, Way, knock


def here(port: int) -> Place:
    return socket.AF_INET, ("127.0.0.1", port)


@pytest.fixture
def closed() -> int:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port: int = gone.getsockname()[1]
        return port


def test_who_says_no_is_not_asked_twice(closed: int) -> None:
    begun = time.process_time()
    with pytest.raises(ConnectionRefusedError):
        knock([here(closed), here(closed)], 20)
    assert time.process_time() - begun < 1


def test_the_next_address_is_tried_where_one_says_no(closed: int) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        knock([here(closed), here(server.getsockname()[1])], 20) as line,
    ):
        assert line.getpeername() == server.getsockname()


def full(stack: ExitStack) -> socket.socket:
    """Return a server whose queue is full: the kernel drops whoever knocks, as a way does that leads nowhere."""
    server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    for _ in range(2):
        one = stack.enter_context(socket.socket())
        one.settimeout(0.2)
        try:
            one.connect(server.getsockname())
        except TimeoutError:
            return server
    return server


def test_nobody_answers() -> None:
    with ExitStack() as stack:
        server = full(stack)
        with pytest.raises(TimeoutError):
            knock([here(server.getsockname()[1])], 1.5)


def test_a_knock_that_was_lost_is_followed_by_another_at_once_when_the_way_is_back() -> None:
    with ExitStack() as stack:
        server = full(stack)
        with pytest.raises(TimeoutError):
            knock([here(server.getsockname()[1])], 0.3)
        server.accept()[0].close()
        stack.enter_context(knock([here(server.getsockname()[1])], 20))


def test_the_addresses_of_a_name_outlive_its_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        way = Way("localhost", server.getsockname()[1])
        way.connect(20).close()

        def gone(*_: object, **__: object) -> None:
            raise socket.gaierror(socket.EAI_AGAIN, "no resolver")

        monkeypatch.setattr(socket, "getaddrinfo", gone)
        way.connect(20).close()
        assert way.is_there()
        unknown = Way("localhost", 1)
        with pytest.raises(socket.gaierror):
            unknown.connect(20)
