"""The attempts of one terminal, driven by hand: no thread, no socket, no clock but the one in the test."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.link.contact import FLEET_S, FLEET_TOPIC, HELLO_S, Contact, Question
from zhendao.device.link.fleet import Fleet
from zhendao.device.link.postings import Received
from zhendao.device.link.schedule import BUSY_TIMES, CAP_S, HASTE_S, Ending
from zhendao.device.link.trying import CHANGE_S, CHANGES, CHANGES_S, Attempt, End, Trying
from zhendao.protocol.limits import MAX_DOWN_BYTES
from zhendao.protocol.wording import Text

WHY = Text("", "")
PLAIN = Attempt(5.0, timed=True, hesitates=False, asks=True)


def trying(fleet: int = 25_000, unit: float = 1.0) -> Trying:
    known = Fleet()
    known.hear(str(fleet).encode(), 0)
    return Trying(lambda: unit, known)


def test_after_a_power_cut_a_city_does_not_start_in_one_moment_and_a_small_site_hardly_waits() -> None:
    for fleet, most in ((0, 0), (25, 0.1), (5000, 20), (10**6, CAP_S)):
        one = trying(fleet)
        one.begin(7)
        assert one.due_s == pytest.approx(7 + most)
        one.hurry(7)
        assert one.due_s <= 7 + HASTE_S


def test_a_fleet_that_lost_its_broker_waits_the_window_of_its_number() -> None:
    one = trying(5000)
    one.attempt(0)
    one.up()
    one.ended(End(Ending.ENDED, WHY, greeted=True), 100)
    assert one.due_s == 120


def test_a_call_for_help_shortens_this_wait_and_the_next_and_no_wait_after_the_link() -> None:
    one = trying()
    one.attempt(0)
    one.ended(End(Ending.REFUSED, WHY), 10)
    assert one.due_s == 10 + CAP_S
    one.hurry(11)
    one.hurry(11.5)
    assert one.due_s == 11 + HASTE_S, "asking twice does not put it off"
    one.attempt(12)
    one.ended(End(Ending.REFUSED, WHY), 12)
    assert one.due_s == 12 + HASTE_S
    one.attempt(13)
    one.up()
    one.ended(End(Ending.ENDED, WHY, greeted=True), 60)
    assert one.due_s == 60 + CAP_S


def test_a_network_that_comes_back_ends_the_wait_and_the_hesitation() -> None:
    one = trying()
    one.attempt(0)
    one.ended(End(Ending.SILENT, WHY), 10)
    assert one.attempt(10).hesitates
    one.ended(End(Ending.SILENT, WHY), 20)
    one.network_gained(20)
    assert one.due_s <= 20 + CHANGE_S
    assert not one.attempt(one.due_s).hesitates


@pytest.mark.parametrize("ending", [Ending.AWAY, Ending.REFUSED])
def test_a_network_that_flaps_does_not_make_it_knock_without_a_pause(ending: Ending) -> None:
    chance = random.Random(1)
    one, now, attempts = Trying(chance.random, Fleet()), 0.0, 0
    one.ended(End(ending, WHY), now)
    while now < 600:
        now += 0.04
        one.network_gained(now)
        if one.due_s <= now:
            attempts += 1
            one.attempt(now)
            one.ended(End(ending, WHY), now)
    assert attempts < 600 * 2.5


def test_a_network_that_comes_in_steps_is_tried_at_each() -> None:
    one = trying()
    for now in (100, 101, 103):
        one.attempt(now)
        one.ended(End(Ending.SILENT, WHY), now)
        one.network_gained(now)
        assert one.due_s <= now + CHANGE_S


def test_who_calls_for_help_does_not_hesitate() -> None:
    one = trying()
    one.attempt(0)
    one.ended(End(Ending.SILENT, WHY), 10)
    one.hurry(10)
    assert not one.attempt(11).hesitates


def test_a_clock_that_is_behind_costs_one_attempt_and_no_wait() -> None:
    one = trying()
    assert one.attempt(0).timed
    one.ended(End(Ending.BARRED, WHY, clock_behind=True), 1)
    assert (one.due_s, one.attempt(1).timed) == (1, False)
    one.ended(End(Ending.BARRED, WHY, clock_behind=True), 2)
    assert one.due_s > 2, "where that was no cure it is a failure like another"
    one.attempt(2)
    one.ended(End(Ending.ENDED, WHY, greeted=True), 100)
    assert one.attempt(101).timed


def test_a_broker_that_throws_out_who_asks_is_not_asked_again_and_one_that_is_mute_is_taken_for_large() -> None:
    one = Trying(lambda: 1.0, Fleet())
    assert one.attempt(0).asks
    one.ended(End(Ending.ENDED, WHY, greeted=True), 1)
    assert not one.attempt(2).asks
    one.ended(End(Ending.ENDED, WHY, greeted=True), 100)
    assert one.due_s == 100 + CAP_S


STEP = st.tuples(st.sampled_from(list(Ending)), st.floats(0, 100), st.booleans(), st.sampled_from("-hn"))


@given(st.lists(STEP, max_size=30), st.floats(0, 1), st.integers(0, 10**6))
def test_whatever_happens_the_next_attempt_is_in_sight(
    steps: list[tuple[Ending, float, bool, str]], unit: float, fleet: int
) -> None:
    one, now = trying(fleet, unit), 0.0
    gained: list[float] = []
    for ending, took, greeted, then in steps:
        attempt = one.attempt(now)
        assert 0 < attempt.greet_s <= 20
        now += took
        one.ended(End(ending, WHY, greeted), now)
        assert now <= one.due_s <= now + CAP_S * BUSY_TIMES
        if then == "h":
            one.hurry(now)
            assert one.due_s <= now + HASTE_S
        elif then == "n":
            one.network_gained(now)
            flaps = len(gained) >= CHANGES and now - gained[-CHANGES] < CHANGES_S
            assert flaps or one.due_s <= now + CHANGE_S
            gained.append(now)
        now = one.due_s


def test_who_is_not_greeted_in_time_finds_the_broker_busy() -> None:
    one = Contact(PLAIN)
    one.opened(10)
    assert (one.due_s(), one.watch(14), one.over) == (15, None, False)
    one.watch(15)
    assert one.over
    assert one.lost("").ending is Ending.BUSY


def test_a_link_that_is_silent_after_a_change_of_network_is_dead_and_one_that_answers_is_not() -> None:
    for answers in (True, False):
        one = Contact(PLAIN)
        assert not one.may_greet
        one.opened(0)
        one.admitted()
        assert one.watch(0) is Question.FLEET
        assert one.due_s() == FLEET_S
        assert one.may_greet
        one.hello(7, 20)
        assert not one.may_greet
        one.answered(6)
        if answers:
            one.answered(7)
        one.watch(20 + HELLO_S)
        assert one.over is not answers
    assert one.lost("").ending is Ending.SILENT


def test_how_the_end_of_a_connection_counts() -> None:
    def end(admitted: int, reason: int | None = None) -> Ending:
        one = Contact(PLAIN)
        one.opened(0)
        if admitted:
            one.admitted()
        if reason is not None:
            one.refused(reason, "words")
        return one.lost("").ending

    assert [end(0), end(1), end(0, 136), end(0, 135)] == [Ending.REFUSED, Ending.ENDED, Ending.BUSY, Ending.BARRED]


def test_who_hesitates_stays_outside_where_only_a_later_knock_was_answered() -> None:
    for hesitates, took, inside in ((True, 0.9, True), (True, 1.0, False), (False, 4.0, True)):
        one = Contact(Attempt(5.0, timed=True, hesitates=hesitates, asks=False))
        assert one.goes_in(took) is inside
        end = one.failed(Ending.SILENT, WHY, there=lambda: False)
        assert end.ending is (Ending.AWAY if inside else Ending.RETURNED)


@given(st.binary(max_size=64))
def test_what_the_broker_sends_is_a_message_or_a_number_or_nothing(payload: bytes) -> None:
    one = Contact(PLAIN)
    assert one.heard("zd/1/t/00/00/down", payload) == Received(payload)
    assert one.heard(FLEET_TOPIC, payload) == payload
    assert one.heard("any", bytes(MAX_DOWN_BYTES + 1)) is None
