"""The bots' HTTP server: ``POST /robot/send`` (DingTalk), ``POST /cgi-bin/webhook/send`` (WeCom); fails as told.

Promise: as with the real ones every answer of a bot is HTTP 200, whatever it says. ``GET /shown`` is what the groups
saw; ``POST /control/faults`` ``{"bot", "next", "times"}`` has the next requests meet a fault (`platform.faults`).
"""

import json
import threading
import time
from http.server import ThreadingHTTPServer
from random import Random
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from zhendao.simulators.errors import SimulatorError
from zhendao.simulators.groups.bots import Bot
from zhendao.simulators.json_http import JsonHandler
from zhendao.simulators.platform.faults import Faults

PATHS: Final = {"/robot/send": "dingtalk", "/cgi-bin/webhook/send": "wecom"}
BODY_BYTES: Final = 1_000_000
HOLD_S: Final = 60.0


class Groups(ThreadingHTTPServer):
    """The server over two bots; one lock makes its steps one after another."""

    daemon_threads = True  # a request held for a time-out must not hold up the end
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], bots: dict[str, Bot], seed: int = 0) -> None:
        """Listen at ``address``; ``bots`` by their names, `dingtalk` and `wecom`."""
        super().__init__(address, _Handler)
        self.bots = bots
        # Seeded on purpose: a fault is to come again.
        self.faults = {name: Faults(Random(f"{seed} {name}")) for name in bots}  # noqa: S311
        self.changed = threading.Condition()
        self.ending = threading.Event()
        self.requests: list[tuple[str, int]] = []
        self.tell: Any = lambda _: None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a client goes away in the middle."""


class _Handler(JsonHandler):
    """One connection; what it answers is decided by a bot."""

    server: Groups

    def do_GET(self) -> None:  # noqa: N802 - the name is http.server's
        """Show what the groups saw; a bot wants a POST."""
        path = urlsplit(self.path).path
        if path == "/shown":
            with self.server.changed:
                shown = [one.as_json() for bot in self.server.bots.values() for one in bot.shown]
            self.answer(200, {"shown": shown})
        elif path in PATHS:
            self._say((43002, "需要POST请求"))
        else:
            self.answer(404, {"status": "not found"})

    def do_POST(self) -> None:  # noqa: N802 - as above
        """Take a message, or an order to fail."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > BODY_BYTES:
            self.close_connection = True
            self.answer(413, {"status": "length"})
            return
        body = self.rfile.read(int(length))
        parts = urlsplit(self.path)
        name = PATHS.get(parts.path, "")
        if parts.path == "/control/faults":
            self._control(body)
        elif name in self.server.bots:
            self._take(name, {one: values[0] for one, values in parse_qs(parts.query).items()}, body)
        else:
            self.answer(404, {"status": "not found"})

    def _control(self, body: bytes) -> None:
        try:
            order = json.loads(body)
            with self.server.changed:
                self.server.faults[order["bot"]].ask(str(order["next"]), int(order.get("times", 1)))
        except (SimulatorError, ValueError, KeyError, TypeError) as error:
            self.answer(422, {"status": str(error)})
            return
        self.answer(200, {"status": "ok"})

    def _take(self, name: str, query: dict[str, str], body: bytes) -> None:
        server, now_ms = self.server, time.time_ns() // 1_000_000
        with server.changed:
            fault = server.faults[name].draw()
        if fault == "error":
            self.answer(500, {"status": "error"})
        elif fault in {"busy", "later"}:
            self.answer(503, {"status": "busy"}, retry_after="1")
        elif fault == "cut-before":
            self.cut()
        if fault in {"error", "busy", "later", "cut-before"}:
            return
        with server.changed:
            bot = server.bots[name]
            before = len(bot.shown)
            said = bot.take(query, self.headers.get("Content-Type", ""), body, now_ms)
            server.requests.append((name, said[0]))
            for one in bot.shown[before:]:
                server.tell(one)
            server.changed.notify_all()
        if fault == "timeout":
            server.ending.wait(HOLD_S)
        if fault in {"timeout", "cut"}:
            self.cut()
        elif fault == "error-after":
            self.answer(500, {"status": "error"})
        else:
            self._say(said)

    def _say(self, said: tuple[int, str]) -> None:
        self.answer(200, {"errcode": said[0], "errmsg": said[1]})
