"""The fault table: what was accepted before, in and after each fault, and what of it arrived. One candidate each."""

import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from candidate import Books, Candidate
from line import Broker, Link
from scale import Scale

from zhendao.simulators.soak import disks

Make = Callable[[Path, Path], Candidate]
"""Makes a candidate: its folder, and the folder of its data."""


def broker_killed(one: Candidate, broker: Broker, _link: Link, scale: Scale) -> Books:
    """The broker is killed, and comes back much later; events go on all the time."""
    one.start()
    one.offer(int(scale.broker_rate * (2 * scale.before_s + scale.broker_away_s)), scale.broker_rate)
    time.sleep(scale.before_s)
    broker.kill()
    time.sleep(scale.broker_away_s)
    broker.start()
    one.offered()
    return one.books(scale.quiet_s)


def half_open(one: Candidate, _broker: Broker, link: Link, scale: Scale) -> Books:
    """The link swallows every byte for a while, then breaks and works again."""
    one.start()
    one.offer(int(scale.half_open_rate * (2 * scale.before_s + scale.half_open_s)), scale.half_open_rate)
    time.sleep(scale.before_s)
    link.swallow()
    time.sleep(scale.half_open_s)
    link.mend()
    one.offered()
    return one.books(scale.quiet_s)


def killed(one: Candidate, _broker: Broker, _link: Link, scale: Scale) -> Books:
    """The candidate is killed while events come fast, and started again."""
    one.start()
    one.offer(int(scale.kill_rate * 2 * scale.before_s), scale.kill_rate)
    time.sleep(scale.before_s)
    one.kill()
    one.start()
    return one.books(scale.quiet_s)


def disk_full(one: Candidate, _broker: Broker, link: Link, scale: Scale) -> Books:
    """Offline, a disk of 8 MB gets more than it can hold; then the link is back, and is watched for a while."""
    one.start()
    link.cut()
    one.offer(scale.disk_events, scale.ingest_rate)
    one.offered()
    link.mend()
    one.books(scale.quiet_s)
    time.sleep(scale.disk_watch_s)
    return one.books(0)


FAULTS: dict[str, Callable[[Candidate, Broker, Link, Scale], Books]] = {
    "broker-killed": broker_killed,
    "half-open": half_open,
    "killed": killed,
    "disk-full": disk_full,
}


def measure(fault: str, folder: Path, make: Make, broker: Broker, link: Link, scale: Scale) -> dict[str, Any]:
    """Return the books after ``fault``; of kills, those of several runs together, and the worst of them."""
    runs = [
        _once(fault, folder / f"{number}", make, broker, link, scale)
        for number in range(scale.kills if fault == "killed" else 1)
    ]
    total = {name: sum(asdict(run)[name] for run in runs) for name in asdict(runs[0])}
    return {**total, "runs": len(runs)}


def _once(fault: str, folder: Path, make: Make, broker: Broker, link: Link, scale: Scale) -> Books:
    data = folder / "data"
    if fault == "disk-full":
        disks.make(data)
    one = make(folder, data)
    try:
        return FAULTS[fault](one, broker, link, scale)
    finally:
        one.kill()
        one.close()
        if fault == "disk-full":
            disks.unmount(data)
        shutil.rmtree(data)
