"""What a replayed card should have counted at least is told by the gateway as by `judge`, whatever terminal read it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from samples.line import SOME_DAY_MS
from samples.site import NOW_MS, Authority, Site, Terminal
from samples.wallet import Issuer, Tag, check_of, fresh, plain
from zhendao.gateway.api.reading import EventReader
from zhendao.gateway.judging.facts import fact_of
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import snapshot
from zhendao.gateway.store.conclusions import checks
from zhendao.gateway.store.facts import events
from zhendao.gateway.surveys.book import FOUND
from zhendao.gateway.surveys.tables import ANOMALIES
from zhendao.protocol.vocabulary import Role

HOUR_MS, HOUR_NS = 3_600_000, 3_600 * 10**9
LATER_MS = NOW_MS + 40 * HOUR_MS
KINDS = ("replayed", "cloned")
Found = dict[tuple[str, str, str], dict[str, Any]]


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def site(tmp_path: Path, authority: Authority, issuer: Issuer) -> Iterator[Site]:
    site = Site(tmp_path, authority, prover=issuer.prover())
    yield site
    site.store.close()


def visit(line: Terminal, card: Any, hour: int) -> int:
    at_ms = SOME_DAY_MS + hour * HOUR_MS
    return line.add(check_of(None, card), mono_ns=hour * HOUR_NS, wall_ms=at_ms).seq


def named(findings: list[dict[str, Any]]) -> Found:
    return {(one["kind"], str(one["visit_id"]), one["subject"]["id"]): one for one in findings if one["kind"] in KINDS}


def stand(site: Site) -> Found:
    book = site.surveyor.findings
    with site.store.reading() as connection:
        rows = connection.execute(select(ANOMALIES).where(ANOMALIES.c.state == FOUND)).all()
    return named([book.said(row.id, row.record) for row in rows])


def by_judge(site: Site, now_ms: int) -> Found:
    """Return what follows from the same facts, with what was proved of their tokens."""
    measures = site.measures()
    with site.store.reading() as connection:
        judge, reader = (
            Judge(snapshot(connection, Book(site.key)), measures.policy, measures.clock_ms),
            EventReader(connection, site.key),
        )
        proved = {
            (row.device, row.epoch, row.seq, row.h): orjson.loads(row.evidence)
            for row in connection.execute(select(checks).where(checks.c.evidence.is_not(None)))
        }
        for row in connection.execute(select(events).order_by(events.c.id)):
            event = reader.open(row)
            if event is not None:
                judge.take(fact_of(event, row.received_ms, proved.get((row.device, row.epoch, row.seq, row.h)), row.h))
    return named([one.as_json() for one in judge.judged(now_ms).findings])


def test_the_count_that_was_read_before_is_named_whichever_terminal_read_it_and_whatever_comes_late(
    site: Site, authority: Authority, issuer: Issuer
) -> None:
    here, there, card = authority.terminal(), authority.terminal(), Tag(issuer, Role.CAREGIVER)
    old = card.sun()
    card.counter += 5
    high = visit(here, fresh(card, here, HOUR_NS), 1)
    card.counter += 5
    higher = visit(here, fresh(card, here, 3 * HOUR_NS), 3)
    card.counter += 30
    replayed = visit(there, plain(card, 30 * HOUR_NS, sun=old), 30)
    after = visit(here, fresh(card, here, 50 * HOUR_NS), 50)
    site.take(there.message(1, 1), here.message(1, 1), there.message(replayed, replayed), now_ms=LATER_MS)
    site.settle(LATER_MS)
    assert stand(site) == by_judge(site, LATER_MS)
    for number, seq in enumerate((high, after, higher)):
        site.take(here.message(seq, seq), now_ms=LATER_MS + number)
        site.settle(LATER_MS + number)
        found = stand(site)
        assert found == by_judge(site, LATER_MS + number)
    (one,) = (said for (kind, *_), said in found.items() if kind == "replayed")
    assert (one["measured"], one["expected"], one["off_by"]) == (1, 14, 13)
