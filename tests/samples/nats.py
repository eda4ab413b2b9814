"""A real nats-server with JetStream for tests: loopback, a free port, its store in a folder, killed at the end."""

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nats.aio.client import Client
from nats.js.api import StreamConfig

PATIENCE_S: Final = 180.0
SHORTEST_WINDOW_S: Final = 0.1
"""The server remembers ids of messages no shorter than this."""


@dataclass(frozen=True)
class Nats:
    """A running server."""

    process: "subprocess.Popen[bytes]"
    port: int

    @property
    def url(self) -> str:
        """Where records are published."""
        return f"nats://127.0.0.1:{self.port}/zhendao/records"

    async def make_stream(self, **how: object) -> None:
        """Make the stream that takes the records; its window of duplicates is the shortest that there is."""
        client = await self.client()
        settings = {"name": "RECORDS", "subjects": ["zhendao.records.>"], "duplicate_window": SHORTEST_WINDOW_S} | how
        await client.jetstream().add_stream(StreamConfig(**settings))  # type: ignore[arg-type]
        await client.close()

    async def client(self) -> Client:
        """Return a connection of the tests' own."""
        client = Client()
        await client.connect(f"nats://127.0.0.1:{self.port}", allow_reconnect=False)
        return client

    async def held(self) -> list[tuple[str, dict[str, object]]]:
        """Return subject and content of every message in the stream, in its order."""
        client = await self.client()
        jetstream = client.jetstream()
        state = (await jetstream.stream_info("RECORDS")).state
        found = []
        for number in range(state.first_seq, state.last_seq + 1):
            message = await jetstream.get_msg("RECORDS", number)
            found.append((message.subject or "", json.loads(message.data or b"")))
        await client.close()
        return found


@contextmanager
def nats_server(home: Path, port: int = -1) -> Iterator[Nats]:
    """Give a server whose store is in ``home``; at the end it is killed, as if its machine had failed."""
    program = shutil.which("nats-server", path="/usr/sbin:/usr/bin:/usr/local/bin") or "nats-server"
    ports = home / "ports"
    shutil.rmtree(ports, ignore_errors=True)
    ports.mkdir(parents=True)
    process = subprocess.Popen(
        [
            program,
            "-a",
            "127.0.0.1",
            "-p",
            str(port),
            "-js",
            "-sd",
            str(home / "store"),
            "--ports_file_dir",
            str(ports),
        ],
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Nats(process, _told(ports, process))
    finally:
        process.kill()
        process.wait()


def _told(ports: Path, process: "subprocess.Popen[bytes]") -> int:
    """Wait for the file in which the server says where it listens."""
    end, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while True:
        assert process.poll() is None, "nats-server ended"
        assert time.monotonic() < end
        for file in ports.glob("*.ports"):
            try:
                return int(str(json.loads(file.read_text())["nats"][0]).rpartition(":")[2])
            except (ValueError, KeyError, TypeError):
                continue
        pause.wait(0.02)
