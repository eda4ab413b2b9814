"""The thread with an errand: due when, made up for, tried again, told of clocks that are set, and stopped at once."""

import logging
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.errand import Errand, Pause, Recurring
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text

HOUR_MS = 3_600_000
MOMENTS = st.integers(0, 2**42)


def next_hour(since_ms: int) -> int:
    return (since_ms // HOUR_MS + 1) * HOUR_MS


def never(_seconds: float) -> bool:
    pytest.fail("waited")


@given(MOMENTS, st.lists(MOMENTS, min_size=1, max_size=20))
def test_it_is_done_once_in_each_hour_that_it_is_looked_at_however_the_clock_is_set(
    last_ms: int, looks: list[int]
) -> None:
    done: list[int] = []
    turn = Recurring(next_hour, lambda _now: last_ms, lambda now_ms, _pause: done.append(now_ms))
    since_ms = last_ms
    for now_ms in looks:
        before = len(done)
        wait_s = turn(now_ms, never)
        since_ms = min(since_ms, now_ms)
        assert (len(done) > before) == (now_ms // HOUR_MS > since_ms // HOUR_MS)
        since_ms = now_ms if len(done) > before else since_ms
        assert wait_s == max(1.0, (next_hour(since_ms) - now_ms) / 1000)
        assert wait_s <= HOUR_MS / 1000


def test_what_fails_stays_due() -> None:
    tried: list[int] = []

    def do(now_ms: int, _pause: Pause) -> None:
        tried.append(now_ms)
        if len(tried) < 3:
            raise OSError("full")

    turn = Recurring(next_hour, lambda _now: 0, do)
    for now_ms in (HOUR_MS, HOUR_MS + 1):
        with pytest.raises(OSError, match="full"):
            turn(now_ms, never)
    turn(HOUR_MS + 2, never)
    turn(HOUR_MS + 3, never)
    assert tried == [HOUR_MS, HOUR_MS + 1, HOUR_MS + 2]


def test_a_fault_of_any_kind_is_told_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    faults = [ZhendaoError(Text("盘满", "the disk is full"), Text("", "")), ValueError("odd")]
    done = threading.Event()

    def turn(_now_ms: int, _pause: Pause) -> float:
        if faults:
            raise faults.pop(0)
        done.set()
        return 3600.0

    errand = Errand("watering", turn, 0.01)
    with caplog.at_level(logging.WARNING):
        errand.start()
        assert done.wait(120)
        assert errand.stop(120)
    assert [one.getMessage() for one in caplog.records] == [
        "watering: the disk is full; it is tried again", "watering",
    ]  # fmt: skip
    assert [one.exc_info is not None for one in caplog.records] == [False, True]


def test_stopping_ends_a_wait_within_a_turn_and_between_two() -> None:
    began, ended = threading.Event(), []

    def long(_now_ms: int, pause: Pause) -> float:
        began.set()
        ended.append(pause(3600.0))
        return 3600.0

    for turn in (long, lambda _now, _pause: began.set() or 3600.0):
        began.clear()
        errand = Errand("resting", turn, 3600.0)
        errand.start()
        assert began.wait(120)
        assert errand.stop(120)
    assert ended == [True]


def test_one_that_never_began_has_ended_and_nothing_is_done_before_its_time() -> None:
    assert Errand("idle", lambda _now, _pause: 0.0, 1.0).stop()
    errand = Errand("late", lambda _now, _pause: pytest.fail("early"), 1.0, first_s=3600.0)
    errand.start()
    assert errand.stop(120)
