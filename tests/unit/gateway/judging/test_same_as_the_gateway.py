"""What `judge` says of facts is what a gateway with a store concludes from the same ones, to the last byte."""

from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from samples.line import SOME_DAY_MS
from samples.site import Authority, Site, Terminal
from samples.taps import HOUR_NS, busy_days, check, lost_and_forged
from zhendao.gateway.judging.facts import Fact, fact_of
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import snapshot
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.facts import events
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.bodies import Clock, Previous
from zhendao.protocol.vocabulary import BootReason, ClockReason, ClockSource, Direction

LATER_MS = SOME_DAY_MS + 400 * 86_400_000


def stored(site: Site) -> dict[str, Any]:
    with site.store.reading() as connection:
        rows = connection.execute(select(visits.c.record).where(visits.c.state != "withdrawn")).scalars()
        return {record["visit_id"]: record for record in rows}


def witnessed(site: Site, *lines: Terminal) -> list[Fact]:
    """Return what the gateway holds, as facts."""
    told = {
        (one.device, one.epoch, one.seq): (one, h)
        for line in lines
        for one, h in zip(line.events, line.heads[1:], strict=True)
    }
    columns = (events.c.device, events.c.epoch, events.c.seq, events.c.received_ms)
    with site.store.reading() as connection:
        rows = connection.execute(select(*columns)).all()
    return [fact_of(told[tuple(row[:3])][0], row[3], h=told[tuple(row[:3])][1]) for row in rows]


def doubtful_boot(line: Terminal) -> None:
    """Begin a boot whose receiver is an hour ahead, until its terminal finds its two sources in contradiction."""
    line.start()
    line.boot_id = b"d" * 16
    true_ms = SOME_DAY_MS + 40 * 3_600_000
    lie_ms = true_ms + 2 * 3_600_000
    line.add(check(Direction.IN), mono_ns=HOUR_NS, wall_ms=lie_ms)
    line.add(Clock(ClockReason.ANCHOR, lie_ms, 50, ClockSource.GNSS, HOUR_NS), mono_ns=HOUR_NS, wall_ms=lie_ms)
    line.add(check(Direction.OUT, len(line.items) - 1), mono_ns=2 * HOUR_NS, wall_ms=lie_ms + 3_600_000)
    told_ms = true_ms + 2 * 3_600_000
    told = Clock(ClockReason.SOURCES_DISAGREE, told_ms, 80, ClockSource.NTP, 3 * HOUR_NS, step_ms=-2 * 3_600_000)
    line.add(told, mono_ns=3 * HOUR_NS, wall_ms=told_ms, source=ClockSource.NTP)


def slips_at_the_door(line: Terminal) -> None:
    """Check out too soon and in again; hold a check-in there again too late, once with an end behind it, once not."""
    line.start()
    line.boot_id = b"s" * 16
    opened = 0
    for minute in (60, 80, 83, 110, 300, 303, 360, 500, 503, 550, 600, 700, 703, 760, 800, 860, 863):
        direction = Direction.OUT if opened else Direction.IN
        number = line.add(
            check(direction, opened or None), mono_ns=minute * 60 * 10**9,
            wall_ms=SOME_DAY_MS + 50 * 86_400_000 + minute * 60_000,
        ).seq  # fmt: skip
        forgets = minute in {360, 760}  # a terminal that was replaced would not know of it
        opened = 0 if direction is Direction.OUT or forgets else number


@pytest.mark.parametrize("seed", range(4))
def test_a_store_and_a_file_of_facts_come_to_the_same_visits(site: Site, authority: Authority, seed: int) -> None:
    random = Random(seed)
    lines = [authority.terminal(), authority.terminal()]
    busy_days(lines[0])
    busy_days(lines[1])
    doubtful_boot(lines[0])
    lost_and_forged(lines[1])
    lines.append(
        authority.terminal(
            device=lines[0].device,
            key=lines[0].key,
            boot_reason=BootReason.JOURNAL_MISSING,
            previous=Previous(lines[0].epoch, len(lines[0].items), lines[0].heads[-1]),
        )
    )
    lost_and_forged(lines[2])
    slips_at_the_door(lines[2])
    messages = [
        line.message(seq, seq, *line_starts(line, seq)) for line in lines for seq in range(1, len(line.items) + 1)
    ]
    random.shuffle(messages)
    at_once = SOME_DAY_MS if seed % 2 else SOME_DAY_MS + 60 * 86_400_000  # before some of it can have been, or after
    for at, message in enumerate(messages):
        site.take(message, now_ms=at_once + at * random.choice((1_000, 3_600_000)))
    site.settle(LATER_MS)
    with site.store.reading() as connection:
        registry = snapshot(connection, Book(site.key))
    judge = Judge(registry, policy_of(site.table), site.table.clock_s * 1000)
    for fact in witnessed(site, *lines):
        judge.take(fact)
    found = {one.visit_id.hex(): one.record for one in judge.judged(LATER_MS).visits}
    assert len(found) > 8
    assert found == stored(site)


def line_starts(line: Terminal, seq: int) -> list[int]:
    """Return the start on whose keys event ``seq`` rests, to be brought along."""
    return [max(keys.start for keys in line.starts if keys.start <= seq)]
