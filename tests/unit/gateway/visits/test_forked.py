"""A clone's times are no times of the original: neither is put in dispute by the other, whichever came first."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from samples.site import NOW_MS, Authority, Site, Terminal
from samples.taps import HOUR_NS, check
from zhendao.gateway.store.engine import open_store
from zhendao.gateway.store.facts import findings
from zhendao.gateway.store.migrate import upgrade
from zhendao.gateway.visits.compare import differences
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
    into = open_store(f"sqlite:///{site.folder}/again.db")
    upgrade(into)
    with site.store.reading() as standing:
        replay(standing, into, site.key, site.table, ARRIVES)
        with into.reading() as replayed:
            assert differences(standing, replayed, site.key, ARRIVES) == []
    into.close()
