"""What data keys cost: sealing anew after a change of keys, by step; and ingest with `secure_delete` or without it.

    python bench/keys.py [--json]

A real store with what a terminal fleet sends (its outbox, starts, readings of cards), as `bench/ingest.py` has it, in
one process. Figures are of processor time, so that a busy machine does not change them much.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the terminals of the tests send here too

import ingest
from sqlalchemy import event, func, select

from samples.site import Authority, Site
from zhendao.gateway.keys import resealing
from zhendao.gateway.store.binding import bind
from zhendao.gateway.store.ring import RESEALING
from zhendao.protocol.suite import SM

BATCH = 100
EVENTS = 6_000
ROUNDS = 4


def taken(folder: Path, authority: Authority, first: list, rest: list, *, secure: bool = True) -> tuple[Site, float]:
    """Return a gateway that took all messages, and the events that it took for a second of processor time."""
    site = Site(folder, authority, prover=ingest.ISSUER.prover())
    bind(site.store, site.key)
    if not secure:
        event.listen(site.store.engine, "connect", lambda raw, _: raw.execute("PRAGMA secure_delete=OFF"))
        site.store.engine.dispose()
    site.take(*first)
    began = time.process_time()
    count = sum(site.take(*group).events for group in ingest.groups(rest, BATCH))
    return site, count / (time.process_time() - began)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    arguments = parser.parse_args()
    authority = Authority(SM)
    first, rest, _ = ingest.messages(authority, BATCH, EVENTS)
    rates: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(ROUNDS):
        for secure in (True, False):
            with tempfile.TemporaryDirectory() as folder:
                site, rate = taken(Path(folder), authority, first, rest, secure=secure)
                rates[secure].append(rate)
                site.store.close()
    with tempfile.TemporaryDirectory() as folder:
        site, _ = taken(Path(folder), authority, first, rest)
        resealing.rotate(site.store, site.key, 0)
        site.key.refresh()
        steps, began = [], time.process_time()
        while True:
            at = time.perf_counter()
            if not resealing.step(site.store, site.key, 1):
                break
            steps.append((time.perf_counter() - at) * 1000)
        took = time.process_time() - began
        with site.store.reading() as connection:
            rows = connection.execute(select(func.sum(RESEALING.c.done))).scalar_one()
        site.store.close()
    told = {
        "ingest with secure_delete, events a second": round(statistics.median(rates[True])),
        "without it": round(statistics.median(rates[False])),
        "fields sealed anew a second": round(rows / took),
        "a step, ms": round(statistics.median(steps), 1),
        "the longest step, ms": round(max(steps), 1),
    }
    print(json.dumps(told, indent=1) if arguments.json else "\n".join(f"{one:45} {told[one]}" for one in told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
