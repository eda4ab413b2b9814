"""A server with the interface of an Alternate EVV aggregator: requests are acknowledged, results fetched later.

Promise: what is acknowledged is decided at once and told when it is asked for often enough; faults (`platform.faults`)
lose answers, never what was decided. Orders over HTTP: ``/control``.
"""

import base64
import json
import threading
from collections import Counter
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from zhendao.simulators.aggregators.intake import MOST, Intake
from zhendao.simulators.aggregators.published import BASE, OHIO
from zhendao.simulators.json_http import JsonHandler
from zhendao.simulators.platform.faults import Faults, parse_profile

HOLD_S = 3_600.0
MAX_BODY = 64 * 1024 * 1024
_PREFIX, _SUFFIX = "/interfaces/intake/", "/rest/api/v1.1"


class Aggregator(ThreadingHTTPServer):
    """The server; ``patience``: so often a result is not ready before it is told. ``secret``: ``user:password``."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, address: tuple[str, int], faults: Faults, *, ohio: bool = False, patience: int = 1, secret: str = ""
    ) -> None:
        super().__init__(address, Handler)
        self.lock, self.ending = threading.Lock(), threading.Event()
        self.faults, self.patience = faults, patience
        self.secret = "Basic " + base64.b64encode(secret.encode()).decode() if secret else ""
        self.intake = Intake(OHIO if ohio else BASE)
        self.results: dict[str, tuple[int, list[dict[str, str]], int]] = {}
        self.counts: Counter[str] = Counter()

    def receive(self, endpoint: str, records: list[Any]) -> str:
        """Decide about ``records``; return the number under which the result is told."""
        with self.lock:
            faults = []
            for one in records:
                key = str(one.get(self.intake.names.key[endpoint], "")) if isinstance(one, dict) else ""
                reasons = self.intake.take(endpoint, one) if isinstance(one, dict) else ["is not an object"]
                faults += [
                    {"RecordType": endpoint[:-1].capitalize(), "RecordOtherID": key, "Reason": why} for why in reasons
                ]
            ticket = str(UUID(int=len(self.results) + 1))
            self.results[ticket] = (self.patience, faults, len(records))
            self.counts[endpoint] += len(records)
            return ticket

    def state(self) -> dict[str, Any]:
        """Return what is held, for whoever looks."""
        with self.lock:
            return {
                endpoint: {
                    key: {
                        "current": one.current if one.versions else None,
                        "numbers": sorted(one.versions), "seen": sorted(one.seen),
                        "exceptions": one.exceptions, "status": one.status,
                    }
                    for key, one in things.items()
                }
                for endpoint, things in self.intake.kept.items()
            } | {"counts": dict(self.counts)}  # fmt: skip


class Handler(JsonHandler):
    """One connection."""

    server: Aggregator

    def do_GET(self) -> None:  # noqa: N802 - the name is http.server's
        """Tell a result, or what is held."""
        parts = urlsplit(self.path)
        if parts.path == "/state":
            self.answer(200, self.server.state())
            return
        if self._endpoint(parts.path.removesuffix("/status")) is None or not parts.path.endswith("/status"):
            self.answer(404, {"error": "not found"})
            return
        ticket = parse_qs(parts.query).get("uuid", [""])[0]
        with self.server.lock:
            left, faults, count = self.server.results.get(ticket, (-1, [], 0))
            if left > 0:
                self.server.results[ticket] = (left - 1, faults, count)
        if left < 0:
            self.answer(404, {"error": "no such uuid"})
        elif left > 0:
            self.answer(200, _envelope(ticket, "The result for the input UUID is not ready yet", [], 0))
        else:
            summary = f"[{count - len({one['RecordOtherID'] for one in faults})}] records taken"
            self.answer(200, _envelope(ticket, summary, faults, count))

    def do_POST(self) -> None:  # noqa: N802 - as above
        """Take records, or an order."""
        content = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), MAX_BODY))
        try:
            body = json.loads(content)
        except ValueError:
            self.answer(400, {"error": "JSON is needed"})
            return
        if self.path == "/control":
            self._control(body)
            return
        endpoint = self._endpoint(self.path)
        if endpoint is None:
            self.answer(404, {"error": "not found"})
        elif self.server.secret and self.headers.get("Authorization") != self.server.secret:
            self.answer(401, {"error": "who are you"})
        elif not isinstance(body, list) or not 0 < len(body) <= MOST:
            self.answer(400, {"error": f"an array of 1 to {MOST} records is needed"})
        else:
            self._take(endpoint, body)

    def _take(self, endpoint: str, body: list[Any]) -> None:
        with self.server.lock:
            fault = self.server.faults.draw()
            self.server.counts[f"fault {fault}"] += fault is not None
        if fault in {"error", "busy", "later"}:
            self.answer(500 if fault == "error" else 503, {"error": "internal error"})
            return
        if fault == "cut-before":
            self.cut()
            return
        ticket = self.server.receive(endpoint, body)
        if fault == "timeout":
            self.server.ending.wait(HOLD_S)
            self.cut()
        elif fault == "cut":
            self.cut()
        elif fault == "error-after":
            self.answer(500, {"error": "internal error"})
        else:
            self.answer(200, _envelope(ticket, "Transaction Received.", [], len(body)))

    @staticmethod
    def _endpoint(path: str) -> str | None:
        name = path.removeprefix(_PREFIX).removesuffix(_SUFFIX)
        return name if path == f"{_PREFIX}{name}{_SUFFIX}" and name in {"clients", "employees", "visits"} else None

    def _control(self, order: dict[str, Any]) -> None:
        with self.server.lock:
            if "profile" in order:
                self.server.faults.profile = parse_profile(str(order["profile"]))
            if "next" in order:
                self.server.faults.ask(str(order["next"]), int(order.get("times", 1)))
            if "missing" in order:
                self.server.intake.missing = set(order["missing"])
        self.answer(200, {"status": "ok"})


def _envelope(ticket: str, summary: str, faults: list[dict[str, str]], count: int) -> dict[str, Any]:
    failed = len({one["RecordOtherID"] for one in faults})
    return {
        "id": ticket, "status": "SUCCESS", "token": None, "messageSummary": summary, "messageDetail": None,
        "errorMessage": None, "failedCount": failed, "succeededCount": count - failed, "data": faults,
    }  # fmt: skip
