"""A TCP proxy on loopback that can be a bad link: in a test (`Proxy`), or as a process that obeys lines.

    PYTHONPATH=src:tests python -m samples.proxy TARGET_PORT [LISTEN_PORT]

It prints `{"port": …}`; each line on standard input is a mode or an act, answered by one JSON object of figures:
`pass`, `swallow` (bytes are taken and thrown away, both ways; nothing is said), `hold` (bytes wait and come later),
`refuse` (who connects is reset), `throttle BYTES_PER_S` (each way), `abort` (every connection is reset now), `figures`.
A connection that had bytes swallowed goes on with a hole in it after `pass`; `abort` ends it.
"""

import asyncio
import contextlib
import json
import socket
import struct
import sys
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Any, Self

CHUNK = 65536
SLICES_PER_S = 20
"""A throttled connection moves on so many times a second."""
NARROW_BYTES = 4096
"""Buffer of a throttled connection: with the ordinary ones, megabytes would be under way before anybody waits."""
PATIENCE_S = 180.0


class Mode(Enum):
    """What happens to bytes."""

    PASS = "pass"
    SWALLOW = "swallow"
    HOLD = "hold"
    REFUSE = "refuse"


@dataclass
class Figures:
    """What has been seen: connections taken and open, bytes passed on to the target and from it, bytes swallowed."""

    connections: int = 0
    open: int = 0
    up: int = 0
    down: int = 0
    swallowed: int = 0


class Proxy:
    """Between whoever connects to `port` and ``target_port``; both on 127.0.0.1. Its methods may be called anywhere.

    ``narrow`` keeps the buffers small, for `throttle`; it has to be known before anybody connects.
    """

    def __init__(self, target_port: int, port: int = 0, *, narrow: bool = False) -> None:
        self._target = target_port
        self._narrow = narrow
        self._line = socket.socket()
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if narrow:
            self._line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW_BYTES)
        self._line.bind(("127.0.0.1", port))
        self.port: int = self._line.getsockname()[1]
        self.figures = Figures()
        self._mode = Mode.PASS
        self._rate: float | None = None
        self._ends: set[socket.socket] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._turned = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._line.listen(128)
        self._line.settimeout(0)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call(self._end)
        self._thread.join()
        self._loop.close()

    # -- what a test does

    def pass_on(self) -> None:
        """Let everything through, as fast as it comes."""
        self._call(lambda: self._turn(Mode.PASS, None))

    def swallow(self) -> None:
        """Take bytes, pass nothing on, say nothing: a half-open link. Who connects is let in and hears nothing."""
        self._call(lambda: self._turn(Mode.SWALLOW, self._rate))

    def hold(self) -> None:
        """Take nothing and pass nothing on: what is sent now arrives after `pass_on`."""
        self._call(lambda: self._turn(Mode.HOLD, self._rate))

    def refuse(self) -> None:
        """Reset whoever connects from now on."""
        self._call(lambda: self._turn(Mode.REFUSE, self._rate))

    def throttle(self, bytes_per_s: float) -> None:
        """Let so much through each way on each connection."""
        self._call(lambda: self._turn(Mode.PASS, bytes_per_s))

    def abort(self) -> None:
        """Reset every connection that there is, both ends."""
        self._call(self._abort)

    def wait(self, good: Callable[[Figures], bool], seconds: float = PATIENCE_S) -> None:
        """Wait until the figures are ``good``."""
        with self._changed:
            assert self._changed.wait_for(lambda: good(self.figures), seconds), self.figures

    # -- on its thread

    def _call(self, act: Callable[[], None]) -> None:
        done = threading.Event()

        def work() -> None:
            act()
            done.set()

        self._loop.call_soon_threadsafe(work)
        assert done.wait(PATIENCE_S)

    def _turn(self, mode: Mode, rate: float | None) -> None:
        self._mode, self._rate = mode, rate
        self._turned.set()
        self._turned = asyncio.Event()

    def _abort(self) -> None:
        for end in list(self._ends):
            _reset(end)

    def _end(self) -> None:
        self._abort()
        for task in self._tasks:
            task.cancel()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._accept())

    async def _accept(self) -> None:
        self._start(self._welcome())
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._line.close()

    async def _welcome(self) -> None:
        while True:
            one, _ = await self._loop.sock_accept(self._line)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._note(connections=1)
            if self._mode is Mode.REFUSE:
                _reset(one)
                one.close()
                continue
            self._start(self._serve(one))

    async def _serve(self, near: socket.socket) -> None:
        far = socket.socket()
        self._ends |= {near, far}
        self._note(open=1)
        try:
            far.settimeout(0)
            if self._narrow:
                far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, NARROW_BYTES)
            await self._loop.sock_connect(far, ("127.0.0.1", self._target))
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ways = [
                asyncio.create_task(self._carry(near, far, "up")),
                asyncio.create_task(self._carry(far, near, "down")),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            _reset(near)
        finally:
            self._ends -= {near, far}
            near.close()
            far.close()
            self._note(open=-1)

    async def _carry(self, source: socket.socket, sink: socket.socket, way: str) -> None:
        with contextlib.suppress(OSError):
            while True:
                while self._mode is Mode.HOLD:
                    await self._turned.wait()
                rate = self._rate
                most = CHUNK if rate is None else max(1, int(rate / SLICES_PER_S))
                data = await self._loop.sock_recv(source, most)
                if not data:
                    return
                while self._mode is Mode.HOLD:
                    await self._turned.wait()
                if self._mode is Mode.SWALLOW:
                    self._note(swallowed=len(data))
                    continue
                if rate is not None:
                    await asyncio.sleep(len(data) / rate)
                await self._loop.sock_sendall(sink, data)
                self._note(**{way: len(data)})

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _note(self, **changes: int) -> None:
        with self._changed:
            for name, change in changes.items():
                setattr(self.figures, name, getattr(self.figures, name) + change)
            self._changed.notify_all()


def _reset(end: socket.socket) -> None:
    """Make ``end`` close with RST, and wake whoever reads or writes it."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RD)


def say(one: dict[str, int]) -> None:
    """Write a line."""
    sys.stdout.write(json.dumps(one) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Be a process: obey the lines of standard input until it ends."""
    numbers = [int(word) for word in sys.argv[1:]]
    with Proxy(*numbers, narrow=True) as proxy:
        acts = {"pass": proxy.pass_on, "swallow": proxy.swallow, "hold": proxy.hold, "refuse": proxy.refuse}
        acts |= {"abort": proxy.abort, "figures": lambda: None}
        say({"port": proxy.port})
        for line in sys.stdin:
            word, *rest = line.split() or ["figures"]
            if word == "throttle":
                proxy.throttle(float(rest[0]))
            else:
                acts[word]()
            say(vars(proxy.figures))


if __name__ == "__main__":
    main()
