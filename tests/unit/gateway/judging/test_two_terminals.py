"""In on one terminal and out on another of the same home is one visit; nobody else's end is taken. rule: TWO-TOKENS."""

from dataclasses import replace
from random import Random

import pytest

from samples.taps import check, token
from samples.witnessed import ANNA, BINA, DEVICE, HOUR_S, MORNING_MS, Witness, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.judge import Judge, Judged
from zhendao.gateway.judging.writing import written
from zhendao.gateway.registry.snapshot import Elder, Place, Terminal, Token
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.bodies import Clock
from zhendao.protocol.vocabulary import ClockReason, ClockSource, Datum, Direction, Placement, Role

OTHER = b"o" * 16


def judged(*witnesses: Witness, elder: str = "E-1", seed: int = 0) -> Judged:
    terminals = [
        Terminal(DEVICE, "E-1", "P-1", Placement.HOME, None),
        Terminal(OTHER, elder, "P-1", Placement.HOME, None),
    ]
    judge = Judge(known(terminals=terminals), policy_of(VisitsTable()), 10_000)
    facts = [fact for one in witnesses for fact in one.facts]
    Random(seed).shuffle(facts)
    for fact in facts:
        judge.take(fact)
        judge.draw(MORNING_MS)
    return judge.judged(MORNING_MS + 4 * HOUR_S * 1000)


def two() -> tuple[Witness, Witness]:
    return Witness(), Witness(device=OTHER, began_s=-90 * 24 * HOUR_S)


def flags(found: Judged) -> list[set[str]]:
    return [{flag["flag"] for flag in one.record["flags"]} for one in found.visits]


def test_in_on_one_and_out_on_another_is_one_visit() -> None:
    here, there = two()
    here.come(0)
    there.leave(HOUR_S)
    there.rate(1, HOUR_S + 5, score=0)
    found = judged(here, there)
    (visit,) = found.visits
    assert (visit.state, visit.record["duration_s"], visit.record["duration_bound_ms"]) == ("closed", HOUR_S, 100)
    assert {"other_terminal", "low_rating"} <= flags(found)[0]
    assert not flags(found)[0] & {"no_in", "no_out"}
    assert list(found.names.values()) == [visit.visit_id]
    assert b"".join(written(judged(here, there, seed=5))) == b"".join(written(found))


def test_nobody_elses_end_is_taken() -> None:
    here, there = two()
    here.come(0, ANNA)
    there.leave(HOUR_S, card=BINA)
    assert len(judged(here, there).visits) == 2
    here, there = two()
    here.come(0)
    there.leave(HOUR_S)
    assert len(judged(here, there, elder="E-2").visits) == 2


def test_an_end_that_names_a_beginning_of_its_own_terminal_waits_for_that() -> None:
    here, there = two()
    here.come(0)
    there.leave(HOUR_S, opened_by=77)
    assert len(judged(here, there).visits) == 2


def test_an_end_before_the_beginning_or_long_after_it_or_of_no_time_ends_nothing() -> None:
    for at_s, source in ((-60, ClockSource.GNSS), (17 * HOUR_S, ClockSource.GNSS), (HOUR_S, ClockSource.UNSET)):
        here, there = two()
        here.come(0)
        there.leave(at_s, source=source)
        assert len(judged(here, there).visits) == 2


def test_each_end_goes_to_the_last_beginning_before_it() -> None:
    here, there = two()
    here.come(0)
    here.come(2 * HOUR_S)
    there.leave(3 * HOUR_S)
    found = judged(here, there)
    assert [(one.record["in"]["seq"], one.record["duration_s"]) for one in found.visits] == [(1, None), (2, HOUR_S)]
    assert "no_out" in flags(found)[0]


