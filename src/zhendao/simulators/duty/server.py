"""The receivers' HTTP server: signed messages, texts to be sent, the emergency number; fails when it is told to.

Promise: what is taken is kept before it is answered; a fault never takes a thing twice. ``POST /webhook``,
``/emergency``, ``/sms``; ``GET /received?channel=C&least=N&wait_s=S`` waits until N were received;
``POST /control/faults`` ``{"channel", "next", "times"}`` or ``{"channel", "profile"}``.
"""

import json
import threading
import time
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from zhendao.protocol.webhook import BODY_BYTES
from zhendao.simulators.duty.desk import CHANNELS, Desk
from zhendao.simulators.errors import SimulatorError
from zhendao.simulators.json_http import JsonHandler
from zhendao.simulators.platform.faults import Faults, parse_profile

HOLD_S = 60.0
LONGEST_WAIT_S = 60.0


class Receivers(ThreadingHTTPServer):
    """The server over a `Desk`; one lock makes its steps one after another."""

    daemon_threads = True  # a request held for a time-out must not hold up the end
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], desk: Desk, faults: dict[str, Faults], slow_s: float = 1.0) -> None:
        """Listen at ``address``; ``faults`` by channel."""
        super().__init__(address, _Handler)
        self.desk = desk
        self.faults = faults
        self.slow_s = slow_s
        self.tell: Any = lambda _: None
        self.changed = threading.Condition()
        self.ending = threading.Event()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a client goes away in the middle."""


class _Handler(JsonHandler):
    """One connection; what it answers is decided by `Desk`."""

    server: Receivers

    def do_GET(self) -> None:  # noqa: N802 - the name is http.server's
        """Show what was received; wait for it where that is asked."""
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path not in {"/received", "/healthz"}:
            self.answer(404, {"status": "not found"})
            return
        channel = asked.get("channel")
        try:
            least, wait_s = int(asked.get("least", 0)), min(float(asked.get("wait_s", 0)), LONGEST_WAIT_S)
        except ValueError:
            self.answer(422, {"status": "least and wait_s are numbers"})
            return
        desk = self.server.desk

        def found() -> list[dict[str, Any]]:
            return [one.as_json() for one in desk.received if channel in {None, one.channel}]

        with self.server.changed:
            self.server.changed.wait_for(lambda: len(found()) >= least, wait_s)
            body = {"received": found(), "counts": dict(desk.counts)}
        self.answer(200, body)

    def do_POST(self) -> None:  # noqa: N802 - as above
        """Take a message, or an order to fail."""
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > BODY_BYTES:
            self.close_connection = True
            self.answer(413, {"status": "refused", "reason": "length"})
            return
        body = self.rfile.read(int(length))
        channel = urlsplit(self.path).path.strip("/")
        if channel == "control/faults":
            self._control(body)
        elif channel in CHANNELS:
            self._take(channel, body)
        else:
            self.answer(404, {"status": "not found"})

    def _control(self, body: bytes) -> None:
        try:
            order = json.loads(body)
            faults = self.server.faults[order["channel"]]
            with self.server.changed:
                if "profile" in order:
                    faults.profile = parse_profile(str(order["profile"]))
                if "next" in order:
                    faults.ask(str(order["next"]), int(order.get("times", 1)))
        except (SimulatorError, ValueError, KeyError, TypeError) as error:
            self.answer(422, {"status": "refused", "reason": str(error)})
            return
        self.answer(200, {"status": "ok"})

    def _take(self, channel: str, body: bytes) -> None:
        server = self.server
        with server.changed:
            fault = server.faults[channel].draw()
        if fault == "error":
            self.answer(500, {"status": "error"})
            return
        if fault in {"busy", "later"}:
            self.answer(503, {"status": "busy"}, retry_after="1")
            return
        if fault == "cut-before":
            self.cut()
            return
        now_ms = time.time_ns() // 1_000_000
        with server.changed:
            if channel == "sms":
                status, answer = server.desk.text(dict(self.headers.items()), body, now_ms)
            else:
                status, answer = server.desk.webhook(channel, dict(self.headers.items()), body, now_ms)
            server.tell(server.desk.received[-1])
            server.changed.notify_all()
        if fault == "timeout":
            server.ending.wait(HOLD_S)
            self.cut()
        elif fault == "cut":
            self.cut()
        elif fault == "error-after":
            self.answer(500, {"status": "error"})
        else:
            if fault == "slow":
                server.ending.wait(server.slow_s)
            self.answer(status, answer)
