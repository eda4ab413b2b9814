"""What is overdue, to the millisecond and in order. rule: FOLLOW-UP, PAPERS, CARE-LEVEL."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samples.witnessed import known
from zhendao.gateway.judging.deadlines import OverdueTable
from zhendao.gateway.judging.overdue import Overdue, overdue_of
from zhendao.gateway.registry.snapshot import Caregiver, Elder
from zhendao.gateway.registry.standing import Agreement, Certificate, FollowUp, Organisation, Standing
from zhendao.gateway.registry.validity import Valid

DAY, HOUR = 86_400_000, 3_600_000
CHINA = 8 * HOUR
ELDER = Elder("E-1", "xuhui", "P-1", "red")


def at(day: str, hour: float = 0) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY + int(hour * HOUR) - CHINA


BEGAN = at("2026-09-21", 14)


def follow_up(day: str, kind: str = "follow-up", *, written: str | None = None) -> Valid[FollowUp]:
    return Valid(FollowUp("E-1", kind, at(day, 15)), at(written or day, 18))


ELSE = Valid(FollowUp("E-9", "follow-up", BEGAN), BEGAN)
"""Somebody keeps records at all."""


def found(as_of_ms: int, *done: Valid[FollowUp], kinds: tuple[str, ...] = (), **rows: Any) -> list[Overdue]:
    rows.setdefault("agreements", [Valid(Agreement("E-1", "O-1"), BEGAN)])
    elders = rows.pop("elders", [ELDER])
    caregivers = rows.pop("caregivers", [])
    standing = Standing(follow_ups=done, **rows)
    several = overdue_of(known(standing, elders=elders, caregivers=caregivers), as_of_ms, OverdueTable(), CHINA)
    return [one for one in several if not kinds or one.kind in kinds]


def words(several: list[Overdue]) -> list[tuple[str, str]]:
    return [(one.kind, one.subject[1]) for one in several]


def test_a_follow_up_is_overdue_when_its_third_day_is_over_and_until_it_is_on_record() -> None:
    due = at("2026-09-25")
    assert found(due - 1, ELSE) == []
    (one,) = found(due, ELSE)
    assert (one.kind, one.due_ms, one.organisation, one.level) == ("follow_up", due, "O-1", "red")
    assert "第 1 天" in one.text.zh
    assert found(due, ELSE, follow_up("2026-09-23")) == []
    assert words(found(due, ELSE, follow_up("2026-09-20"))) == [("follow_up", "E-1")]  # that was before it began
    late = follow_up("2026-09-27")
    assert words(found(at("2026-09-26"), late)) == [("follow_up", "E-1")]
    assert found(at("2026-09-28"), late) == []


def test_what_was_not_yet_written_down_was_not_on_record() -> None:
    later = follow_up("2026-09-23", written="2026-09-30")
    assert words(found(at("2026-09-29"), later)) == [("follow_up", "E-1")]
    assert found(at("2026-10-01"), later) == []


def test_each_whole_month_of_a_service_has_a_check_of_the_household() -> None:
    first = follow_up("2026-09-22")
    assert found(at("2026-11-01") - 1, first) == []
    (one,) = found(at("2026-11-01"), first)
    assert (one.kind, one.due_ms) == ("household_check", at("2026-11-01"))
    assert "2026-10 起 1 个月" in one.text.zh
    (one,) = found(at("2026-12-05"), first)
    assert (one.due_ms, "2 个月" in one.text.zh) == (at("2026-11-01"), True)
    october = follow_up("2026-10-31", "household-check")
    assert found(at("2026-11-30"), first, october) == []
    assert words(found(at("2026-12-01"), first, october)) == [("household_check", "E-1")]
    assert found(at("2026-12-05"), first, follow_up("2026-12-02", "household-check")) == []


def test_where_nobody_keeps_records_or_the_service_is_over_nothing_is_said() -> None:
    over = [Valid(Agreement("E-1", "O-1"), BEGAN, BEGAN + 30 * DAY)]
    assert found(at("2027-01-01")) == []
    assert found(at("2027-01-01"), ELSE, agreements=over) == []
    assert found(at("2027-01-01"), ELSE, elders=[]) == []


@pytest.mark.parametrize(
    ("papers", "kind"),
    [
        ([("health", 40)], None),
        ([("health", 30)], "paper_soon"),
        ([("health", 1)], "paper_soon"),
        ([("health", 0)], "paper"),
        ([("health", -5), ("health", 300)], None),
        ([("health", -5), ("health", None)], None),
        ([("skill", -5), ("qualification", 300)], None),
        ([("skill", -5), ("qualification", -1)], "paper"),
        ([("identity", -1)], "paper"),
    ],
)
def test_papers_are_told_of_before_they_run_out_and_after(
    papers: list[tuple[str, int | None]], kind: str | None
) -> None:
    now = at("2026-09-22")
    rows = [
        Valid(Certificate("C-1", name), now - 900 * DAY, None if days is None else now + days * DAY)
        for name, days in papers
    ]
    several = found(now, certificates=rows, caregivers=[Caregiver("C-1", "xuhui", "O-1")])
    assert [one.kind for one in several] == ([] if kind is None else [kind])
    assert found(now, certificates=rows) == []  # nobody's who is not there any more


def test_a_licence_is_told_of_as_papers_are() -> None:
    now = at("2026-09-22")
    for days, kind in ((31, None), (30, "licence_soon"), (0, "licence")):
        firm = Organisation("O-1", "xuhui", "home-care", None, "P-1", None, "L", now + days * DAY)
        several = found(now, organisations=[Valid(firm, 0)])
        assert [one.kind for one in several] == ([] if kind is None else [kind])


def test_who_belongs_to_no_organisation_is_listed_where_organisations_are_kept() -> None:
    now = at("2026-09-22")
    people = [Caregiver("C-1", "xuhui", None), Caregiver("C-2", "xuhui", "O-1")]
    firm = [Valid(Organisation("O-1", "xuhui", "home-care", place_id="P-1"), 0)]
    assert words(found(now, caregivers=people, organisations=firm)) == [("unbound", "C-1")]
    assert found(now, caregivers=people) == []


def test_who_is_cared_for_and_every_organisation_has_a_marked_place() -> None:
    now = at("2026-09-22")
    firms = [
        Valid(Organisation(f"O-{n}", "xuhui", "home-care", place_id=place), 0) for n, place in ((1, "P-1"), (2, None))
    ]
    elders = [
        Elder("E-1", "xuhui", "P-1", "red"),
        Elder("E-2", "xuhui", "P-9", None),
        Elder("E-3", "xuhui", None, None),
    ]
    agreed = [Valid(Agreement(one, "O-1"), 0) for one in ("E-1", "E-2")]
    told = words(found(now, organisations=firms, elders=elders, agreements=agreed))
    assert told == [("unmarked", "E-2"), ("unmarked", "O-2")]


levels = st.sampled_from(["red", "orange", "yellow", "green", None])


@given(st.lists(st.tuples(levels, st.integers(5, 60)), max_size=8))
def test_red_and_orange_come_first_then_what_is_overdue_longest(several: list[tuple[str | None, int]]) -> None:
    now = at("2026-12-15")
    elders = [Elder(f"E-{n}", "xuhui", None, level) for n, (level, _) in enumerate(several)]
    agreed = [Valid(Agreement(f"E-{n}", "O-1"), now - days * DAY) for n, (_, days) in enumerate(several)]
    told = found(now, ELSE, elders=elders, agreements=agreed, kinds=("follow_up",))
    order = ["red", "orange", "yellow", "green", None]
    assert len(told) == len(several)
    assert [(order.index(one.level), one.due_ms) for one in told] == sorted(
        (order.index(one.level), one.due_ms) for one in told
    )
