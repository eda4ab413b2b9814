"""What a platform that is dead, or takes and never answers, costs ingest: the same work beside each, in pairs.

    python bench/beside_a_platform.py [--json] [--rounds 60] [--seed 1]

Three processes, each with a store of its own: one feeds nobody, one feeds a platform whose port is closed, one a
platform that accepts connections and says nothing. In each round each of them writes the same groups of 50 owed visits,
one process after another in an order drawn anew, while the two others rest: whatever else the machine does falls on all
of them alike. Told are CPU and wall time of a group (median of the rounds), and the ratio to the group of the same
round that fed nobody: median, and the interval in which it lies in 95 of 100 re-drawn sets of rounds.
"""

import argparse
import json
import logging
import random
import socket
import sys
import tempfile
import time
from contextlib import closing
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any, Final

from zhendao.gateway.forward import outbox
from zhendao.gateway.forward.https import HttpsConnector
from zhendao.gateway.forward.outbox import Owed
from zhendao.gateway.forward.worker import Worker
from zhendao.gateway.store.engine import open_store
from zhendao.gateway.store.migrate import upgrade
from zhendao.gateway.store.sealing import StoreKey

KEY: Final = StoreKey(bytes(32))
GROUP, GROUPS = 50, 10  # visits of a group, groups of one process in a round
WARM: Final = 5
DRAWN: Final = 1_000
CLOSED: Final = "http://127.0.0.1:9/records"
Cost = tuple[float, float]
"""CPU and wall time of a group, ms."""


def visits(first: int) -> list[Owed]:
    """Return a group of visits of about a kilobyte."""
    finding = {"code": "SHORT", "measured_s": 3_000, "expected_s": 3_600, "zh": "服务时长不足", "en": "too short"}
    return [
        Owed(
            "visit", f"{number:032x}", 1, {"id": f"{number:032x}", "events": ["5f" * 32] * 6, "findings": [finding] * 3}
        )
        for number in range(first, first + GROUP)
    ]


def write(asked: Connection, home: str, url: str) -> None:
    """Write groups whenever asked to, beside a worker for ``url`` where there is one, and say what they cost."""
    logging.disable()
    store = open_store(f"sqlite:///{home}/store.db")
    upgrade(store)
    worker = Worker(store, KEY, HttpsConnector(url)) if url else None
    if worker is not None:
        worker.start()
    number = 0
    while asked.recv():
        groups = [visits(number + GROUP * one) for one in range(GROUPS)]
        number += GROUP * GROUPS
        cpu, wall = time.process_time(), time.perf_counter()
        for group in groups:
            with store.writing() as connection:
                outbox.enqueue_many(connection, KEY, group, 1)
            if worker is not None:
                worker.wake()
        asked.send(((time.process_time() - cpu) / GROUPS * 1000, (time.perf_counter() - wall) / GROUPS * 1000))
    if worker is not None:
        worker.stop(60)
    store.close()


def measure(rounds: int, seed: int) -> dict[str, Any]:
    """Return what a group costs beside each platform, and the ratios."""
    chance = random.Random(seed)  # noqa: S311 - a run is to come again
    spawn = get_context("spawn")  # a process that was forked would share what the others hold
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent, tempfile.TemporaryDirectory() as home:
        urls = {"none": "", "closed": CLOSED, "silent": f"http://127.0.0.1:{silent.getsockname()[1]}/records"}
        lines, processes = {}, []
        for name, url in urls.items():
            (Path(home) / name).mkdir()
            lines[name], theirs = spawn.Pipe()
            processes.append(spawn.Process(target=write, args=(theirs, f"{home}/{name}", url)))
            processes[-1].start()
        took: dict[str, list[Cost]] = {name: [] for name in urls}
        for number in range(WARM + rounds):
            for name in chance.sample(list(urls), len(urls)):
                lines[name].send("write")
                cost: Cost = lines[name].recv()
                took[name] += [cost] if number >= WARM else []
        for line in lines.values():
            with closing(line):
                line.send("")
        for process in processes:
            process.join()
    return {name: told(found, took["none"], chance) for name, found in took.items()}


def told(found: list[Cost], alone: list[Cost], chance: random.Random) -> dict[str, Any]:
    """Return the medians, and how they stand to the groups of the same rounds that fed nobody."""
    said: dict[str, Any] = {}
    for at, what in enumerate(("cpu", "wall")):
        ratios = [one[at] / other[at] for one, other in zip(found, alone, strict=True)]
        drawn = sorted(median(chance.choices(ratios, k=len(ratios))) for _ in range(DRAWN))
        said[f"{what}_ms"] = round(median(one[at] for one in found), 2)
        said[f"{what}_ratio"] = [round(one, 3) for one in (median(ratios), drawn[DRAWN // 40], drawn[-DRAWN // 40])]
    return said


def main() -> int:
    """Measure, and say it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    said = measure(given.rounds, given.seed)
    if given.json:
        print(json.dumps(said))
    else:
        for name, one in said.items():
            print(name, *(f"{what}={value}" for what, value in one.items()), sep="  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
