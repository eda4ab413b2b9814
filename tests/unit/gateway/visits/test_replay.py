"""Conclusions follow from facts alone: whatever came in whatever order, a replay comes to the same (promise 4)."""

from random import Random

import pytest
from sqlalchemy import Connection, delete, update

from samples.line import SOME_DAY_MS
from samples.site import NOW_MS, Authority, Site
from samples.stores import new_store
from samples.taps import HOUR_NS, busy_days, check
from zhendao.gateway.forward.tables import OUTBOX
from zhendao.gateway.store.conclusions import visit_revisions, visits
from zhendao.gateway.store.facts import segments
from zhendao.gateway.visits.compare import Difference, differences
from zhendao.gateway.visits.replay import replay
from zhendao.protocol.bodies import Clock
from zhendao.protocol.vocabulary import ClockReason, ClockSource, Direction

LATER_MS = NOW_MS + 40 * 3_600_000


def again(site: Site, now_ms: int = LATER_MS) -> list[Difference]:
    """Replay, and return what differs."""
    into = new_store(site.folder / "again.db")
    with site.store.reading() as standing:
        replay(standing, into, site.key, site.table, now_ms)
        with into.reading() as replayed:
            found = differences(standing, replayed, site.key, now_ms)
    into.close()
    return found


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_order_a_replay_comes_to_the_same(site: Site, authority: Authority, seed: int) -> None:
    random = Random(seed)
    for _ in range(2):
        line = authority.terminal()
        busy_days(line)
        stretches = [(1, 1), (2, 3), (4, 4), (5, 6), (7, 7), (8, 8), (9, 11), (12, 13)]
        random.shuffle(stretches)
        for number, (first, last) in enumerate(stretches):
            site.take(line.message(first, last, *(one for one in (1, 7) if one < first)), now_ms=NOW_MS + number * 1000)
    site.settle(LATER_MS)
    assert again(site) == []


@pytest.mark.parametrize("order", [(1, 2, 3, 4), (4, 3, 2, 1)])
def test_a_boot_found_divided_by_a_time_of_no_worth_has_all_its_checks_compared(
    site: Site, authority: Authority, order: tuple[int, ...]
) -> None:
    line = authority.terminal()
    held = ClockSource.HOLDOVER
    early = Clock(ClockReason.ANCHOR, SOME_DAY_MS, 5_000, held, 10**9)
    line.add(early, mono_ns=10**9, wall_ms=SOME_DAY_MS, source=held)
    slow_ms = SOME_DAY_MS + 3_600_000 - 60_000  # a minute behind what the boot told before
    line.add(check(Direction.IN), mono_ns=HOUR_NS, wall_ms=slow_ms, source=held)
    worthless = Clock(ClockReason.SOURCES_DISAGREE, SOME_DAY_MS + 7_200_000, 10**8, held, 2 * HOUR_NS, step_ms=10**8)
    line.add(worthless, mono_ns=2 * HOUR_NS, wall_ms=SOME_DAY_MS + 7_200_000, source=held)
    for seq in order:
        site.take(line.message(seq, seq, 1), now_ms=NOW_MS + 8 * 3_600_000)
    assert again(site, NOW_MS + 8 * 3_600_000) == []


@pytest.mark.parametrize("order", [(2, 3, 4, 6), (6, 2, 3, 4), (6, 4, 3, 2)])
def test_a_later_boot_bounds_the_trusted_checks_too_of_a_boot_whose_sources_disagree(
    site: Site, authority: Authority, order: tuple[int, ...]
) -> None:
    line = authority.terminal()
    ntp, held = ClockSource.NTP, ClockSource.HOLDOVER
    line.add(check(Direction.IN), mono_ns=HOUR_NS, wall_ms=SOME_DAY_MS + 60_000, source=ntp)  # a minute apart
    apart = Clock(ClockReason.SOURCES_DISAGREE, SOME_DAY_MS + 3_600_000, 100, held, 2 * HOUR_NS, step_ms=60_000)
    line.add(apart, mono_ns=2 * HOUR_NS, wall_ms=SOME_DAY_MS + 3_600_000, source=held)
    line.add(check(Direction.OUT), mono_ns=3 * HOUR_NS, wall_ms=SOME_DAY_MS + 7_200_000, source=ntp)
    line.boot_id = bytes(16)
    line.start()
    known = Clock(ClockReason.ANCHOR, SOME_DAY_MS + 10 * 3_600_000, 100, ntp, HOUR_NS)
    line.add(known, mono_ns=HOUR_NS, wall_ms=SOME_DAY_MS + 10 * 3_600_000, source=ntp)
    site.take(line.message(1, 1), now_ms=LATER_MS)
    for seq in order:
        first = 5 if seq == 6 else seq
        site.take(line.message(first, seq, 1), now_ms=LATER_MS)
    assert again(site) == []


def spoil_nothing_seen(connection: Connection) -> None:
    connection.execute(update(visits).values(caregiver_id="somebody"))


def forget_a_visit(connection: Connection) -> None:
    connection.execute(delete(visits))


def lose_a_revision(connection: Connection) -> None:
    connection.execute(delete(visit_revisions).where(visit_revisions.c.revision == 1))


def owe_less(connection: Connection) -> None:
    connection.execute(delete(OUTBOX).where(OUTBOX.c.record_type == "visit", OUTBOX.c.revision == 1))


def unlink(connection: Connection) -> None:
    connection.execute(update(segments).values(last=5))


@pytest.mark.parametrize("spoil", [spoil_nothing_seen, forget_a_visit, lose_a_revision, owe_less, unlink])
def test_what_does_not_follow_from_the_facts_is_named(site: Site, authority: Authority, spoil: object) -> None:
    assert callable(spoil)
    line = authority.terminal()
    line.add(check(Direction.IN), mono_ns=HOUR_NS)
    line.add(check(Direction.OUT, 2), mono_ns=2 * HOUR_NS)
    site.take(line.message(1, 3))
    assert again(site, NOW_MS) == []
    (site.folder / "again.db").unlink()
    with site.store.writing() as connection:
        spoil(connection)
    assert again(site, NOW_MS) != []
