"""Which meals count: each rule by an example, and what holds of any set of records, in any order."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.eaten import (
    BAG,
    BARE,
    CANTEEN,
    DAY,
    DAY_MS,
    LOOSE,
    NOON_MS,
    RULES,
    elder,
    fact,
    filled,
    here,
    read,
    registry,
)
from zhendao.gateway.meals.concluding import conclude, household, standing
from zhendao.gateway.meals.settings import MealRules, MealsTable
from zhendao.gateway.meals.telling import tell, tell_filled
from zhendao.gateway.meals.values import Filled, MealFact, Meals, State, Told, day_at, noon_of
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.registry.validity import Valid
from zhendao.protocol.bodies import Meal
from zhendao.protocol.vocabulary import Placement, Role

ALL = registry()


def told(*records: MealFact | Filled, by: Registry = ALL, rules: MealRules = RULES) -> list[Told]:
    return [tell(one, by, rules) if isinstance(one, MealFact) else tell_filled(one, by, rules) for one in records]


def states(*records: MealFact | Filled, by: Registry = ALL, rules: MealRules = RULES) -> list[State]:
    """Return what becomes of ``records``, in the order in which they are given."""
    found = {one.told.id: one.state for one in conclude(told(*records, by=by, rules=rules), rules)}
    return [found[one.id] for one in records]


def test_the_days_of_this_module_are_what_they_seem() -> None:
    assert (day_at(NOON_MS, RULES.offset_ms), RULES.number(NOON_MS), noon_of(DAY, RULES.offset_ms)) == (DAY, 2, NOON_MS)


def test_a_card_twice_at_lunch_is_one_meal_and_dinner_is_another() -> None:
    assert states(fact(who=1), fact(3, who=1), fact(90, who=1), fact(300, who=1)) == [
        State.COUNTED, State.REPEATED, State.REPEATED, State.COUNTED,
    ]  # fmt: skip


def test_minutes_across_the_end_of_lunch_are_one_meal() -> None:
    assert states(fact(178, who=1), fact(183, who=1), fact(200, who=1)) == [
        State.COUNTED, State.REPEATED, State.COUNTED,
    ]  # fmt: skip


def test_one_elder_at_two_points_at_one_meal_counts_once() -> None:
    one, two = fact(who=1), fact(40, device=BARE, who=1)
    assert states(one, two) == [State.COUNTED, State.ELSEWHERE]
    (_, second) = conclude(told(two, one), RULES)
    assert second.of == one.id


@pytest.mark.parametrize(("device", "code", "point", "coded", "flags"), [
    (CANTEEN, None, "M1", True, ()),
    (CANTEEN, "330106-0001", "M1", True, ()),
    (CANTEEN, "330106-0002", "M1", True, ("other_code",)),
    (BARE, None, "M3", False, ("no_code",)),
    (LOOSE, "330106-0002", "M2", True, ()),
    (LOOSE, None, None, False, ("no_point",)),
    (b"?" * 16, "330106-9999", None, False, ("no_point",)),
])  # fmt: skip
def test_a_point_is_the_terminals_own_else_the_one_with_its_code(
    device: bytes,
    code: str | None,
    point: str | None,
    coded: bool,  # noqa: FBT001
    flags: tuple[str, ...],
) -> None:
    (one,) = told(fact(device=device, who=1, place_code=code))
    assert (one.point, one.coded, one.flags) == (point, coded, flags)
    (meal,) = conclude([one], RULES)
    assert (meal.counted, meal.covers) == (True, coded), "without a code it is kept, and covers nobody"


def test_a_delivery_told_by_door_and_by_card_is_one_meal() -> None:
    assert states(fact(device=BAG, door=1), fact(0.2, device=BAG, door=1, who=1)) == [State.REPEATED, State.COUNTED]
    (one,) = told(fact(device=BAG, door=1))
    assert (one.elder_id, one.village, one.way, one.by) == ("E1", "V1", "delivery", "door")
    assert states(fact(device=BAG, door=1), rules=MealsTable(door_alone=False).rules(480)) == [State.UNKNOWN]


def test_a_couples_door_counts_for_one_and_their_cards_for_two() -> None:
    (one,) = told(fact(device=BAG, door=7))
    assert (one.elder_id, one.village, one.household) == (None, "V2", "place P7")
    alone, again = fact(device=BAG, door=7), fact(5, device=BAG, door=7)
    assert states(alone, again) == [State.COUNTED, State.REPEATED]
    cards = [fact(1, device=BAG, who=n) for n in (7, 8)]
    assert states(alone, *cards) == [State.REPEATED, State.COUNTED, State.COUNTED]


def test_a_card_at_anothers_door_is_said() -> None:
    (one,) = told(fact(device=BAG, door=2, who=1))
    assert (one.elder_id, one.flags) == ("E1", ("other_door",))


def test_nobodys_card_and_a_caregivers_are_kept_and_count_for_nobody() -> None:
    for uid in (b"nobody", b"giver"):
        body = Meal(elder=read(Role.UNKNOWN, uid), placement=Placement.STATION)
        (one,) = conclude(told(fact(body=body)), RULES)
        assert (one.state, one.told.elder_id, one.covers) == (State.UNKNOWN, None, False)


def test_a_deceased_elder_is_filtered_and_said_until_the_day_of_death_they_ate() -> None:
    dead = registry(Valid(elder(1, died_on=DAY), 0))
    (that_day, next_day) = told(fact(who=1), fact(24 * 60, who=1), by=dead)
    assert (that_day.fixed, next_day.fixed, next_day.dead_on) == (None, State.DEAD, DAY)
    assert states(fact(24 * 60, who=1), filled(1, day="2026-11-19"), by=dead) == [State.DEAD, State.DEAD]


def test_an_elder_whose_row_has_ended_is_filtered_and_told_apart() -> None:
    ended = registry(ended={1: NOON_MS - DAY_MS})
    (one,) = told(fact(who=1), by=ended)
    assert (one.fixed, one.elder_id, one.dead_on, one.flags) == (State.DEAD, "E1", None, ("registration_ended",))


def test_a_back_fill_counts_where_the_day_has_nothing_else() -> None:
    assert states(filled(1), filled(2, line=3), filled(1, line=4, meal=3)) == [State.COUNTED] * 3
    assert states(filled(1), fact(300, who=2)) == [State.SIGNED_DAY, State.COUNTED]
    assert states(filled(1), fact(300, device=BAG, who=2)) == [State.COUNTED, State.COUNTED], "another point's record"
    assert states(filled(1), fact(24 * 60, who=2)) == [State.COUNTED, State.COUNTED], "another day's record"
    body = Meal(elder=read(Role.ELDER, b"nobody"), placement=Placement.STATION)
    assert states(filled(1), fact(body=body)) == [State.SIGNED_DAY, State.UNKNOWN], "any record is a record"


def test_of_two_files_for_a_day_the_first_counts_and_a_signed_meal_elsewhere_goes_before() -> None:
    assert states(filled(1), filled(2, number=2)) == [State.COUNTED, State.FILLED_DAY]
    assert states(filled(1), fact(300, device=BAG, who=1), filled(1, line=3, meal=3)) == [
        State.COUNTED, State.COUNTED, State.ELSEWHERE,
    ]  # fmt: skip
    assert states(filled(99)) == [State.UNKNOWN]


def test_a_time_that_nobody_knows_is_said_and_so_is_a_place_that_is_elsewhere() -> None:
    (one,) = told(fact(who=1, known=False, disputed=True))
    assert one.flags == ("time_disputed", "undated")
    near, far, home = told(fact(who=1, fix=here()), fact(who=1, fix=here(7)), fact(device=BAG, door=3, fix=here(3)))
    assert (near.flags, near.distance_m) == ((), 0)
    assert far.flags == ("away",)
    assert far.distance_m is not None
    assert 700 < far.distance_m < 900
    assert home.flags == ()


def test_the_register_says_the_village_and_else_the_home() -> None:
    moved = registry(Valid(elder(1, household="V2"), 0), Valid(elder(2, household="S1"), 0))
    assert [one.village for one in told(fact(who=1), fact(who=2), by=moved)] == ["V2", None]
    bare = registry(Valid(elder(1, household=None), 0), regions=False)
    assert [one.village for one in told(fact(who=1), fact(who=5), by=bare)] == [None, "V2"]


RECORDS = st.one_of(
    st.builds(
        fact,
        st.integers(-300, 700),
        st.sampled_from([CANTEEN, BAG, BARE, LOOSE]),
        st.integers(0, 2),
        who=st.one_of(st.none(), st.integers(1, 9)),
        door=st.one_of(st.none(), st.integers(1, 7)),
    ),
    st.builds(
        filled, st.integers(1, 9), st.integers(1, 3), st.integers(2, 9), st.sampled_from([DAY, "2026-11-19"]),
        st.sampled_from(["M1", "M2", "M9"]), st.integers(1, 3),
    ),
)  # fmt: skip
MIXED = registry(Valid(elder(4, died_on="2026-11-01"), 0), ended={5: NOON_MS})


def unique(records: list[Any]) -> list[Any]:
    return list({one.id: one for one in records}.values())


@settings(max_examples=150, deadline=None)
@given(st.lists(RECORDS, max_size=14).map(unique), st.randoms(use_true_random=False))
def test_whatever_the_order_each_record_has_one_state_and_a_meal_counts_once(
    records: list[Any], chance: random.Random
) -> None:
    several = told(*records, by=MIXED)
    found = conclude(several, RULES)
    mixed = list(several)
    chance.shuffle(mixed)
    assert conclude(mixed, RULES) == found
    assert sorted(one.told.id for one in found) == sorted(one.id for one in records)
    counted = [one.told for one in found if one.counted]
    assert len({(one.elder_id or one.household, one.day, one.meal) for one in counted}) == len(counted)
    counting = {one.id for one in counted}
    for one in found:
        assert (one.of in counting) is (one.state in {State.REPEATED, State.ELSEWHERE})
        assert not (one.counted and one.told.fixed is not None)
    signed = {(one.point, one.day) for one in several if one.signed and one.point is not None}
    assert not any((one.point, one.day) in signed for one in counted if not one.signed)


@settings(max_examples=100, deadline=None)
@given(st.lists(RECORDS, max_size=14).map(unique))
def test_home_by_home_it_is_the_same_as_all_at_once(records: list[Any]) -> None:
    several = told(*records, by=MIXED)
    signed = {(one.point, one.day) for one in several if one.signed and one.point is not None}
    first: dict[Any, int] = {}
    for one in several:
        if not one.signed:
            first[one.point, one.day] = min(one.number, first.get((one.point, one.day), one.number))
    found: dict[bytes, Meals] = {}
    for home in {(one.day, one.household) for one in several}:
        part = [one for one in several if (one.day, one.household) == home]
        found |= {one.told.id: one for one in household(part, standing(signed, first), RULES)}
    assert found == {one.told.id: one for one in conclude(several, RULES)}


@settings(max_examples=60, deadline=None)
@given(st.lists(RECORDS, max_size=10).map(unique), RECORDS)
def test_a_record_more_never_lessens_what_was_signed_and_counts(records: list[Any], more: Any) -> None:
    if not isinstance(more, Filled):
        more = filled(1)
    before = {one.told.id for one in conclude(told(*records, by=MIXED), RULES) if one.counted and one.told.signed}
    after = {
        one.told.id
        for one in conclude(told(*unique([more, *records]), by=MIXED), RULES)
        if one.counted and one.told.signed
    }
    assert before == after, "a back-fill takes nothing from what was signed"
