"""Shifts at the stations of a city: a card alone, on coming and on leaving. rule: STATION, VALID-DAY."""

from collections import defaultdict

import pytest

from zhendao.protocol.bodies import Check
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import Direction, Placement
from zhendao.simulators.city.rates import Mistake, Rates
from zhendao.simulators.city.running import START_MS, Run
from zhendao.simulators.city.scale import Scale
from zhendao.simulators.city.visits import DAY_MS, MIN_MS

HOUSE = Scale("house", 2, 92, 40, 1)
Played = tuple[Run, dict[tuple[bytes, int], Event]]


@pytest.fixture(scope="module")
def stations() -> Played:
    run = Run(31, HOUSE, 8, Rates(caregivers=0, forgotten_out=60, forgotten_in=60, double_tap=100, sick_days=50))
    events = {}
    for facts, _ in run.play():
        events.update({(fact.event.device, fact.event.seq): fact.event for fact in facts})
    return run, events


def test_whoever_works_there_goes_to_nobodys_home(stations: Played) -> None:
    run, _ = stations
    there = {one.caregiver.number for one in run.shifts}
    assert there == {one.number for one in run.city.caregivers if one.at_station}
    assert len(there) == 4
    assert not any(run.city.rounds[number] for number in there)
    assert any(run.city.rounds)


def test_a_shift_is_a_card_at_the_organisations_own_terminal(stations: Played) -> None:
    run, events = stations
    slips = {Mistake.FORGOTTEN_OUT, Mistake.FORGOTTEN_IN, Mistake.CARRIED_OVER, Mistake.WRONG_CLOCK}
    plain = [one for one in run.shifts if not one.mistakes & slips and not one.outages]
    assert len(plain) > 20
    for shift in plain:
        checks = [events[terminal.device, seq] for terminal, seq in shift.facts]
        bodies = [one.body for one in checks if isinstance(one.body, Check)]
        assert {one.device for one in checks} == {shift.caregiver.organisation.station.device}
        assert [one.direction for one in bodies] == [Direction.IN, Direction.OUT]
        assert all(one.door is None and one.placement is Placement.STATION for one in bodies)
        assert {one.caregiver.uid for one in bodies} == {shift.caregiver.card.uid}
        assert abs(checks[0].wall_ms - shift.from_ms) < 2 * MIN_MS


def test_some_go_at_noon_and_come_back_and_nobody_works_on_sunday(stations: Played) -> None:
    run, _ = stations
    days = defaultdict(list)
    for shift in run.shifts:
        days[shift.caregiver.number, (shift.from_ms - START_MS) // DAY_MS].append(shift)
    assert {len(several) for several in days.values()} == {1, 2}
    assert {day for _, day in days} == {0, 1, 2, 3, 4, 5, 7}
    for morning, afternoon in (several for several in days.values() if len(several) == 2):
        assert afternoon.from_ms - morning.to_ms > 60 * MIN_MS


def test_a_forgotten_check_out_is_told_and_reaches_the_afternoon(stations: Played) -> None:
    run, _ = stations
    told = [one.mistakes for one in run.shifts]
    assert any(Mistake.FORGOTTEN_OUT in one for one in told)
    assert any(Mistake.FORGOTTEN_IN in one for one in told)
    assert any(Mistake.CARRIED_OVER in one for one in told)
