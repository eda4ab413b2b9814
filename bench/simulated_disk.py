"""What an event costs on the simulated disk: the journal's own SQL, by the SQLite that apsw brings, on files in memory.

Appended: events with a row of an open visit, one transaction each, as a check-in is. Opened: a journal after a power
cut, log written again, tail hashed. `python bench/simulated_disk.py [--events N] [--json]`.
"""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # identities that the tests use

from samples.home import Identity
from samples.journals import BODY, STAMP, enrolled
from zhendao.command.output import table
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.recorder import Recorder
from zhendao.device.journal.store import Journal
from zhendao.protocol.intl import INTL
from zhendao.simulators.world.disk.disk import Disk
from zhendao.simulators.world.disk.mount import Mount
from zhendao.simulators.world.engine.chance import Chance

DATA = Path("/data")


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=3000)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    disk, who = Disk(Chance(1, "disk")), enrolled(Identity(INTL))

    def opened() -> Journal:
        return Journal(DataFolder(DATA, files=Mount(disk)), who.suite, who.device, lambda: 0)

    journal = opened()
    recorder = Recorder(journal, who, "bench", Chance(1, "keys").bytes)
    for _ in range(300):
        recorder.record(BODY, STAMP)
    disk.cut_power()
    begun = time.perf_counter()
    journal = opened()
    open_s = time.perf_counter() - begun
    part = journal.read(recorder.epoch, 5, 5, 0)
    assert part is not None
    written, syncs, took = disk.written, disk.syncs, []
    for number in range(chosen.events):
        entry = replace(part.entries[0], seq=recorder.seq + 1 + number)
        begun = time.perf_counter()
        journal.append(recorder.epoch, (entry,), {bytes(16): bytes(120)})
        took.append(time.perf_counter() - begun)
    took.sort()
    found = {
        "append, mean, us": sum(took) / len(took) * 1e6,
        "append, median, us": took[len(took) // 2] * 1e6,
        "append, 99th, us": took[len(took) * 99 // 100] * 1e6,
        "bytes an append": (disk.written - written) / len(took),
        "syncs an append": (disk.syncs - syncs) / len(took),
        "opened after a power cut, ms": open_s * 1e3,
    }
    disk.kill()
    if chosen.json:
        print(json.dumps(found))
        return
    table(["on the simulated disk", "figure"], [[name, round(value, 2)] for name, value in found.items()])


if __name__ == "__main__":
    main()
