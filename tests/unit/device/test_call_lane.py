"""Where calls go: their own way first, the other one where that is slow, and what a broker that dislikes it costs."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from zhendao.device.link.lane import AGAIN_NS, DOUBTED_NS, NEW_NS, CallLane

DIGEST, MESSAGE = b"d" * 32, b"a call"


def waiting(_digest: bytes) -> bool:
    return True


def arrived(_digest: bytes) -> bool:
    return False


def test_a_call_goes_its_own_way_and_no_other_where_that_answers() -> None:
    lane = CallLane()
    assert lane.channels() == ("sos",)
    lane.sent(DIGEST, MESSAGE, 0)
    assert lane.again(AGAIN_NS - 1, waiting) is None
    lane.answered(arrived)
    assert lane.again(AGAIN_NS, waiting) is None
    assert lane.due_ns() is None


def test_a_call_without_an_answer_goes_the_other_way_too_once_and_both_ways_from_then_on() -> None:
    lane = CallLane()
    lane.sent(DIGEST, MESSAGE, 0)  # a broker with older rights takes it, and drops it
    assert lane.due_ns() == AGAIN_NS
    again = lane.again(AGAIN_NS, waiting)
    assert again is not None
    assert (again.message, again.channel) == (MESSAGE, "up")
    lane.sent_again(again)
    assert lane.again(10 * AGAIN_NS, waiting) is None
    assert lane.channels() == ("sos", "up")
    lane.answered(arrived)
    lane.disconnected(0)
    lane.connected(-NEW_NS)
    assert lane.channels() == ("sos",), "the next link may have other rights"


def test_a_broker_that_ends_the_link_over_it_is_given_the_call_the_other_way_first() -> None:
    lane = CallLane()
    lane.sent(DIGEST, MESSAGE, 0)
    lane.disconnected(0)
    lane.connected(-NEW_NS)
    assert lane.channels() == ("up",)
    lane.sent(DIGEST, MESSAGE, 0)
    again = lane.again(AGAIN_NS, waiting)
    assert again is not None
    assert again.channel == "sos"
    lane.sent_again(again)
    lane.disconnected(0)
    lane.connected(-NEW_NS)
    lane.sent(DIGEST, MESSAGE, 0)
    assert lane.channels() == ("up",)
    assert lane.again(AGAIN_NS, waiting) is None, "it has time to be answered before the link is put at risk again"
    lane.answered(arrived)
    lane.sent(DIGEST, MESSAGE, 0)
    lane.answered(arrived)
    lane.connected(DOUBTED_NS - 1)
    assert lane.channels() == ("up",), "no call costs a link again"
    lane.connected(DOUBTED_NS)
    assert lane.channels() == ("sos",), "what was a bad network, or has been given its rights, is forgotten"


def test_a_link_that_is_lost_when_nothing_is_under_way_costs_the_own_way_nothing() -> None:
    lane = CallLane()
    lane.sent(DIGEST, MESSAGE, 0)
    lane.answered(arrived)
    lane.disconnected(0)
    lane.connected(-NEW_NS)
    assert lane.channels() == ("sos",)


def test_on_a_link_that_is_new_the_other_way_is_taken_sooner() -> None:
    lane = CallLane()
    lane.connected(0)
    lane.sent(DIGEST, MESSAGE, 0)
    assert lane.due_ns() == AGAIN_NS // 2
    lane.sent(DIGEST, MESSAGE, NEW_NS)
    assert lane.due_ns() == NEW_NS + AGAIN_NS


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["cut", "wait", "answer", "call"]), max_size=30))
def test_whatever_happens_a_call_that_is_not_answered_has_gone_both_ways_in_the_end(steps: list[str]) -> None:
    lane, now, gone = CallLane(), 0, set[str]()
    lane.connected(-NEW_NS)

    def call() -> None:
        gone.clear()
        gone.update(lane.channels())
        lane.sent(DIGEST, MESSAGE, now)

    call()
    for step in steps:
        if step == "cut":
            lane.disconnected(0)
            lane.connected(-NEW_NS)
            call()
        elif step in {"answer", "call"}:
            if step == "answer":
                lane.answered(arrived)
            call()
        else:
            now += AGAIN_NS
            if (again := lane.again(now, waiting)) is not None:
                lane.sent_again(again)
                gone.add(again.channel)
    if (again := lane.again(now + 100 * AGAIN_NS, waiting)) is not None:
        gone.add(again.channel)
    assert gone == {"sos", "up"}
