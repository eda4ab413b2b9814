"""From publish to acknowledgement through a real broker and the real gateway process; singles a second when drained.

    python bench/ingest_live.py [--json]

Checks of twenty terminals (suite sm), one after the other for the times; then forty terminals at once for the rate.
Everything shares this machine with the terminals that send.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from threading import Event
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the terminals of the tests send here too

from samples.running import Gateway, Radio, running, wait_until
from samples.site import Authority, Terminal
from samples.taps import check
from zhendao.protocol.bodies import Sos
from zhendao.protocol.suite import SM
from zhendao.protocol.vocabulary import Direction

CHECKS, DRAINED = 10, 50


def introduced(authority: Authority, radio: Radio, count: int) -> list[Terminal]:
    """Return terminals of which the gateway holds the boot event."""
    lines = [authority.terminal() for _ in range(count)]
    radio.send(*(line.message(1, 1) for line in lines))
    for line in lines:
        wait_until(lambda line=line: radio.held(line) == 1)
    return lines


def times_ms(authority: Authority, radio: Radio) -> list[float]:
    """Return how long each of 200 checks waited for its acknowledgement."""
    lines = introduced(authority, radio, 20)
    for line in lines:
        for number in range(CHECKS):
            line.add(check(Direction.OUT if number % 2 else Direction.IN))
    answered = Event()
    listen = radio.client.on_message

    def heard(*what: Any) -> None:
        listen(*what)
        answered.set()

    radio.client.on_message = heard
    found = []
    for seq in range(2, CHECKS + 2):
        for line in lines:
            message = line.message(seq, seq, certificate=False)
            answered.clear()
            began = time.perf_counter()
            radio.send(message)
            answered.wait(10)
            found.append((time.perf_counter() - began) * 1000)
    return sorted(found)


def drained(authority: Authority, radio: Radio) -> float:
    """Return single events a second while as many as possible are on their way."""
    lines = introduced(authority, radio, 40)
    for line in lines:
        for number in range(DRAINED):
            line.add(Sos(number, drill=True))
    waiting = [line.message(seq, seq, certificate=False) for seq in range(2, DRAINED + 2) for line in lines]
    began = time.perf_counter()
    radio.send(*waiting)
    for line in lines:
        wait_until(lambda line=line: radio.held(line) == DRAINED + 1, 120)
    return len(waiting) / (time.perf_counter() - began)


def memory_mb(gateway: Gateway) -> int:
    """Return the memory that the gateway's process has resident."""
    pages = int(Path(f"/proc/{gateway.process.pid}/statm").read_text("ascii").split()[1])
    return pages * 4 // 1024


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print figures as JSON")
    arguments = parser.parse_args()
    authority = Authority(SM)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), authority) as (_, gateway, radio):
        times = times_ms(authority, radio)
        memory = memory_mb(gateway)
        rate = drained(authority, radio)
    found = {
        "p50_ms": round(times[len(times) // 2], 1),
        "p95_ms": round(times[len(times) * 95 // 100], 1),
        "p99_ms": round(times[len(times) * 99 // 100], 1),
        "singles_per_second": round(rate),
        "gateway_memory_mb": memory,
    }
    if arguments.json:
        print(json.dumps(found))
    else:
        for name, figure in found.items():
            print(f"{name:<20}{figure:>10}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
