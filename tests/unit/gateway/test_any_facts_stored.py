"""Whatever a terminal signs, the gateway takes and judges, and `judge` says the same of it: nothing stops ingest.

One terminal that is broken, or in the wrong hands, must not keep the facts of all others from the store: what is found
of its facts is looked for in the very thread that takes them in.
"""

import shutil
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from samples.any_facts import OTHER, bodies, monos, walls
from samples.registered import register
from samples.site import TENANT, Authority, Site
from samples.witnessed import ANNA, BINA, DEVICE, MORNING_MS, line_of
from zhendao.gateway.judging.facts import FactsError, fact_of, read_facts
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import snapshot
from zhendao.gateway.registry.loading import load
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.facts import events
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.vocabulary import ClockSource

NOW_MS = MORNING_MS + 86_400_000
LATER_MS = NOW_MS + 4 * 86_400_000
steps = st.lists(
    st.tuples(st.sampled_from([0, 1]), bodies, monos, walls, st.sampled_from(ClockSource), st.integers(0, 7)),
    min_size=1,
    max_size=10,
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Path]:
    """Return an authority, and the store with which every gateway begins: two homes with their plans."""
    return _town(tmp_path_factory.mktemp("town"), one_home=False)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Path]:
    """Return the same of one home with two terminals, in which both cards are those of one caregiver."""
    return _town(tmp_path_factory.mktemp("house"), one_home=True)


def _town(folder: Path, *, one_home: bool) -> tuple[Authority, Path]:
    authority = Authority()
    site = Site(folder, authority)
    register(site, DEVICE, "1", hours="08:00-09:00", card="c1" * 16)
    if not one_home:
        register(site, OTHER, "2", card="c2" * 16)
    else:
        home = folder / "one-home"
        home.mkdir()
        cards = "".join(f",{card.hex()},caregiver,C1,2026-01-01\n" for card in (ANNA, BINA))
        (home / "tokens.csv").write_text(f"token_id,uid,role,holder_id,valid_from\n{cards}", "utf-8")
        stands = f"{OTHER.hex()},home,P1,E1,2026-01-01\n"
        (home / "terminals.csv").write_text(f"device,placement,place_id,elder_id,valid_from\n{stands}", "utf-8")
        load(site.store, Book(site.key), home, zone=UTC, tenant=TENANT)
    site.store.close()
    return authority, folder


Step = tuple[int, object, int, int, ClockSource, int]


@settings(max_examples=settings.default.max_examples // 10)
@given(steps)
def test_any_signed_facts_are_taken_and_judged_as_from_a_file(
    town: tuple[Authority, Path], several: list[Step]
) -> None:
    _as_from_a_file(town, several)


@settings(max_examples=settings.default.max_examples // 15)
@given(steps)
def test_they_are_in_a_home_with_two_terminals_and_two_cards_of_one_caregiver(
    house: tuple[Authority, Path], several: list[Step]
) -> None:
    _as_from_a_file(house, several)


def _as_from_a_file(begins: tuple[Authority, Path], several: list[Step]) -> None:
    authority, store = begins
    with TemporaryDirectory() as folder:
        for one in store.glob("gateway.db*"):
            shutil.copy(one, Path(folder) / one.name)
        site = Site(Path(folder), authority)
        lines = [authority.terminal(device=device) for device in (DEVICE, OTHER)]
        site.take(*(line.message(1, 1) for line in lines), now_ms=NOW_MS)
        for number, (which, body, mono_ns, wall_ms, source, how) in enumerate(several):
            line = lines[which]
            if how == 0:
                line.boot_id = bytes([number]) * 16
            line.add(body, mono_ns=mono_ns, wall_ms=wall_ms, source=source)  # type: ignore[arg-type]
            seq = len(line.items)
            outcome = site.take(line.message(seq, seq, 1), now_ms=NOW_MS + number * 1000)
            assert outcome.events == 1
            if how % 2:
                site.settle(NOW_MS + number * 1000)
        site.settle(LATER_MS)
        with site.store.reading() as connection:
            rows = connection.execute(select(visits.c.record).where(visits.c.state != "withdrawn")).scalars()
            stored = {record["visit_id"]: record for record in rows}
            columns = (events.c.device, events.c.epoch, events.c.seq, events.c.received_ms)
            came = {tuple(row[:3]): row[3] for row in connection.execute(select(*columns))}
            judge = Judge(snapshot(connection, Book(site.key)), policy_of(site.table), site.table.clock_s * 1000)
        told = [
            line_of(fact_of(one, came[one.device, one.epoch, one.seq], h=line.heads[one.seq]))
            for line in lines
            for one in line.events
        ]
        site.store.close()
    try:
        for fact in read_facts(told):
            judge.take(fact)
    except FactsError:
        return  # further from any calendar than a file may say
    assert {one.visit_id.hex(): one.record for one in judge.judged(LATER_MS).visits} == stored
