"""What is said when: the next tap cuts, calls are said again, nothing that nobody asked for cuts anything."""

from dataclasses import replace

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from zhendao.device.feedback.given import Given
from zhendao.device.feedback.hours import LEAST_CALL, Hours
from zhendao.device.feedback.moments import Moment
from zhendao.device.feedback.shown import Origin
from zhendao.device.feedback.voice.choosing import chosen
from zhendao.device.feedback.voice.turns import MOST, Turns, Utterance

S = 1_000_000_000


def one(name: str, origin: Origin, at_s: float) -> Utterance:
    return Utterance((name,), origin, 80, int(at_s * S))


def rest(turns: Turns, at_s: float) -> list[str]:
    found = []
    while (said := turns.take(int(at_s * S))) is not None:
        found.append(said.pieces[0])
    return found


def test_the_next_tap_cuts_what_is_being_said() -> None:
    turns = Turns()
    assert not turns.give(one("first", Origin.TAP, 0)), "nothing is being said"
    assert turns.take(0) is not None
    assert turns.give(one("second", Origin.TAP, 1))
    assert rest(turns, 1) == ["second"]


def test_what_belongs_together_is_said_one_after_the_other() -> None:
    turns = Turns()
    turns.give(one("times", Origin.ASKED, 5))
    turns.take(5 * S)
    assert not turns.give(one("receipt", Origin.TAP, 5.01))
    assert rest(turns, 6) == ["receipt"]


def test_what_a_held_card_asked_for_ends_when_it_is_taken_away_and_nothing_else_does() -> None:
    turns = Turns()
    turns.give(replace(one("times", Origin.ASKED, 5), held=True))
    turns.take(5 * S)
    turns.give(replace(one("receipt", Origin.ASKED, 5.01), held=True))
    turns.give(one("mains", Origin.HOUSE, 5.02))
    assert turns.left(), "the times are cut"
    assert rest(turns, 6) == ["mains"]
    turns.give(one("already recorded", Origin.TAP, 7))
    turns.take(7 * S)
    assert not turns.left()


def test_what_nobody_asked_for_waits_and_cuts_nothing() -> None:
    turns = Turns()
    turns.give(one("tap", Origin.TAP, 0))
    turns.take(0)
    for name in ("mains", "mains", "network"):
        assert not turns.give(one(name, Origin.HOUSE, 1))
    assert turns.give(one("again", Origin.TAP, 2))
    assert rest(turns, 2) == ["again", "mains", "network"]
    turns.give(one("late", Origin.HOUSE, 3))
    assert rest(turns, 30) == [], "nobody wants to hear it any more"


def test_a_call_that_a_tap_cuts_is_said_again_after_it() -> None:
    turns = Turns()
    turns.give(one("nobody yet, dial 120", Origin.CALL, 0))
    turns.take(0)
    assert turns.give(one("tap", Origin.TAP, 1))
    assert [turns.take(S).pieces[0]] == ["tap"]  # type: ignore[union-attr]
    assert turns.give(one("another tap", Origin.TAP, 2)), "which cuts the first"
    assert rest(turns, 20) == ["nobody yet, dial 120"], "twenty seconds later too, when a tap's own words are stale"


def test_of_calls_the_newest_is_said_at_once() -> None:
    turns = Turns()
    turns.give(one("calling", Origin.CALL, 0))
    turns.take(0)
    assert turns.give(one("arrived", Origin.CALL, 0.3))
    assert turns.give(one("received", Origin.CALL, 0.6))
    assert rest(turns, 1) == ["received"]


