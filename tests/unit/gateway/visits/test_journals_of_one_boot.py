"""A boot that goes on from one journal to the next: its own times date it, and never put it in dispute."""

from itertools import permutations

import pytest
from sqlalchemy import select

from samples.site import NOW_MS, Authority, Site, Terminal
from samples.stores import new_store
from samples.taps import HOUR_NS, check
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.facts import findings
from zhendao.gateway.visits.compare import differences
from zhendao.gateway.visits.replay import replay
from zhendao.protocol.bodies import Clock, Previous
from zhendao.protocol.vocabulary import BootReason, ClockReason, ClockSource, Direction

HOUR = 3_600_000
ARRIVES = NOW_MS + 48 * HOUR
OTHER_BOOT = bytes(16)


def anchor(line: Terminal, hours: int, wall_ms: int) -> None:
    """Journal a trusted time, ``hours`` after the boot began."""
    body = Clock(ClockReason.ANCHOR, wall_ms, 100, ClockSource.NTP, hours * HOUR_NS)
    line.add(body, mono_ns=hours * HOUR_NS, wall_ms=wall_ms, source=ClockSource.NTP)


def next_journal(line: Terminal, authority: Authority) -> Terminal:
    """Return the same terminal with a new journal, begun in the same boot."""
    head = Previous(line.epoch, len(line.items), line.heads[-1])
    again = authority.terminal(
        device=line.device, key=line.key, boot_id=line.boot_id, boot_reason=BootReason.HEAD_MISMATCH, previous=head
    )
    again.certificate, again.certificate_id = line.certificate, line.certificate_id
    return again


def disputed(site: Site) -> list[tuple[bytes, str]]:
    with site.store.reading() as connection:
        query = select(findings.c.epoch, findings.c.subject).where(
            findings.c.kind == "clock_disputed", findings.c.healed_ms.is_(None)
        )
        return [(row.epoch, row.subject) for row in connection.execute(query)]


def same_again(site: Site) -> bool:
    into = new_store(site.folder / "again.db")
    with site.store.reading() as standing:
        replay(standing, into, site.key, site.table, ARRIVES)
        with into.reading() as replayed:
            found = differences(standing, replayed, site.key, ARRIVES)
    into.close()
    return found == []


def test_its_own_earlier_time_is_no_time_of_another_boot(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    anchor(line, 10, NOW_MS)
    again = next_journal(line, authority)
    anchor(again, 11, NOW_MS + HOUR)
    again.add(check(Direction.IN), mono_ns=12 * HOUR_NS, wall_ms=NOW_MS + 2 * HOUR, source=ClockSource.NTP)
    site.take(line.message(1, 2), again.message(1, 3), now_ms=ARRIVES)
    assert disputed(site) == []
    with site.store.reading() as connection:
        (record,) = connection.execute(select(visits.c.record)).scalars()
    assert "clock_disputed" not in {one["flag"] for one in record["flags"]}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_dispute_of_the_journal_before_stands_whatever_the_next_one_says(
    site: Site, authority: Authority, order: tuple[int, ...]
) -> None:
    line = authority.terminal()
    anchor(line, 1, NOW_MS)
    line.boot_id = OTHER_BOOT
    line.start()
    anchor(line, 1, NOW_MS - 5 * HOUR)  # before the boot before it
    line.add(check(Direction.IN), mono_ns=2 * HOUR_NS, wall_ms=NOW_MS - 4 * HOUR, source=ClockSource.NTP)
    again = next_journal(line, authority)
    anchor(again, 3, NOW_MS + 4 * HOUR)
    again.add(check(Direction.OUT, 5), mono_ns=4 * HOUR_NS, wall_ms=NOW_MS + 5 * HOUR, source=ClockSource.NTP)
    parts = [line.message(1, 2), line.message(3, 5, 1), again.message(1, 3)]
    for place in order:
        site.take(parts[place], now_ms=ARRIVES)
    assert disputed(site) == [(line.epoch, OTHER_BOOT.hex())]
    assert same_again(site)


def test_checks_at_the_beginning_of_a_journal_are_bounded_however_long_the_one_before_was(
    site: Site, authority: Authority
) -> None:
    line = authority.terminal()
    for hours in range(1, 8):
        anchor(line, hours, NOW_MS + hours * HOUR)
    again = next_journal(line, authority)
    again.boot_id = OTHER_BOOT
    again.start()
    again.add(check(Direction.IN), mono_ns=HOUR_NS, wall_ms=0, source=ClockSource.UNSET)
    again.boot_id = bytes([1]) * 16
    again.start()
    anchor(again, 1, NOW_MS + 12 * HOUR)
    site.take(line.message(1, 8), again.message(1, 4), now_ms=ARRIVES)
    site.take(again.message(5, 5), now_ms=ARRIVES)
    with site.store.reading() as connection:
        (record,) = connection.execute(select(visits.c.record)).scalars()
    assert record["in"]["not_after_ms"] <= NOW_MS + 11 * HOUR + 1_000
    assert same_again(site)
