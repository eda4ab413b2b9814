"""Valid days, weeks and months, and days of living in. rule: VALID-DAY, VALID-WEEK, VALID-MONTH, STATION, SERVICES."""

from dataclasses import replace
from typing import Any

import pytest

from samples.taps import check
from samples.witnessed import ANNA, DAY_S, DEVICE, HOUR_S, MINUTE_S, MORNING_MS, Witness, known
from zhendao.command.roster.choices import ORGANISATION_KINDS
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.counted import Uncounted, uncounted
from zhendao.gateway.judging.judge import Judge, Judged
from zhendao.gateway.judging.valid import ValidRule
from zhendao.gateway.registry.snapshot import Caregiver, Service, Terminal
from zhendao.gateway.registry.standing import Certificate, Organisation, Standing
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.vocabulary import ClockSource, Direction, Placement

STATION = b"s" * 16


def judged(*witnesses: Witness, rule: ValidRule | None = None, **rows: list[Any]) -> Judged:
    judge = Judge(known(**rows), policy_of(VisitsTable()), 10_000, valid=rule)
    for one in witnesses:
        for fact in one.facts:
            judge.take(fact)
    return judge.judged()


def days(found: Judged) -> list[tuple[str, str, int, bool, bool]]:
    return [(one.caregiver_id, one.day.isoformat(), one.checks, one.valid, one.sure) for one in found.days]


@pytest.mark.parametrize(("apart_s", "valid"), [(HOUR_S - 1, False), (HOUR_S, True), (HOUR_S + 1, True)])
def test_a_day_is_valid_from_an_hour_on_to_the_second(apart_s: int, valid: bool) -> None:  # noqa: FBT001
    home = Witness()
    home.come(0)
    home.leave(apart_s, 1)
    assert days(judged(home)) == [("C-1", "2026-09-22", 2, valid, True)]


def test_one_check_is_no_valid_day_and_one_taken_back_is_none() -> None:
    home = Witness()
    home.come(0)
    home.undo(home.come(3 * HOUR_S), 3 * HOUR_S + 5)
    assert days(judged(home)) == [("C-1", "2026-09-22", 1, False, True)]


def test_a_station_counts_as_a_home_does_and_both_together() -> None:
    home, station = Witness(), Witness(device=STATION)
    home.come(0)
    body = replace(check(Direction.IN), door=None, placement=Placement.STATION)
    station.add(body, 2 * HOUR_S)
    terminals = [
        Terminal(DEVICE, "E-1", "P-1", Placement.HOME, None),
        Terminal(STATION, None, "P-1", Placement.STATION, None),
    ]
    assert days(judged(home, station, terminals=terminals)) == [("C-1", "2026-09-22", 2, True, True)]


def test_the_day_is_the_local_one() -> None:
    home = Witness()
    home.come(15 * HOUR_S + 30 * MINUTE_S)
    home.leave(16 * HOUR_S + 30 * MINUTE_S, 1)
    assert [one[1:4] for one in days(judged(home))] == [("2026-09-22", 1, False), ("2026-09-23", 1, False)]


def test_the_error_of_a_clock_takes_no_day_away_and_is_told() -> None:
    home, station = Witness(), Witness(device=STATION)
    home.come(0)
    station.come(HOUR_S)
    assert days(judged(home, station)) == [("C-1", "2026-09-22", 2, True, False)]


def test_what_nobody_can_date_is_of_no_day() -> None:
    home = Witness()
    home.come(0, source=ClockSource.UNSET)
    assert judged(home).days == ()


def test_weeks_and_months_count_valid_days() -> None:
    home = Witness()
    for day in range(6):
        home.come(day * DAY_S)
        home.leave(day * DAY_S + 2 * HOUR_S, len(home.facts))
    home.come(6 * DAY_S)
    found = judged(home, rule=ValidRule(month_days=6))
    assert [(one.period, one.days, one.valid) for one in found.periods] == [
        ("2026-09", 6, True),
        ("2026-W39", 6, True),
        ("2026-W40", 0, False),
    ]
    assert [one.valid for one in judged(home, rule=ValidRule(week_days=7, month_days=7)).periods] == [False] * 3