def test_that_it_is_a_drill_is_said_whatever_comes_of_the_call() -> None:
    turns = Turns()
    turns.give(one("calling", Origin.CALL, 0))
    turns.take(0)
    drill = Utterance(("drill",), Origin.CALL, 80, S // 1000, stays=True)
    assert not turns.give(drill), "given with the call"
    assert turns.give(one("arrived", Origin.CALL, 0.3))
    assert getattr(turns.take(S), "pieces", None) == ("drill",)
    assert not turns.give(one("received", Origin.CALL, 1)), "it is not cut"
    assert rest(turns, 2) == ["received"]


def test_what_was_asked_for_is_said_one_after_the_other_however_long_the_second_took_to_find() -> None:
    turns = Turns()
    turns.give(one("times", Origin.ASKED, 0))
    turns.take(0)
    assert not turns.give(one("receipt", Origin.ASKED, 0.9))
    assert not turns.give(one("times", Origin.ASKED, 1)), "they are being said"
    assert rest(turns, 2) == ["receipt"]


def test_a_call_is_said_however_much_was_given_in_the_same_moment() -> None:
    turns = Turns()
    for number in range(8):
        turns.give(one(f"tap {number}", Origin.TAP, number / 100))
    turns.give(one("calling", Origin.CALL, 0.09))
    assert "calling" in rest(turns, 1)


def test_what_is_said_of_a_moment() -> None:
    def what(moment: Moment, hour: int | None, *, there: bool = False, fresh: bool = True) -> Utterance | None:
        minute = None if hour is None else hour * 60
        return chosen(Given(moment, 7, fresh=fresh), "zh", Hours(night=0), minute, there=there)

    assert what(Moment.REMIND_END, 23) is what(Moment.REMIND_END, None) is None
    assert what(Moment.ACCEPTED, 12, there=True) is None, "no words, and it cuts none"
    assert what(Moment.CHECKED_IN, 12, fresh=False) is None
    tap, night, drill = what(Moment.CHECKED_IN, 12), what(Moment.CHECKED_IN, 23), what(Moment.DRILL, 23)
    assert tap == Utterance(("checked-in",), Origin.TAP, 80, 7, short=True)
    assert night == Utterance((), Origin.TAP, 0, 7, short=True), "it is not said, and cuts what is being said"
    assert drill == Utterance(("drill",), Origin.CALL, 100, 7, short=True, stays=True)
    buzzed = chosen(Given(Moment.NOT_RECORDED, 7), "zh", Hours(), 720, there=True, buzzes=True)
    assert buzzed is not None
    assert buzzed.lead_s == pytest.approx(0.75), "three short tones and what is between them"


_ANY = st.tuples(st.sampled_from(list(Origin)), st.integers(0, 3 * S), st.booleans())


@drawn(st.lists(_ANY, max_size=30))
@settings(max_examples=150)
def test_whatever_comes_it_is_bounded_and_the_last_tap_is_said_next(steps: list[tuple[Origin, int, bool]]) -> None:
    turns, now_ns = Turns(), 0
    for number, (origin, after_ns, takes) in enumerate(steps):
        now_ns += after_ns
        cuts = turns.give(Utterance((str(number),), origin, 80, now_ns))
        assert len(turns) <= MOST
        assert not cuts or origin in {Origin.TAP, Origin.ASKED, Origin.CALL}
        if origin is Origin.TAP and after_ns > S:
            said = turns.take(now_ns)
            assert said is not None
            assert said.pieces == (str(number),)
        elif takes:
            turns.take(now_ns)


@pytest.mark.parametrize(("hour", "night"), [(20, False), (21, True), (0, True), (6, True), (7, False), (12, False)])
def test_night(hour: int, night: bool) -> None:  # noqa: FBT001 - a table
    hours = Hours()
    assert hours.is_night(hour * 60 + 30) is night
    assert hours.heard(Origin.HOUSE, hour * 60, there=False) is not night
    assert hours.volume(Origin.TAP, hour * 60) == (30 if night else 80)
    assert hours.volume(Origin.CALL, hour * 60) == 100
    for origin in (Origin.TAP, Origin.ASKED, Origin.CALL):
        assert hours.heard(origin, hour * 60, there=False)
    assert not hours.heard(Origin.BOX, hour * 60, there=False)


def test_a_day_that_begins_at_midnight_and_one_without_a_night() -> None:
    assert [Hours(0, 6).is_night(hour * 60) for hour in (0, 5, 6, 23)] == [True, True, False, False]
    assert not any(Hours(5, 5).is_night(minute) for minute in range(1440))


def test_where_the_time_is_not_known_nobody_is_woken_and_whoever_taps_is_answered() -> None:
    assert not Hours().heard(Origin.HOUSE, None, there=False)
    assert Hours().heard(Origin.TAP, None, there=False)
    assert Hours().volume(Origin.TAP, None) == 80


def test_a_call_is_never_silent() -> None:
    assert Hours(day=0, night=0, call=0).volume(Origin.CALL, 0) == LEAST_CALL
