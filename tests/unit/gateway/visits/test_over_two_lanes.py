"""In on one terminal and out on another, or with her other card, in a store that runs: one visit, as `judge` has it.

A home with two terminals, a caregiver with two cards and a colleague; whatever came when, and with what it came.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from samples.home_of_two import ANNA, BINA, CARA, House
from zhendao.gateway.store.conclusions import loose
from zhendao.protocol.vocabulary import Direction

IN, OUT = Direction.IN, Direction.OUT


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.site.store.close()


def flags(record: dict[str, Any]) -> set[str]:
    return {one["flag"] for one in record["flags"]} - {"no_fix", "cannot_tell", "weak_token"}


def test_out_at_the_other_terminal_ends_the_visit(house: House) -> None:
    house.come(0, at=0)
    house.leave(60, at=1)
    house.tell(0)
    (half,) = house.stored().values()
    assert half["state"] == "open"
    house.tell(1)
    (visit,) = house.stored().values()
    assert visit["visit_id"] == half["visit_id"]
    assert (visit["state"], visit["duration_s"], flags(visit)) == ("closed", 3_600, {"other_terminal"})
    assert visit["out"]["device"] == house.lines[1].device.hex()
    (gone,) = house.withdrawn().values()
    assert gone["successor"] == visit["visit_id"]
    assert house.stored() == house.judged()


def test_the_end_that_came_first_is_withdrawn_for_its_visit(house: House) -> None:
    house.come(0, at=0)
    house.leave(60, at=1)
    house.tell(1)
    (end,) = house.stored().values()
    assert flags(end) == {"no_in"}
    house.tell(0)
    (visit,) = house.stored().values()
    assert house.withdrawn()[end["visit_id"]]["successor"] == visit["visit_id"]
    assert house.site_cases() == [], "what was asked of each half is asked no more"


def test_out_with_her_other_card_ends_the_visit_and_a_colleagues_does_not(house: House) -> None:
    house.come(0, at=0, card=ANNA)
    house.come(60, at=0, card=BINA)
    house.tell(0)
    (visit,) = house.stored().values()
    assert (visit["duration_s"], flags(visit)) == (3_600, {"other_card"})
    house.come(200, at=0, card=ANNA)
    house.come(260, at=0, card=CARA)
    house.tell(0)
    assert len(house.stored()) == 3
    assert house.stored() == house.judged()


def test_an_end_that_is_taken_back_opens_the_visit_again(house: House) -> None:
    house.come(0, at=0)
    end = house.leave(60, at=1)
    house.tell(0, 1)
    (before,) = house.stored().values()
    house.undo(end, 61, at=1)
    house.tell(1)
    (again,) = house.stored().values()
    assert (again["visit_id"], again["state"], again["out"]) == (before["visit_id"], "open", None)
    (gone,) = house.withdrawn().values()
    assert "successor" not in gone
    assert house.stored() == house.judged()


def test_a_late_check_pairs_anew_and_the_older_ids_find_their_visit(house: House) -> None:
    house.come(0, at=0)
    house.leave(80, at=1)
    house.tell(0)
    house.tell(1)
    (first,) = house.stored().values()
    house.come(50, at=0, card=BINA)  # it came late: the end is that of the beginning next to it
    house.tell(0)
    stored = house.stored()
    assert [flags(one) for one in stored.values() if one["out"]] == [{"other_terminal"}]
    assert stored[first["visit_id"]]["state"] == "open"
    (gone,) = house.withdrawn().values()
    assert stored[gone["successor"]]["in"]["at_ms"] - first["in"]["at_ms"] == 50 * 60_000
    assert stored == house.judged()


def test_a_card_that_is_registered_later_joins_and_one_that_is_given_away_parts(house: House) -> None:
    house.holder(BINA, "C2")
    house.come(0, at=0, card=ANNA)
    house.come(60, at=0, card=BINA)
    house.tell(0)
    assert len(house.stored()) == 2
    house.holder(BINA, "C1")
    house.settle()
    (visit,) = house.stored().values()
    assert flags(visit) == {"other_card"}
    assert house.stored() == house.judged()
    house.holder(BINA, "C2")
    house.settle()
    assert len(house.stored()) == 2
    assert house.stored() == house.judged()
    assert not house.withdrawn()


def test_a_corrected_end_stays_corrected_when_its_beginning_comes(house: House) -> None:
    house.come(0, at=0)
    end = house.leave(60, at=1)
    house.tell(1)
    (half,) = house.stored().values()
    assert half["out"]["seq"] == end
    house.correct(half["visit_id"], begin_min=5)
    assert house.stored()[half["visit_id"]]["state"] == "closed"
    house.tell(0)
    (visit,) = house.stored().values()
    assert flags(visit) == {"other_terminal", "correction_outdated"}, "its maker did not see the beginning"
    house.correct(visit["visit_id"], begin_min=10)
    (visit,) = house.stored().values()
    assert visit["duration_s"] == 50 * 60
    assert visit["correction"]["witnessed"]["duration_s"] == 60 * 60
    house.take_back(1, 2)  # the first one was made by the id of the end, which went
    (visit,) = house.stored().values()
    assert flags(visit) == {"other_terminal"}
    assert house.stored() == house.judged()


def test_what_the_elder_said_at_the_other_terminal_stands_in_the_visit(house: House) -> None:
    house.come(0, at=0)
    end = house.leave(60, at=1)
    house.tell(0, 1)
    house.rate(end, 61, at=1, score=0)
    house.tell(1)
    (visit,) = house.stored().values()
    assert "low_rating" in flags(visit)
    assert house.stored() == house.judged()


@pytest.mark.parametrize("turn", range(3))
def test_any_order_of_arrival_gives_the_visits_of_judge(house: House, turn: int, seed: int) -> None:
    _as_judge_has_it(house, Random(f"{seed}/{turn}"))


@pytest.mark.long
@pytest.mark.parametrize("turn", range(40))
def test_any_order_of_arrival_of_many_days(house: House, turn: int, seed: int) -> None:
    _as_judge_has_it(house, Random(f"{seed}/{turn}"))


def _as_judge_has_it(house: House, random: Random) -> None:
    house.come(-3_000, at=0)
    house.leave(-2_940, at=1)
    house.anything(random, acts=random.randrange(6, 26))
    house.tell_mixed(random)
    expected, names = house.judged_with_names()
    assert house.stored() == expected
    assert any(flags(one) & {"other_card", "other_terminal"} for one in expected.values())
    for name, one in house.withdrawn().items():
        if (successor := names.get(name)) is not None:
            assert house.follow(one) == successor
    assert house.replayed() == []
    with house.site.store.reading() as connection:
        rows = connection.execute(select(loose.c.id, loose.c.joined_to)).all()
    ended = {one.id.hex(): one.joined_to.hex() for one in rows if one.joined_to is not None}
    assert {names[name] for name in ended} == set(ended.values())
    assert ended == {name: to for name, to in ended.items() if flags(expected[to]) & {"other_card", "other_terminal"}}
