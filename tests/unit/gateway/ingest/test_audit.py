"""Own signatures in batches are verified after the fact, each once, whatever happens in between."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from samples.site import NOW_MS, Authority, Site, Terminal
from samples.taps import check
from zhendao.gateway.errors import GatewayError
from zhendao.gateway.ingest.audit import SLICE
from zhendao.gateway.store.facts import audited, events, findings
from zhendao.protocol.vocabulary import Direction

CHECKS = 2 * SLICE + 10
BAD = (2, SLICE, SLICE + 1, SLICE + 2, CHECKS + 1)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, Authority())
    yield site
    site.store.close()


def sent(site: Site) -> Terminal:
    """Let a terminal deliver checks in one batch, some with a signature of their own that is not valid."""
    line = site.authority.terminal()
    for number in range(CHECKS):
        line.add(check(Direction.OUT if number % 2 else Direction.IN))
    for seq in BAD:
        line.items[seq - 1] = replace(line.items[seq - 1], signature=line.items[0].signature)
    site.take(line.message(1, CHECKS + 1))
    return line


def named(site: Site) -> list[int]:
    with site.store.reading() as connection:
        kinds = select(findings.c.seq).where(findings.c.kind == "own_signature").order_by(findings.c.seq)
        return list(connection.execute(kinds).scalars())


def reached(site: Site) -> int:
    with site.store.reading() as connection:
        return connection.execute(select(audited.c.event_id)).scalar() or 0


def rest(site: Site) -> None:
    """Let the gateway look until it has nothing to do by itself."""
    assert any(not site.pipeline.watch(NOW_MS).more for _ in range(10))


def test_every_bad_one_is_named_slice_by_slice(site: Site) -> None:
    sent(site)
    assert named(site) == []
    assert [site.pipeline.watch(NOW_MS).more for _ in range(2)] == [True, True]
    assert named(site) == [2, SLICE, SLICE + 1, SLICE + 2]
    rest(site)
    assert named(site) == list(BAD)


def test_a_gateway_that_is_started_anew_goes_on_where_it_was(site: Site) -> None:
    sent(site)
    site.pipeline.watch(NOW_MS)
    assert named(site) == [2, SLICE]
    was = reached(site)
    site.store.close()
    site.open()
    assert site.pipeline.watch(NOW_MS).more
    assert reached(site) == was + SLICE
    rest(site)
    assert named(site) == list(BAD)


def test_what_was_found_and_how_far_it_got_are_written_together(site: Site) -> None:
    sent(site)
    with site.store.writing() as connection:
        connection.exec_driver_sql("CREATE TRIGGER no BEFORE INSERT ON audited BEGIN SELECT raise(ABORT, 'no'); END")
    with pytest.raises(GatewayError):
        site.pipeline.watch(NOW_MS)
    assert (named(site), reached(site)) == ([], 0)
    with site.store.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER no")
    while site.pipeline.watch(NOW_MS).more:
        pass
    assert named(site) == list(BAD)


def test_a_slice_costs_the_same_however_much_there_is(site: Site) -> None:
    sent(site)
    asked: list[tuple[str, Any]] = []
    event.listen(site.store.engine, "before_cursor_execute", lambda *what: asked.append((what[2], what[3])))
    site.pipeline.watch(NOW_MS)
    (query, parameters) = next(one for one in asked if "JOIN batches" in one[0])
    with site.store.reading() as connection:
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", parameters).all())
    assert "SEARCH events USING INTEGER PRIMARY KEY" in plan
    assert "TEMP B-TREE" not in plan


def test_what_came_alone_was_proved_by_its_own_signature_already(site: Site) -> None:
    line = site.authority.terminal()
    for _ in range(SLICE):
        line.add(check(Direction.IN))
    site.take(*(line.message(seq, seq) for seq in range(1, SLICE + 2)))
    # Were they verified again, one slice would not be enough.
    site.pipeline.watch(NOW_MS)
    with site.store.reading() as connection:
        assert connection.execute(select(audited.c.event_id)).scalar_one() == SLICE + 1
    with site.store.reading() as connection:
        assert reached(site) == connection.execute(select(events.c.id).order_by(events.c.id.desc()).limit(1)).scalar()
