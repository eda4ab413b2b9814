"""Records in a real NATS JetStream: once and in order, though server and gateway are killed and ids are forgotten."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nats.js.api import DiscardPolicy, StreamConfig

from samples.nats import SHORTEST_WINDOW_S, Nats, nats_server
from zhendao.gateway.forward import outbox
from zhendao.gateway.forward.errors import LinkError
from zhendao.gateway.forward.jetstream import JetStream
from zhendao.gateway.forward.outbox import Owed
from zhendao.gateway.forward.record import Letter, Record, Verdict
from zhendao.gateway.store.engine import Store, open_store
from zhendao.gateway.store.migrate import upgrade
from zhendao.gateway.store.sealing import StoreKey

KEY = StoreKey(bytes(32))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    upgrade(store)
    yield store
    store.close()


def letter(number: int, key: str | None = None, revision: int = 1) -> Letter:
    return Letter(Record(number, "visit", f"v{number}" if key is None else key, revision), '{"名":"值"}')


async def keys_of(server: Nats) -> list[str]:
    return [str(said["idempotency_key"]) for _, said in await server.held()]


async def test_a_record_is_one_message_of_its_own_subject_and_the_stream_says_so(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        to = JetStream(server.url, timeout_s=60)
        with pytest.raises(LinkError, match="no stream takes"):
            await to.send([letter(1)], "")
        await server.make_stream(max_msg_size=1000)
        long = [Letter(Record(n, "visit", f"v{n}", 1), '{"x":"' + "x" * n + '"}') for n in (2_000, 2_000_000)]
        answers = await to.send([letter(1, "a.b*/>"), *long, letter(2, "")], "")
        assert answers["visit/a.b%2A%2F%3E/1"].receipt in {"RECORDS/1", "RECORDS/2"}
        for one in long:
            assert answers[one.record.idempotency_key].verdict is Verdict.REFUSED
            assert answers[one.record.idempotency_key].status == "413"
        await to.close()
        assert sorted(subject for subject, _ in await server.held()) == [
            "zhendao.records.visit.%00",
            "zhendao.records.visit.a%2Eb%2A%2F%3E",
        ]
        assert (await server.held())[0][1]["payload"] == {"名": "值"}


async def test_what_does_not_fit_into_a_full_stream_waits_and_nothing_is_there_twice(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        await server.make_stream(max_msgs=3, discard=DiscardPolicy.NEW)
        to, batch = JetStream(server.url, timeout_s=60), [letter(number) for number in range(1, 6)]
        taken = await to.send(batch, "")
        assert len(taken) == 3
        assert {one.verdict for one in taken.values()} == {Verdict.TAKEN}
        left = [one for one in batch if one.record.idempotency_key not in taken]
        with pytest.raises(LinkError, match="maximum messages"):
            await to.send(left, "")
        client = await server.client()
        await client.jetstream().update_stream(
            StreamConfig(name="RECORDS", subjects=["zhendao.records.>"], max_msgs=9, discard=DiscardPolicy.NEW)
        )
        await client.close()
        answers = await to.send(batch, "")
        await to.close()
        assert sorted(one.status for one in answers.values()) == ["accepted"] * 2 + ["duplicate"] * 3
        assert sorted(await keys_of(server)) == [f"visit/v{n}/1" for n in range(1, 6)]


async def test_what_arrived_before_the_server_forgot_its_id_is_not_published_again(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        await server.make_stream()
        batch = [letter(number) for number in range(1, 6)]
        before = JetStream(server.url, timeout_s=60)
        await before.send(batch[:3], "")
        await before.close()
        await asyncio.sleep(4 * SHORTEST_WINDOW_S)  # nothing tells when the server forgets
        after = JetStream(server.url, timeout_s=60)
        answers = await after.send(batch, "")
        assert [one.status for one in answers.values()] == ["duplicate"] * 3 + ["accepted"] * 2
        await after.send([letter(6, "v1", 2)], "")
        await after.close()
        assert sorted(await keys_of(server)) == ["visit/v1/1", "visit/v1/2", *(f"visit/v{n}/1" for n in range(2, 6))]


async def test_a_server_that_is_away_is_a_link_that_comes_back(tmp_path: Path) -> None:
    with nats_server(tmp_path) as server:
        await server.make_stream()
        to = JetStream(server.url, timeout_s=60)
        await to.send([letter(1)], "")
    with pytest.raises(LinkError):
        await to.send([letter(2)], "")
    with nats_server(tmp_path, server.port) as server:
        await to.send([letter(2)], "")
        await to.close()
        assert await keys_of(server) == ["visit/v1/1", "visit/v2/1"]


WORKER = """
import sys
from zhendao.gateway.forward.jetstream import JetStream
from zhendao.gateway.forward.retry import Backoff, Policy
from zhendao.gateway.forward.worker import Worker
from zhendao.gateway.store.engine import open_store
from zhendao.gateway.store.sealing import StoreKey
policy = Policy(Backoff(base_ms=5, cap_ms=40), trip_after=4, rest_ms=20)
worker = Worker(open_store(sys.argv[1]), StoreKey(bytes(32)), JetStream(sys.argv[2]), policy=policy, most=5)
worker.start()
print("running", flush=True)
sys.stdin.read()
"""


def until(condition: Callable[[], bool]) -> None:
    end, pause = time.monotonic() + 180, threading.Event()
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        pause.wait(0.005)


def test_gateway_and_server_are_killed_and_each_record_is_there_once_and_in_order(
    store: Store, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    with store.writing() as connection:
        owed = [Owed("visit", f"v{number}", revision, {}) for revision in (1, 2) for number in range(150)]
        outbox.enqueue_many(connection, KEY, owed, 1)

    def left() -> int:
        with store.reading() as connection:
            return outbox.count_waiting(connection, url)

    port, url, begun = -1, "", False
    for kill in (*chance.sample(["gateway"] * 2 + ["server"] * 2, 4), None):
        with nats_server(tmp_path / "nats", port) as server:
            port, url = server.port, server.url
            if not begun:
                asyncio.run(server.make_stream())
                begun = True
            process = subprocess.Popen(
                [sys.executable, "-c", WORKER, f"sqlite:///{tmp_path}/store.db", url],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            assert process.stdout is not None
            assert process.stdin is not None
            process.stdout.readline()
            goal = 0 if kill is None else max(1, left() - chance.randint(5, 60))
            until(lambda goal=goal: left() <= goal)
            if kill == "server":
                os.kill(server.process.pid, signal.SIGKILL)
                server.process.wait()
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()
            process.stdin.close()
            if kill is None:
                found = asyncio.run(keys_of(server))
    assert sorted(found) == sorted(f"visit/v{number}/{revision}" for revision in (1, 2) for number in range(150))
    for number in range(150):
        assert found.index(f"visit/v{number}/1") < found.index(f"visit/v{number}/2")