def test_who_lives_in_attests_each_day_and_no_day_ends_another() -> None:
    services = [Service("BATH", 1_800, 5_400, profile="live-in")]
    home = Witness()
    for day in range(3):
        home.come(day * DAY_S)
    home.leave(2 * DAY_S + 5, 3)
    found = judged(home, services=services)
    assert [(one.state, one.record["profile"], one.record["in"]["seq"]) for one in found.visits] == [
        ("closed", "live-in", 1),
        ("closed", "live-in", 2),
        ("closed", "live-in", 3),
    ]
    words = {flag["flag"] for one in found.visits for flag in one.record["flags"]}
    assert not words & {"no_out", "no_in", "doubled", "long", "short", "reversed"}
    assert found.findings == ()
    assert judged(home).findings != ()


def test_who_lives_in_takes_a_day_back() -> None:
    home = Witness()
    home.undo(home.come(0, ANNA), 5)
    assert judged(home, services=[Service("BATH", 1_800, 5_400, profile="live-in")]).visits == ()


def test_the_same_tap_made_again_is_no_second_check_in() -> None:
    home = Witness()
    home.come(0)
    home.come(2)
    rule = ValidRule(apart_ms=1_000)
    assert days(judged(home, rule=rule)) == [("C-1", "2026-09-22", 1, False, True)]


FROM, TO = 1_000, 2_000
CARER = Caregiver("C-1", "xuhui", "O-1", occupation="carer")
FIRM = Organisation("O-1", "xuhui", "home-care")
GRADE = Certificate("C-1", "skill")


@pytest.mark.parametrize(
    ("who", "firm", "paper", "why"),
    [
        (CARER, FIRM, GRADE, None),
        (replace(CARER, occupation="nurse"), FIRM, replace(GRADE, kind="qualification"), None),
        (None, FIRM, GRADE, Uncounted.UNKNOWN),
        (replace(CARER, occupation="other"), FIRM, GRADE, Uncounted.OCCUPATION),
        (replace(CARER, occupation=None), FIRM, GRADE, Uncounted.OCCUPATION),
        (CARER, FIRM, replace(GRADE, kind="health"), Uncounted.CERTIFICATE),
        (CARER, FIRM, replace(GRADE, caregiver_id="C-2"), Uncounted.CERTIFICATE),
        (replace(CARER, organisation=None), FIRM, GRADE, Uncounted.UNBOUND),
        (replace(CARER, organisation="O-2"), FIRM, GRADE, Uncounted.ORGANISATION),
        (CARER, replace(FIRM, type="other"), GRADE, Uncounted.ORGANISATION),
    ],
)
def test_who_does_not_count_is_told_of_with_the_reason(
    who: Caregiver | None, firm: Organisation, paper: Certificate, why: Uncounted | None
) -> None:
    standing = Standing(organisations=[Valid(firm, FROM)], certificates=[Valid(paper, FROM, TO)])
    registry = known(standing, caregivers=[] if who is None else [Valid(who, FROM)])
    assert uncounted("C-1", FROM, registry) is why
    assert uncounted("C-1", FROM - 1, registry) is Uncounted.UNKNOWN
    if why is None:
        assert uncounted("C-1", TO, registry) is Uncounted.CERTIFICATE


@pytest.mark.parametrize("kind", [one for one in sorted({*ORGANISATION_KINDS.words.values()}) if one != "other"])
def test_each_of_the_eight_kinds_counts(kind: str) -> None:
    standing = Standing(organisations=[Valid(replace(FIRM, type=kind), FROM)], certificates=[Valid(GRADE, FROM)])
    assert uncounted("C-1", FROM, known(standing, caregivers=[Valid(CARER, FROM)])) is None


def test_a_period_says_whether_its_caregiver_counts_as_of_its_last_check_in() -> None:
    home = Witness()
    home.come(0)
    home.come(DAY_S)
    paper = Valid(GRADE, 0, MORNING_MS + DAY_S * 1000)
    standing = Standing(organisations=[Valid(FIRM, 0)], certificates=[paper])
    judge = Judge(known(standing, caregivers=[CARER]), policy_of(VisitsTable()), 10_000)
    judge.take(home.facts[0])
    assert {one.uncounted for one in judge.judged().periods} == {None}
    judge.take(home.facts[1])
    assert {one.uncounted for one in judge.judged().periods} == {Uncounted.CERTIFICATE}
