"""Whatever the order, doubling and batching of a terminal's messages: the same facts and the same conclusions."""

import tempfile
from collections.abc import Sequence
from functools import cache
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from samples.site import Authority, Site, Terminal
from samples.taps import check, day, lost_and_forged, token
from zhendao.gateway.forward.tables import OUTBOX
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.facts import events, findings, gaps, segments, starts
from zhendao.gateway.visits.conclude import BACKLOG
from zhendao.protocol.bodies import Clock, Previous, Sos, Undo
from zhendao.protocol.vocabulary import BootReason, ClockReason, ClockSource, Direction, Role

AUTHORITY = Authority()
FEW = settings.default.max_examples // 5
LATER_MS = 1_790_200_000_000
"""When it all comes: after it happened."""


def long_day() -> Terminal:
    """Three starts, two visits, an undone check, a check of another card without an end, a late trusted time."""
    line = AUTHORITY.terminal()
    day(line)
    line.start()
    line.add(check(Direction.IN, card=b"card-two"), mono_ns=10 * 3_600 * 10**9)
    line.add(check(Direction.IN), mono_ns=11 * 3_600 * 10**9)
    line.add(Undo(8, token(Role.CAREGIVER, b"card-one"), 1))
    line.start()
    line.boot_id = bytes(16)
    line.add(check(Direction.IN), mono_ns=10**9, wall_ms=5, source=ClockSource.UNSET)
    line.add(Sos(1, drill=False))
    line.add(Clock(ClockReason.ANCHOR, 1_790_100_000_000, 80, ClockSource.NTP, 3 * 10**9), mono_ns=3 * 10**9)
    return line


LINE = lost_and_forged(long_day())
LAST = len(LINE.items)
FORGED = ("clock_disputed", "03" * 16)
BOOTS = [start.start for start in LINE.starts]


def content(site: Site) -> dict[str, Any]:
    """Return what the store says, without the time of arrival."""
    shown: dict[str, Any] = {}
    with site.store.reading() as connection:
        query = select(events.c.seq, events.c.h, events.c.prev, events.c.sealed, events.c.kind, events.c.wall_ms)
        shown["events"] = sorted(tuple(row) for row in connection.execute(query))
        shown["starts"] = sorted(connection.execute(select(starts.c.start)).scalars())
        pieces = select(segments.c.first, segments.c.prev, segments.c.last, segments.c.head)
        shown["segments"] = [tuple(row) for row in connection.execute(pieces)]
        shown["gaps"] = connection.execute(select(gaps.c.first).where(gaps.c.healed_ms.is_(None))).all()
        open_ones = select(findings.c.kind, findings.c.subject).where(findings.c.healed_ms.is_(None))
        shown["findings"] = sorted(tuple(row) for row in connection.execute(open_ones))
        live = select(visits.c.record).where(visits.c.state != "withdrawn").order_by(visits.c.seq)
        shown["visits"] = list(connection.execute(live).scalars())
        owed = select(OUTBOX.c.key).where(OUTBOX.c.record_type == "event")
        shown["owed"] = sorted(connection.execute(owed).scalars())
    return shown


def taken(groups: list[list[tuple[int, int]]], backlog: int = BACKLOG, pauses: Sequence[str] = ()) -> dict[str, Any]:
    """Take groups; after each, as ``pauses`` say, what waits is drawn, or the gateway is killed and started again."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), AUTHORITY, backlog=backlog)
        for group, pause in zip_longest(groups, pauses[: len(groups)]):
            site.take(*(LINE.message(first, last, *BOOTS) for first, last in group), now_ms=LATER_MS)
            if pause == "quiet":
                site.pipeline.watch(LATER_MS)
            elif pause == "killed":
                site.store.close()
                site.open()
        site.settle(LATER_MS)
        found = content(site)
        site.store.close()
        return found


@cache
def expected() -> dict[str, Any]:
    return taken([[(1, LAST)]])


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[tuple[int, int]]]:
    """Draw batches that cover the journal, some of them twice, in any order and grouping."""
    cuts = sorted({1, LAST + 1, *draw(st.lists(st.integers(1, LAST + 1), max_size=6))})
    cover = [(first, then - 1) for first, then in pairwise(cuts)]
    more = draw(st.lists(st.tuples(st.integers(1, LAST), st.integers(0, 4)), max_size=3))
    batches = draw(st.permutations(cover + [(first, min(LAST, first + length)) for first, length in more]))
    size = draw(st.integers(1, 4))
    return [batches[at : at + size] for at in range(0, len(batches), size)]


@settings(max_examples=FEW)
@given(arrivals())
def test_any_arrival_ends_in_the_same_store(groups: list[list[tuple[int, int]]]) -> None:
    assert taken(groups) == expected()


@settings(max_examples=FEW)
@given(arrivals(), st.integers(0, 6), st.lists(st.sampled_from(["", "quiet", "killed"]), max_size=8))
def test_a_backlog_that_is_judged_later_ends_in_the_same_store(
    groups: list[list[tuple[int, int]]], backlog: int, pauses: list[str]
) -> None:
    assert taken(groups, backlog, pauses) == expected()


def test_the_day_is_what_it_should_be() -> None:
    day = expected()
    found = [(one["in"]["seq"], one["out"] and one["out"]["seq"], one["state"]) for one in day["visits"]]
    assert found == [
        *[(2, 3, "closed"), (4, 5, "closed"), (7, None, "open"), (11, None, "open")],
        *[(seq, None, "open") for seq in (15, 18, 21)],
    ]
    assert day["gaps"] == []
    assert day["findings"] == [FORGED]


def next_life(line: Terminal) -> Terminal:
    """Return the same terminal after its journal was replaced: it has forgotten the open visit."""
    return AUTHORITY.terminal(
        device=line.device,
        key=line.key,
        boot_id=bytes([1]) * 16,
        boot_reason=BootReason.JOURNAL_DAMAGED,
        previous=Previous(line.epoch, LAST, line.heads[LAST]),
    )


LATER = next_life(LINE)
LATER.add(check(Direction.IN), mono_ns=10**9, wall_ms=1_790_100_000_000 + 7_200_000)
LATER.add(check(Direction.IN, card=b"card-two"), mono_ns=2 * 10**9, wall_ms=1_790_100_000_000 + 7_300_000)


def both_lives(order: list[tuple[Terminal, int, int]]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), AUTHORITY)
        for line, first, last in order:
            boots = [start.start for start in line.starts]
            site.take(line.message(first, last, *boots), now_ms=LATER_MS)
        found = content(site)
        site.store.close()
        return {name: sorted(found[name]) if name == "segments" else found[name] for name in found}


STRETCHES = [(LINE, 1, 4), (LINE, 5, 8), (LINE, 9, LAST), (LATER, 1, 2), (LATER, 3, 3)]


@cache
def both() -> dict[str, Any]:
    return both_lives(STRETCHES)


@settings(max_examples=FEW)
@given(st.permutations(STRETCHES))
def test_two_lives_of_a_journal_come_in_any_order(order: list[tuple[Terminal, int, int]]) -> None:
    assert both_lives(order) == both()


def test_a_visit_goes_on_over_a_replaced_journal() -> None:
    found = [(one["in"]["seq"], one["out"] and one["out"]["seq"]) for one in both()["visits"]]
    assert (11, 2) in found
    assert both()["findings"] == [FORGED, ("cut_tail", ""), ("new_epoch", "")]
