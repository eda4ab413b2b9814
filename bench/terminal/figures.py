"""An ordinary day: start, idleness, a backlog taken while the link is cut, and the backlog drained when it is back."""

import time
from pathlib import Path
from typing import Any

from candidate import Candidate
from line import Link
from machine import busy_percent, cpu_s, rss_mb, wait_until
from scale import Scale

LONGEST_S = 300.0


def measure(one: Candidate, link: Link, scale: Scale) -> dict[str, Any]:
    """Return the figures of a candidate that has not been started yet."""
    begun = time.monotonic()
    found: dict[str, Any] = {"start_s": round(one.start(), 2)}
    one.offer(1, 0)
    one.offered()
    wait_until(lambda: one.count() > 0, LONGEST_S, 0.01)
    found["first_delivered_s"] = round(time.monotonic() - begun, 2)
    time.sleep(scale.settle_s)
    found["idle_cpu_percent"] = busy_percent(one.pid, scale.idle_s)
    found["idle_rss_mb"] = rss_mb(one.pid)
    found |= _ingest(one, link, scale) | _drain(one, link)
    found["after_rss_mb"] = rss_mb(one.pid)
    found["peak_rss_mb"] = rss_mb(one.pid, "VmHWM")
    one.stop()
    return found


def _ingest(one: Candidate, link: Link, scale: Scale) -> dict[str, Any]:
    """Take the backlog while the link is cut."""
    link.cut()
    used, begun = cpu_s(one.pid), time.monotonic()
    one.offer(scale.backlog, scale.ingest_rate)
    one.offered()
    took = time.monotonic() - begun
    return {
        "ingest_per_s": round(scale.backlog / took),
        "ingest_cpu_percent": round((cpu_s(one.pid) - used) / took * 100),
        "ingest_accepted": len(one.accepted()) - 1,
        "stored_mb": round(sum(file.stat().st_size for file in _files(one.data)) / 2**20, 1),
    }


def _files(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file()]


def _drain(one: Candidate, link: Link) -> dict[str, Any]:
    """Mend the link; the rate is that from the first event that arrives to the last."""
    before, wanted = one.count(), len(one.accepted())
    link.mend()
    back = time.monotonic()
    wait_until(lambda: one.count() > before, LONGEST_S, 0.01)
    first = time.monotonic()
    arrived = one.count() - before
    whole = wait_until(lambda: one.count() >= wanted, LONGEST_S, 0.05)
    last = time.monotonic()
    rate = (wanted - before - arrived) / (last - first) if last > first else 0.0
    return {
        "drain_starts_s": round(first - back, 2),
        "drain_whole_s": round(last - back, 2) if whole else None,
        "drain_per_s": round(rate),
    }
