"""A server of attendance terminals as ZKTeco PUSH has it: options, ATTLOG lines, commands, local time without a zone.

Promise: a line is kept once for terminal, person, time and status, however often it comes; a line that is none is left
aside, and the answer is OK all the same, as such servers do. A terminal that nobody registered is refused with 403.
"""

import re
import threading
from collections import Counter
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from zhendao.simulators.json_http import JsonHandler
from zhendao.simulators.platform.faults import Faults

_LINE = re.compile(r"([A-Za-z0-9]{1,24})\t(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\t([0-5])\t(\d{1,3})(\t.*)?")
_SERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}")
_OPTIONS = "ATTLOGStamp={stamp}\nOPERLOGStamp=9999\nErrorDelay=30\nDelay=10\nTransTimes=00:00;14:05\nTransInterval=1\n"
_MORE = "TransFlag=TransData AttLog\nTimeZone=8\nRealtime=1\nEncrypt=None\n"
HOLD_S = 3_600.0


class Attendance(ThreadingHTTPServer):
    """The server; ``refused``: serial numbers that are not registered."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], faults: Faults) -> None:
        super().__init__(address, Handler)
        self.lock, self.ending = threading.Lock(), threading.Event()
        self.faults = faults
        self.punches: dict[tuple[str, str, str, str], str] = {}
        self.stamps: dict[str, str] = {}
        self.commands: dict[str, list[str]] = {}
        self.returned: list[str] = []
        self.refused: set[str] = set()
        self.counts: Counter[str] = Counter()


class Handler(JsonHandler):
    """One connection."""

    server: Attendance

    def do_GET(self) -> None:  # noqa: N802 - the name is http.server's
        """Give options or commands, or what is held."""
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        serial = asked.get("SN", "")
        if parts.path == "/state":
            self.answer(200, self._state())
        elif not _SERIAL.fullmatch(serial):
            self._say(400, "ERROR: SN")
        elif parts.path == "/iclock/cdata" and asked.get("options") == "all":
            with self.server.lock:
                self.server.counts["greetings"] += 1
                stamp = self.server.stamps.get(serial, "None")
            self._say(200, f"GET OPTION FROM: {serial}\n" + _OPTIONS.format(stamp=stamp) + _MORE)
        elif parts.path == "/iclock/getrequest":
            with self.server.lock:
                waiting = self.server.commands.pop(serial, [])
            self._say(200, "\n".join(waiting) or "OK")
        else:
            self._say(404, "ERROR")

    def do_POST(self) -> None:  # noqa: N802 - as above
        """Take lines, results of commands, or an order."""
        parts = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
        if parts.path == "/iclock/devicecmd":
            with self.server.lock:
                self.server.returned += content.splitlines()
            self._say(200, "OK")
        elif parts.path == "/control":
            self._control(asked)
        elif parts.path == "/iclock/cdata" and asked.get("table") == "ATTLOG":
            self._lines(asked, content)
        else:
            self._say(200, "OK")

    def _lines(self, asked: dict[str, str], content: str) -> None:
        with self.server.lock:
            fault = self.server.faults.draw()
            refused = asked.get("SN") in self.server.refused
        if refused:
            self._say(403, "ERROR: device is not registered")
            return
        if fault in {"error", "busy", "later"}:
            self._say(500, "ERROR")
            return
        if fault == "cut-before":
            self.cut()
            return
        taken = self._keep(asked, content)
        if fault == "timeout":
            self.server.ending.wait(HOLD_S)
            self.cut()
        elif fault == "cut":
            self.cut()
        elif fault == "error-after":
            self._say(500, "ERROR")
        else:
            self._say(200, f"OK: {taken}")

    def _keep(self, asked: dict[str, str], content: str) -> int:
        taken = 0
        with self.server.lock:
            for line in content.splitlines():
                found = _LINE.fullmatch(line)
                if found is None:
                    self.server.counts["no line"] += 1
                    continue
                pin, when, status, verify = found.groups()[:4]
                self.server.counts["lines"] += 1
                self.server.punches.setdefault((asked.get("SN", ""), pin, when, status), verify)
                taken += 1
            if taken:
                self.server.stamps[asked.get("SN", "")] = asked.get("Stamp", "None")
        return taken

    def _state(self) -> dict[str, Any]:
        with self.server.lock:
            return {
                "punches": [[*key, verify] for key, verify in self.server.punches.items()],
                "stamps": dict(self.server.stamps), "returned": list(self.server.returned),
                "counts": dict(self.server.counts),
            }  # fmt: skip

    def _control(self, asked: dict[str, str]) -> None:
        with self.server.lock:
            if "next" in asked:
                self.server.faults.ask(asked["next"], int(asked.get("times", "1")))
            if "command" in asked:
                self.server.commands.setdefault(asked["SN"], []).append(asked["command"])
            if "refuse" in asked:
                self.server.refused = {asked["refuse"]} - {""}
        self._say(200, "OK")

    def _say(self, status: int, words: str) -> None:
        payload = words.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)
