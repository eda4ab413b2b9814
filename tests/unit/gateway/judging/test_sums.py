"""What is summed of visits and registry: hours, caregivers for 10,000 elders, and who may be offered elders.

rule: HOURS, PAYER, PER-10K, SUPPLY
"""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.witnessed import BINA, DAY_S, HOUR_S, MINUTE_S, MORNING_MS, Witness, known
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.days import Period
from zhendao.gateway.judging.hours import Hours, hours_of
from zhendao.gateway.judging.judge import Judge, Judged
from zhendao.gateway.judging.per_10k import per_10k_of
from zhendao.gateway.judging.supply import supply_of
from zhendao.gateway.registry.snapshot import Caregiver, Elder, Registry
from zhendao.gateway.registry.standing import Agreement, Organisation, Region, Standing
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.visits.drawing import policy_of

CHINA = 8 * HOUR_S * 1000
DAY = 86_400_000


def judged(home: Witness, registry: Registry) -> Judged:
    judge = Judge(registry, policy_of(VisitsTable()), 10_000)
    for fact in home.facts:
        judge.take(fact)
    return judge.judged(MORNING_MS + 30 * DAY)


def sums(home: Witness, registry: Registry) -> list[Hours]:
    found = judged(home, registry)
    return hours_of(found.visits, found.findings, registry, CHINA)


def test_hours_are_told_apart_by_caregiver_service_and_who_pays_as_of_each_visit() -> None:
    changed = MORNING_MS + DAY
    elders = [
        Valid(Elder("E-1", "xuhui", "P-1", "red", "assisted", "free"), 0, changed),
        Valid(Elder("E-1", "xuhui", "P-1", "red", "dependent", "self-paid"), changed),
    ]
    home = Witness()
    for day in (0, 1):
        home.leave(day * DAY_S + 40 * MINUTE_S, home.come(day * DAY_S))
    home.leave(5 * HOUR_S + 70 * MINUTE_S, home.come(5 * HOUR_S, BINA), BINA)
    home.leave(9 * DAY_S + 40 * MINUTE_S, home.come(9 * DAY_S))
    assert sums(home, known(elders=elders)) == [
        Hours("2026-09", "C-1", None, "BATH", "free", "assisted", 1, 40 * MINUTE_S),
        Hours("2026-09", "C-1", None, "BATH", "self-paid", "dependent", 1, 40 * MINUTE_S),
        Hours("2026-09", "C-2", None, None, "free", "assisted", 1, 70 * MINUTE_S),
        Hours("2026-10", "C-1", None, "BATH", "self-paid", "dependent", 1, 40 * MINUTE_S),
    ]


def test_what_is_in_doubt_is_summed_beside_what_is_verified_and_what_has_no_end_is_not() -> None:
    home = Witness()
    home.leave(20 * MINUTE_S, home.come(0))
    home.leave(4 * HOUR_S + 40 * MINUTE_S, home.come(4 * HOUR_S))
    home.come(8 * HOUR_S)
    (one,) = sums(home, known())
    assert (one.visits, one.seconds, one.doubted, one.doubted_s) == (1, 40 * MINUTE_S, 1, 20 * MINUTE_S)


@given(st.lists(st.integers(5, 100), max_size=6))
def test_no_visit_that_ended_is_left_out_or_counted_twice(minutes: list[int]) -> None:
    home = Witness()
    for day, lasted in enumerate(minutes):
        home.leave(day * DAY_S + lasted * MINUTE_S, home.come(day * DAY_S))
    told = sums(home, known())
    assert sum(one.visits + one.doubted for one in told) == len(minutes)
    assert sum(one.seconds + one.doubted_s for one in told) == sum(minutes) * MINUTE_S


REGIONS = [Region("徐汇", 2, None, 31_000), Region("徐家汇", 3, "徐汇", 2_000), Region("田林", 3, "徐汇")]


def month_of(*several: tuple[str, bool, str | None]) -> list[Period]:
    return [Period(who, "2026-09", 20, valid, None if why is None else why) for who, valid, why in several]  # type: ignore[arg-type]


def test_a_region_counts_whoever_counts_and_all_that_lies_in_it() -> None:
    caregivers = [
        Caregiver("C-1", "xuhui", "O-1", "田林"), Caregiver("C-2", "xuhui", "O-1"), Caregiver("C-3", "xuhui", None),
        Caregiver("C-4", "xuhui", None, "徐家汇"), Caregiver("C-5", "xuhui", None, "徐家汇"),
    ]  # fmt: skip
    standing = Standing(
        regions=[Valid(one, 0) for one in REGIONS],
        organisations=[Valid(Organisation("O-1", "xuhui", "home-care", "徐家汇"), 0)],
    )
    registry = known(standing, caregivers=caregivers)
    periods = month_of(
        ("C-1", True, None), ("C-2", True, None), ("C-3", True, None), ("C-4", False, None), ("C-5", True, "occupation")
    )
    week = [replace(one, period="2026-W39") for one in periods]
    told = per_10k_of([*periods, *week], registry, MORNING_MS + 90 * DAY, CHINA)
    assert [(one.region, one.caregivers, one.residents, one.hundredths) for one in told] == [
        ("徐家汇", 1, 2_000, 500), ("徐汇", 2, 31_000, 65),
    ]  # fmt: skip


def test_the_registry_of_the_months_end_counts() -> None:
    end = (date(2026, 10, 1) - date(1970, 1, 1)).days * DAY - CHINA
    grown = [Valid(Region("徐汇", 2, None, 100), 0, end), Valid(Region("徐汇", 2, None, 200), end)]
    registry = known(Standing(regions=grown), caregivers=[Caregiver("C-1", "xuhui", None, "徐汇")])
    (one,) = per_10k_of(month_of(("C-1", True, None)), registry, end + DAY, CHINA)
    assert one.residents == 100


@pytest.mark.parametrize(
    ("capacity", "elders", "licensed_days", "barred"),
    [
        (None, 3, None, None), (4, 3, None, None), (3, 3, None, "full"), (2, 3, None, "over"),
        (4, 3, 0, "unlicensed"), (4, 3, 1, None), (2, 3, 0, "over"), (0, 0, None, "full"),
    ],
)  # fmt: skip
def test_who_is_full_is_offered_nobody_until_it_is_below_again(
    capacity: int | None, elders: int, licensed_days: int | None, barred: str | None
) -> None:
    until = None if licensed_days is None else MORNING_MS + licensed_days * DAY
    firm = Organisation("O-1", "xuhui", "home-care", None, None, capacity, "L" if until else None, until)
    agreed = [Valid(Agreement(f"E-{n}", "O-1"), 0, MORNING_MS + 5 * DAY) for n in range(elders)]
    registry = known(Standing(organisations=[Valid(firm, 0)], agreements=agreed))
    (one,) = supply_of(registry, MORNING_MS)
    assert (one.elders, one.barred, one.as_json()["offered"]) == (elders, barred, barred is None)
    (later,) = supply_of(registry, MORNING_MS + 5 * DAY)
    assert later.elders == 0
