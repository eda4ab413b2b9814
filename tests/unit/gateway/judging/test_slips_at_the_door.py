"""A reading too many parts no visit: one door, one card, minutes apart. rule: TWO-TOKENS, TIME."""

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from samples.taps import check, token
from samples.witnessed import ANNA, BINA, HOUR_S, MINUTE_S, Witness, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.judge import Judge, Judged
from zhendao.gateway.judging.writing import written
from zhendao.gateway.registry.snapshot import Elder, Registry, Schedule, Service, Terminal, Token
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.bodies import Fix
from zhendao.protocol.vocabulary import Constellation, Datum, Direction, FixSign, Placement, Role

BATH = 30 * MINUTE_S
Seen = tuple[int | None, set[str], int]
"""How long it took, the flags, how many re-checks."""


def judged(home: Witness, registry: Registry | None = None, *, seed: int | None = None, **table: Any) -> Judged:
    judge = Judge(registry or known(), policy_of(VisitsTable(least_strength="uid", **table)), 10_000)
    facts = list(home.facts)
    if seed is not None:
        Random(seed).shuffle(facts)
    for fact in facts:
        judge.take(fact)
        if seed is not None:
            judge.draw()
    return judge.judged()


def seen(home: Witness, registry: Registry | None = None, **table: Any) -> list[Seen]:
    visits = judged(home, registry, **table).visits
    place = {"no_fix", "cannot_tell"}
    return [
        (one.record["duration_s"], {flag["flag"] for flag in one.record["flags"]} - place,
         len(one.record.get("rechecks", ())))
        for one in visits
    ]  # fmt: skip


def out_too_soon(back_s: int = 3 * MINUTE_S) -> Witness:
    home = Witness()
    home.come(0)
    home.leave(20 * MINUTE_S, 1)
    home.come(20 * MINUTE_S + back_s)
    home.leave(40 * MINUTE_S, 3)
    return home


def test_who_is_back_at_once_had_not_gone() -> None:
    assert seen(out_too_soon()) == [(40 * MINUTE_S, {"resumed"}, 2)]
    assert [one.kind for one in judged(out_too_soon()).findings] == []


def test_who_is_away_for_longer_made_two_visits() -> None:
    assert [flags for _, flags, _ in seen(out_too_soon(5 * MINUTE_S + 1))] == [{"short"}, {"short"}]
    assert len(seen(out_too_soon(5 * MINUTE_S))) == 1
    assert len(seen(out_too_soon(), resumed_within_s=179)) == 2


def test_two_services_one_after_another_stay_two_visits() -> None:
    services = [Service("BATH", 900, 5_400), Service("MEAL", 900, 3_600)]
    both = [Schedule("E-1", "C-1", "BATH"), Schedule("E-1", "C-1", "MEAL", slot="noon")]
    assert len(seen(out_too_soon(), known(services=services, schedules=both))) == 2
    # The first half is too short for either: it was broken off.
    longer = [Service("BATH", 1_201, 5_400), Service("MEAL", 1_201, 3_600)]
    assert len(seen(out_too_soon(), known(services=longer, schedules=both))) == 1
    after = [
        Schedule("E-1", "C-1", "BATH", None, "07:50-08:22"), Schedule("E-1", "C-1", "MEAL", None, "08:23-09:00", "noon")
    ]  # fmt: skip
    assert len(seen(out_too_soon(), known(services=services, schedules=after))) == 2
    at_noon = [after[0], Schedule("E-1", "C-1", "MEAL", None, "11:23-12:00", "noon")]
    assert len(seen(out_too_soon(), known(services=services, schedules=at_noon))) == 1


def test_the_visit_that_is_gone_names_the_one_that_has_its_checks() -> None:
    found = judged(out_too_soon())
    assert list(found.names.values()) == [found.visits[0].visit_id] * 3


def late_double(third_s: int = HOUR_S) -> Witness:
    """Held there again after three minutes, when the terminal took it for the way out."""
    home = Witness()
    home.come(0)
    home.leave(3 * MINUTE_S, 1)
    home.come(third_s)
    return home


def test_a_second_reading_that_was_taken_for_the_end_is_doubled() -> None:
    assert seen(late_double()) == [(HOUR_S, {"reversed", "doubled"}, 0)]
    assert seen(late_double(90 * MINUTE_S + 1))[0][1] == {"out_of_step"}  # or who stayed for too long
    assert seen(late_double(180 * MINUTE_S + 1))[0][1] == {"short"}


def test_in_and_out_that_have_changed_places_make_no_short_visit() -> None:
    def next_check(at_s: int, door: bytes = b"door") -> set[str]:
        home = late_double()
        home.add(replace(check(Direction.OUT, 3), door=token(Role.DOOR, door)), at_s)
        return seen(home)[0][1]

    assert next_check(HOUR_S + 90 * MINUTE_S + 1) == {"out_of_step"}  # no visit lasts so long
    assert next_check(HOUR_S + 90 * MINUTE_S) == {"short"}
    assert next_check(2 * HOUR_S, b"other-door") == {"out_of_step"}
    home = late_double(90 * MINUTE_S + 1)  # what came then was no end of it
    home.leave(10 * HOUR_S, 3)
    assert seen(home)[0][1] == {"short"}


def test_an_end_that_comes_pairs_it_anew() -> None:
    home = late_double()
    home.leave(2 * HOUR_S, 3)
    assert seen(home) == [(3 * MINUTE_S, {"short"}, 0), (HOUR_S, set(), 0)]


def test_a_check_out_that_was_held_there_twice_begins_nothing() -> None:
    home = Witness()
    home.come(0)
    home.leave(HOUR_S, 1)
    home.come(HOUR_S + 3 * MINUTE_S)
    assert seen(home) == [(HOUR_S, {"doubled"}, 0)]


