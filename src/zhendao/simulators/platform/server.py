"""The platform's HTTP server: takes batches of records, shows what it holds, fails when told to.

Promise: a record is answered only after it is on the disk; faults never break the ledger's rules; where the gateway's
key is known, only what it signed is taken. Requests and answers are those of ``docs/platform.openapi.json``.
"""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.keys import VerifyingKey
from zhendao.protocol.webhook import check_webhook
from zhendao.simulators.errors import SimulatorError
from zhendao.simulators.json_http import JsonHandler
from zhendao.simulators.platform.faults import Faults, parse_profile
from zhendao.simulators.platform.ledger import Entry, Ledger
from zhendao.simulators.platform.state import StateFile

MAX_BODY = 16 * 1024 * 1024
MAX_RECORDS = 5_000
HOLD_S = 60  # how long a request that gets no answer is held
SLOW_S = 1.0


class Platform(ThreadingHTTPServer):
    """The server with its ledger; one lock makes the ledger's steps one after another."""

    daemon_threads = True  # a request held for a time-out must not hold up the end
    allow_reuse_address = True

    def __init__(
        self,
        address: tuple[str, int],
        ledger: Ledger,
        state: StateFile,
        faults: Faults,
        tell: Callable[[Entry], None] = lambda _: None,
        gateway: VerifyingKey | None = None,
    ) -> None:
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)
        self.ledger = ledger
        self.state = state
        self.faults = faults
        self.tell = tell
        self.gateway = gateway
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self.counts: Counter[str] = Counter()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a client goes away in the middle: clients of a failing platform do."""

    def take(self, offered: list[Any], *, later: bool) -> list[dict[str, Any]]:
        """Offer each record to the ledger, or put them off; answers in the order of ``offered``."""
        with self.lock:
            if later:
                return [
                    {"idempotency_key": _name(one), "status": "retry", "reason": "not now", "receipt": ""}
                    for one in offered
                ]
            answers = []
            entries = []
            for one in offered:
                answer, entry = self.ledger.offer(one)
                answers.append(answer)
                self.counts[answer["status"]] += 1
                if entry is not None:
                    self.ledger.take(entry)
                    entries.append(entry)
            self.state.append(entries)
            for entry in entries:
                self.tell(entry)
            return answers


def _name(offered: Any) -> str:
    return str(offered.get("idempotency_key", "")) if isinstance(offered, dict) else ""


class _Handler(JsonHandler):
    """One connection; what it answers is decided by `Platform` and `Ledger`."""

    server: Platform

    def do_GET(self) -> None:  # noqa: N802 - the name is http.server's
        """Show records, receipts, or counts."""
        parts = urlsplit(self.path)
        wanted = parse_qs(parts.query).get("type", [None])[0]
        ledger = self.server.ledger
        with self.server.lock:
            if parts.path == "/records":
                body: dict[str, Any] = {"records": ledger.records(wanted)}
            elif parts.path == "/receipts":
                body = {
                    "receipts": [
                        {
                            "receipt": entry.receipt,
                            "type": entry.record_type,
                            "key": entry.key,
                            "revision": entry.revision,
                            "status": entry.status,
                            "idempotency_key": entry.idempotency_key,
                            "arrivals": ledger.arrivals.get(entry.idempotency_key, 0),
                        }
                        for entry in ledger.receipts
                        if wanted in {None, entry.record_type}
                    ]
                }
            elif parts.path in {"/healthz", "/counts"}:
                body = {"status": "ok", "counts": dict(self.server.counts)}
            else:
                self.answer(404, {"error": "not found"})
                return
        self.answer(200, body)

    def do_POST(self) -> None:  # noqa: N802 - as above
        """Take records, or an order to fail."""
        body = self._body()
        if body is None:
            return
        if self.path == "/control/faults":
            self._control(body)
        elif self.path in {"/", "/records"}:
            self._records(body)
        else:
            self.answer(404, {"error": "not found"})

    def _proved(self, body: bytes) -> bool:
        """Tell whether the gateway signed this request under this key; answer 401 where it did not."""
        gateway = self.server.gateway
        if gateway is None or self.path == "/control/faults":
            return True
        try:
            signed = check_webhook(
                gateway, dict(self.headers.items()), body, time.time_ns() // 1_000_000, most_bytes=MAX_BODY
            )
        except ProtocolError as error:
            self.answer(401, {"error": error.reason})
            return False
        if signed.id != self.headers.get("Idempotency-Key"):
            self.answer(401, {"error": "signed under another key"})
            return False
        return True

    def _body(self) -> Any:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit() or int(length) > MAX_BODY:
            self.close_connection = True
            self.answer(413 if length.isdigit() else 411, {"error": f"Content-Length of 0 to {MAX_BODY} is needed"})
            return None
        content = self.rfile.read(int(length))
        if not self._proved(content):
            return None
        try:
            body = json.loads(content)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            self.answer(400, {"error": "a JSON object is needed"})
            return None
        return body

    def _control(self, body: dict[str, Any]) -> None:
        try:
            with self.server.lock:
                if "profile" in body:
                    self.server.faults.profile = parse_profile(str(body["profile"]))
                if "next" in body:
                    self.server.faults.ask(str(body["next"]), int(body.get("times", 1)))
        except (SimulatorError, ValueError) as error:
            self.answer(422, {"error": str(error)})
            return
        self.answer(200, {"status": "ok"})

    def _records(self, body: dict[str, Any]) -> None:
        server = self.server
        offered = body.get("records")
        if not self.headers.get("Idempotency-Key"):
            self.answer(400, {"error": "the header Idempotency-Key is needed"})
            return
        if not isinstance(offered, list) or not 0 < len(offered) <= MAX_RECORDS:
            self.answer(422, {"error": f"records: an array of 1 to {MAX_RECORDS} is needed"})
            return
        with server.lock:
            fault = server.faults.draw()
            server.counts["requests"] += 1
            server.counts[f"fault {fault}"] += fault is not None
        if fault == "error":
            self.answer(500, {"error": "internal error"})
        elif fault == "busy":
            self.answer(503, {"error": "busy"}, retry_after="1")
        elif fault == "cut-before":
            self.cut()
        else:
            try:
                answers = server.take(offered, later=fault == "later")
            except OSError as error:
                # The ledger holds what the disk does not: only a new start from the file is right again.
                self.answer(507, {"error": str(error)})
                threading.Thread(target=server.shutdown, daemon=True).start()
                return
            self._after_taking(fault, answers)

    def _after_taking(self, fault: str | None, answers: list[dict[str, Any]]) -> None:
        if fault == "timeout":
            self.server.ending.wait(HOLD_S)
            self.cut()
        elif fault == "cut":
            self.cut()
        elif fault == "error-after":
            self.answer(500, {"error": "internal error"})
        else:
            if fault == "slow":
                self.server.ending.wait(SLOW_S)
            self.answer(200, {"answers": answers + answers if fault == "twice" else answers})
