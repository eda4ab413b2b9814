"""Patterns for review: told with their base rate where they are there, and not of honest days."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.witnessed import ANNA, BINA, DAY_S, DEVICE, HOUR_S, MINUTE_S, MORNING_MS, Witness, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.detectors import SURVEYS
from zhendao.gateway.judging.detectors.chance import permille, rare
from zhendao.gateway.judging.findings import Finding
from zhendao.gateway.judging.hints import Hints
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.registry.snapshot import Caregiver, Registry, Schedule, Service, Terminal, Token
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.bodies import Check
from zhendao.protocol.vocabulary import Placement, Role

OTHER = b"o" * 16
CARDS = [bytes([at]) * 7 for at in range(1, 10)]
OF_PATTERNS = [one for one in SURVEYS if one.kind in {"booked_under_others", "cards_together", "minute_regular"}]


def city(*more: Schedule, services: tuple[Service, ...] = (Service("BATH", 1_800, 5_400),)) -> Registry:
    """Return two homes; C-1 has both elders, C-2 the second too, and nine more caregivers have neither."""
    return known(
        terminals=[
            Terminal(DEVICE, "E-1", "P-1", Placement.HOME, None),
            Terminal(OTHER, "E-2", "P-1", Placement.HOME, None),
        ],
        caregivers=[Caregiver(f"C-{at}", "xuhui", None) for at in range(1, 12)],
        tokens=[
            Token(None, ANNA, Role.CAREGIVER, "C-1"),
            Token(None, BINA, Role.CAREGIVER, "C-2"),
            *(Token(None, card, Role.CAREGIVER, f"C-{at}") for at, card in enumerate(CARDS, 3)),
        ],
        schedules=[Schedule("E-1", "C-1", "BATH"), Schedule("E-2", "C-1", "BATH"), *more],
        services=list(services),
    )


def found(registry: Registry, *homes: Witness, hints: Hints | None = None) -> list[Finding]:
    judge = Judge(registry, policy_of(VisitsTable()), 10_000, (), surveys=OF_PATTERNS, hints=hints)
    for home in homes:
        for fact in home.facts:
            judge.take(fact)
    return list(judge.judged().findings)


def two_homes() -> tuple[Witness, Witness]:
    return Witness(), Witness(device=OTHER)


def stay(home: Witness, at_s: int, lasted_s: int, card: bytes = ANNA) -> None:
    home.leave(at_s + lasted_s, home.come(at_s, card), card)


def test_a_card_that_was_held_there_along_with_her_own_is_not_hers_to_book_under() -> None:
    home, _ = two_homes()
    for day in range(3):
        home.come(day * DAY_S, CARDS[0])
        stay(home, day * DAY_S + MINUTE_S, 40 * MINUTE_S)
    assert [one.kind for one in found(city(), home) if one.kind == "booked_under_others"] == []


def days_under_a_colleague(days: int) -> tuple[Witness, Witness]:
    """Return days on which C-1 serves the second home, and the first one's visit is booked by C-2."""
    first, second = two_homes()
    for day in range(days):
        stay(second, day * DAY_S, HOUR_S)
        stay(first, day * DAY_S + 2 * HOUR_S, HOUR_S, BINA)
    return first, second


def test_visits_booked_by_a_colleague_while_the_caregiver_works_are_told() -> None:
    several = found(city(), *days_under_a_colleague(3))
    assert [one.kind for one in several] == ["booked_under_others"] * 3
    one = several[0]
    assert (one.measured, one.expected, one.off_by, one.base_permille) == (3, 0, 3, 0)
    assert one.subject == ("caregivers", "C-1/C-2")
    assert "3 天内 3 次" in one.text.zh
    assert one.text.zh.endswith("仅供核查")
    assert one.as_json()["review"] == {"base_permille": 0}


def test_two_are_not_yet_a_pattern_and_the_policy_says_how_many_are() -> None:
    assert found(city(), *days_under_a_colleague(2)) == []
    assert len(found(city(), *days_under_a_colleague(2), hints=Hints(booked_least=2))) == 2


def test_several_on_one_day_are_no_pattern_of_days() -> None:
    first, second = two_homes()
    stay(second, 0, HOUR_S)
    for at in range(2, 8, 2):
        stay(first, at * HOUR_S, HOUR_S, BINA)
    assert found(city(), first, second) == []
    assert len(found(city(), first, second, hints=Hints(booked_days=1))) == 3


def test_a_substitute_for_one_who_is_away_is_no_pattern() -> None:
    first, _ = days_under_a_colleague(5)
    assert found(city(), first) == []


