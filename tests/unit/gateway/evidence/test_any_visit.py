"""Whatever kind of visit it is, its evidence can be made, and proves what the gateway concluded."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from samples.any_facts import bodies, monos, walls
from samples.evidence import Office, of_site, office
from samples.home_of_two import BINA, House
from samples.registered import register
from samples.site import NOW_MS, Authority
from samples.taps import busy_days, day, lost_and_forged
from zhendao.gateway.evidence.errors import ClosedError
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.facts import events
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import ClockSource
from zhendao.verifier.bundle.examining import examine_evidence
from zhendao.verifier.bundle.telling import summary
from zhendao.verifier.bundle.times import How

LATER_MS = NOW_MS + 10 * 86_400_000
AUTHORITY = Authority(INTL)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Office]:
    made = office(tmp_path, Authority(INTL))
    yield made
    made.site.store.close()


def each_holds(place: Office) -> list[tuple[str, bool]]:
    """Make and examine evidence of every visit; return each one's state, and whether its times are all proved."""
    with place.site.store.reading() as connection:
        rows = connection.execute(select(visits.c.id, visits.c.state).order_by(visits.c.device, visits.c.seq)).all()
    told = []
    for row in rows:
        data = place.maker.make(row.id, LATER_MS)
        found = examine_evidence(data, place.site.authority.root.der)
        assert found.holds, (row.state, found.findings[-1].text.en)
        assert found.record["state"] == row.state
        assert summary(found) or row.state == "withdrawn"
        assert How.WORD not in found.dated.values(), found.findings[4].text.en
        told.append((row.state, "no trusted clock" not in found.findings[4].text.en))
    return told


def test_open_closed_withdrawn_over_two_boots_with_times_that_came_late(place: Office) -> None:
    line = place.site.authority.terminal()
    register(place.site, line.device)
    busy_days(line)
    lost_and_forged(line)
    last = len(line.items)
    for first in range(1, last + 1, 4):
        place.site.take(line.message(first, min(first + 3, last)), now_ms=NOW_MS + 86_400_000)
    place.site.settle(NOW_MS + 86_400_000)
    told = each_holds(place)
    assert {state for state, _ in told} == {"open", "closed", "withdrawn"}
    assert {proved for _, proved in told} == {True, False}


def test_with_holes_in_the_journal_what_is_held_is_proved(place: Office) -> None:
    line = place.site.authority.terminal()
    day(line)
    place.site.take(line.message(1, 2), line.message(5, 5, 1))
    place.site.settle(NOW_MS)
    assert each_holds(place) == [("closed", True)]


def test_of_two_histories_each_visit_is_proved_by_its_own(place: Office) -> None:
    line = place.site.authority.terminal()
    clone = place.site.authority.terminal(device=line.device, epoch=line.epoch, key=line.key)
    for one in (line, clone):
        day(one)
        place.site.take(one.message(1, 5))
    place.site.settle(NOW_MS)
    assert len(each_holds(place)) >= 2


@pytest.mark.parametrize("at", [0, 1])
def test_over_two_terminals_or_two_cards_both_checks_are_proved(tmp_path: Path, at: int) -> None:
    house = House(tmp_path)
    house.come(0, at=0)
    if at:
        house.leave(60, at=at)
    else:
        house.come(60, at=at, card=BINA)
    for one in (0, 1):
        house.tell(one)
    place = of_site(house.site, house.authority.gateway(house.site.gateway_key.spki))
    (visit,) = house.stored().values()
    found = examine_evidence(
        place.maker.make(bytes.fromhex(visit["visit_id"]), LATER_MS), place.site.authority.root.der
    )
    assert found.holds, found.findings[-1].text.en
    assert {one.event.device for one in found.sides.values()} == {house.lines[0].device, house.lines[at].device}
    place.site.store.close()


@settings(max_examples=4, deadline=None)
@given(st.lists(st.tuples(bodies, monos, walls, st.sampled_from(ClockSource), st.booleans()), min_size=1, max_size=8))
def test_whatever_a_terminal_signs(several: list[tuple[object, int, int, ClockSource, bool]]) -> None:
    with TemporaryDirectory() as folder:
        place = office(Path(folder), AUTHORITY)
        line = place.site.authority.terminal()
        for number, (body, mono_ns, wall_ms, source, again) in enumerate(several):
            if again:
                line.boot_id = bytes([number]) * 16
            line.add(body, mono_ns=mono_ns, wall_ms=wall_ms, source=source)  # type: ignore[arg-type]
        place.site.take(line.message(1, len(line.items)), now_ms=NOW_MS)
        place.site.settle(LATER_MS)
        each_holds(place)
        place.site.store.close()


def test_of_a_visit_whose_events_were_closed_it_is_said_why_there_is_no_evidence(place: Office) -> None:
    line = place.site.authority.terminal()
    day(line)
    place.site.take(line.message(1, 5))
    place.site.settle(NOW_MS)
    with place.site.store.writing() as connection:
        connection.execute(update(events).where(events.c.seq == 2).values(sealed=bytes(32), commitment=b""))
    with pytest.raises(ClosedError) as error:
        place.maker.make(place.visit_id(), LATER_MS)
    assert "retention hold" in error.value.cure.en
