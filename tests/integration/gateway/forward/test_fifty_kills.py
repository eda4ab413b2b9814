"""Fifty kills of who forwards, while more is owed and every fifth request fails: each revision once and in order."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from samples.platform import platform
from zhendao.gateway.forward import outbox
from zhendao.gateway.forward.outbox import Owed
from zhendao.gateway.store.engine import Store, open_store
from zhendao.gateway.store.migrate import upgrade
from zhendao.gateway.store.sealing import StoreKey
from zhendao.simulators.platform.faults import KINDS

KEY = StoreKey(bytes(32))
KILLS, PATIENCE_S = 50, 600
WORKER = """
import sys
from zhendao.gateway.forward.https import HttpsConnector
from zhendao.gateway.forward.retry import Backoff, Policy
from zhendao.gateway.forward.worker import Worker
from zhendao.gateway.store.engine import open_store
from zhendao.gateway.store.sealing import StoreKey
policy = Policy(Backoff(base_ms=5, cap_ms=40), trip_after=4, rest_ms=20, asked_ms=50)
connector = HttpsConnector(sys.argv[2], timeout_s=0.5)
worker = Worker(open_store(sys.argv[1]), StoreKey(bytes(32)), connector, policy=policy, most=20, idle_s=0.1)
worker.start()
print("running", flush=True)
sys.stdin.read()
"""


def left(store: Store, url: str) -> int:
    with store.reading() as connection:
        return outbox.count_waiting(connection, url)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_fifty_kills_lose_and_double_nothing_at_a_platform_that_fails_in_every_way(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    upgrade(store)
    faults = ",".join(f"{kind}={0.2 / len(KINDS):.4f}" for kind in KINDS)
    revisions: dict[str, int] = {}

    def owe() -> None:
        owed = []
        for _ in range(60):
            key = f"v{chance.randrange(900)}"
            revisions[key] = revisions.get(key, 0) + 1
            owed.append(Owed("visit", key, revisions[key], {"revision": revisions[key]}))
        with store.writing() as connection:
            outbox.enqueue_many(connection, KEY, owed, 1)

    end, pause, came_before_the_end = time.monotonic() + PATIENCE_S, threading.Event(), 0
    with platform("--fault", faults, "--seed", "7", "--state", str(tmp_path / "platform.jsonl")) as taker:
        for kill in range(KILLS + 1):
            owe()
            process = subprocess.Popen(
                [sys.executable, "-c", WORKER, f"sqlite:///{tmp_path}/store.db", taker.url],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            assert process.stdout is not None
            assert process.stdin is not None
            process.stdout.readline()
            goal = 0 if kill == KILLS else max(0, left(store, taker.url) - chance.randint(1, 80))
            while left(store, taker.url) > goal:
                assert time.monotonic() < end
                pause.wait(0.01)
            came_before_the_end += goal > 0
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()
            process.stdin.close()
        taken = taker.taken()
    store.close()
    assert came_before_the_end > KILLS // 4
    assert len(taken) == sum(revisions.values())
    last: dict[str, int] = {}
    for key, revision in taken:
        assert revision == last.get(key, 0) + 1, key
        last[key] = revision
    assert last == revisions
