"""Events a second through ingest, by size of batch, beside the limits of the same machine in the same run.

    python bench/ingest.py [--json]

Real messages of many terminals (suite sm, one check in twenty with its own signature and two signed tokens, which are
proved again), the real pipeline and an SQLite store with synchronous=FULL, in one process on one core; without broker.
The limits are what the single pieces would allow alone: signature checks, opening with decoding, and rows into the
store.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the terminals of the tests send here too

from samples.site import Authority, Site, Terminal
from samples.wallet import Issuer, Tag, check_of
from zhendao.gateway.ingest.session import Message
from zhendao.gateway.store.binding import bind
from zhendao.gateway.store.engine import insert_rows
from zhendao.gateway.store.facts import events
from zhendao.protocol.bodies import Sensor
from zhendao.protocol.event import decode_event
from zhendao.protocol.proof import verify_batch
from zhendao.protocol.seal import open_sealed
from zhendao.protocol.suite import SM
from zhendao.protocol.vocabulary import Direction, Role, SensorClass

SIZES = {1: 1_500, 10: 6_000, 100: 30_000, 1_000: 40_000}
GROUP_EVENTS = 5_000
EVERY_NS = 180 * 10**9  # an event every three minutes, so that visits last an hour


ISSUER = Issuer(SM)


def terminal(authority: Authority, count: int, *, sign: bool) -> Terminal:
    """Return a terminal with ``count`` events after its boot."""
    line, door, card = authority.terminal(), Tag(ISSUER, Role.DOOR), Tag(ISSUER, Role.CAREGIVER)
    for number in range(count):
        at_ns = number * EVERY_NS
        if number % 20 == 19:
            direction = Direction.IN if number % 40 == 19 else Direction.OUT
            line.add(check_of(door.read(None, at_ns), card.read(None, at_ns), direction), mono_ns=at_ns)
        else:
            line.add(Sensor("door", SensorClass.DOOR_CONTACT, number, 0), sign=sign, mono_ns=at_ns)
    return line


def messages(authority: Authority, size: int, total: int) -> tuple[list[Message], list[Message], Terminal]:
    """Return what introduces the terminals, and then ``total`` events in batches of ``size``."""
    terminals = max(1, min(50, total // size // 4))
    each = total // terminals // size * size
    lines = [terminal(authority, each, sign=size == 1) for _ in range(terminals)]
    first = [line.message(1, 1) for line in lines]
    rest = [line.message(at, at + size - 1, certificate=False) for at in range(2, each + 2, size) for line in lines]
    return first, rest, lines[0]


def rate(work: Callable[[], object], count: int) -> float:
    """Return how many a second."""
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def groups(waiting: list[Message], size: int) -> Iterator[list[Message]]:
    """Cut what waits into groups as the ingest thread does."""
    source = iter(waiting)
    while group := list(islice(source, max(1, GROUP_EVENTS // size))):
        yield group


def ingest(authority: Authority, size: int, total: int) -> float:
    """Return events a second for batches of ``size``."""
    first, rest, _ = messages(authority, size, total)
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), authority, prover=ISSUER.prover())
        bind(site.store, site.key)  # sealed under data keys, as in a running gateway
        site.take(*first)

        def work() -> int:
            return sum(site.take(*group).events for group in groups(rest, size))

        began = time.perf_counter()
        taken = work()
        took = time.perf_counter() - began
        assert taken == len(rest) * size
        site.store.close()
        return taken / took


def limits(authority: Authority) -> dict[str, float]:
    """Return what each piece would allow alone, events a second."""
    _, _, line = messages(authority, 1, 200)
    batches = [line.batch(seq, seq) for seq in range(2, len(line.items) + 1)] * 10
    key = SM.verifying_key(line.key.spki)
    sealed = [(seq, line.items[seq - 1].sealed) for seq in range(2, len(line.items) + 1)] * 50
    keys = line.starts[0]
    row: tuple[Any, ...] = (
        bytes(16), bytes(16), 0, bytes(32), bytes(32), 1, 1, bytes(240), bytes(32), None, bytes(32), bytes(32),
        0, 10, 1, bytes(16), 0, 0, 4, 50,
    )  # fmt: skip
    names = [column.name for column in events.columns][1:]
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), authority, prover=ISSUER.prover())

        def rows() -> None:
            for start in range(0, 50_000, GROUP_EVENTS):
                with site.store.writing() as connection:
                    several = [(*row[:2], start + n, *row[3:]) for n in range(GROUP_EVENTS)]
                    insert_rows(connection, events, several, *names)

        found = {
            "signature checks": rate(lambda: [verify_batch(one, key) for one in batches], len(batches)),
            "open and decode": rate(
                lambda: [decode_event(open_sealed(SM, keys, seq, one)[0]) for seq, one in sealed], len(sealed)
            ),
            "rows into the store": rate(rows, 50_000),
        }
        site.store.close()
    return found


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    authority = Authority(SM)
    alone = limits(authority)
    measured = {size: ingest(authority, size, total) for size, total in SIZES.items()}
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    if arguments.json:
        print(json.dumps({"limits": alone, "events_per_second": measured, "peak_rss_mb": peak_mb}))
        return 0
    for name, figure in alone.items():
        print(f"limit  {name:<22}{figure:>10,.0f} /s")
    for size, figure in measured.items():
        signatures = alone["signature checks"] * size  # one stands for all; own ones are looked at when nothing comes
        bound = 1 / (1 / signatures + 1 / alone["open and decode"] + 1 / alone["rows into the store"])
        print(f"batch {size:>5}{figure:>14,.0f} events/s   {100 * figure / bound:>4.0f} % of what the pieces allow")
    print(f"peak memory {peak_mb} MB, with the messages prepared")
    return 0


if __name__ == "__main__":
    sys.exit(main())
