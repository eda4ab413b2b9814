"""How often and how long a service is given in a period that is over. rule: SERVICES."""

from datetime import date

import pytest

from samples.witnessed import DAY_S, HOUR_S, MINUTE_S, MORNING_MS, Witness, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.frequency import Shortfall, shortfalls_of
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.registry.snapshot import Schedule, Service
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.visits.drawing import policy_of

DAY = 86_400_000
CHINA = 8 * HOUR_S * 1000
MORNING = date(2026, 9, 22)
"""A Tuesday; the first whole week begins on the 28th, the first whole month on 1 October."""


def short(home: Witness, service: Service, days: int, **more: list[Valid[Schedule]]) -> list[Shortfall]:
    registry = known(services=[service], schedules=more.get("schedules", [Schedule("E-1", "C-1", "BATH")]))
    judge = Judge(registry, policy_of(VisitsTable()), 10_000)
    for fact in home.facts:
        judge.take(fact)
    as_of_ms = MORNING_MS + days * DAY
    return shortfalls_of(judge.judged(as_of_ms).visits, registry, as_of_ms, CHINA)


def visited(*days: int, minutes: int = 40) -> Witness:
    home = Witness()
    for day in days:
        home.leave(day * DAY_S + minutes * MINUTE_S, home.come(day * DAY_S))
    return home


@pytest.mark.parametrize(
    ("days", "since"), [((0, 6), []), ((0, 12), []), ((0,), [28]), ((0, 5), [28]), ((0, 13), [28])]
)
def test_a_weekly_service_is_given_in_each_whole_week(days: tuple[int, ...], since: list[int]) -> None:
    weekly = Service("BATH", 1_800, 5_400, times=1, period="week")
    found = short(visited(*days), weekly, 14)
    assert [(one.since.day, one.visits, one.times) for one in found] == [(day, 0, 1) for day in since]
    assert short(visited(0), weekly, 12) == []  # that week is not over


def test_so_many_hours_a_month_and_the_month_is_whole() -> None:
    respite = Service("BATH", 1_800, 20_000, period="month", least_s=4 * HOUR_S)
    (one,) = short(visited(0, 12, 20, minutes=80), respite, 45)
    assert (one.since, one.visits, one.seconds, one.least_s, one.level) == (
        date(2026, 10, 1), 2, 160 * MINUTE_S, 4 * HOUR_S, "red",
    )  # fmt: skip
    assert short(visited(0, 12, 20, 25, minutes=80), respite, 45) == []


def test_what_was_not_agreed_for_the_whole_period_is_asked_of_nobody() -> None:
    weekly = Service("BATH", 1_800, 5_400, times=1, period="week")
    ended = [Valid(Schedule("E-1", "C-1", "BATH"), 0, MORNING_MS + 10 * DAY)]
    assert short(visited(0), weekly, 14, schedules=ended) == []
    assert short(Witness(), weekly, 14) == []
    assert short(visited(0), Service("BATH", 1_800, 5_400), 14) == []
