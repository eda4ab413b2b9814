"""`zhendao-sim platform` as a process for tests of whoever feeds it. Loopback, a free port."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

PROGRAM = "import sys; from zhendao.simulators.cli import main; sys.exit(main())"


@dataclass(frozen=True)
class Platform:
    """A running platform."""

    process: "subprocess.Popen[str]"
    base: str

    @property
    def url(self) -> str:
        """Where records are posted."""
        return f"{self.base}/records"

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.base.rpartition(":")[2])

    def receipts(self, record_type: str = "visit") -> list[dict[str, Any]]:
        """Return what it took, in the order in which it took it."""
        found: list[dict[str, Any]] = httpx.get(f"{self.base}/receipts", params={"type": record_type}).json()[
            "receipts"
        ]
        return found

    def taken(self, record_type: str = "visit") -> list[tuple[str, int]]:
        """Return key and revision of what it took."""
        return [(one["key"], one["revision"]) for one in self.receipts(record_type)]

    def control(self, **order: Any) -> None:
        """Change how it fails: ``profile``, or ``next`` and ``times``."""
        httpx.post(f"{self.base}/control/faults", json=order).raise_for_status()


@contextmanager
def platform(*arguments: str, port: int = 0) -> Iterator[Platform]:
    """Give a platform; at the end it is killed, as if its machine had failed."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "platform", "--listen", f"127.0.0.1:{port}", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield Platform(process, json.loads(process.stdout.readline())["url"])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stdin.close()
