"""What a platform that fails in every way costs: time to deliver, and what ingest notices of it.

    python bench/forward.py [--json] [--visits 100000] [--failing 0.2] [--rounds 60] [--seed 1]

Visits with one to three revisions each become owed in an SQLite store as ingest writes them, and one worker as a
gateway runs it (500 records a request, its own waits) sends them to `zhendao-sim platform`, a process, over loopback:
so many of the requests fail, evenly in each of the ways that it knows. At the end the platform holds each revision of
each visit exactly once and in order, or the exit code is 1. Then `beside_a_platform` tells what one that is dead costs
ingest.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the platform of the tests is started here

from beside_a_platform import measure

from samples.platform import Platform, platform
from zhendao.gateway.forward import outbox
from zhendao.gateway.forward.https import HttpsConnector
from zhendao.gateway.forward.outbox import Owed
from zhendao.gateway.forward.worker import Worker
from zhendao.gateway.store.engine import Store, open_store
from zhendao.gateway.store.migrate import upgrade
from zhendao.gateway.store.sealing import StoreKey
from zhendao.simulators.platform.faults import KINDS

KEY = StoreKey(bytes(32))


def visit(number: int, revision: int, chance: random.Random) -> Owed:
    """Return a visit of about a kilobyte, as judged ones are."""
    begin = 1_790_000_000_000 + number * 60_000
    finding = {
        "code": "SHORT",
        "measured_s": 3_000,
        "expected_s": 3_600,
        "zh": "服务时长不足",
        "en": "shorter than planned",
    }
    record: dict[str, Any] = {
        "id": f"{number:032x}", "revision": revision, "state": "closed", "elder_id": f"E{number % 9_000}",
        "caregiver_id": f"C{number % 700}", "place_id": f"P{number % 9_000}", "begin_ms": begin,
        "end_ms": begin + 3_000_000,
        "place": {"lat_e7": chance.randrange(10**9), "lon_e7": chance.randrange(10**9), "datum": "CGCS2000"},
        "events": [f"{chance.getrandbits(256):064x}" for _ in range(4)], "findings": [finding] * revision,
    }  # fmt: skip
    return Owed("visit", record["id"], revision, record)


def owe(store: Store, visits: int, chance: random.Random) -> int:
    """Make ``visits`` owed with all their revisions; return how many records that is."""
    owed = [
        visit(number, revision, chance)
        for number in range(visits)
        for revision in range(1, chance.choice((1, 1, 1, 2, 3)) + 1)
    ]
    owed.sort(key=lambda one: one.revision)
    for at in range(0, len(owed), 5_000):
        with store.writing() as connection:
            outbox.enqueue_many(connection, KEY, owed[at : at + 5_000], 1)
    return len(owed)


def left(store: Store, url: str) -> int:
    """Return how many have no answer yet."""
    with store.reading() as connection:
        return outbox.count_waiting(connection, url)


def deliver(store: Store, taker: Platform) -> tuple[float, int]:
    """Send all that is owed; return seconds, and how many requests had no answer."""
    worker = Worker(store, KEY, HttpsConnector(taker.url))
    began = time.monotonic()
    worker.start()
    pause = threading.Event()
    while left(store, taker.url):
        pause.wait(0.25)
    took = time.monotonic() - began
    worker.stop(60)
    return took, worker.condition.failures


def wrong(taker: Platform, records: int) -> str:
    """Return what the platform does not hold as it should; empty when all is well."""
    taken = taker.taken()
    if len(taken) != records or len(set(taken)) != records:
        return f"{len(taken)} receipts, {len(set(taken))} of them different, for {records} records"
    last: dict[str, int] = {}
    for key, revision in taken:
        if revision != last.get(key, 0) + 1:
            return f"{key}: revision {revision} after {last.get(key, 0)}"
        last[key] = revision
    return ""


def main() -> int:
    """Measure, and say it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--visits", type=int, default=100_000)
    parser.add_argument("--failing", type=float, default=0.2)
    parser.add_argument("--rounds", type=int, default=60, help="of beside_a_platform")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = random.Random(given.seed)  # noqa: S311 - a run is to come again
    faults = ",".join(f"{kind}={given.failing / len(KINDS):.6f}" for kind in KINDS) if given.failing else "none"
    with tempfile.TemporaryDirectory() as home:
        store = open_store(f"sqlite:///{home}/store.db")
        upgrade(store)
        records = owe(store, given.visits, chance)
        with platform("--fault", faults, "--seed", str(given.seed), "--state", f"{home}/platform.jsonl") as taker:
            took, failures = deliver(store, taker)
            fault = wrong(taker, records)
        store.close()
    said = {
        "visits": given.visits, "records": records, "failing": given.failing, "seconds": round(took, 1),
        "records_a_second": round(records / took), "failures": failures, "wrong": fault,
        "beside": measure(given.rounds, given.seed),
    }  # fmt: skip
    if given.json:
        print(json.dumps(said))
    else:
        for name, value in said.items():
            print(f"{name:24} {value}")
    return 1 if fault else 0


if __name__ == "__main__":
    sys.exit(main())
