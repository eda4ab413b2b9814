"""From the link's return to the first event that the gateway has: the real agent, in each way in which a link goes.

The agent records ten events a second all the while. A proxy is the link; the gateway speaks the protocol and keeps
nothing on a disk. `python bench/link_return.py [--away SECONDS] [--times N] [--json]`.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # the home that the tests use, with all its processes

from samples.fed import FedHome
from zhendao.command.output import table

PER_S = 10


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--away", type=float, default=8.0)
    arguments.add_argument("--times", type=int, default=3)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    rows = []
    for name, (go, come) in CASES.items():
        with tempfile.TemporaryDirectory() as folder, FedHome(Path(folder)) as home:
            home.feed(PER_S)
            home.gateway.wait(lambda home=home: len(home.gateway.events) > 5)
            times = [once(home, go, come, chosen.away) for _ in range(chosen.times)]
            home.balance()
        rows.append({"the link": name, "median s": round(statistics.median(times), 2), "most s": round(max(times), 2)})
    if chosen.json:
        print(json.dumps(rows))
    else:
        table(list(rows[0]), [list(row.values()) for row in rows])


def once(home: FedHome, go: Callable[[FedHome], None], come: Callable[[FedHome], None], away_s: float) -> float:
    """Return the seconds from one return of the link to the first new event at the gateway."""
    go(home)
    time.sleep(away_s)
    known = len(home.gateway.events)
    come(home)
    begun = time.monotonic()
    home.gateway.wait(lambda: len(home.gateway.events) > known, 120)
    took = time.monotonic() - begun
    home.gateway.wait(lambda: home.told() <= set(home.gateway.events), 120)
    return took


def refuse(home: FedHome) -> None:
    """Reset what there is and what comes."""
    home.proxy.refuse()
    home.proxy.abort()


def reset_and_pass(home: FedHome) -> None:
    """Reset what hangs, and let through what comes."""
    home.proxy.abort()
    home.proxy.pass_on()


CASES: dict[str, tuple[Callable[[FedHome], None], Callable[[FedHome], None]]] = {
    "is refused, the broker's process being away": (lambda home: home.broker.kill(), lambda home: home.broker.start()),
    "is reset and refused": (refuse, lambda home: home.proxy.pass_on()),
    "stands still, and goes on": (lambda home: home.proxy.hold(), lambda home: home.proxy.pass_on()),
    "swallows bytes, and is reset": (lambda home: home.proxy.swallow(), reset_and_pass),
}

if __name__ == "__main__":
    main()
