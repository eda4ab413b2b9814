"""What `judge` puts to nobody the running gateway puts to nobody, of a card that is nobody's too."""

from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from samples.hamlet import facts_of
from samples.site import NOW_MS, TENANT, Authority, Site, Terminal
from samples.taps import HOUR_NS, check
from zhendao.gateway.cases.book import Book as Cases
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import snapshot
from zhendao.gateway.registry.loading import load
from zhendao.gateway.surveys.book import FOUND
from zhendao.gateway.surveys.tables import ANOMALIES
from zhendao.protocol.bodies import Check, Sensor
from zhendao.protocol.visitid import visit_id
from zhendao.protocol.vocabulary import Direction, SensorClass

CHINA = timezone(timedelta(hours=8))
HOUR_MS = 3_600_000
BEGAN = NOW_MS - 36 * HOUR_MS
DOOR, CARD, OTHER = b"door".hex(), b"card-one".hex(), b"card-two".hex()


def registry(site: Site, **tables: str) -> None:
    folder = site.folder / f"registry-{len(list(site.folder.glob('registry-*')))}"
    folder.mkdir()
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    load(site.store, Book(site.key), folder, zone=CHINA, tenant=TENANT)


def tokens(*rows: str) -> str:
    return "token_id,uid,role,holder_id,valid_from,valid_to\n" + "".join(f"{row}\n" for row in rows)


@pytest.fixture
def home(tmp_path: Path, authority: Authority) -> tuple[Site, Terminal]:
    """A home whose door tag is registered; somebody checked in there a day and a half ago, and never out."""
    site, line = Site(tmp_path, authority), authority.terminal()
    registry(
        site,
        places="place_id,lat_e7,lon_e7,datum,radius_m,accuracy_m,valid_from\nP1,31,121,WGS-84,60,5,2026-01-01\n",
        elders="elder_id,name,place_id,valid_from\nE1,王秀兰,P1,2026-01-01\n",
        caregivers="caregiver_id,name,valid_from\nC1,李婉,2026-01-01\nC2,王芳,2026-01-01\n",
        terminals=f"device,placement,place_id,elder_id,door_token,valid_from\n{line.device.hex()},home,P1,E1,,2026-01-01\n",
        tokens=tokens(f",{DOOR},door,P1,2026-01-01,", f",{CARD},caregiver,C1,2026-01-01,",
                      f",{OTHER},caregiver,C2,2026-01-01,"),
    )  # fmt: skip
    line.add(check(Direction.IN), wall_ms=BEGAN)
    line.add(check(Direction.IN, card=b"stray"), wall_ms=BEGAN + HOUR_MS // 2, mono_ns=HOUR_NS // 2)
    site.take(line.message(1, 3))
    return site, line


def asked(site: Site, now_ms: int = NOW_MS) -> dict[str, str]:
    """Return whom the gateway asks about each check-out that is missing, by its card; `judge` says the same."""
    site.settle(now_ms)
    measures, book = site.measures(), site.surveyor.findings
    with site.store.reading() as connection:
        judge = Judge(snapshot(connection, Book(site.key)), measures.policy, measures.clock_ms)
        for fact in facts_of(connection, site):
            judge.take(fact)
        rows = connection.execute(select(ANOMALIES).where(ANOMALIES.c.state == FOUND, ANOMALIES.c.kind == "no_out"))
        found = {str(one["visit_id"]): one for one in (book.said(row.id, row.record) for row in rows)}
    whole = judge.judged(now_ms)
    cards = {
        one.visit_id.hex(): one.pair.first.body.caregiver.uid.decode() for one in whole.visits if one.pair is not None
    }
    expected: dict[str, Any] = {
        one.visit_id.hex(): one.as_json() for one in whole.findings if one.kind == "no_out" and one.visit_id is not None
    }
    same = {name: (one["blames"], one.get("fault")) for name, one in expected.items()}
    assert {name: (one["blames"], one.get("fault")) for name, one in found.items()} == same
    return {cards[name]: str(one["blames"]) for name, one in found.items()}


def reasons(site: Site) -> dict[str, str | None]:
    """Return the reason that is filled in of each case that waits, by the card of its visit."""
    with site.store.reading() as connection:
        cards = {
            fact.event.body.caregiver.uid.decode(): visit_id(
                fact.event.device, fact.event.epoch, fact.event.seq, fact.h
            )
            for fact in facts_of(connection, site)
            if isinstance(fact.event.body, Check)
        }
        cases = {one.visit_id: one.explained for one in Cases(site.key).queue(connection, waiting=True, most=100)}
    return {card: cases[name] for card, name in cards.items() if name in cases}


def runs_on(line: Terminal, hours: int) -> None:
    """Have the terminal read a card alone so many hours later: it was there, whatever became of its door tag."""
    alone = replace(check(Direction.IN, card=b"card-two"), door=None)
    line.add(alone, wall_ms=BEGAN + hours * HOUR_MS, mono_ns=(hours + 1) * HOUR_NS)


def test_of_a_card_that_is_nobodys_what_is_missing_in_the_journal_answers_until_it_comes(
    home: tuple[Site, Terminal],
) -> None:
    site, line = home
    runs_on(line, 20)
    runs_on(line, 30)
    site.take(line.message(5, 5))
    assert asked(site)["stray"] == "equipment"
    site.take(line.message(4, 4), now_ms=NOW_MS + 1)
    assert asked(site, NOW_MS + 2)["stray"] == "person"
    site.store.close()


@pytest.mark.parametrize("restarts", [False, True])
def test_who_is_excused_by_a_silence_is_asked_when_it_ends(
    home: tuple[Site, Terminal],
    restarts: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    site, line = home
    line.add(check(Direction.IN, card=b"card-two"), wall_ms=NOW_MS, mono_ns=37 * HOUR_NS)
    site.take(line.message(4, 4), now_ms=NOW_MS)
    later_ms = NOW_MS + 9 * HOUR_MS
    assert asked(site, later_ms)["card-two"] == "equipment"
    assert reasons(site)["card-two"] is not None
    if restarts:
        site.store.close()
        site.open()
    line.add(Sensor("door", SensorClass.DOOR_CONTACT, 1, 0), wall_ms=later_ms, mono_ns=46 * HOUR_NS)
    site.take(line.message(5, 5), now_ms=later_ms + 1)
    assert asked(site, later_ms + 2)["card-two"] == "person"
    assert reasons(site)["card-two"] is None
    site.store.close()
