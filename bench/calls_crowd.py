"""A thousand calls for help while a backlog is being drained: how long each waits for the gateway's acknowledgement.

    python bench/calls_crowd.py [--calls N] [--events N] [--spread SECONDS] [--most MS] [--json]

Real Mosquitto, the real gateway's process with SQLite (synchronous=FULL), rules, alerts; messages of as many terminals
as there are calls, and of fifty more whose backlog of 50,000 events lies at the broker when the first call comes, as
after an hour without a gateway. Three ways: calls on their own way (`…/sos`), all of them at one moment, and, to
compare, on the way of everything else. From publish to the acknowledgement, everything on this machine. Exit code 1
where the 99th percentile of the first is above ``--most`` ms.
"""

import argparse
import contextlib
import json
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the terminals of the tests send here too

from samples.running import Gateway, Radio, running, wait_until
from samples.site import Authority, Terminal
from zhendao.command.output import table
from zhendao.protocol.ack import open_ack
from zhendao.protocol.bodies import Sensor, Sos
from zhendao.protocol.down import MacedAck, split_down
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.suite import SM
from zhendao.protocol.vocabulary import SensorClass

BACKLOGGED, BATCH = 50, 100
LONGEST_S = 300.0


class Ears(Radio):
    """A radio that notes when it hears what."""

    times: list[tuple[float, str, bytes]] | None = None

    def _hear(self, topic: str, payload: bytes) -> None:
        if self.times is None:
            super()._hear(topic, payload)
        else:
            self.times.append((time.perf_counter(), topic, payload))


def down(line: Terminal) -> str:
    """Return the topic of what ``line`` is told."""
    return line.wrapped(b"").topic.removesuffix("up") + "down"


def introduced(authority: Authority, radio: Radio, count: int) -> list[Terminal]:
    """Return terminals of which the gateway holds the boot event."""
    lines = [authority.terminal() for _ in range(count)]
    for at in range(0, count, 200):
        several = lines[at : at + 200]
        radio.send(*(line.message(1, 1) for line in several))
        for line in several:
            wait_until(lambda line=line: down(line) in {topic for topic, _ in list(radio.heard)}, 60)
        radio.heard.clear()
    return lines


def backlog(authority: Authority, radio: Radio, events: int) -> list[Any]:
    """Return what fifty terminals have to send, in batches."""
    found = []
    for line in introduced(authority, radio, BACKLOGGED):
        for number in range(events // BACKLOGGED):
            line.add(Sensor("front-door", SensorClass.DOOR_CONTACT, number % 2, 0), sign=False)
        last = len(line.items)
        batches = [line.message(at, min(at + BATCH - 1, last), certificate=False) for at in range(2, last + 1, BATCH)]
        found.append(batches)
    return [one for several in zip(*found, strict=True) for one in several]


def waits_ms(lines: Sequence[Terminal], sent: dict[str, float], heard: list[tuple[float, str, bytes]]) -> list[float]:
    """Return how long each call waited, sorted; those that were never acknowledged are not in it."""
    found: dict[str, float] = {}
    by_topic = {down(line): line for line in lines}
    for at, topic, payload in heard:
        line, said = by_topic.get(topic), split_down(payload)
        if line is None or topic in found or not isinstance(said, MacedAck):
            continue
        with contextlib.suppress(CryptoError):
            ack = open_ack(line.suite, line.starts[-1].mac_key, said)
            if any(one.first <= 2 <= one.last for one in ack.ranges):
                found[topic] = (at - sent[topic]) * 1000
    return sorted(found.values())


def measure(authority: Authority, calls: int, events: int, spread_s: float, channel: str) -> dict[str, Any]:
    """Return the distribution of one run."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker, gateway, _ = stack.enter_context(running(folder, authority))
        radio = stack.enter_context(Ears(broker.port))
        waiting = backlog(authority, radio, events)
        lines = introduced(authority, radio, calls)
        messages = []
        for line in lines:
            line.add(Sos(1, drill=False))
            messages.append((down(line), line.wrapped(line.message(2, 2, certificate=False).payload, channel)))
        heard = radio.times = []
        radio.send(*waiting)
        threading.Event().wait(0.5)  # the drain is under way
        sent, began = dict[str, float](), time.perf_counter()
        for number, (topic, message) in enumerate(messages):
            threading.Event().wait(max(0.0, began + spread_s * number / calls - time.perf_counter()))
            sent[topic] = time.perf_counter()
            radio.send(message)
        left = events - stored(gateway)
        wait_until(lambda: len(waits_ms(lines, sent, list(heard))) >= calls, LONGEST_S)
        waits = waits_ms(lines, sent, heard)
        memory = resident_mb(gateway)
    return {
        "p50_ms": round(waits[len(waits) // 2], 1),
        "p90_ms": round(waits[len(waits) * 90 // 100], 1),
        "p99_ms": round(waits[len(waits) * 99 // 100], 1),
        "longest_ms": round(waits[-1], 1),
        "not_stored_yet_at_the_last_call": max(0, left),
        "gateway_memory_mb": memory,
    }


def stored(gateway: Gateway) -> int:
    """Return how many events the gateway has stored."""
    with contextlib.closing(sqlite3.connect(gateway.database)) as connection:
        return int(connection.execute("select count(*) from events").fetchone()[0])


def resident_mb(gateway: Gateway) -> int:
    """Return the memory that the gateway's process has resident."""
    return int(Path(f"/proc/{gateway.process.pid}/statm").read_text("ascii").split()[1]) * 4 // 1024


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=1_000)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--spread", type=float, default=4.0, help="seconds over which the calls fall")
    parser.add_argument("--most", type=float, help="ms that the 99th percentile may have")
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    chosen = parser.parse_args()
    authority = Authority(SM)
    found = {
        "own way": measure(authority, chosen.calls, chosen.events, chosen.spread, "sos"),
        "own way, all at one moment": measure(authority, chosen.calls, chosen.events, 0.0, "sos"),
        "the way of everything else": measure(authority, chosen.calls, chosen.events, chosen.spread, "up"),
    }
    if chosen.json:
        print(json.dumps(found))
    else:
        figures = list(found["own way"])
        table(["figure", *found], [[name, *(str(one[name]) for one in found.values())] for name in figures])
    return 1 if chosen.most is not None and found["own way"]["p99_ms"] > chosen.most else 0


if __name__ == "__main__":
    sys.exit(main())
