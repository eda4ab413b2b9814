"""The bad link that tests are made with is as bad as it says."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from samples.proxy import Proxy


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that says back what it hears."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    line, _ = server.accept()
                    threading.Thread(target=back, args=(line,), daemon=True).start()

        def back(line: socket.socket) -> None:
            with closing(line), suppress(OSError):
                while data := line.recv(65536):
                    line.sendall(data)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def call(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), 20)


def ask(line: socket.socket) -> bytes:
    line.sendall(b"anybody there?")
    return line.recv(9)


def test_passes_swallows_holds_and_resets(echo: int) -> None:
    with Proxy(echo) as proxy, call(proxy) as line:
        line.sendall(b"one")
        assert line.recv(9) == b"one"
        proxy.swallow()
        line.sendall(b"two")
        proxy.wait(lambda figures: figures.swallowed == 3)
        proxy.pass_on()
        line.sendall(b"three")
        assert line.recv(9) == b"three"
        proxy.hold()
        line.sendall(b"four")
        line.settimeout(0.2)
        with pytest.raises(TimeoutError):
            line.recv(9)
        line.settimeout(20)
        proxy.pass_on()
        assert line.recv(9) == b"four"
        proxy.abort()
        with pytest.raises(ConnectionResetError):
            ask(line)
        proxy.refuse()
        with pytest.raises(ConnectionResetError), call(proxy) as refused:
            refused.recv(9)
        assert proxy.figures.connections == 2


def test_a_dead_target_is_a_reset_and_a_throttled_line_takes_its_time(echo: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with Proxy(port) as proxy, pytest.raises(ConnectionResetError), call(proxy) as line:
        line.recv(9)
    with Proxy(echo, narrow=True) as proxy, call(proxy) as line:
        proxy.throttle(50_000)
        begun = time.monotonic()
        line.sendall(bytes(10_000))
        got = 0
        while got < 10_000:
            got += len(line.recv(65536))
        assert time.monotonic() - begun >= 0.15


def test_it_is_a_process_too(echo: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "samples.proxy", str(echo)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["port"]
        with socket.create_connection(("127.0.0.1", port), 20) as line:
            line.sendall(b"one")
            assert line.recv(9) == b"one"
            process.stdin.write("swallow\nthrottle 2000\nabort\n")
            process.stdin.flush()
            said = [json.loads(process.stdout.readline()) for _ in range(3)]
            assert said[0] == {"connections": 1, "open": 1, "up": 3, "down": 3, "swallowed": 0}
            with pytest.raises(ConnectionResetError):
                ask(line)
        process.stdin.close()
        assert process.wait(180) == 0
