"""Whatever is registered, and whoever came: every caregiver is in the figures once, and the total is that of its rows.

rule: DAILY-RANK, DAILY-DETAIL, ORG-TYPES, BINDING
"""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.command.errors import UsageError
from zhendao.gateway.registry.snapshot import Caregiver, Registry
from zhendao.gateway.registry.standing import Region, Standing
from zhendao.gateway.registry.validity import Valid
from zhendao.gateway.reports.daily_detail import daily_detail
from zhendao.gateway.reports.daily_rank import daily_rank
from zhendao.gateway.reports.moment import day_ms, day_until
from zhendao.gateway.reports.people import Person
from zhendao.gateway.reports.report import share
from zhendao.gateway.reports.stock import Firm, Stock

CHINA = 8 * 3_600_000
NOW = day_ms(date(2026, 11, 3), CHINA)
SPAN = day_until("2026-11-02", None, NOW, CHINA)
REGIONS = {"R": (2, None), "S1": (3, "R"), "S2": (3, "R"), "V1": (4, "S1")}
STREETS = {"R": "区", "S1": "甲街道", "S2": "乙街道", "V1": "甲街道", None: "（未登记）"}
TITLES = {"R": "区", "S1": "甲街道", "S2": "乙街道", "V1": "居"}
firms = st.dictionaries(
    st.sampled_from(["O1", "O2", "O3", "O4"]),
    st.tuples(st.sampled_from(["residence", "home-care", "other"]), st.sampled_from([None, *REGIONS])),
)
people = st.dictionaries(
    st.integers(1, 12).map("C{}".format),
    st.tuples(st.sampled_from([None, "O1", "O2", "O3", "O4"]), st.sampled_from([None, *REGIONS])),
)
present = st.sets(st.integers(1, 15).map("C{}".format))


def office(firms: dict[str, tuple[str, str | None]], people: dict[str, tuple[str | None, str | None]]) -> Stock:
    regions = [Valid(Region(name, level, parent), 0) for name, (level, parent) in REGIONS.items()]
    registry = Registry(
        caregivers=[Valid(Caregiver(who, "t", firm, region), 0) for who, (firm, region) in people.items()],
        standing=Standing(regions=regions),
    )
    told = {name: Firm(f"机构{name}", kind, region) for name, (kind, region) in firms.items()}
    return Stock(registry, SPAN.at_ms, TITLES, told)


@given(firms, people, present)
def test_everybody_is_counted_once_and_the_total_is_that_of_what_counts(
    firms: dict[str, tuple[str, str | None]], people: dict[str, tuple[str | None, str | None]], present: set[str]
) -> None:
    stock = office(firms, people)
    made = daily_rank(stock, present, SPAN)
    rows = [list(row) for row in made.rows]
    bound = {who for who, (firm, _) in people.items() if firm is not None}
    assert sum(row[4] for row in rows) == len(bound)
    assert sum(row[5] for row in rows) == len(bound & present)
    loose = set(people) - bound
    said = [f"另有未绑定机构的护理员 {len(loose)} 人，其中打卡 {len(loose & present)} 人。"] if loose else []
    unknown = len(present - set(people))
    assert list(made.notes) == said + ([f"另有此时未登记的持卡人打卡 {unknown} 人。"] if unknown else [])
    counted = [row for row in rows if "不计入合计" not in (row[7] or "")]
    assert made.total is not None
    assert made.total[4:7] == (
        sum(row[4] for row in counted),
        sum(row[5] for row in counted),
        share(sum(row[5] for row in counted), sum(row[4] for row in counted)),
    )
    # Of each street the rows stand together, its best first; each names its own street.
    streets = [row[1] for row in rows]
    assert len({*streets}) == sum(one != before for one, before in zip(streets, [None, *streets], strict=False))
    for street in {*streets}:
        shares = [row[6] for row in counted if row[1] == street and row[6] is not None]
        assert shares == sorted(shares, reverse=True)
    for row in rows:
        _, region = firms.get(row[3].removeprefix("机构"), (None, None))
        assert row[1] == STREETS[region]
    assert [row[0] for row in rows] == list(range(1, len(rows) + 1))


@given(firms, people, present, st.sampled_from(list(REGIONS)))
def test_a_region_and_the_rest_are_the_whole(
    firms: dict[str, tuple[str, str | None]],
    people: dict[str, tuple[str | None, str | None]],
    present: set[str],
    region: str,
) -> None:
    stock = office(firms, people)
    named = [Person(who, "李婉", None, None, None) for who in stock.registry.caregivers_at(stock.at_ms)]
    whole = [tuple(row[1:]) for row in daily_detail(stock, named, present, SPAN).rows]
    within = [tuple(row[1:]) for row in daily_detail(stock, named, present, SPAN, region).rows]
    assert len(whole) == len(people)
    assert set(within) <= set(whole)
    works = {who.who: stock.workplace_of(who.who) for who in named}
    assert len(within) == sum(stock.lies_in(place, region) for place in works.values())
    ranked = daily_rank(stock, present, SPAN, region)
    everywhere = {row[3]: row[4:] for row in daily_rank(stock, present, SPAN).rows}
    assert all(everywhere[row[3]] == row[4:] for row in ranked.rows)


def test_where_nobody_keeps_regions_they_are_what_the_tables_say() -> None:
    stock = Stock(Registry(), 0, {}, {"O1": Firm("一院", "residence", "徐家汇")})
    assert (stock.wanted("徐家汇"), stock.street("徐家汇"), stock.street(None)) == ("徐家汇", "徐家汇", "（未登记）")
    assert [row[3] for row in daily_rank(stock, (), SPAN, "徐家汇").rows] == ["一院"]
    assert daily_rank(stock, (), SPAN, "天平").rows == []


def test_a_region_is_asked_for_by_a_title_that_only_one_has() -> None:
    stock = Stock(Registry(), 0, {"1": "新村", "2": "新村", "3": "天平"}, {})
    assert (stock.wanted("3"), stock.wanted("天平"), stock.called("天平"), stock.called("新村")) == (
        "3",
        "3",
        "3",
        "新村",
    )
    for asked in ("新村", "徐汇"):
        with pytest.raises(UsageError):
            stock.wanted(asked)
