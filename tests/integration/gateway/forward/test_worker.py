"""The worker between a real store and the platform as a process: exactly once, in order, whatever fails on the way."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from samples.platform import platform
from zhendao.gateway.forward import outbox
from zhendao.gateway.forward import worker as forward_worker
from zhendao.gateway.forward.dead_letters import count_dead, dead_letters
from zhendao.gateway.forward.errors import ForwardError
from zhendao.gateway.forward.https import HttpsConnector
from zhendao.gateway.forward.outbox import Owed
from zhendao.gateway.forward.retry import Backoff, Phase, Policy
from zhendao.gateway.forward.sending import Moment
from zhendao.gateway.forward.worker import Worker
from zhendao.gateway.store.engine import Store, open_store
from zhendao.gateway.store.migrate import upgrade
from zhendao.gateway.store.sealing import StoreKey

KEY = StoreKey(bytes(32))
NOW_MS = 1_790_000_000_000
EAGER = Policy(Backoff(base_ms=5, cap_ms=40), trip_after=4, rest_ms=20, asked_ms=50)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    upgrade(store)
    yield store
    store.close()


@contextmanager
def worker(store: Store, url: str, **how: Any) -> Iterator[Worker]:
    running = Worker(store, KEY, HttpsConnector(url, timeout_s=0.5), policy=EAGER, **how)
    running.start()
    try:
        yield running
    finally:
        assert running.stop(60)


def owe(store: Store, *records: tuple[str, int]) -> None:
    with store.writing() as connection:
        for key, revision in records:
            payload = {"key": key, "revision": revision}
            outbox.enqueue_many(connection, KEY, [Owed("visit", key, revision, payload)], 1)


def until(condition: Callable[[], bool], seconds: float = 180) -> None:
    """Wait for what another process brings about; nothing tells us of it."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        pause.wait(0.02)


def left(store: Store, url: str) -> int:
    with store.reading() as connection:
        return outbox.count_waiting(connection, url)


def test_everything_arrives_once_and_in_order_through_a_rough_platform(store: Store) -> None:
    records = [(f"v{number}", revision) for revision in (1, 2, 3) for number in range(60)]
    with platform("--fault", "rough", "--seed", "4") as taker, worker(store, taker.url, most=16) as running:
        for start in range(0, len(records), 45):
            owe(store, *records[start : start + 45])
            running.wake()
        until(lambda: left(store, taker.url) == 0)
        taken = taker.taken()
        assert sorted(taken) == sorted(records)
        for number in range(60):
            assert [revision for key, revision in taken if key == f"v{number}"] == [1, 2, 3]
        assert running.condition.failures > 0
        with store.reading() as connection:
            assert count_dead(connection, taker.url) == 0


def test_a_platform_that_took_and_never_answered_gets_the_same_key_again(store: Store) -> None:
    with platform() as taker:
        taker.control(next="timeout")
        owe(store, ("v1", 1))
        with worker(store, taker.url):
            until(lambda: left(store, taker.url) == 0)
        (receipt,) = taker.receipts()
        assert receipt["arrivals"] == 2
        assert receipt["idempotency_key"] == "visit/v1/1"


def test_new_rows_are_sent_when_told_of_and_not_by_polling(store: Store) -> None:
    with platform() as taker, worker(store, taker.url, idle_s=3600) as running:
        for number in range(3):
            owe(store, (f"v{number}", 1))
            running.wake()
            until(lambda: left(store, taker.url) == 0)


def test_it_stops_at_once_while_the_platform_holds_the_answer_back(store: Store) -> None:
    with platform() as taker:
        taker.control(next="timeout", times=5)
        owe(store, ("v1", 1))
        running = Worker(store, KEY, HttpsConnector(taker.url, timeout_s=60), policy=EAGER)
        running.start()
        until(lambda: taker.taken() == [("v1", 1)])
        began = time.monotonic()
        assert running.stop(60)
        assert time.monotonic() - began < 30
        assert left(store, taker.url) == 1, "no answer, so it is still owed"


def test_one_poisoned_record_becomes_a_dead_letter_and_blocks_nobody(store: Store) -> None:
    with platform() as taker:
        owe(store, *((f"v{number}", 1) for number in range(20)))
        with store.writing() as connection:
            # The platform refuses a record without a key.
            outbox.enqueue_many(connection, KEY, [Owed("visit", "", 1, {})], 1)
        owe(store, ("v5", 2))
        with worker(store, taker.url) as running:
            until(lambda: left(store, taker.url) == 0)
            assert running.condition.refused == 1
        with store.reading() as connection:
            (dead,) = dead_letters(connection, taker.url, 10)
        assert "key" in dead.reason
        assert len(taker.taken()) == 21