def with_two_cards(second_s: int) -> Witness:
    """In with one of her cards; the other one is held there later."""
    home = Witness()
    home.come(0)
    home.come(second_s, BINA)
    return home


def test_out_with_her_other_card_is_the_end() -> None:
    tokens = [
        Token(None, ANNA, Role.CAREGIVER, "C-1"), Token(None, BINA, Role.CAREGIVER, "C-1"),
        Token(None, b"door", Role.DOOR, "P-1"),
    ]  # fmt: skip
    hers = known(tokens=tokens)
    assert seen(with_two_cards(HOUR_S), hers) == [(HOUR_S, {"other_card"}, 0)]
    assert len(seen(with_two_cards(90 * MINUTE_S), hers)) == 1
    assert len(seen(with_two_cards(90 * MINUTE_S + 1), hers)) == 2  # longer than the service may last
    assert len(seen(with_two_cards(5 * MINUTE_S), hers)) == 2  # both were held there when she came
    assert len(seen(with_two_cards(HOUR_S))) == 2  # somebody else's card
    both_end = with_two_cards(HOUR_S)
    both_end.leave(70 * MINUTE_S, 1)
    assert [took for took, _, _ in seen(both_end, hers)] == [70 * MINUTE_S, None]


@pytest.mark.parametrize("lasted_s", [MINUTE_S, 8 * HOUR_S + 1, 16 * HOUR_S])
def test_a_shift_at_a_station_is_neither_short_nor_long(lasted_s: int) -> None:
    station = Witness()
    for at_s, direction, opened_by in ((0, Direction.IN, None), (lasted_s, Direction.OUT, 1)):
        station.add(replace(check(direction, opened_by), placement=Placement.STATION, door=None), at_s)
    registry = known(terminals=[Terminal(station.device, None, "P-1", Placement.STATION, None)])
    ((took, flags, _),) = seen(station, registry)
    assert took == lasted_s
    assert not flags & {"short", "long", "no_out", "duration_unknown"}


@pytest.mark.parametrize("door", [b"other-door", None])
def test_another_door_tag_is_another_visit(door: bytes | None) -> None:
    home = Witness()
    elsewhere = None if door is None else token(Role.DOOR, door)
    for at_s, direction, opened_by in ((0, Direction.IN, None), (35 * MINUTE_S, Direction.OUT, 1)):
        home.add(check(direction, opened_by), at_s)
    for at_s, direction, opened_by in ((37 * MINUTE_S, Direction.IN, None), (80 * MINUTE_S, Direction.OUT, 3)):
        home.add(replace(check(direction, opened_by), door=elsewhere), at_s)
    assert len(seen(home)) == 2


def test_a_carried_terminal_is_judged_by_the_service_of_the_home_that_the_tag_names() -> None:
    home = Witness()
    for at_s, direction, opened_by in ((0, Direction.IN, None), (BATH - 1, Direction.OUT, 1)):
        home.add(replace(check(direction, opened_by, ANNA), placement=Placement.CARRIED), at_s)
    carried = [Terminal(home.device, None, None, Placement.CARRIED, None)]
    (visit,) = judged(home, known(terminals=carried)).visits
    assert (visit.elder_id, visit.record["service"], visit.limits_s) == ("E-1", "BATH", (1_800, 5_400))
    couple = [Elder("E-1", "xuhui", "P-1", None), Elder("E-2", "xuhui", "P-1", None)]
    (visit,) = judged(home, known(terminals=carried, elders=couple)).visits
    assert visit.elder_id == "E-1"


def at(north_m: int) -> Fix:
    return Fix(
        311_886_000 + north_m * 90, 1_214_365_000, Datum.WGS84, 150, 500, 20, 14, 90,
        constellations=Constellation.BEIDOU, signs=FixSign(0),
    )  # fmt: skip


def carried_about(north_m: int) -> Judged:
    """Go with terminal and door tag after 20 minutes, and in again ``north_m`` away, and end it at home."""
    home = Witness()
    for at_s, away_m, direction, opened_by in (
        (0, 0, Direction.IN, None), (20 * MINUTE_S, 0, Direction.OUT, 1),
        (24 * MINUTE_S, north_m, Direction.IN, None), (40 * MINUTE_S, 0, Direction.OUT, 3),
    ):  # fmt: skip
        made = replace(check(direction, opened_by), placement=Placement.CARRIED, fix=at(away_m))
        home.add(made, at_s)
    return judged(home, known(terminals=[Terminal(home.device, None, None, Placement.CARRIED, None)]))


def test_where_she_checked_in_again_is_judged_too() -> None:
    (visit,) = carried_about(800).visits
    assert [one["location"]["answer"] for one in visit.record["rechecks"]] == ["inside", "outside"]
    (finding,) = carried_about(800).findings
    assert (finding.kind, finding.fault) == ("outside", None)
    assert finding.text.en.startswith("a check in between was 80")
    assert carried_about(10).findings == ()


def test_a_token_of_a_check_in_between_is_judged_too() -> None:
    home = out_too_soon()
    words = {"door": {"proved": "uid", "findings": ["token_replayed"]}}
    home.facts[2] = replace(home.facts[2], evidence=words)
    assert "token_replayed" not in seen(out_too_soon())[0][1]
    assert any("token_replayed" in flags for _, flags, _ in seen(home))


@pytest.mark.parametrize("made", [out_too_soon, late_double])
def test_the_order_of_arrival_says_nothing(made: Any) -> None:
    wanted = b"".join(written(judged(made())))
    for seed in range(6):
        assert b"".join(written(judged(made(), seed=seed))) == wanted
