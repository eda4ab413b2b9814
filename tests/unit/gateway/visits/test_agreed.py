"""Whose visit it was, and which limits hold, where a terminal is carried or several services fit. rule: SERVICES."""

from typing import Any

import pytest

from samples.witnessed import DEVICE, HOUR_S, MORNING_MS, known
from zhendao.gateway.registry.snapshot import Elder, Registry, Schedule, Service, Terminal
from zhendao.gateway.visits.agreed import elder_of, given
from zhendao.protocol.vocabulary import Placement

CHINA_MS = 8 * HOUR_S * 1000
HOME = Terminal(DEVICE, "E-1", "P-1", Placement.HOME, None)
CARRIED = Terminal(DEVICE, None, None, Placement.CARRIED, None)
STATION = Terminal(DEVICE, None, "P-1", Placement.STATION, None)
HUSBAND, WIFE = Elder("E-1", "xuhui", "P-1", "red"), Elder("E-2", "xuhui", "P-1", None)
SERVICES = [Service("BATH", 1_800, 5_400), Service("MEAL", 900, 3_600), Service("STAY", 60, 90, profile="live-in")]


def registry(*schedules: Any, elders: Any = (HUSBAND,)) -> Registry:
    return known(schedules=list(schedules), elders=list(elders), services=SERVICES)


@pytest.mark.parametrize(
    ("terminal", "place_id", "wanted"),
    [(HOME, "P-9", "E-1"), (STATION, "P-1", None), (CARRIED, "P-1", "E-1"), (CARRIED, "P-9", None),
     (CARRIED, None, None), (None, "P-1", "E-1")],
)  # fmt: skip
def test_the_door_tag_says_whose_home_it_was_where_no_terminal_hangs(
    terminal: Any, place_id: str | None, wanted: str | None
) -> None:
    assert elder_of(terminal, place_id, "C-1", registry(), MORNING_MS) == wanted


def test_of_a_couple_it_is_the_one_to_whom_she_was_to_come() -> None:
    bath = Schedule("E-2", "C-1", "BATH")
    couple = registry(bath, elders=(HUSBAND, WIFE))
    assert elder_of(CARRIED, "P-1", "C-1", couple, MORNING_MS) == "E-2"
    assert elder_of(CARRIED, "P-1", "C-2", couple, MORNING_MS) is None
    assert elder_of(CARRIED, "P-1", None, couple, MORNING_MS) is None
    both = registry(bath, Schedule("E-1", "C-1", "BATH"), elders=(HUSBAND, WIFE))
    assert elder_of(CARRIED, "P-1", "C-1", both, MORNING_MS) is None


def test_one_service_is_given_at_any_hour() -> None:
    what = given("E-1", "C-1", registry(Schedule("E-1", "C-1", "BATH", None, "20:00-21:00")), MORNING_MS, CHINA_MS)
    assert (what.service, what.fitting, what.several) == (SERVICES[0], (SERVICES[0],), False)


def test_of_two_services_the_hours_decide_and_else_both_may_be() -> None:
    rows = registry(
        Schedule("E-1", "C-1", "BATH", None, "08:15-09:30"), Schedule("E-1", "C-1", "MEAL", None, "11:00-12:00", "noon")
    )
    at_eight = given("E-1", "C-1", rows, MORNING_MS, CHINA_MS)
    assert (at_eight.service, at_eight.several) == (SERVICES[0], True)
    early = given("E-1", "C-1", rows, MORNING_MS - 16 * 60_000, CHINA_MS)
    assert (early.service, [one.code for one in early.fitting]) == (None, ["BATH", "MEAL"])


def test_who_stands_in_is_held_to_what_was_to_be_at_these_hours() -> None:
    rows = registry(
        Schedule("E-1", "C-1", "BATH", None, "08:00-09:30"), Schedule("E-1", "C-3", "MEAL", None, "11:00-12:00")
    )
    what = given("E-1", "C-2", rows, MORNING_MS, CHINA_MS)
    assert (what.service, what.fitting) == (None, (SERVICES[0],))
    at_night = given("E-1", "C-2", rows, MORNING_MS + 12 * HOUR_S * 1000, CHINA_MS)
    assert [one.code for one in at_night.fitting] == ["BATH", "MEAL"]


def test_nobody_stands_in_for_one_who_lives_there() -> None:
    rows = registry(Schedule("E-1", "C-1", "STAY"))
    assert given("E-1", "C-2", rows, MORNING_MS, CHINA_MS).fitting == ()
    assert given("E-1", "C-1", rows, MORNING_MS, CHINA_MS).fitting == (SERVICES[2],)


def test_a_service_on_another_day_of_the_week_is_not_due() -> None:
    rows = registry(  # a Tuesday
        Schedule("E-1", "C-1", "BATH", 0b1, "08:00-09:30"), Schedule("E-1", "C-1", "MEAL", 0b10, "08:00-09:30", "other")
    )
    what = given("E-1", "C-1", rows, MORNING_MS, CHINA_MS)
    assert what.service == SERVICES[1]


@pytest.mark.parametrize(("elder", "caregiver"), [(None, "C-1"), ("E-1", None), ("E-9", "C-1")])
def test_nothing_is_said_of_nobody(elder: str | None, caregiver: str | None) -> None:
    assert given(elder, caregiver, registry(Schedule("E-1", "C-1", "BATH")), MORNING_MS, CHINA_MS).fitting == ()