def test_a_platform_that_is_down_opens_the_circuit_and_its_return_closes_it(store: Store) -> None:
    with platform("--fault", "down") as taker:
        owe(store, *((f"v{number}", 1) for number in range(5)))
        with worker(store, taker.url) as running:
            until(lambda: running.condition.failures >= 6)
            assert running.condition.phase is not Phase.CLOSED
            assert "503" in running.condition.last_error
            taker.control(profile="none")
            until(lambda: left(store, taker.url) == 0)
            until(lambda: running.condition.phase is Phase.CLOSED)


def test_a_rest_that_ends_between_two_looks_is_no_idleness(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at first, the platform rests; a moment later it does not: the worker must not go to sleep for that."""
    at_ms = count(0, EAGER.asked_ms * 2 // 3)  # it rests at one look after a failure, and at the next one no more
    monkeypatch.setattr(forward_worker, "_now", lambda: Moment(next(at_ms), NOW_MS))
    with platform("--fault", "down") as taker:
        owe(store, *((f"v{number}", 1) for number in range(5)))
        with worker(store, taker.url, idle_s=3600) as running:
            until(lambda: running.condition.failures >= 12)
            taker.control(profile="none")
            until(lambda: left(store, taker.url) == 0)


def test_plain_http_is_for_loopback_only() -> None:
    with pytest.raises(ForwardError):
        HttpsConnector("http://platform.example/records")


WORKER = """
import sys
from zhendao.gateway.forward.https import HttpsConnector
from zhendao.gateway.forward.retry import Backoff, Policy
from zhendao.gateway.forward.sending import Moment
from zhendao.gateway.forward.worker import Worker
from zhendao.gateway.store.engine import open_store
from zhendao.gateway.store.sealing import StoreKey
policy = Policy(Backoff(base_ms=5, cap_ms=40), trip_after=4, rest_ms=20)
connector = HttpsConnector(sys.argv[2], timeout_s=0.5)
worker = Worker(open_store(sys.argv[1]), StoreKey(bytes(32)), connector, policy=policy, most=2)
worker.start()
print("running", flush=True)
sys.stdin.read()
"""


def test_a_worker_killed_at_random_moments_sends_everything_once(store: Store, tmp_path: Path) -> None:
    chance = random.Random(11)
    records = [(f"v{number}", 1) for number in range(600)]
    faults = "error=0.1,error-after=0.1,cut=0.1"
    with platform("--fault", faults, "--state", str(tmp_path / "platform.jsonl")) as taker:
        owe(store, *records)
        for _ in range(6):
            process = subprocess.Popen(
                [sys.executable, "-c", WORKER, f"sqlite:///{tmp_path}/store.db", taker.url],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            assert process.stdout is not None
            assert process.stdin is not None
            process.stdout.readline()
            enough = len(taker.taken()) + chance.randint(1, 40)
            until(lambda enough=enough: len(taker.taken()) >= enough)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()
            process.stdin.close()
        assert left(store, taker.url) > 0, "the kills came before the end"
        with worker(store, taker.url):
            until(lambda: left(store, taker.url) == 0)
        assert sorted(taker.taken()) == sorted(records)


def test_a_platform_killed_at_random_moments_holds_everything_once(store: Store, tmp_path: Path) -> None:
    chance = random.Random(5)
    records = [(f"v{number}", 1) for number in range(400)]
    state = ("--state", str(tmp_path / "platform.jsonl"))
    owe(store, *records)
    with platform(*state) as taker:
        running = Worker(store, KEY, HttpsConnector(taker.url, timeout_s=0.5), policy=EAGER, most=4)
        running.start()
        until(lambda: len(taker.taken()) >= chance.randint(1, 30))
    for _ in range(3):
        with platform(*state, port=taker.port) as taker:
            enough = len(taker.taken()) + chance.randint(1, 60)
            until(lambda enough=enough: len(taker.taken()) >= enough)
    assert left(store, taker.url) > 0, "the kills came before the end"
    with platform(*state, port=taker.port):
        until(lambda: left(store, taker.url) == 0)
        assert sorted(taker.taken()) == sorted(records)
        assert running.stop(60)
