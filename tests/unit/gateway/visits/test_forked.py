"""A clone's times are no times of the original: neither is put in dispute by the other, whichever came first."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from samples.site import NOW_MS, Authority, Site, Terminal
from samples.stores import new_store
from samples.taps import HOUR_NS, check
from zhendao.gateway.store.facts import findings
from zhendao.gateway.visits.compare import Difference, differences
from zhendao.gateway.visits.replay import replay
from zhendao.protocol.bodies import Clock
from zhendao.protocol.vocabulary import ClockReason, ClockSource, Direction

HOUR = 3_600_000
ARRIVES = NOW_MS + 200 * HOUR


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, Authority())
    yield site
    site.store.close()


def boot(line: Terminal, name: int) -> None:
    line.boot_id = bytes([name]) * 16
    line.start()


def anchor(line: Terminal, hours: int, wall_ms: int) -> None:
    """Journal a trusted time, ``hours`` after the boot began."""
    body = Clock(ClockReason.ANCHOR, wall_ms, 100, ClockSource.NTP, hours * HOUR_NS)
    line.add(body, mono_ns=hours * HOUR_NS, wall_ms=wall_ms, source=ClockSource.NTP)


def copy(line: Terminal, site: Site) -> Terminal:
    clone = site.authority.terminal(device=line.device, key=line.key, epoch=line.epoch)
    clone.certificate, clone.certificate_id = line.certificate, line.certificate_id
    clone.items, clone.events = list(line.items), list(line.events)
    clone.heads, clone.starts = list(line.heads), list(line.starts)
    return clone


def again(site: Site) -> list[Difference]:
    """Replay, and return what differs."""
    into = new_store(site.folder / "again.db")
    with site.store.reading() as standing:
        replay(standing, into, site.key, site.table, ARRIVES)
        with into.reading() as replayed:
            found = differences(standing, replayed, site.key, ARRIVES)
    into.close()
    return found


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 0, 1)])
def test_the_later_time_of_a_clone_is_not_before_the_originals(site: Site, order: tuple[int, ...]) -> None:
    line = site.authority.terminal()
    anchor(line, 1, NOW_MS)
    clone = copy(line, site)
    boot(line, 1)
    anchor(line, 1, NOW_MS + 10 * HOUR)
    line.add(check(Direction.IN), mono_ns=2 * HOUR_NS, wall_ms=NOW_MS + 11 * HOUR, source=ClockSource.NTP)
    anchor(line, 3, NOW_MS + 12 * HOUR)
    boot(clone, 2)
    anchor(clone, 1, NOW_MS + 100 * HOUR)  # a lower number than the original's last, and days later
    parts = [line.message(1, 2), line.message(3, 6, 1), clone.message(3, 4, 1)]
    for place in order:
        site.take(parts[place], now_ms=ARRIVES)
    with site.store.reading() as connection:
        query = select(findings.c.kind).where(findings.c.kind == "clock_disputed", findings.c.healed_ms.is_(None))
        assert connection.execute(query).scalars().all() == []
    assert again(site) == []


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 0, 1)])
def test_a_clone_begun_after_a_check_does_not_bound_a_later_check_of_the_same_boot(
    site: Site, order: tuple[int, ...]
) -> None:
    """The clone followed the first check; the second one stands in the original's own history, which goes on."""
    line = site.authority.terminal()
    mono_ns, ntp = HOUR_NS // 60, ClockSource.NTP
    line.add(check(Direction.IN), mono_ns=mono_ns, wall_ms=NOW_MS, source=ntp)
    apart = Clock(ClockReason.SOURCES_DISAGREE, NOW_MS + HOUR, 100, ClockSource.RTC, HOUR_NS, step_ms=HOUR)
    line.add(apart, mono_ns=HOUR_NS, wall_ms=NOW_MS + HOUR, source=ClockSource.HOLDOVER)
    clone = copy(line, site)
    anchor(line, 30, NOW_MS + 30 * HOUR)
    for hours, way in ((31, Direction.OUT), (32, Direction.IN), (33, Direction.OUT)):
        line.add(check(way), mono_ns=hours * HOUR_NS, wall_ms=NOW_MS + hours * HOUR + 60_000, source=ntp)
    boot(clone, 2)
    anchor(clone, 1, NOW_MS + 20 * HOUR)
    first, rest = line.message(1, 3), [line.message(seq, seq, 1) for seq in range(4, 8)]
    parts = [[first], rest, [clone.message(4, 5, 1)]]
    for place in order:
        for one in parts[place]:
            site.take(one, now_ms=ARRIVES)
    assert again(site) == []
