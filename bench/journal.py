"""What a check-in costs the memory card, and what a large journal costs a start.

Written: `write_bytes` of /proc/self/io (pages made dirty, 4096 bytes each), with the file system synced after each
check-in as if they were minutes apart; the average includes checkpoints, the copy of the head, acknowledgements and, in
the second row, dropping what the gateway has. Beside it what the device of the folder counts without those syncs,
neighbours included. Opened: journals of 10,000 and 50,000 events. `python bench/journal.py [--checks N] [--json]
[--folder DIR]`: DIR on the file system to be measured; without it an ext4 of its own, which only root can mount, or the
temporary folder.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # identities, journals and the count that the tests use

from samples.disks import memory_card
from samples.home import Identity
from samples.journals import STAMP, aged, enrolled, recording
from samples.wear import wear
from zhendao.command.output import table


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--checks", type=int, default=400)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--folder", type=Path)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as temporary, memory_card(Path(temporary) / "card") as card:
        folder = temporary if chosen.folder or card is None else card
        found = {
            "everything kept": asyncio.run(wear(Path(folder) / "kept", chosen.checks, keep=1 << 30))["process"],
            "old ones dropped": asyncio.run(wear(Path(folder) / "dropped", chosen.checks, keep=chosen.checks // 4))[
                "process"
            ],
        }
        device = asyncio.run(wear(Path(folder) / "device", chosen.checks, keep=1 << 30, apart=False))["device"]
        opened = [opening(Path(folder) / f"open-{count}", count) for count in (10_000, 50_000)]
    if chosen.json:
        print(json.dumps({"written_per_check": {**found, "device": device}, "opened": opened}))
        return
    table(
        ["bytes written for a check-in", "figure"],
        [*([name, round(value)] for name, value in found.items()), ["by the device, all together", round(device)]],
    )
    table(
        ["journal of so many events opened", "s", "MiB on disk", "RSS grown by MiB"],
        [[*one.values()] for one in opened],
    )


def opening(folder: Path, count: int) -> dict[str, float]:
    """Return what it takes to open a journal of ``count`` events, none of which the gateway has."""
    who = enrolled(Identity())
    aged(folder, who, count)
    size = (folder / "journal.db").stat().st_size
    before = memory()
    begun = time.perf_counter()
    with recording(folder, who) as (_, recorder):
        recorder.begin(STAMP)
        seconds = time.perf_counter() - begun
        grown = memory() - before
    return {"events": count, "s": round(seconds, 3), "mib": round(size / 2**20, 1), "rss_mib": round(grown / 2**20, 1)}


def memory() -> int:
    """Return the resident memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


if __name__ == "__main__":
    main()
