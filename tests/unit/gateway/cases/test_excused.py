"""What a fault of ours can have caused is upheld against nobody, until it is known that it caused nothing."""

import pytest

from samples.registered import CHINA, register
from samples.site import NOW_MS, TENANT, Authority, Site
from samples.taps import check
from zhendao.gateway.cases.errors import NotNowError
from zhendao.gateway.cases.outages import NOTHING, Explained, with_excused
from zhendao.gateway.cases.values import Case, Decision, Side
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load
from zhendao.protocol.bodies import Health
from zhendao.protocol.vocabulary import Direction, PartState

MINUTE, HOUR = 60_000, 3_600_000
BEGAN = NOW_MS - 10 * HOUR
WELL = Health(1, 1 << 20, PartState.WELL, PartState.WELL, 0, software="test", counters=())


def case_of(site: Site) -> Case:
    assert site.pipeline.clerk is not None
    with site.store.reading() as connection:
        (case,) = site.pipeline.clerk.casing.book.queue(connection, waiting=False, most=100)
    return case


def uphold(site: Site) -> Case:
    clerk = site.pipeline.clerk
    assert clerk is not None
    with site.store.writing() as connection:
        for side in Side:
            clerk.hear(1, side, "说了", "王芳", reached=True)(connection, Now(NOW_MS, NOW_MS))
        return clerk.decide(1, Decision.UPHELD, "no_check_out", "", "王芳")(connection, Now(NOW_MS, NOW_MS))


def test_a_check_out_that_may_be_among_the_missing_numbers_is_held_against_nobody(
    site: Site, authority: Authority
) -> None:
    line = authority.terminal()
    register(site, line.device)
    cards = site.folder / "cards"
    cards.mkdir()
    text = f"uid,role,holder_id,valid_from\n{b'card-one'.hex()},caregiver,C1,2026-01-01\n"
    (cards / "tokens.csv").write_text(text)
    load(site.store, Book(site.key), cards, zone=CHINA, tenant=TENANT)
    line.add(check(Direction.IN), wall_ms=BEGAN)
    for minutes in range(15, 600, 15):
        line.add(WELL, wall_ms=BEGAN + minutes * MINUTE, mono_ns=(2 + minutes * 60) * 10**9)
    last = len(line.items)
    site.take(line.message(1, 3), now_ms=NOW_MS)
    site.take(line.message(5, last, 1), now_ms=NOW_MS)  # number 4 is missing
    site.settle(NOW_MS)
    case = case_of(site)
    assert (case.kinds, case.explained, case.blameless) == ({"no_out"}, "terminal_down", True)
    with pytest.raises(NotNowError):
        uphold(site)
    site.take(line.message(4, 4, 1), now_ms=NOW_MS)  # it was no check-out
    site.settle(NOW_MS)
    assert (case_of(site).explained, case_of(site).blameless) == (None, False)
    assert uphold(site).decision is Decision.UPHELD


def test_an_outage_gives_the_reason_before_a_fault_does() -> None:
    network = Explained("network_down", frozenset({"no_out"}))
    assert with_excused(NOTHING, set()) is NOTHING
    assert with_excused(NOTHING, {"long"}) == Explained("terminal_down", frozenset({"long"}))
    assert with_excused(network, {"long"}) == Explained("network_down", frozenset({"no_out", "long"}))
