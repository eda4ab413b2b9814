"""A duty seat that answers: it watches the gateway's stream of alerts and takes each one after a while.

Promise: what it takes it takes by the same interface as a person's desk (role `duty`), each alert once; when the stream
ends it comes back and goes on after the last change that it saw.
"""

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import httpx

SILENT_S: Final = 40.0
"""A stream says something every 15 s."""
AGAIN_S: Final = 0.5


class Seat:
    """One seat at the gateway ``url``; `start`, `stop`. ``tell`` is given each alert that it took."""

    def __init__(
        self,
        url: str,
        token: str,
        tell: Callable[[dict[str, Any]], None],
        *,
        name: str = "seat",
        after_s: float = 0.0,
        minutes: int = 10,
    ) -> None:
        """Watch as seat ``name``; take an alert ``after_s`` after it was shown and say to be there in ``minutes``."""
        self._url, self._tell, self._name = url.rstrip("/") + "/api/v1/alerts", tell, name
        self._after_s, self._minutes = after_s, minutes
        timeout = httpx.Timeout(SILENT_S, connect=10)
        self._client = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=timeout, trust_env=False)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._main, name="seat", daemon=True)

    def start(self) -> None:
        """Sit down."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Leave; a stream that says nothing is left to end with the process."""
        self._stopping.set()
        self._client.close()
        self._thread.join(timeout_s)

    def _main(self) -> None:
        last: int | None = None
        while not self._stopping.is_set():
            with contextlib.suppress(httpx.HTTPError, httpx.StreamError, RuntimeError):
                for number, alert in self._changes(last):
                    last = number if number is not None else last
                    if alert.get("state") in {"raised", "told"}:
                        self._take(alert)
            self._stopping.wait(AGAIN_S)

    def _changes(self, last: int | None) -> Iterator[tuple[int | None, dict[str, Any]]]:
        params: dict[str, Any] = {"seat": self._name} | ({} if last is None else {"since": last})
        with self._client.stream("GET", f"{self._url}/stream", params=params) as response:
            response.raise_for_status()
            number: int | None = None
            for line in response.iter_lines():
                name, _, value = line.partition(": ")
                if name == "id" and value.isdigit():
                    number = int(value)
                elif name == "data":
                    yield number, json.loads(value)

    def _take(self, alert: dict[str, Any]) -> None:
        if self._stopping.wait(self._after_s):
            return
        said = {"by": self._name, "minutes": self._minutes}
        answer = self._client.post(f"{self._url}/{alert['id']}/ack", json=said)
        if answer.is_success:  # 409: somebody else has it
            self._tell(answer.json())
