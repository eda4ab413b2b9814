"""A long time without a network: how large the journal gets, how soon it drains, what that costs the agent in memory.

The journal is written by the real recorder (without syncs: its making is not what is measured), the agent is the real
one, the gateway speaks the protocol and keeps nothing on a disk; suite intl, plain MQTT on loopback. Forty events a day
for ninety days are 3,600; forty a minute are 5.2 million, which is extrapolated, for one run of it takes half an hour.
`python bench/offline_backlog.py [--events N] [--json]`.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # the home that the tests use, with all its processes

from footprint import memory

from samples.fed import FedHome
from samples.journals import BODY, STAMP, enrolled, recording
from zhendao.command.output import table

DAYS_90 = 90 * 24 * 60 * 40
LONGEST_S = 3600


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=100_000)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, FedHome(Path(folder)) as home:
        found = drain(home, chosen.events)
    if chosen.json:
        print(json.dumps(found))
    else:
        table(["figure", "value"], list(found.items()))


def drain(home: FedHome, events: int) -> dict[str, object]:
    """Return the figures of one drain."""
    with recording(home.data, enrolled(home.who), synced=False) as (_, recorder):
        recorder.begin(STAMP)
        for _ in range(events - 1):
            recorder.record(BODY, STAMP)
    size = sum(file.stat().st_size for file in home.data.glob("journal.db*"))
    begun = time.monotonic()
    home.feed(0)
    home.gateway.wait(lambda: bool(home.gateway.events), LONGEST_S)
    first = time.monotonic()
    home.gateway.wait(lambda: len(home.gateway.events) > events, LONGEST_S)
    rate = events / (time.monotonic() - first)
    return {
        "events": events,
        "bytes of journal an event": round(size / events),
        "start of the agent to first event, s": round(first - begun, 2),
        "events a second": round(rate),
        "sent twice": home.gateway.duplicates,
        "agent's peak memory, MB": round(memory(home.terminal.process.pid, "VmHWM") / 1024, 1),
        "ninety days at forty a minute: journal, GB": round(size / events * DAYS_90 / 1e9, 1),
        "ninety days at forty a minute: drained in, min": round(DAYS_90 / rate / 60, 1),
    }


if __name__ == "__main__":
    main()
