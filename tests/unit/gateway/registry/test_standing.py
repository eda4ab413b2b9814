"""Who may do what for whom: every answer is that of its moment, whatever the order of the rows."""

from collections.abc import Iterable, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.command.roster.between import check_together
from zhendao.command.roster.check import Row, check_rows
from zhendao.command.roster.files import RawRow, RawSheet, read
from zhendao.command.roster.sheets import BY_NAME
from zhendao.gateway.registry.making import registry_of_rows
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.registry.standing import Agreement, Certificate, Organisation, Region, Standing
from zhendao.gateway.registry.validity import Related, Valid, next_change

DAY = 86_400_000


def rows_of(sheet: str, *cells: dict[str, Any]) -> tuple[list[Row], list[str]]:
    """Return the rows that hold from day 0 of 1970, and what is wrong with the others."""
    given = tuple(RawRow(n, {"valid_from": "1970-01-01"} | one) for n, one in enumerate(cells, 2))
    rows, problems = check_rows(RawSheet(BY_NAME[sheet], f"{sheet}.csv", {}, given), UTC, "t")
    return rows, [one.explain("en") for one in problems]


def good(sheet: str, *cells: dict[str, Any]) -> list[Row]:
    rows, problems = rows_of(sheet, *cells)
    assert problems == []
    return rows


def test_yesterday_is_judged_by_yesterdays_registry(tmp_path: Path) -> None:
    tables = {
        "regions": "region,level,parent,valid_from\n徐汇,区,,2026-01-01\n徐家汇,街道,徐汇,2026-01-01\n",
        "organisations": "organisation,title,type,capacity,licensed_to,valid_from\n"
        "O1,甲,居养中心,1,2026-06-30,2026-01-01\nO2,乙,护理院,,,2026-01-01\n",
        "places": "place_id,latitude,longitude,datum,radius,accuracy,region,outline,valid_from\n"
        "P1,31,121,WGS-84,60,5,徐家汇,,2026-01-01\n"
        "P2,31,121,WGS-84,60,5,徐家汇,31 121; 31.1 121; 31 121.1; 31 121,2026-01-01\n",
        "elders": "elder_id,name,place_id,ability,payer,valid_from\nE1,王,P1,介护,免费,2026-01-01\n",
        "approved_places": "elder_id,place_id,valid_from,valid_to\nE1,P2,2026-02-01,2026-02-28\n",
        "caregivers": "caregiver_id,name,organisation,occupation,born,valid_from,valid_to\n"
        "C1,李,O1,护士,1980-05-06,2026-01-01,2026-03-31\nC1,李,O2,护士,1980-05-06,2026-04-01,\n",
        "certificates": "caregiver_id,kind,number,valid_from,valid_to\nC1,资格证,123,2026-01-01,2026-05-31\n",
        "bindings": "caregiver_id,elder_id,valid_from,valid_to\nC1,E1,2026-01-01,2026-03-31\n",
        "agreements": "elder_id,organisation,valid_from,valid_to\nE1,O1,2026-01-01,2026-03-31\nE1,O2,2026-04-01,\n",
        "services": "code,min_duration,max_duration,period,times,least_per_period,hours,profile,staff,valid_from\n"
        "喘息,1h,12h,month,4,4h,20:00-08:00,住家,2,2026-01-01\n助洁,1h,2h,,,,,,,2026-01-01\n",
        "schedules": "elder_id,caregiver_id,code,slot,valid_from\nE1,C1,助洁,,2026-01-01\nE1,C1,喘息,夜,2026-04-01\n",
        "authorisations": "elder_id,code,amount,period,valid_from,valid_to\nE1,助洁,6h,月,2026-01-01,2026-03-31\n",
        "blocklist": "person,number,reason,street,civil,police,valid_from,valid_to\n"
        "C1,,禁入,一,二,三,2026-05-01,\n,04a1b2c3,lost,,,,2026-05-01,2026-05-31\n",
    }
    for name, text in tables.items():
        (tmp_path / f"{name}.csv").write_text(text)
    raw, problems = read(tmp_path)
    checked = [check_rows(one, UTC, "t") for one in raw]
    assert [*problems, *(wrong for _, several in checked for wrong in several)] == []
    rows = [row for several, _ in checked for row in several]
    assert check_together(rows, rows) == []
    registry = registry_of_rows(rows)
    backwards = registry_of_rows(reversed(rows))
    assert [_told(registry, at(month)) for month in range(1, 8)] == [
        ("O1", ("O1",), True, ("E1",), "month", None, 1, 1, "助洁", True),
        ("O1", ("O1",), True, ("E1",), "month", None, 1, 2, "助洁", True),
        ("O1", ("O1",), True, ("E1",), "month", None, 1, 1, "助洁", True),
        ("O2", ("O2",), True, (), None, None, 2, 1, None, True),
        ("O2", ("O2",), True, (), None, "barred", 2, 1, None, True),
        ("O2", ("O2",), False, (), None, "barred", 2, 1, None, True),
        ("O2", ("O2",), False, (), None, "barred", 2, 1, None, False),
    ]
    assert [_told(backwards, at(month)) for month in range(1, 8)] == [_told(registry, at(m)) for m in range(1, 8)]
    standing, may = registry.standing, at(5)
    assert standing.regions_from("徐家汇", may) == ("徐家汇", "徐汇")
    assert standing.regions_from("天平", may) == ("天平",)
    assert standing.elders_of("O1", at(2)) == ("E1",)
    block = standing.block_of(bytes.fromhex("04a1b2c3"), may)
    assert block is not None
    assert block.reason == "lost"
    assert standing.block_of(bytes.fromhex("04a1b2c3"), at(6)) is None
    respite = registry.service("喘息", may)
    assert respite is not None
    assert (respite.times, respite.least_s, respite.hours, respite.profile, respite.staff) == (
        4, 14_400, "20:00-08:00", "live-in", 2
    )  # fmt: skip
    outlined = registry.place("P2", may)
    assert outlined is not None
    assert outlined.outline == (
        (310_000_000, 1_210_000_000),
        (311_000_000, 1_210_000_000),
        (310_000_000, 1_211_000_000),
    )
    assert "1980" not in repr([registry.caregivers_at(may), registry.elders_at(may)])


