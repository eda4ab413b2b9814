"""What a check-in costs the memory card, and what a large journal costs a start.

Written: `write_bytes` of /proc/self/io (pages made dirty, 4096 bytes each), with the file system synced after each
check-in as if they were minutes apart; the average includes checkpoints, the copy of the head, acknowledgements and, in
the second row, dropping what the gateway has. Beside it what the device of the folder counts without those syncs,
neighbours included. Opened: journals of 10,000 and 50,000 events. `python bench/journal.py [--checks N] [--json]
[--folder DIR]`: DIR on the file system to be measured; on a tmpfs nothing is counted.
"""

import argparse
import asyncio
import ctypes
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # identities and tags that the tests use

from samples.home import Identity
from samples.journals import BODY, STAMP, enrolled, recording
from samples.pn532 import CARD, DOOR
from zhendao.command.output import table
from zhendao.device import config
from zhendao.device.clock import kernel as kernel_clock
from zhendao.device.desk import Desk
from zhendao.device.feedback.given import Given
from zhendao.device.journal.entries import Settled
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.recorder import Recorder
from zhendao.device.journal.store import Journal
from zhendao.device.notices import Notices
from zhendao.device.scribe import Scribe
from zhendao.device.taps.session import Session
from zhendao.device.timekeeper import Timekeeper
from zhendao.protocol.vocabulary import Role, Technology
from zhendao.readers.values import Presence

LIBC = ctypes.CDLL(None)


class Silent:
    """Feedback for nobody."""

    def give(self, given: Given) -> None:
        """Nobody is there."""

    def close(self) -> None:
        """Nothing is held."""


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--checks", type=int, default=400)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--folder", type=Path)
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
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


async def wear(folder: Path, checks: int, keep: int, *, apart: bool = True) -> dict[str, float]:
    """Return the bytes written for one check-in, by the process and by the device that ``folder`` is on.

    ``keep``: so many events stay of what the gateway has. ``apart``: sync everything after each check-in.
    """
    made = Identity()
    who = enrolled(made)
    data, clock = DataFolder(folder), Timekeeper()
    scribe = Scribe(who, keep, 64 << 20)

    def open_journal() -> tuple[Journal, Recorder]:
        journal = Journal(data, who.suite, who.device, 0)
        return journal, Recorder(journal, who, "bench", os.urandom)

    await scribe.open(open_journal)
    await scribe.begin(clock.stamp())

    async def keep_body(body: Any, changes: Any = None) -> Any:
        return (await scribe.record(body, clock.stamp(), changes))[-1]

    settings = config.session_settings(config.SessionTable(double_tap_s=0), who)
    desk = Desk(who, Session(who.device, settings, 0), clock, Silent(), Notices("en"), keep_body)
    messages = {DOOR: made.message(Role.DOOR, DOOR), CARD: made.message(Role.CAREGIVER, CARD)}
    disk = os.open(folder, os.O_RDONLY)
    LIBC.syncfs(disk)
    ours, device = written(), device_written(folder)
    for number in range(checks):
        for uid in (DOOR, CARD):
            await desk.take(Presence(uid, Technology.NTAG21X, messages[uid], (2000,), kernel_clock.mono_ns()))
        standing = scribe.standing
        await scribe.settle([(standing.epoch, standing.seq, standing.seq, Settled.COMMITTED)])
        if number % 20 == 19:
            await scribe.retain()
        if apart:
            LIBC.syncfs(disk)
    LIBC.syncfs(disk)
    found = {"process": (written() - ours) / checks, "device": (device_written(folder) - device) / checks}
    os.close(disk)
    await scribe.close()
    data.close()
    return found


def opening(folder: Path, count: int) -> dict[str, float]:
    """Return what it takes to open a journal of ``count`` events, none of which the gateway has."""
    who = enrolled(Identity())
    with recording(folder, who) as (_, recorder):
        recorder.begin(STAMP)
        for _ in range(count - 1):
            recorder.record(BODY, STAMP)
    size = (folder / "journal.db").stat().st_size
    before = memory()
    begun = time.perf_counter()
    with recording(folder, who) as (_, recorder):
        recorder.begin(STAMP)
        seconds = time.perf_counter() - begun
        grown = memory() - before
    return {"events": count, "s": round(seconds, 3), "mib": round(size / 2**20, 1), "rss_mib": round(grown / 2**20, 1)}


def written() -> int:
    """Return the bytes of pages that this process has made dirty."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("write_bytes")).split()[1])


def device_written(folder: Path) -> int:
    """Return the bytes that the device of ``folder`` has written since it is there; 0 where it does not count."""
    number = folder.stat().st_dev
    file = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}/stat")
    return int(file.read_text().split()[6]) * 512 if file.exists() else 0


def memory() -> int:
    """Return the resident memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


if __name__ == "__main__":
    main()