@pytest.mark.parametrize(
    ("stood_to_s", "hung_from_s", "joined"),
    [(1_800, 1_800, True), (1_800, -60, False), (4 * HOUR_S, 1_800, False)],
)
def test_a_terminal_that_hung_there_only_meanwhile_takes_her_leaving_for_a_beginning(
    stood_to_s: int,
    hung_from_s: int,
    joined: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    old, new = (Terminal(one, "E-1", "P-1", Placement.HOME, None) for one in (DEVICE, OTHER))
    rows = [Valid(old, 0, MORNING_MS + stood_to_s * 1000), Valid(new, MORNING_MS + hung_from_s * 1000, None)]
    here, there = two()
    here.come(0)
    there.come(HOUR_S)
    judge = Judge(known(terminals=rows), policy_of(VisitsTable()), 10_000)
    for fact in (*here.facts, *there.facts):
        judge.take(fact)
    found = judge.judged(MORNING_MS + 9 * HOUR_S * 1000)
    assert len(found.visits) == (1 if joined else 2)
    if joined:
        assert found.visits[0].record["duration_s"] == HOUR_S
        assert "other_terminal" in flags(found)[0]
        assert "no_out" not in flags(found)[0]


def test_the_tag_of_another_home_is_no_end_of_who_left_at_the_new_terminal() -> None:
    """It takes her leaving for a beginning, and what she holds there next, brought along, for its end."""
    old, new = (Terminal(one, "E-1", "P-1", Placement.HOME, None) for one in (DEVICE, OTHER))
    rows = [Valid(old, 0, MORNING_MS + 1_800_000), Valid(new, MORNING_MS + 1_800_000, None)]
    tokens = [
        Token(None, ANNA, Role.CAREGIVER, "C-1"), Token(None, b"door", Role.DOOR, "P-1"),
        Token(None, b"away", Role.DOOR, "P-2"),
    ]  # fmt: skip
    here, there = two()
    here.come(0)
    left = there.come(HOUR_S)
    brought = replace(check(Direction.OUT, left), door=token(Role.DOOR, b"away"))
    there.add(brought, HOUR_S + 170)
    there.add(replace(brought, direction=Direction.IN, opened_by=None), 2 * HOUR_S)
    written_once: set[bytes] = set()
    for seed in range(3):
        judge = Judge(known(terminals=rows, tokens=tokens), policy_of(VisitsTable()), 10_000)
        facts = [*here.facts, *there.facts]
        Random(seed).shuffle(facts)
        for fact in facts:
            judge.take(fact)
            judge.draw(MORNING_MS)
        found = judge.judged(MORNING_MS + 9 * HOUR_S * 1000)
        written_once.add(b"".join(written(found)))
    whole, end, begin = found.visits
    assert (whole.record["duration_s"], whole.record["out"]["seq"]) == (HOUR_S, left)
    assert [flag["flag"] in {"other_terminal", "no_fix"} for flag in whole.record["flags"]] == [True, True]
    assert [{"no_in", "no_out"} & {flag["flag"] for flag in one.record["flags"]} for one in (end, begin)] == [
        {"no_in"}, {"no_out"}
    ]  # fmt: skip
    assert len(written_once) == 1


def test_a_door_tag_that_was_replaced_meanwhile_is_that_of_the_same_home() -> None:
    new = Token(None, b"door-two", Role.DOOR, "P-1")
    home = Witness()
    came = home.come(0)
    home.add(replace(check(Direction.OUT, came), door=token(Role.DOOR, b"door-two")), HOUR_S)
    for tokens, visits in (([new], 1), ([replace(new, holder_id="P-2")], 2), ([], 1)):
        rows = [Token(None, ANNA, Role.CAREGIVER, "C-1"), Token(None, b"door", Role.DOOR, "P-1"), *tokens]
        judge = Judge(known(tokens=rows), policy_of(VisitsTable()), 10_000)
        for fact in home.facts:
            judge.take(fact)
        assert len(judge.judged().visits) == visits


def test_who_is_elsewhere_while_her_other_card_is_read_is_found() -> None:
    """In with one card and away; the family holds her second one there, so that the visit seems to last."""
    home, other = Witness(), Witness(device=OTHER)
    home.come(0)
    other.come(20 * 60)
    other.leave(60 * 60, 1)
    home.come(80 * 60, BINA)
    registry = known(
        terminals=[Terminal(DEVICE, "E-1", "P-1", Placement.HOME, None),
                   Terminal(OTHER, "E-2", "P-2", Placement.HOME, None)],
        places=[Place("P-1", 311_886_000, 1_214_365_000, Datum.WGS84, 60, 10),
                Place("P-2", 312_886_000, 1_214_365_000, Datum.WGS84, 60, 10)],
        elders=[Elder("E-1", "xuhui", "P-1", "red"), Elder("E-2", "xuhui", "P-2", "red")],
        tokens=[Token(None, card, Role.CAREGIVER, "C-1") for card in (ANNA, BINA)],
    )  # fmt: skip
    judge = Judge(registry, policy_of(VisitsTable(least_strength="uid")), 10_000)
    for fact in (*home.facts, *other.facts):
        judge.take(fact)
    found = judge.judged(MORNING_MS + 4 * HOUR_S * 1000)
    assert "other_card" in flags(found)[0]
    assert {one.kind for one in found.findings if one.visit_id == found.visits[0].visit_id} == {"overlap"}


def test_two_terminals_whose_clocks_disagree_accuse_nobody_of_minutes() -> None:
    here, there = two()
    here.come(0)
    there.leave(20 * 60, source=ClockSource.UNSET)  # it came 5 s later; when it was is known by that alone
    there.add(Clock(ClockReason.ANCHOR, MORNING_MS - HOUR_S * 1000, 50, ClockSource.GNSS, 0), 21 * 60)
    found = judged(here, there)
    assert all("short" not in one for one in flags(found))
    ahead = two()
    ahead[0].come(0)
    ahead[1].leave(20 * 60, step_s=3 * HOUR_S)  # by its clock three hours later: later than it came
    assert {"clock_disputed"} <= set().union(*flags(judged(*ahead)))
    assert all(not one & {"short", "long"} for one in flags(judged(*ahead)))
