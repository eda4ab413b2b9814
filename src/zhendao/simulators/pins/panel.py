"""The front of a board on a Unix socket: lines of orders press its contacts, JSON lines tell of its outputs.

Promise: every order is answered by `{"done": …}` when its last contact has moved, with `begun_ns` and `mono_ns`
(CLOCK_BOOTTIME of its first and last moment); every output that changes is told to all, in order. An order keeps its
own connection busy until it is done, and no other.
"""

from __future__ import annotations

import contextlib
import json
import socketserver
import threading
import time
from typing import TYPE_CHECKING

from zhendao.protocol.wording import Text
from zhendao.simulators.errors import LinkError, OrderError
from zhendao.simulators.pins.board import Board, mono_ns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_NS = 1_000_000_000
_LONGEST = 2000
_MS = 1_000_000
_NO_ORDER = Text("没有这个命令", "no such order")


class Panel:
    """Serves ``path``. `board` is set before `start`."""

    board: Board

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()
        self._watchers: list[_Connection] = []
        self._server: socketserver.BaseServer | None = None

    def start(self) -> None:
        """Begin to serve. Raises `LinkError`."""
        panel = self

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True
            board_panel = panel

        with contextlib.suppress(OSError):
            self._path.unlink()
        try:
            self._server = Server(str(self._path), _Connection)
        except OSError as error:
            raise LinkError(str(self._path), error.strerror or str(error)) from error
        threading.Thread(target=self._server.serve_forever, name="panel", daemon=True).start()

    def close(self) -> None:
        """End, and take the socket away."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
        with contextlib.suppress(OSError):
            self._path.unlink()

    def report(self, pin: int, on: bool, at_ns: int) -> None:  # noqa: FBT001 - as a board reports
        """Tell everybody of an output."""
        with self._writing:
            for one in list(self._watchers):
                one.say({"pin": pin, "on": on, "mono_ns": at_ns})

    def joins(self, one: _Connection) -> None:
        """Take in somebody who watches, and tell them how the outputs are."""
        with self._writing:
            self._watchers.append(one)
            one.say({"outputs": self.board.outputs(), "mono_ns": mono_ns()})

    def leaves(self, one: _Connection) -> None:
        """Take in that somebody has gone."""
        with self._writing:
            self._watchers.remove(one)

    def obey(self, text: str) -> dict[str, object]:
        """Carry out an order; return its acknowledgement. Raises `OrderError`."""
        word, *rest = text.split()
        try:
            numbers = [float(one) for one in rest]
        except ValueError:
            raise OrderError(text, _NO_ORDER) from None
        begun = mono_ns()
        match word, numbers:
            case "look", []:
                return {"done": text, "outputs": self.board.outputs(), "begun_ns": begun, "mono_ns": begun}
            case (("close" | "open"), [_, *_]):
                for pin in numbers:
                    self.board.contact(int(pin), closed=word == "close")
            case "press", [_, *_, milliseconds] if len(numbers) > 1:
                self._play(numbers[:-1], [milliseconds], begun)
            case "bounce", [pin, *times] if times:
                self._play([pin], times, begun)
            case "storm", [pin, hertz, milliseconds] if hertz > 0:
                half, count = 500 / hertz, int(milliseconds * hertz / 500) | 1
                self._play([pin], [half] * count, begun)
            case _:
                raise OrderError(text, _NO_ORDER)
        return {"done": text, "begun_ns": begun, "mono_ns": mono_ns()}

    def _play(self, pins: Sequence[float], times: Sequence[float], begun_ns: int) -> None:
        """Close, open, close … the contacts; after each change as many ms pass as ``times`` says. Leave them open."""
        closed, at_ns = False, begun_ns
        for milliseconds in times:
            closed = not closed
            for pin in pins:
                self.board.contact(int(pin), closed=closed)
            at_ns += int(milliseconds * _MS)
            time.sleep(max(0, at_ns - mono_ns()) / _NS)
        for pin in pins:
            self.board.contact(int(pin), closed=False)


class _Connection(socketserver.StreamRequestHandler):
    """One who presses and watches."""

    def handle(self) -> None:
        """Obey until they leave."""
        panel: Panel = self.server.board_panel  # type: ignore[attr-defined]
        panel.joins(self)
        try:
            while line := self.rfile.readline(_LONGEST):
                text = line.decode("utf-8", "replace").strip()
                try:
                    answer = panel.obey(text) if text else None
                except OrderError as error:
                    answer = {"error": error.what.en, "code": error.code, "mono_ns": mono_ns()}
                if answer is not None:
                    self.say(answer)
        except OSError:
            return
        finally:
            panel.leaves(self)

    def say(self, answer: dict[str, object]) -> None:
        """Write a line; whoever does not read loses it."""
        with contextlib.suppress(OSError, ValueError):
            self.wfile.write((json.dumps(answer) + "\n").encode())
