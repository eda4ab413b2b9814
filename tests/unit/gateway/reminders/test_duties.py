"""Whose check-in is waited for, and at which terminals she would make it. rule: REMIND, STATION, ROLES."""

from datetime import date

import pytest

from samples.reminded import HOME, OFFSET_MS, STATION, at, carer, registry
from zhendao.gateway.registry.snapshot import Registry, Schedule
from zhendao.gateway.registry.standing import Absence, Binding, Block
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.reminders.duties import Duties, Unexpected, Working

WEEKDAYS = Working(0b001_1111, 30 * 60_000, OFFSET_MS)
NINE = at("09:00")
MONDAY, TUESDAY = 0b1, 0b10


def why(held: Registry, moment: int = NINE, working: Working = WEEKDAYS) -> Unexpected | None:
    (who, *_) = held.caregivers_at(moment)
    return Duties(held).unexpected(who, moment, working)


def planned(days: int | None, hours: str | None, elder: str = "E1") -> Valid[Schedule]:
    return Valid(Schedule(elder, "C1", "助洁", days, hours, elder), 0)


def test_whoever_counts_is_waited_for_on_working_days() -> None:
    held = registry(carer())
    assert why(held) is None
    assert why(held, at("09:00", date(2026, 11, 7))) is Unexpected.OFF  # a Saturday
    assert why(held, at("09:00", date(2026, 11, 7)), Working(0b111_1111, 0, OFFSET_MS)) is None


@pytest.mark.parametrize(
    "held",
    [
        registry(carer(occupation="other")),
        registry(carer(occupation=None)),
        registry(carer(), uncertified=frozenset({"C1"})),
        registry(carer(organisation=None)),
        registry(carer(organisation="O9")),
        registry(carer(organisation="O7")),
    ],
)
def test_whoever_does_not_count_is_never_waited_for(held: Registry) -> None:
    assert why(held) is Unexpected.UNCOUNTED


def test_whoever_is_barred_or_on_leave_is_not_waited_for_as_long_as_that_holds() -> None:
    assert why(registry(carer(), blocks=(Valid(Block("C1", None, "barred"), 0),))) is Unexpected.BARRED
    leave = registry(carer(), absences=(Valid(Absence("C1"), at("00:00"), at("12:00")),))
    assert why(leave) is Unexpected.LEAVE
    assert why(leave, at("12:00")) is None
    assert why(registry(carer(), absences=(Valid(Absence("C2"), 0),))) is None


def test_where_her_visits_have_hours_the_first_of_today_must_have_begun_long_enough_ago() -> None:
    held = registry(carer(), schedules=(planned(MONDAY, "10:00-11:00"), planned(None, "08:40-09:00", "E2")))
    assert why(held, at("09:09")) is Unexpected.EARLY
    assert why(held, at("09:10")) is None
    assert why(registry(carer(), schedules=(planned(TUESDAY, "08:00-09:00"),)), at("12:00")) is Unexpected.OFF
    # Of a night watch that began yesterday she checked in yesterday.
    assert why(registry(carer(), schedules=(planned(0b100_0000, "22:00-06:00"),)), at("05:00")) is Unexpected.OFF


def test_where_a_visit_has_no_hours_nobody_knows_and_the_working_days_count() -> None:
    held = registry(carer(), schedules=(planned(TUESDAY, "08:00-09:00"), planned(None, None, "E2")))
    assert why(held) is None
    assert why(held, at("09:00", date(2026, 11, 8))) is Unexpected.OFF


def test_a_visit_that_is_agreed_no_longer_or_not_yet_counts_for_nothing() -> None:
    ended = Valid(Schedule("E1", "C1", "助洁", None, "08:00-09:00"), 0, at("00:00"))
    later = Valid(Schedule("E2", "C1", "助洁", None, "08:00-09:00"), at("00:00", date(2026, 11, 3)))
    assert why(registry(carer(), schedules=(ended, later)), at("05:00")) is None  # by the working days


def terminals(held: Registry) -> list[bytes]:
    (who, *_) = held.caregivers_at(NINE)
    return [one.device for one in Duties(held).terminals(who, NINE, OFFSET_MS)]


def test_her_terminals_are_the_stations_of_her_organisation_and_those_of_the_homes_she_goes_to() -> None:
    assert terminals(registry(carer())) == [STATION]
    assert terminals(registry(carer(organisation="O2"))) == []
    assert terminals(registry(carer(organisation="O2"), bindings=(Valid(Binding("C1", "E1"), 0),))) == [HOME]
    assert terminals(registry(carer(), schedules=(planned(MONDAY, "10:00-11:00"),))) == [STATION, HOME]
    assert terminals(registry(carer(), schedules=(planned(TUESDAY, "10:00-11:00"),))) == [STATION]
    assert terminals(registry(carer(), schedules=(planned(None, None),))) == [STATION, HOME]
