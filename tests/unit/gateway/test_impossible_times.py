"""A terminal whose clock says what no calendar has: its facts are kept and judged, and nobody else waits for them."""

from typing import Any

import pytest
from sqlalchemy import select

from samples.registered import register
from samples.site import NOW_MS, Authority, Site
from samples.taps import check
from zhendao.gateway.store.conclusions import visits
from zhendao.protocol.bodies import Clock
from zhendao.protocol.vocabulary import ClockReason, ClockSource, Direction

HOUR_NS = 3_600 * 10**9


def records(site: Site) -> list[dict[str, Any]]:
    with site.store.reading() as connection:
        rows = connection.execute(select(visits.c.record).where(visits.c.state != "withdrawn")).scalars()
        return sorted(rows, key=lambda one: (one["in"] or one["out"])["seq"])


@pytest.mark.parametrize(
    ("wall_ms", "source"),
    [
        (253_402_300_800_000, ClockSource.GNSS),  # the first day of the year 10000
        (2**62, ClockSource.RTC),
        (-1, ClockSource.GNSS),
        (-(2**62), ClockSource.NTP),
    ],
)
def test_a_time_that_cannot_be_is_no_time(site: Site, authority: Authority, wall_ms: int, source: ClockSource) -> None:
    line = authority.terminal()
    register(site, line.device)
    line.add(check(Direction.OUT, 77), wall_ms=wall_ms, mono_ns=HOUR_NS, source=source)
    line.add(check(Direction.IN), wall_ms=wall_ms, mono_ns=2 * HOUR_NS, source=source)
    line.add(check(Direction.OUT, 3), wall_ms=wall_ms, mono_ns=3 * HOUR_NS, source=source)
    told = Clock(ClockReason.ANCHOR, wall_ms, 50, source, 4 * HOUR_NS)
    line.add(told, wall_ms=wall_ms, mono_ns=4 * HOUR_NS, source=source)
    site.take(line.message(1, 5), now_ms=NOW_MS)
    site.settle(NOW_MS + 86_400_000)
    lone, whole = records(site)
    assert (lone["out"]["seq"], whole["in"]["seq"], whole["out"]["seq"]) == (2, 3, 4)
    assert whole["duration_s"] in {3_600, None}
    assert "clock_unset" in {one["flag"] for one in whole["flags"]}
