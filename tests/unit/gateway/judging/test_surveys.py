"""What no visit shows alone: two places at once, journeys, capacity, granted hours. And agreed hours."""

from dataclasses import replace
from typing import Any

import pytest

from samples.taps import check
from samples.witnessed import ANNA, DAY_S, DEVICE, HOUR_S, MINUTE_S, MORNING_MS, Witness, always, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.findings import Finding
from zhendao.gateway.judging.hints import Hints
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.registry.snapshot import Caregiver, Place, Registry, Schedule, Service, Terminal
from zhendao.gateway.registry.standing import Agreement, Authorisation, Organisation, Standing
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.vocabulary import Datum, Direction, Placement

THERE = b"t" * 16
KM_E7 = 90_000


def found(*homes: Witness, registry: Registry, hints: Hints | None = None) -> tuple[Finding, ...]:
    judge = Judge(registry, policy_of(VisitsTable()), 10_000, hints=hints)
    for home in homes:
        for fact in home.facts:
            judge.take(fact)
    return judge.judged().findings


def measures(one: Finding) -> tuple[str, int | None, int | None, int | None]:
    return one.kind, one.measured, one.expected, one.off_by


def two_homes(apart_km: float, place: str = "P-2", **more: Any) -> Registry:
    near = 311_886_000, 1_214_365_000
    return known(
        terminals=[
            Terminal(DEVICE, "E-1", "P-1", Placement.HOME, None),
            Terminal(THERE, "E-2", place, Placement.HOME, None),
        ],
        places=[
            Place("P-1", *near, Datum.WGS84, 60, 10),
            Place("P-2", near[0] + round(apart_km * KM_E7), near[1], Datum.WGS84, 60, 10),
        ],
        **more,
    )


def at_home(begin_s: int, end_s: int, device: bytes = DEVICE) -> Witness:
    home = Witness(device=device)
    home.leave(end_s, home.come(begin_s))
    return home


def test_one_caregiver_in_two_homes_at_once() -> None:
    homes = at_home(0, HOUR_S), at_home(50 * MINUTE_S, 2 * HOUR_S, THERE)
    (one,) = found(*homes, registry=two_homes(1))
    assert measures(one)[:3] == ("overlap", 599, 60)
    assert one.subject == ("visit", one.visit_id.hex() if one.visit_id else None)
    assert found(*homes, registry=two_homes(1), hints=Hints(overlap_s=600)) == ()


def test_visits_after_each_other_and_a_couple_at_one_place_do_not_overlap() -> None:
    one_after_the_other = at_home(0, HOUR_S), at_home(75 * MINUTE_S, 3 * HOUR_S, THERE)
    assert found(*one_after_the_other, registry=two_homes(1)) == ()
    a_couple = at_home(0, HOUR_S), at_home(MINUTE_S, HOUR_S + MINUTE_S, THERE)
    assert found(*a_couple, registry=two_homes(0, "P-1")) == ()


def test_a_shift_at_a_station_holds_no_visit_against_anybody() -> None:
    station = Witness(device=THERE)
    for at_s, direction in ((-HOUR_S, Direction.IN), (8 * HOUR_S - HOUR_S, Direction.OUT)):
        station.add(replace(check(direction, card=ANNA), door=None, placement=Placement.STATION), at_s)
    assert found(station, at_home(0, HOUR_S), registry=two_homes(1)) == ()


def test_nobody_comes_forty_kilometres_in_five_minutes() -> None:
    homes = at_home(0, HOUR_S), at_home(65 * MINUTE_S, 3 * HOUR_S, THERE)
    (one,) = found(*homes, registry=two_homes(40))
    kind, took, needed, off = measures(one)
    assert (kind, took) == ("travel", 301)
    assert needed is not None
    assert abs(needed - 1_196) < 10  # 40 km less radius and survey of both, at 120 km/h
    assert off == needed - 301
    assert found(*homes, registry=two_homes(5)) == ()


def test_more_elders_than_capacity() -> None:
    full = Organisation("ORG", "xuhui", "home", capacity=2)
    taken = [always(Agreement(f"E-{n}", "ORG")) for n in range(3)]

    def standing(elders: int) -> Registry:
        caregivers = [Caregiver("C-1", "xuhui", "ORG")]
        return known(Standing(organisations=[always(full)], agreements=taken[:elders]), caregivers=caregivers)

    (one,) = found(at_home(0, HOUR_S), registry=standing(3))
    assert (measures(one), one.visit_id, one.subject) == (("over_capacity", 3, 2, 1), None, ("organisation", "ORG"))
    assert found(at_home(0, HOUR_S), registry=standing(2)) == ()


def granted(amount_s: int, times: int | None, period: str) -> Registry:
    return known(Standing(authorisations=[always(Authorisation("E-1", "BATH", amount_s, period, times))]))


def days(count: int) -> Witness:
    home = Witness()
    for day in range(count):
        home.leave(day * DAY_S + HOUR_S, home.come(day * DAY_S))
    return home


@pytest.mark.parametrize(
    ("registry", "expected"),
    [
        (granted(2 * HOUR_S, None, "week"), [("over_hours", 3 * HOUR_S, 2 * HOUR_S, HOUR_S)]),
        (granted(9 * HOUR_S, 2, "month"), [("over_hours", 3, 2, 1)]),
        (granted(3 * HOUR_S, 3, "month"), []),
        (granted(HOUR_S, 1, "day"), []),
    ],
)
def test_granted_hours_are_summed_in_their_period(registry: Registry, expected: list[Any]) -> None:
    assert [measures(one) for one in found(days(3), registry=registry)] == expected


def agreed(hours: str | None, weekdays: int | None = None, of_service: str | None = None) -> Registry:
    return known(
        schedules=[Schedule("E-1", "C-1", "BATH", weekdays, hours)],
        services=[Service("BATH", 1_800, 5_400, hours=of_service)],
    )


TUESDAY = 0b000_0010


@pytest.mark.parametrize(
    ("registry", "off_s"),
    [
        (agreed("08:00-09:00"), None),
        (agreed("08:30-09:30"), None),
        (agreed("10:00-11:00"), 2 * HOUR_S - 1),
        (agreed("08:00-09:00", TUESDAY), None),
        (agreed("08:00-09:00", TUESDAY << 1), 24 * HOUR_S - 1),
        (agreed("20:00-07:45"), None),
        (agreed(None, None, "13:00-18:00"), 5 * HOUR_S - 1),
        (agreed(None), None),
    ],
)
def test_a_visit_outside_the_agreed_hours(registry: Registry, off_s: int | None) -> None:
    expected = [] if off_s is None else [("off_schedule", off_s, 1_800, off_s - 1_800)]
    assert MORNING_MS // 86_400_000 % 7 == (1 - 3) % 7  # a Tuesday
    assert [measures(one) for one in found(at_home(0, HOUR_S), registry=registry)] == expected
