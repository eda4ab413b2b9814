"""A fleet that is behind: how long the gateway takes to send everybody the list, and what a second of it costs.

    PYTHONPATH=src python bench/blocklist_fleet.py [--terminals 10000] [--entries 100000] [--rounds 30]

The store, the pace and the signatures are the real ones; time is counted in rounds of a second, and nothing is sent.
First everybody lacks one entry, then everybody lacks the whole list (a few rounds of it stand for all).
"""

import argparse
import json
import secrets
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import insert, update

from zhendao.gateway.blocklist.spreading import Spreading
from zhendao.gateway.blocklist.tables import entries, terminals
from zhendao.gateway.config import BlocklistTable
from zhendao.gateway.ingest.orders import Commander
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.ingest.terminals import Terminals
from zhendao.gateway.store.engine import Store, insert_rows, open_store
from zhendao.gateway.store.facts import starts, states
from zhendao.gateway.store.migrate import upgrade
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.seal import StartKeys
from zhendao.protocol.suite import SM

NOW_MS = 1_790_000_000_000
_EPOCH = bytes(16)


def town(store: Store, held: Terminals, count: int) -> None:
    """Put ``count`` terminals into the store that are online and hold no list yet."""
    devices = [secrets.token_bytes(16) for _ in range(count)]
    with store.writing() as connection:
        connection.execute(
            insert(terminals),
            [
                {"device": d, "held": 0, "heard_ms": 0, "sent": 0, "tries": 0, "due_ms": 0, "whole": False}
                for d in devices
            ],
        )
        rows = [(d, _EPOCH, 1, True, 1, bytes(32), 0, 0, 0) for d in devices]
        insert_rows(connection, states, rows, "device", "epoch", "start", "online", "seq", "head", "wall_ms",
                    "unacknowledged", "received_ms")  # fmt: skip
        for device in devices:
            keys = held.seal_keys(StartKeys(bytes(16), bytes(32), device, _EPOCH, 1))
            connection.execute(
                insert(starts).values(
                    device=device, epoch=_EPOCH, start=1, h=bytes(32), suite=SM.id, keys=keys, boot_nonce=bytes(16),
                    wall_ms=0, reason=1, arrival=1, command_number=0, seen_ms=0,
                )
            )  # fmt: skip


def served(store: Store, spreading: Spreading, now_ms: int, most: int) -> dict[str, Any]:
    """Let rounds of a second pass until nobody is behind, ``most`` at most; return what they came to."""
    looks, steps, messages, size = [], [], 0, 0
    for _ in range(most):
        now = Now(now_ms + len(steps) * 1000, now_ms + len(steps) * 1000)
        begun = time.perf_counter()
        with store.reading() as connection:
            due = spreading.is_due(connection, now)
        looks.append(time.perf_counter() - begun)
        if not due:
            break
        begun = time.perf_counter()
        with store.writing() as connection:
            outgoing = spreading.step(connection, now)
        steps.append(time.perf_counter() - begun)
        messages, size = messages + len(outgoing), size + sum(len(one.payload) for one in outgoing)
    return {
        "rounds": len(steps),
        "messages": messages,
        "mib": round(size / 2**20, 1),
        "a_round_ms_median": round(median(steps) * 1000, 1),
        "a_round_ms_most": round(max(steps) * 1000, 1),
        "a_look_ms_median": round(median(looks) * 1000, 1),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--terminals", type=int, default=10_000)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder)}/gateway.db")
        upgrade(store)
        held = Terminals(StoreKey(bytes(32)), arguments.terminals)
        town(store, held, arguments.terminals)
        commander = Commander("bench", SM.new_signing_key(), bytes(32))
        spreading = Spreading(BlocklistTable(), held, commander)
        rows = [
            {"number": secrets.token_bytes(16), "reason": "lost", "by": "bench", "added_ms": 1}
            for _ in range(arguments.entries)
        ]
        with store.writing() as connection:
            connection.execute(insert(entries), rows)
        whole = served(store, spreading, NOW_MS, arguments.rounds)
        with store.writing() as connection:
            connection.execute(update(terminals).values(held=NOW_MS // 1000, sent=0, due_ms=0))
            connection.execute(insert(entries), [{**rows[0], "number": secrets.token_bytes(16)}])
        changed = served(store, spreading, NOW_MS + 10**6, 10**6)
        store.close()
    print(json.dumps({"one entry, all terminals": changed, "whole list, a few rounds": whole}, indent=2))


if __name__ == "__main__":
    main()