def at(month: int) -> int:
    """Return the tenth of a month of 2026, UTC ms."""
    days = sum([31, 28, 31, 30, 31, 30, 31][: month - 1]) + 9
    return 1_767_225_600_000 + days * DAY


def _told(registry: Registry, at_ms: int) -> tuple[object, ...]:
    standing, caregiver = registry.standing, registry.caregiver("C1", at_ms)
    granted, block = standing.authorisation("E1", "助洁", at_ms), standing.block("C1", at_ms)
    organisation = standing.organisation("O1", at_ms)
    assert caregiver is not None
    assert organisation is not None
    return (
        caregiver.organisation,
        standing.organisations_of("E1", at_ms),
        standing.is_certified("C1", at_ms),
        standing.elders_bound_to("C1", at_ms),
        None if granted is None else granted.period,
        None if block is None else block.reason,
        len(registry.schedules_of("E1", "C1", at_ms)),
        len(registry.places_of("E1", at_ms)),
        registry.service_of("E1", "C1", at_ms),
        organisation.is_licensed(at_ms),
    )


@pytest.mark.parametrize(
    ("sheet", "cells", "words"),
    [
        ("blocklist", {"reason": "lost"}, "exactly one"),
        ("blocklist", {"reason": "lost", "person": "C1", "number": "04a1b2c3"}, "exactly one"),
        ("blocklist", {"reason": "barred", "person": "C1", "street": "1", "civil": "2"}, "all three"),
        ("blocklist", {"reason": "禁入", "number": "04a1b2c3"}, "only a person"),
        ("services", {"code": "A", "min_s": "1h", "max_s": "2h", "times": "2"}, "which period"),
        ("organisations", {"organisation": "O", "title": "甲", "type": "医院"}, "not one of the words"),
        ("caregivers", {"caregiver_id": "C", "name": "李", "born": "1980-05-06 10:00"}, "is no date"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_row_is_told(sheet: str, cells: dict[str, str], words: str) -> None:
    rows, problems = rows_of(sheet, cells)
    assert rows == []
    assert words in " ".join(problems)


def between(*tables: Sequence[Row]) -> list[str]:
    rows = [row for table in tables for row in table]
    return [one.explain("en") for one in check_together(rows, rows)]


def test_regions_and_organisations_are_asked_for_only_where_they_are_kept() -> None:
    caregiver = good("caregivers", {"caregiver_id": "C1", "name": "李", "organisation": "O9", "region": "徐家汇"})
    assert between(caregiver) == []
    organisations = good("organisations", {"organisation": "O1", "title": "甲", "type": "护理院"})
    assert between(caregiver, organisations) == [
        "caregivers.csv, line 2, column organisation: O9 is not in the table organisations -> enter it in organisations"
    ]


def test_a_region_lies_in_none_of_its_own_level() -> None:
    regions = [
        {"region": "徐汇", "level": "区"},
        {"region": "徐家汇", "level": "街道", "parent": "徐汇"},
        {"region": "天平", "level": "街道", "parent": "徐家汇"},
        {"region": "环", "level": "居", "parent": "环"},
    ]
    assert [one.split(":")[0] for one in between(good("regions", *regions))] == [
        "regions.csv, line 4, column parent", "regions.csv, line 5, column parent"
    ]  # fmt: skip


def test_parents_in_a_ring_come_to_an_end() -> None:
    ring = Standing(regions=[Valid(Region("A", 3, "B"), 0), Valid(Region("B", 3, "A"), 0)])
    assert ring.regions_from("A", 1) == ("A", "B")


def test_of_a_licence_that_nobody_wrote_down_nothing_is_said() -> None:
    assert Organisation("O1", "t", "other").is_licensed(5) is None
    assert Organisation("O1", "t", "other", licence="7").is_licensed(5) is True


def test_papers_that_ended_are_still_told_of() -> None:
    standing = Standing(certificates=[Valid(Certificate("C1", "health"), 0, 10), Valid(Certificate("C1", "skill"), 5)])
    assert [one.to_ms for one in standing.papers("C1")] == [10, None]
    assert (standing.is_certified("C1", 4), standing.is_certified("C1", 5)) == (False, True)
    agreed = Standing(agreements=[Valid(Agreement("E1", "O1"), 3)])
    assert [one.from_ms for one in agreed.agreements("E1")] == [3]


spans = st.builds(
    lambda row, start, length: Valid(row, start, None if length is None else start + length),
    st.integers(0, 9),
    st.integers(-9, 9),
    st.none() | st.integers(1, 9),
)


@given(st.lists(st.tuples(st.sampled_from("ab"), spans), max_size=8), st.randoms(use_true_random=False))
def test_related_rows_are_those_that_hold_in_one_order(rows: list[tuple[str, Valid[int]]], random: Any) -> None:
    shuffled = random.sample(rows, len(rows))
    related, again = Related(rows), Related(shuffled)
    for moment in range(-10, 20):
        held = [one.row for key, one in rows if key == "a" and one.holds_at(moment)]
        assert sorted(related.at("a", moment)) == sorted(held)
        assert again.at("a", moment) == related.at("a", moment)
        later = next_change((one for _, one in rows), moment)
        assert _holding(rows, moment) == _holding(rows, moment if later is None else later - 1)


def _holding(rows: Iterable[tuple[str, Valid[int]]], moment: int) -> list[int]:
    return [n for n, (_, one) in enumerate(rows) if one.holds_at(moment)]
