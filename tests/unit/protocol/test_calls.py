"""Calls on the wire: old bodies stay readable, answers and plans are taken whole or refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.events import bodies_of
from zhendao.protocol.answer import Answer, answer_body, read_answer
from zhendao.protocol.bodies import Rating, Rating1, Sensor, Sensor1, Sos, Sos1
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.event import kind_and_version
from zhendao.protocol.plan import MOST_VISITS, Plan, PlannedVisit, plan_body, read_plan
from zhendao.protocol.receipt import receipt_code
from zhendao.protocol.shapes import from_map, to_map
from zhendao.protocol.suite import INTL, SM
from zhendao.protocol.vocabulary import AnswerState, SensorClass, SensorCondition

TIMES = st.integers(-(2**40), 2**45)
SPANS = st.tuples(TIMES, st.integers(0, 2**40)).map(lambda pair: (pair[0], pair[0] + pair[1]))
VISITS = st.tuples(st.binary(min_size=16, max_size=16), SPANS).map(lambda one: PlannedVisit(one[0], *one[1]))
PLANS = st.tuples(SPANS, st.lists(VISITS, max_size=4)).map(lambda one: Plan(*one[0], tuple(one[1])))
JUNK = st.recursive(st.none() | st.booleans() | st.integers() | st.binary(max_size=20) | st.text(), st.lists)


def test_what_is_sent_now_is_the_newest_version() -> None:
    bodies = (Sos(1, drill=False), Rating(60, 2), Sensor("door", SensorClass.DOOR_CONTACT, 1, 0))
    assert [kind_and_version(one) for one in bodies] == [(8, 2), (6, 2), (10, 2)]
    old = (Sos1(1, drill=False), Rating1(60, 2), Sensor1("door", SensorClass.DOOR_CONTACT, 1, 0))
    assert [kind_and_version(one) for one in old] == [(8, 1), (6, 1), (10, 1)]


def test_an_earlier_body_is_read_as_what_it_stood_for() -> None:
    call = from_map(Sos1, {1: 1, 3: True})
    assert isinstance(call, Sos)
    assert (call.drill, call.mistake_of, call.held_ms) == (True, None, None)
    assert from_map(Rating1, {1: 60, 2: 2}).consent is False
    assert from_map(Sensor1, {1: "door", 2: 1, 3: 1, 4: 0}).condition is SensorCondition.WELL


@pytest.mark.parametrize(
    ("shape", "body"),
    [(Sos1, {1: 1, 3: True, 4: 1}), (Rating1, {1: 6, 2: 2, 5: True}), (Sensor1, {1: "d", 2: 1, 3: 1, 4: 0, 5: 0})],
)
def test_an_earlier_version_knows_nothing_of_what_came_later(shape: type, body: dict[int, object]) -> None:
    with pytest.raises(MalformedError):
        from_map(shape, body)


def test_an_earlier_version_cannot_say_what_came_later() -> None:
    with pytest.raises(MalformedError):
        to_map(Sos1(1, drill=False, mistake_of=3))


@settings(max_examples=30)
@given(bodies_of(Answer))
def test_an_answer_comes_back(answer: Answer) -> None:
    assert read_answer(answer_body(answer)) == answer


@settings(max_examples=30)
@given(PLANS)
def test_a_plan_comes_back(plan: Plan) -> None:
    assert read_plan(plan_body(plan)) == plan


@settings(max_examples=40)
@given(st.dictionaries(st.integers(1, 5), JUNK, max_size=5))
def test_anything_else_is_refused(body: dict[int, object]) -> None:
    for read, write in ((read_answer, answer_body), (read_plan, plan_body)):
        try:
            found = read(body)
        except MalformedError:
            continue
        assert write(found) == body


@pytest.mark.parametrize(
    "body",
    [
        {1: 2, 2: 1, 3: []},
        {1: 1, 2: 2, 3: [[bytes(16), 2, 1]]},
        {1: 1, 2: 2, 3: [[bytes(15), 1, 2]]},
        {1: 1, 2: 2, 3: [[bytes(16), 1]]},
        {1: 1, 2: 2, 3: [[bytes(16), 1, 2]] * (MOST_VISITS + 1)},
        {1: 1, 2: 2},
    ],
)
def test_what_cannot_be_a_plan_is_refused(body: dict[int, object]) -> None:
    with pytest.raises(MalformedError):
        read_plan(body)


def test_an_answer_to_no_event_is_refused() -> None:
    with pytest.raises(MalformedError):
        answer_body(Answer(bytes(16), 0, AnswerState.ARRIVED))


def test_a_receipt_code_has_six_digits_even_when_the_number_is_small() -> None:
    codes = {receipt_code(suite, n.to_bytes(32, "big")) for suite in (SM, INTL) for n in range(200)}
    assert {len(code) for code in codes} == {6}
    assert any(code.startswith("0") for code in codes)
    assert all(code.isdigit() for code in codes)
