"""Meals at a terminal: which taps make one, which are the one before, and what a caregiver's card does there."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.command.errors import SettingsError
from zhendao.command.kinds import BadValueError, TimeOfDay
from zhendao.device import config
from zhendao.device.feedback.moments import TABLE, Moment, Signal
from zhendao.device.meals.settings import MealsTable, manner
from zhendao.device.meals.taps import MOST, MealManner
from zhendao.device.taps.decisions import Decision, MakeCheck, MakeMeal, MakeTap, Seen, SessionSettings, Show
from zhendao.device.taps.session import Session
from zhendao.protocol.bodies import TokenRead
from zhendao.protocol.vocabulary import Mounting, Placement, Role, Strength, TapReason, Technology

SECOND = 10**9
MINUTE = 60


def seen(role: Role, at_s: float, name: int = 1, **how: Any) -> Seen:
    known = role is not Role.UNKNOWN
    read = TokenRead(
        role,
        Strength.SIGNED if known else Strength.UID,
        bytes([4, role, *name.to_bytes(2, "big"), 0, 0, 1]),
        token_id=bytes([role]) * 14 + name.to_bytes(2, "big") if known else None,
        rtts_us=(),
        mono_ns=int(at_s * SECOND),
        technology=Technology.NTAG21X,
    )
    return Seen(read, **how)


class Point:
    """A terminal that takes meals, with a journal that takes everything."""

    def __init__(self, placement: Placement = Placement.STATION, *, unknown: bool = True) -> None:
        meals = MealManner(10 * MINUTE * SECOND, unknown)
        self.session = Session(b"d" * 16, SessionSettings(placement, Mounting.CRADLE, meals=meals), 0)
        self.seq = 0

    def hold(self, one: Seen) -> list[Decision]:
        decisions = self.session.token(one)
        for made in decisions:
            if isinstance(made, MakeMeal | MakeTap | MakeCheck):
                self.seq += 1
                self.session.committed(self.session.changes(made, self.seq))
            if isinstance(made, MakeMeal):
                self.session.ate(made, self.seq)
        self.session.gone(one.read.uid, one.read.mono_ns + 1)
        return decisions


def test_an_elders_card_is_a_meal_and_a_double_tap_is_the_same_one() -> None:
    point = Point()
    (made,) = point.hold(seen(Role.ELDER, 1))
    assert isinstance(made, MakeMeal)
    assert (made.door, made.odd, TABLE[made.moment].signal) == (None, False, Signal.RECORDED)
    (again,) = point.hold(seen(Role.ELDER, 10 * MINUTE))
    assert isinstance(again, MakeTap)
    assert (again.reason, again.refers_to, again.moment) == (TapReason.REPEATED, 1, Moment.ALREADY_RECORDED)
    (other,) = point.hold(seen(Role.ELDER, 5 * MINUTE, name=2))
    assert isinstance(other, MakeMeal), "another elder's meal is another meal"


def test_lunch_and_dinner_are_two() -> None:
    point = Point()
    meals = [point.hold(seen(Role.ELDER, hour * 3600))[-1] for hour in (12, 17)]
    assert [type(one) for one in meals] == [MakeMeal, MakeMeal]


def test_a_card_that_could_not_be_stored_makes_the_meal_the_next_time() -> None:
    point = Point()
    assert isinstance(
        point.session.token(seen(Role.ELDER, 1))[-1], MakeMeal
    )  # and nobody says that it is in the journal
    assert isinstance(point.hold(seen(Role.ELDER, 4))[-1], MakeMeal)


def test_a_caregivers_card_at_a_canteen_is_her_check_in() -> None:
    (made,) = Point().hold(seen(Role.CAREGIVER, 1))
    assert isinstance(made, MakeCheck)


@pytest.mark.parametrize(("unknown", "kind", "moment"), [
    (True, MakeMeal, Moment.MEAL_REMARKED), (False, MakeCheck, Moment.CHECKED_IN_UNKNOWN),
])  # fmt: skip
def test_a_card_that_says_nothing_is_what_the_settings_say(*, unknown: bool, kind: type, moment: Moment) -> None:
    (made,) = Point(unknown=unknown).hold(seen(Role.UNKNOWN, 1))
    assert (type(made), made.moment) == (kind, moment)  # type: ignore[union-attr]


def test_what_is_refused_is_no_meal() -> None:
    (made,) = Point().hold(seen(Role.ELDER, 1, refusal=TapReason.BLOCKLISTED))
    assert isinstance(made, MakeTap)
    assert made.reason is TapReason.BLOCKLISTED


def test_a_door_tag_is_a_delivery_at_once_and_the_elders_card_goes_with_it() -> None:
    bag = Point(Placement.CARRIED)
    (brought,) = bag.hold(seen(Role.DOOR, 1))
    assert isinstance(brought, MakeMeal)
    assert (brought.card, brought.moment) == (None, Moment.MEAL_DELIVERED)
    (taken,) = bag.hold(seen(Role.ELDER, 5))
    assert isinstance(taken, MakeMeal)
    assert taken.door is not None
    assert not bag.session.tick(60 * SECOND), "a door tag that was recorded is not told of again as alone"
    (again,) = bag.hold(seen(Role.DOOR, 90))
    assert isinstance(again, MakeTap)
    (elsewhere,) = bag.hold(seen(Role.ELDER, 700, name=3))
    assert isinstance(elsewhere, MakeMeal)
    assert elsewhere.door is None, "the door of minutes ago is another elder's"


def test_a_caregiver_with_a_bag_checks_in_at_the_door_and_delivers() -> None:
    first, second = Point(Placement.CARRIED), Point(Placement.CARRIED)
    assert isinstance(first.hold(seen(Role.DOOR, 1))[0], MakeMeal)
    assert [type(one) for one in first.hold(seen(Role.CAREGIVER, 4))] == [MakeCheck]
    assert [type(one) for one in second.hold(seen(Role.CAREGIVER, 1))] == [Show]
    assert [type(one) for one in second.hold(seen(Role.DOOR, 4))] == [MakeCheck, MakeMeal]


def test_a_door_tag_at_a_canteen_makes_nothing() -> None:
    (made,) = Point().hold(seen(Role.DOOR, 1))
    assert isinstance(made, MakeTap)
    assert made.reason is TapReason.LONE


def test_a_home_without_meals_takes_the_elders_card_as_before() -> None:
    session = Session(b"d" * 16, SessionSettings(Placement.HOME, Mounting.CRADLE), 0)
    assert not any(isinstance(one, MakeMeal) for one in session.token(seen(Role.ELDER, 1)))


def test_of_many_cards_the_last_ones_are_remembered() -> None:
    point = Point()
    for name in range(MOST + 1):
        point.hold(seen(Role.ELDER, 1, name=name))
    assert isinstance(point.hold(seen(Role.ELDER, 2, name=MOST))[-1], MakeTap)
    assert isinstance(point.hold(seen(Role.ELDER, 2, name=0))[-1], MakeMeal)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 900)), max_size=25))
def test_meals_of_one_card_are_never_closer_than_the_setting(taps: list[tuple[int, int]]) -> None:
    point, at, last = Point(), 0, dict[bytes, int]()
    for name, wait in taps:
        at += wait
        (made,) = point.hold(seen(Role.ELDER, at, name=name))
        key = bytes([name])
        near = key in last and at - last[key] <= 10 * MINUTE
        assert isinstance(made, MakeTap) is near
        if not near:
            last[key] = at


def test_the_table_says_which_meal_it_is_and_fits_its_placement() -> None:
    table = MealsTable("canteen", "3301-0001")
    assert [table.number(one) for one in (7 * 60, 10 * 60, 14 * 60 + 59, 15 * 60, 1439)] == [1, 2, 2, 3, 3]
    assert manner(table, Placement.STATION) == MealManner(600 * SECOND)
    assert manner(table, Placement.CARRIED) is None
    assert manner(MealsTable(), Placement.STATION) is None


@pytest.mark.parametrize("value", ["24:00", "9:00", "12:60", "noon", 600, "１２:00", ""])
def test_what_is_no_time_of_day_is_refused(value: Any, tmp_path: Any) -> None:
    with pytest.raises(BadValueError):
        TimeOfDay().take(value, tmp_path)


def test_a_table_of_another_kind_is_refused_before_anything_is_opened(tmp_path: Any) -> None:
    file = tmp_path / "device.toml"
    file.write_text(
        '[terminal]\ndata_dir = "d"\n[nfc]\ndriver = "pn532"\nport = "/dev/ttyS0"\n[broker]\n'
        'url = "mqtts://b:8883"\n[meals]\nkind = "cantine"\nlunch_from = "noon"\n'
    )
    with pytest.raises(SettingsError) as told:
        config.read(file)
    assert len(told.value.problems) == 2
