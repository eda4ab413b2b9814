"""What is written for whoever looks after the machine: each change, and no log that grows with a network's whims."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.notices import AT_ONCE, RESTS_NS, Notices
from zhendao.protocol.wording import Text

UP, DOWN = Text("通", "up"), Text("断", "down")


class Log(Notices):
    def __init__(self) -> None:
        self.now_ns = 0
        self.lines: list[str] = []
        super().__init__("en", lambda: self.now_ns)

    def write(self, subject: str, line: str) -> None:
        self.lines.append(f"{subject} {line}")


def test_each_change_is_told_once() -> None:
    log = Log()
    for text in (UP, UP, DOWN, DOWN, UP):
        log.say("link", text)
    log.say("reader", UP)
    assert log.lines == ["link up", "link down", "link up", "reader up"]


def test_a_link_that_flaps_for_a_day_fills_no_log_and_hides_no_other_subject() -> None:
    log = Log()
    for number in range(86_400):
        log.now_ns = number * 1_000_000_000
        log.say("link", DOWN if number % 2 else UP)
    assert len(log.lines) <= AT_ONCE + 86_400 * 1_000_000_000 // RESTS_NS
    assert "changes since were not told" in log.lines[AT_ONCE]
    log.say("reader", DOWN)
    assert log.lines[-1] == "reader down"
    assert log.last() == {"link": "down", "reader": "down"}, "who asks hears how it is now"


def test_what_has_rested_is_told_at_once_again() -> None:
    log = Log()
    for number in range(100):
        log.say("link", DOWN if number % 2 else UP)
    assert len(log.lines) == AT_ONCE
    log.now_ns = (AT_ONCE + 1) * RESTS_NS
    for number in range(AT_ONCE):
        log.say("link", DOWN if number % 2 else UP)
    assert len(log.lines) == 2 * AT_ONCE


@given(st.lists(st.integers(0, 2 * RESTS_NS), max_size=200))
def test_no_hour_has_more_lines_than_may_be(waits: list[int]) -> None:
    log, written = Log(), []
    for number, wait_ns in enumerate(waits):
        log.now_ns += wait_ns
        before = len(log.lines)
        log.say("link", DOWN if number % 2 else UP)
        written += [log.now_ns] * (len(log.lines) - before)
    hour_ns = 12 * RESTS_NS
    for at in written:
        assert sum(at <= other < at + hour_ns for other in written) <= AT_ONCE + 13


def test_the_screen_is_where_it_goes(capsys: pytest.CaptureFixture[str]) -> None:
    Notices("zh", lambda: 0).say("link", UP)
    assert capsys.readouterr().err == "通\n"