def test_who_was_elsewhere_at_that_time_did_not_make_the_visit() -> None:
    first, second = two_homes()
    for day in range(4):
        stay(second, day * DAY_S, 3 * HOUR_S)
        stay(first, day * DAY_S + HOUR_S, HOUR_S, BINA)
    assert found(city(), first, second) == []


def test_a_duty_in_the_schedule_clears_it() -> None:
    assert found(city(Schedule("E-1", "C-2", "BATH")), *days_under_a_colleague(5)) == []


def together(days: int) -> Witness:
    """Return days on which two cards are read within a minute, coming and going."""
    home = Witness()
    for day in range(days):
        at_s = day * DAY_S
        one, other = home.come(at_s), home.come(at_s + MINUTE_S, BINA)
        home.leave(at_s + HOUR_S, one)
        home.leave(at_s + HOUR_S + MINUTE_S, other, BINA)
    return home


def test_two_cards_that_always_come_together_are_told_once_a_day_and_home() -> None:
    several = [one for one in found(city(), together(3)) if one.kind == "cards_together"]
    assert len(several) == 6
    assert {(one.measured, one.subject) for one in several} == {(3, ("caregivers", "C-1/C-2"))}
    assert found(city(), together(2)) == []


@pytest.mark.parametrize(
    "registry",
    [
        city(Schedule("E-1", "C-2", "BATH")),
        city(services=(Service("BATH", 1_800, 5_400, staff=2),)),
    ],
)
def test_two_who_are_due_together_may_come_together(registry: Registry) -> None:
    assert found(registry, together(5)) == []


def test_at_a_station_everybody_meets() -> None:
    home = together(5)
    station = Witness()
    for fact in home.facts:
        event = fact.event
        at_s = (event.wall_ms - MORNING_MS) // 1_000
        assert isinstance(event.body, Check)
        station.add(replace(event.body, placement=Placement.STATION, door=None), at_s)
    assert "cards_together" in {one.kind for one in found(city(), home)}
    assert "cards_together" not in {one.kind for one in found(city(), station)}


def test_cards_that_come_later_are_not_together() -> None:
    home = Witness()
    for day in range(5):
        stay(home, day * DAY_S, HOUR_S)
        stay(home, day * DAY_S + HOUR_S + 3 * MINUTE_S, HOUR_S, BINA)
    assert found(city(Schedule("E-1", "C-2", "BATH")), home) == []
    assert "cards_together" not in {one.kind for one in found(city(), home)}


def rounds(*, exact: int) -> Witness:
    """Return visits of ten caregivers, of which C-1 ends ``exact`` of twelve to the minute."""
    home = Witness()
    for at in range(12):
        stay(home, at * DAY_S, 1_800 + (30 if at < exact else 600 + 60 * at))
    for who, card in enumerate(CARDS):
        for at in range(12):
            stay(home, (12 + 12 * who + at) * DAY_S, HOUR_S + 300 + 60 * at, card)
    return home


def test_visits_to_the_minute_are_told_against_what_others_do() -> None:
    several = [one for one in found(city(), rounds(exact=8)) if one.kind == "minute_regular"]
    assert len(several) == 8
    one = several[0]
    assert (one.measured, one.expected, one.off_by, one.base_permille) == (8, 0, 8, 0)
    assert one.subject == ("caregiver", "C-1")
    assert one.text.en.startswith("8 of 12 visits of this caregiver end within 60 s of the least time")


def test_visits_that_end_before_their_least_time_are_short_and_no_pattern() -> None:
    home = rounds(exact=0)
    for at in range(8):
        stay(home, (300 + at) * DAY_S, 1_800 - 30)
    assert [one for one in found(city(), home) if one.kind == "minute_regular"] == []


@pytest.mark.parametrize("exact", [0, 2])
def test_a_few_such_visits_are_chance(exact: int) -> None:
    assert [one for one in found(city(), rounds(exact=exact)) if one.kind == "minute_regular"] == []


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 50), st.integers(0, 50))
def test_more_of_the_same_is_never_likelier(count: int, more: int, others: int, rest: int) -> None:
    of = count + more
    if rare(count, of, others, others + rest, 1_000):
        assert rare(min(of, count + 1), of, others, others + rest, 1_000)
    assert not rare(0, of, others, others + rest, 1_000)


def test_thousandths_are_rounded_to_the_nearest() -> None:
    assert [permille(*of) for of in ((0, 0), (1, 3), (2, 3), (1, 2_000), (7, 7))] == [0, 333, 667, 1, 1_000]
