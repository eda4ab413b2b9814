"""Which villages are covered, with both figures; and what is worth a look."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.eaten import BAG, BARE, CANTEEN, NOON_MS, RULES, elder, fact, filled, here, registry
from zhendao.gateway.meals.concluding import conclude
from zhendao.gateway.meals.coverage import Covered, coverage, days_of, elders_by_village, figures, of_week, week_of
from zhendao.gateway.meals.findings import AWAY, BATCH, DEAD, TWO_POINTS, found_in
from zhendao.gateway.meals.telling import tell, tell_filled
from zhendao.gateway.meals.values import Filled, MealFact, Meals
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.registry.validity import Valid

ALL = registry()


def meals(*records: MealFact | Filled, by: Registry = ALL) -> list[Meals]:
    told = [tell(one, by, RULES) if isinstance(one, MealFact) else tell_filled(one, by, RULES) for one in records]
    return conclude(told, RULES)


def test_three_records_of_elders_registered_there_cover_a_village() -> None:
    eaten = [
        fact(who=1),
        fact(who=2),
        fact(300, who=1),
        fact(who=6),
        fact(who=7, device=BARE),
        fact(300, who=5, device=BARE),
    ]
    found = coverage(meals(*eaten), ALL, RULES)
    assert [(one.week, one.region, one.elders, one.records, one.covered) for one in found] == [
        ("2026-W47", "V1", 4, 3, True),
        ("2026-W47", "V2", 4, 1, False),
        ("2026-W47", "V3", 0, 0, False),
    ]
    assert figures(found) == Covered(1, 3, 2), "a village with no elders can never be covered: both figures are said"


def test_repeated_taps_cover_nobody_and_a_back_fill_does() -> None:
    assert not any(one.covered for one in coverage(meals(*(fact(n, who=1) for n in range(9))), ALL, RULES))
    assert coverage(meals(filled(1), filled(2, line=3), filled(3, line=4)), ALL, RULES)[0].covered


def test_elders_who_died_are_no_elders_of_a_village() -> None:
    gone = registry(Valid(elder(1, died_on="2026-11-17"), 0), Valid(elder(2, died_on="2026-11-18"), 0))
    assert elders_by_village(gone, NOON_MS, "2026-11-18") == {"V1": 3, "V2": 4, "V3": 0}
    assert elders_by_village(registry(regions=False), NOON_MS, "2026-11-18") == {"V1": 4, "V2": 4}


def test_a_week_begins_on_monday_and_years_are_those_of_the_week() -> None:
    assert (week_of("2026-11-16"), week_of("2026-11-22"), week_of("2027-01-03")) == ("2026-W47", "2026-W47", "2026-W53")
    assert days_of("2026-W53") == ("2026-12-28", "2027-01-03")
    with pytest.raises(ValueError, match="nonsense"):
        days_of("nonsense")


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from(["V1", "V2", "V3", "V9"]), st.integers(0, 6)))
def test_whatever_the_records_the_figures_fit_each_other(records: dict[str, int]) -> None:
    found = of_week("2026-W47", records, elders_by_village(ALL, NOON_MS, "2026-11-18"), RULES)
    told = figures(found)
    assert {one.region: one.records for one in found} == {**dict.fromkeys(("V1", "V2", "V3"), 0), **records}
    assert told.covered == sum(count >= RULES.cover_least for count in records.values())
    assert told.with_elders == 2
    assert told.covered <= told.villages


def test_one_elder_at_two_points_at_one_meal_is_worth_a_look() -> None:
    (one,) = found_in(meals(fact(who=1), fact(40, device=BARE, who=1)), RULES)
    assert (one.kind, one.elder_id, one.point, one.measured, one.base_permille) == (TWO_POINTS, "E1", "M3", 40, None)


def test_a_batch_of_cards_is_told_with_how_often_others_are_such() -> None:
    batch = [fact(n / 60, who=n) for n in range(1, 7)]
    slowly = [fact(60 + n, device=BARE, who=n) for n in range(1, 9)]
    assert [(one.kind, one.measured) for one in found_in(meals(*batch, *slowly), RULES) if one.kind == BATCH] == [
        (BATCH, 6)
    ]
    (one,) = (one for one in found_in(meals(*batch, *slowly), RULES) if one.kind == BATCH)
    assert one.base_permille == 0
    assert not [one for one in found_in(meals(*batch[:5]), RULES) if one.kind == BATCH], "five in a queue are five"
    same = [fact(n / 60, who=1, number=n) for n in range(1, 12)]
    assert not [one for one in found_in(meals(*same), RULES) if one.kind == BATCH], "one card again and again is one"
    twice = [fact(n / 60, device=device, who=n) for n in range(1, 7) for device in (CANTEEN, BARE)]
    assert [one.base_permille for one in found_in(meals(*twice), RULES) if one.kind == BATCH] == [1000, 1000]


def test_what_is_far_from_its_place_and_who_had_died_is_told() -> None:
    dead = registry(Valid(elder(1, died_on="2026-11-17"), 0))
    found = found_in(
        meals(fact(who=1), fact(who=2, fix=here(7)), fact(device=BAG, door=3, fix=here(3)), by=dead), RULES
    )
    assert Counter(one.kind for one in found) == Counter({AWAY: 1, DEAD: 1})
    assert all(one.as_json()["zh"] and one.as_json()["en"] for one in found)
