"""What check-ins write to the disk, counted by the kernel: the real desk, scribe and journal, in this process."""

import ctypes
import os
from pathlib import Path
from typing import Any

from samples.home import Identity
from samples.journals import enrolled
from samples.pn532 import CARD, DOOR
from zhendao.device import config
from zhendao.device.clock.kernel import KernelClock
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
_LOOKED_AFTER = 20


class Silent:
    """Feedback for nobody."""

    def give(self, given: Given) -> None:
        """Nobody is there."""

    def close(self) -> None:
        """Nothing is held."""


async def wear(folder: Path, checks: int, keep: int, *, apart: bool = True) -> dict[str, float]:
    """Return the bytes written for one check-in, by the process and by the device that ``folder`` is on.

    ``keep``: so many events stay of what the gateway has. ``apart``: sync everything after each check-in, as if they
    were minutes apart.
    """
    made = Identity()
    who = enrolled(made)
    data, now = DataFolder(folder), KernelClock()
    clock = Timekeeper(now)
    scribe = Scribe(who, keep, 64 << 20)

    def open_journal() -> tuple[Journal, Recorder]:
        journal = Journal(data, who.suite, who.device, lambda: 0)
        return journal, Recorder(journal, who, "bench", os.urandom)

    await scribe.open(open_journal)
    await scribe.begin(clock.stamp())

    async def keep_body(body: Any, changes: Any = None) -> Any:
        return (await scribe.record(body, clock.stamp(), changes))[-1]

    settings = config.session_settings(config.SessionTable(double_tap_s=0), who)
    desk = Desk(who, Session(who.device, settings, 0), clock, Silent(), Notices("en", now.mono_ns), keep_body)
    messages = {DOOR: made.message(Role.DOOR, DOOR), CARD: made.message(Role.CAREGIVER, CARD)}
    disk = os.open(folder, os.O_RDONLY)
    LIBC.syncfs(disk)
    process, device = written(), device_written(folder)
    for number in range(checks):
        for uid in (DOOR, CARD):
            await desk.take(Presence(uid, Technology.NTAG21X, messages[uid], (2000,), now.mono_ns()))
        standing = scribe.standing
        await scribe.settle([(standing.epoch, standing.seq, standing.seq, Settled.COMMITTED)])
        if number % _LOOKED_AFTER == 0:
            await scribe.retain()
        if apart:
            LIBC.syncfs(disk)
    LIBC.syncfs(disk)
    found = {"process": (written() - process) / checks, "device": (device_written(folder) - device) / checks}
    os.close(disk)
    await scribe.close()
    data.close()
    return found


def written(pid: int | None = None) -> int:
    """Return the bytes of pages that a process has made dirty; this one if none is named."""
    lines = Path(f"/proc/{pid or 'self'}/io").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("write_bytes")).split()[1])


def device_written(folder: Path) -> int:
    """Return the bytes that the device of ``folder`` has written since it is there; 0 where it does not count."""
    number = folder.stat().st_dev
    file = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}/stat")
    return int(file.read_text().split()[6]) * 512 if file.exists() else 0
