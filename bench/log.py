"""What the gateway's log costs: entering what came, signing the head of an hour, and proving that an entry is in it.

    python bench/log.py [--json] [--events 200000] [--hour 4000]

Rows of events are put into an SQLite store as they stand, entered in the log from nothing, and then those of one more
hour. Prints how long an entry takes, how long the hour's head takes (the write transaction that ingest waits for), how
long the path of an entry takes, and the greatest memory. Every path is proved against the head's root, or the exit
code is 1.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the certified gateway of the tests

from sqlalchemy import select

from samples.evidence import Office, office
from samples.site import NOW_MS, Authority
from zhendao.gateway.evidence.tables import LOG_ENTRIES
from zhendao.gateway.store.engine import insert_rows
from zhendao.gateway.store.facts import events
from zhendao.protocol.loghead import open_head
from zhendao.protocol.merkle import inclusion_path, root_from_inclusion
from zhendao.protocol.suite import SM

COLUMNS = (
    "device", "epoch", "seq", "h", "prev", "suite", "start", "sealed", "commitment", "certificate_id", "batch_digest",
    "received_ms",
)  # fmt: skip
PATHS = 50


def put(place: Office, first: int, count: int, chance: Random) -> None:
    """Put ``count`` rows of events into the store, numbered from ``first`` on."""
    device = bytes(16)
    rows = [
        (device, device, seq, chance.randbytes(32), device, 1, 1, b"x" * 256, device, device, device, NOW_MS)
        for seq in range(first, first + count)
    ]
    with place.site.store.writing() as connection:
        insert_rows(connection, events, rows, *COLUMNS)


def proved(place: Office, head: bytes, chance: Random) -> tuple[float, bool]:
    """Return how long a path takes, in ms, and whether all of some lead to the root."""
    told, log, holds = open_head(head).head, place.heads.log, True
    with place.site.store.reading() as connection:
        began = time.perf_counter()
        for index in (chance.randrange(told.size) for _ in range(PATHS)):
            path = inclusion_path(index, told.size, lambda begin, end: log.stretch(connection, begin, end))
            leaf = connection.execute(select(LOG_ENTRIES.c.leaf).where(LOG_ENTRIES.c.number == index)).scalar_one()
            holds &= root_from_inclusion(SM, index, told.size, leaf, path) == told.root
        return (time.perf_counter() - began) * 1000 / PATHS, holds


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description="what the gateway's log costs")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--hour", type=int, default=4_000)
    asked = parser.parse_args()
    chance = Random(1)  # noqa: S311 - of numbers that need not be secret
    with tempfile.TemporaryDirectory() as folder:
        place = office(Path(folder), Authority(SM))
        put(place, 1, asked.events, chance)
        began = time.perf_counter()
        place.heads.make(place.site.store, NOW_MS)
        entered = time.perf_counter() - began
        put(place, asked.events + 1, asked.hour, chance)
        began = time.perf_counter()
        head = place.heads.make(place.site.store, NOW_MS + 3_600_000)
        hour = time.perf_counter() - began
        path_ms, holds = proved(place, head or b"", chance)
        place.site.store.close()
    told = {
        "entries_s": round(asked.events / entered),
        "hour_ms": round(hour * 1000),
        "path_ms": round(path_ms, 1),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "proved": holds,
    }
    print(json.dumps(told) if asked.json else "\n".join(f"{name}: {value}" for name, value in told.items()))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
