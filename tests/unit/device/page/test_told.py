"""What the page knows of its terminal: any bytes in, nothing breaks; what is private is forgotten in time."""

import json

import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

from samples.page_scenes import EPOCH, NOW, beat, facts, given, told
from zhendao.device.feedback.moments import Moment
from zhendao.device.page.told import MOST_LINE, Told


def test_lines_are_understood_in_pieces() -> None:
    lines = b"".join(
        json.dumps(one).encode() + b"\n" for one in (facts(waiting=3), given(Moment.CHECKED_IN, 1, seq=7), beat())
    )
    whole, pieces = Told(), Told()
    whole.take(lines)
    for at in range(len(lines)):
        pieces.take(lines[at : at + 1])
    assert pieces.facts == whole.facts
    assert pieces.moments == whole.moments
    assert pieces.beat_ns == whole.beat_ns == NOW - 200_000_000
    assert whole.facts is not None
    assert whole.facts.waiting == 3
    assert whole.moments[Moment.CHECKED_IN].event == (EPOCH, 7)


@settings(max_examples=60)
@generated(st.lists(st.binary(max_size=40), max_size=12))
def test_any_bytes_do_no_harm(chunks: list[bytes]) -> None:
    found = Told()
    for chunk in chunks:
        found.take(chunk)
    found.take(b'\n{"beat": 5}\n')
    assert found.beat_ns == 5


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=60)
@generated(
    st.dictionaries(
        st.sampled_from(["facts", "given", "beat", "gone", "more"]),
        _JSON | st.dictionaries(st.sampled_from(["moment", "clock", "reader", "said", "mono_ns"]), _JSON),
        max_size=3,
    )
)
def test_lines_that_mean_nothing_are_left_out(line: dict[str, object]) -> None:
    found = told(facts(), line, beat())
    assert found.facts is not None
    assert found.beat_ns is not None


def test_a_line_without_end_takes_no_memory() -> None:
    found = Told()
    for _ in range(100):
        found.take(b"x" * MOST_LINE)
    assert found.held <= MOST_LINE
    found.take(b'\n{"beat": 5}\n')
    assert found.beat_ns == 5


def test_a_moment_of_a_newer_terminal_is_left_out() -> None:
    found = told(facts(), {"given": {"moment": "invented-later", "mono_ns": 1}}, given(Moment.READY))
    assert set(found.moments) == {Moment.READY}


@pytest.mark.parametrize("moment", [Moment.TIMES_TODAY, Moment.RECEIPT, Moment.NO_TIMES_TODAY])
def test_what_is_private_goes_with_the_card(moment: Moment) -> None:
    assert moment in told(facts(), given(moment, 1, "9:02")).moments
    assert moment not in told(facts(), given(moment, 1, "9:02"), {"gone": True}).moments
    assert moment not in told(facts(), given(moment, 1, "9:02"), given(Moment.CHECKED_IN, 0.5, seq=8)).moments


def test_the_answer_to_a_quick_tap_stays_when_the_card_is_away_and_goes_with_the_next_tap() -> None:
    assert Moment.ALREADY_RECORDED in told(facts(), given(Moment.ALREADY_RECORDED, 1, "9:02"), {"gone": True}).moments
    after = told(facts(), given(Moment.ALREADY_RECORDED, 1, "9:02"), given(Moment.DOOR_SEEN, 0.5))
    assert Moment.ALREADY_RECORDED not in after.moments


def test_times_and_receipt_of_one_holding_stay_together() -> None:
    found = told(facts(), given(Moment.TIMES_TODAY, 1, "9:02"), given(Moment.RECEIPT, 0.5, "123 456"))
    assert {Moment.TIMES_TODAY, Moment.RECEIPT} <= set(found.moments)


def test_what_comes_later_of_a_tap_leaves_what_is_private() -> None:
    found = told(facts(), given(Moment.TIMES_TODAY, 1, "9:02"), given(Moment.ACCEPTED, 0.5, seq=8))
    assert Moment.TIMES_TODAY in found.moments
