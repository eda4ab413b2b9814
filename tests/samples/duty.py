"""The receivers of alerts for tests: the real server of `zhendao-sim duty`, in a thread, on a free port of loopback."""

import threading
from dataclasses import dataclass, field
from random import Random
from types import TracebackType
from typing import Any, Self

import httpx

from zhendao.protocol.keys import VerifyingKey
from zhendao.simulators.duty.desk import CHANNELS, Desk, Received
from zhendao.simulators.duty.server import Receivers
from zhendao.simulators.platform.faults import Faults

PATIENCE_S = 180.0
TOKEN = "provider"


@dataclass
class Duty:
    """Receivers in a thread; ``fail`` before what is to fail, `wait` for what is to come."""

    gateway: VerifyingKey | None
    slow_s: float = 0.05
    faults: dict[str, Faults] = field(default_factory=lambda: {one: Faults(Random(1)) for one in CHANNELS})

    def __enter__(self) -> Self:
        self.desk = Desk(self.gateway, TOKEN)
        self.server = Receivers(("127.0.0.1", 0), self.desk, self.faults, self.slow_s)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.ending.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def url(self, channel: str) -> str:
        """Return where ``channel`` is received."""
        return f"http://127.0.0.1:{self.server.server_address[1]}/{channel}"

    def fail(self, channel: str, kind: str, times: int = 1) -> None:
        """Let the next requests to ``channel`` meet a fault."""
        with self.server.changed:
            self.faults[channel].ask(kind, times)

    def wait(self, channel: str, least: int, verdict: str = "taken") -> list[Received]:
        """Wait until ``least`` requests to ``channel`` got ``verdict``; return them."""

        def found() -> list[Received]:
            return [one for one in self.desk.received if (one.channel, one.verdict) == (channel, verdict)]

        with self.server.changed:
            assert self.server.changed.wait_for(lambda: len(found()) >= least, PATIENCE_S), self.desk.received
            return found()

    def post(self, channel: str, headers: dict[str, str], content: bytes) -> tuple[int, Any]:
        """Send a request as anybody might."""
        answer = httpx.post(self.url(channel), headers=headers, content=content, timeout=PATIENCE_S)
        return answer.status_code, answer.json()
