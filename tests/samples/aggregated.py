"""Aggregators in a thread for tests of formats, and a worker as a gateway has it between a store and one of them."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx

from samples.visited import Visited
from zhendao.command import settings
from zhendao.gateway.config import GatewayConfig
from zhendao.gateway.forward import outbox
from zhendao.gateway.forward.dead_letters import DeadLetter, dead_letters, standing
from zhendao.gateway.forward.retry import Backoff, Policy
from zhendao.gateway.forward.sending import Moment, Sending
from zhendao.gateway.forward.settings import ForwardTable
from zhendao.gateway.forward.signing import Signer
from zhendao.gateway.forward.ways import make_connector
from zhendao.protocol.suite import SM
from zhendao.simulators.aggregators.attendance import Attendance
from zhendao.simulators.aggregators.sandata import Aggregator
from zhendao.simulators.platform.faults import Faults

EAGER: Final = Policy(Backoff(base_ms=2, cap_ms=10), trip_after=50, rest_ms=5, asked_ms=20)
SANDATA: Final = 'own = { provider_id = "P-1", payer_id = "OHMC", payer_program = "SP" }'
OHIO: Final = (
    'mapping = "sandata-ohio"\n'
    'own = { provider_id = "P-1", medicaid_id = "1234567", payer_id = "OHMC", payer_program = "SP", '
    'changes_by = "quality@agency.example" }'
)


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[str]:
    """Serve until the end; give where."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.ending.set()  # type: ignore[attr-defined]  # both have it
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def aggregator(**how: Any) -> Iterator[tuple[Aggregator, str]]:
    """Give an Alternate EVV aggregator and its address."""
    server = Aggregator(("127.0.0.1", 0), Faults(Random(1)), **how)
    with serving(server) as url:
        yield server, url


@contextmanager
def attendance() -> Iterator[tuple[Attendance, str]]:
    """Give a server of attendance terminals and its address."""
    server = Attendance(("127.0.0.1", 0), Faults(Random(1)))
    with serving(server) as url:
        yield server, url


def table_of(folder: Path, words: str) -> ForwardTable:
    """Return the table ``[[forward]]`` of these words."""
    file = folder / "forward.toml"
    file.write_text(
        'data_dir = "data"\nstore.url = "sqlite:///x.db"\nbroker.url = "mqtt://127.0.0.1:1883"\n'
        f'http.listen = "127.0.0.1:0"\n[[forward]]\n{words}\n'
    )
    (table,) = settings.read(file, GatewayConfig).forward
    return table


class Feeding:
    """What a worker does, step by step: `feed` sends until nothing is owed that could go."""

    def __init__(self, visited: Visited, words: str, *, poll_s: float = 0.01, answer_s: float = 60.0) -> None:
        """``words``: of the table of the settings."""
        self.visited = visited
        self.table = table_of(visited.folder, words)
        self.poll_s, self.answer_s = poll_s, answer_s
        self.start()

    def start(self) -> None:
        """Begin, as a gateway does; whatever was under way is known from the store alone."""
        site = self.visited.site
        signer = Signer(SM.new_signing_key(), bytes(32))
        self.way: Any = make_connector(self.table, signer, self.visited.folder, (site.store, site.key, 8 * 3_600_000))
        for name, value in (("_poll_s", self.poll_s), ("_answer_s", self.answer_s)):
            if hasattr(self.way, name):
                setattr(self.way, name, value)
        self.sending = Sending(site.store, site.key, self.way.destination, lambda: 0.5, EAGER)

    def quick(self, seconds: float) -> None:
        """Wait for an HTTP answer no longer than this."""
        self.way._http._longest_s = seconds

    async def step(self, mono_ms: int | None = None) -> bool:
        """Send one batch; return whether there was one."""
        now = Moment(self.now() if mono_ms is None else mono_ms, time.time_ns() // 1_000_000)
        request = self.sending.next(now.mono_ms)
        if request is None:
            return False
        try:
            answers = await self.way.send(request.letters, request.key)
        except Exception as error:  # noqa: BLE001 - as a worker does
            self.sending.failed(request, error, now)
        else:
            self.sending.answered(request, answers, now)
        return True

    def now(self) -> int:
        """Return the time of the waits, ms; `later` moves it on."""
        return time.monotonic_ns() // 1_000_000 + self.ahead_ms

    ahead_ms = 0

    def feed(self, *, later_ms: int = 0, until: Callable[[], bool] = lambda: True, ends: bool = False) -> None:
        """Send until nothing can go now and ``until`` holds; ``later_ms``: as if so much time had gone by.

        ``ends``: no longer than until it holds.
        """
        self.ahead_ms += later_ms

        async def run() -> None:
            end = time.monotonic() + 180
            while (await self.step() and not ends) or not until():
                assert time.monotonic() < end, self.sending.condition
                self.ahead_ms += 20 if self.sending.wait_ms(self.now()) else 0

        with asyncio.Runner() as runner:
            try:
                runner.run(run())
            finally:
                runner.run(self.way.close())
        self.start_client()

    def start_client(self) -> None:
        """Make the way anew for the next loop: what it knows is in the store."""
        condition = self.sending.condition
        put_off = self.sending._put_off
        self.start()
        self.sending.condition, self.sending._put_off = condition, put_off

    def waiting(self) -> int:
        """Return how many records have no answer yet."""
        with self.visited.site.store.reading() as connection:
            return outbox.count_waiting(connection, self.way.destination)

    def dead(self) -> list[DeadLetter]:
        """Return what was refused and goes no more by itself."""
        with self.visited.site.store.reading() as connection:
            return dead_letters(connection, self.way.destination, 100)

    def refusals(self, number: int) -> tuple[dict[str, Any], ...]:
        """Return the refusals that one record met."""
        with self.visited.site.store.reading() as connection:
            return standing(connection, self.way.destination, number).refusals

    def record_of(self, visit_id: bytes) -> int:
        """Return the number of the last record about a visit."""
        with self.visited.site.store.reading() as connection:
            waiting = outbox.waiting(connection, "nobody", 10_000)
        return max(one.id for one in waiting if one.key == visit_id.hex())


def state_of(url: str) -> dict[str, Any]:
    """Return what an aggregator holds, as it tells it."""
    found: dict[str, Any] = httpx.get(f"{url}/state").json()
    return found


def order(url: str, **words: Any) -> None:
    """Give an aggregator an order."""
    httpx.post(f"{url}/control", json=words).raise_for_status()
