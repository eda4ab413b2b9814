"""From a tag held to the reader to the good signal, through the real agent process; and our share beyond the reader.

`presented → signal` is what a caregiver waits. `read → signal` is ours: classify, pair, encode, seal, sign, commit with
a sync, signal; it is measured in a process of its own without reader and link, on the same disk.
`python bench/tap_to_signal.py [--taps N] [--records N] [--json]`.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # the home that the tests use, with all its processes

from samples.home import Home, Identity
from samples.pn532 import CARD, DOOR
from zhendao.command.output import table
from zhendao.device import config
from zhendao.device.clock.kernel import KernelClock
from zhendao.device.desk import Desk
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.moments import Moment
from zhendao.device.identity.values import Identity as Enrolled
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.recorder import Recorder
from zhendao.device.journal.store import Journal
from zhendao.device.notices import Notices
from zhendao.device.scribe import Scribe
from zhendao.device.taps.session import Session
from zhendao.device.timekeeper import Timekeeper
from zhendao.protocol.vocabulary import Mounting, Placement, Role, Technology
from zhendao.readers.values import Presence


def main() -> None:
    """Measure both, print both."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--taps", type=int, default=30)
    arguments.add_argument("--records", type=int, default=300)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        whole = whole_taps(Path(folder) / "home", chosen.taps)
        ours = asyncio.run(own_share(Path(folder) / "share", chosen.records))
    rows = {"presented -> signal": whole, "read -> signal (ours)": ours}
    if chosen.json:
        print(json.dumps({name: summary(values) for name, values in rows.items()}))
        return
    table(
        ["ms", "n", "median", "p95", "p99", "max"],
        [[name, len(values), *(f"{one:.1f}" for one in summary(values).values())] for name, values in rows.items()],
    )


def summary(values: list[float]) -> dict[str, float]:
    """Return median and tail, milliseconds."""
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {"median": statistics.median(values), "p95": cuts[94], "p99": cuts[98], "max": max(values)}


def whole_taps(folder: Path, taps: int) -> list[float]:
    """Return milliseconds from the card's coming into the field to the good signal, tap by tap."""
    folder.mkdir()
    found = []
    phase = random.Random(532)  # noqa: S311 - moments, not secrets
    with Home(folder, session="double_tap_s = 0") as home:
        terminal = home.start()
        for number in range(taps):
            home.emulator.do("present door")
            terminal.next("door-seen")
            home.emulator.do("remove door")
            # A person comes at any moment of the sense loop; straight after the door it would always be the same one.
            home.emulator.do(f"wait {phase.randrange(1, 200)}")
            held = home.emulator.do("present card")
            told = terminal.next("checked-in" if number % 2 == 0 else "checked-out")
            found.append((told["mono_ns"] - held["mono_ns"]) / 1e6)
            home.emulator.do("remove card")
            home.emulator.do("wait 800")
    return found


class Stopwatch:
    """Feedback that notes when the good signal came."""

    def __init__(self) -> None:
        self.good_ns = 0

    def give(self, given: Given) -> None:
        """Note the time of a good signal."""
        if given.moment in {Moment.CHECKED_IN, Moment.CHECKED_OUT}:
            self.good_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def close(self) -> None:
        """Nothing is held."""


async def own_share(folder: Path, records: int) -> list[float]:
    """Return milliseconds from the reader's posting of the card to the good signal."""
    made = Identity()
    suite = made.suite
    issuer = suite.verifying_key(made.issuer.spki)
    who = Enrolled(
        suite=suite,
        device=made.device,
        tenant="test",
        key=made.key,
        certificate=made.certificate,
        certificate_id=suite.hash(made.certificate),
        recipients=(suite.wrapping_key(made.wrap.spki),),
        issuers={issuer.key_id: issuer},
        gateway=suite.verifying_key(made.gateway.spki),
        placement=Placement.HOME,
        mounting=Mounting.CRADLE,
    )
    data = DataFolder(folder)
    now, watch = KernelClock(), Stopwatch()
    clock = Timekeeper(now)
    scribe = Scribe(who, 20_000, 64 << 20)

    def open_journal() -> tuple[Journal, Recorder]:
        journal = Journal(data, suite, who.device, lambda: 0)
        return journal, Recorder(journal, who, "bench", os.urandom)

    await scribe.open(open_journal)
    await scribe.begin(clock.stamp())

    async def keep(body: Any, changes: Any = None) -> Any:
        return (await scribe.record(body, clock.stamp(), changes))[-1]

    settings = config.session_settings(config.SessionTable(double_tap_s=0), who)
    desk = Desk(who, Session(who.device, settings, 0), clock, watch, Notices("en", now.mono_ns), keep)
    messages = {DOOR: made.message(Role.DOOR, DOOR), CARD: made.message(Role.CAREGIVER, CARD)}
    found = []
    for _ in range(records):
        for uid in (DOOR, CARD):
            begun = now.mono_ns()
            await desk.take(Presence(uid, Technology.NTAG21X, messages[uid], (2000,), begun))
        found.append((watch.good_ns - begun) / 1e6)
    await scribe.close()
    data.close()
    return found


if __name__ == "__main__":
    main()
