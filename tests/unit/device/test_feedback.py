import json
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory
from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.feedback.console import LOOKS, ConsoleFeedback
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.gpio import GpioFeedback
from zhendao.device.feedback.hours import HOURS
from zhendao.device.feedback.moments import TABLE, Moment, Origin, Signal
from zhendao.device.feedback.patterns import PATTERNS, UNASKED, Outputs, timeline
from zhendao.device.feedback.several import Several
from zhendao.device.feedback.sheet import sheet
from zhendao.device.feedback.shown import IMPORTANCE, Importance
from zhendao.device.feedback.waiting import MOST, Waiting
from zhendao.device.feedback.words import Digits, TimeOfDay
from zhendao.protocol.wording import Language

GREEN, RED, BUZZER = 17, 27, 22
LANGUAGES: tuple[Language, Language] = ("zh", "en")


def test_the_console_says_what_a_caregiver_sees_and_hears(capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleFeedback("zh", as_json=False).give(Given(Moment.CHECKED_IN, 5, b"e" * 16, 7))
    ConsoleFeedback("en", as_json=False).give(Given(Moment.NOT_RECORDED, 5))
    first, second = capsys.readouterr().out.splitlines()
    assert "签到已记录" in first
    assert "#7" in first
    assert "red" in second


def test_machine_lines_name_signal_and_event(capsys: pytest.CaptureFixture[str]) -> None:
    ConsoleFeedback("en", as_json=True).give(Given(Moment.CHECKED_OUT, 5, b"e" * 16, 7, seen_ns=3))
    said = {"signal": "recorded", "moment": "checked-out", "epoch": (b"e" * 16).hex(), "seq": 7, "mono_ns": 5}
    assert json.loads(capsys.readouterr().out) == {**said, "seen_ns": 3, "spoken": "check-out recorded"}


def test_the_words_that_belong_to_a_moment_are_shown_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    repeated = Given(Moment.ALREADY_RECORDED, 5, said=(TimeOfDay(542),))
    ConsoleFeedback("zh", as_json=False).give(repeated)
    ConsoleFeedback("en", as_json=True).give(Given(Moment.RECEIPT, 5, said=(Digits("012345"), TimeOfDay(0))))
    text, machine = capsys.readouterr().out.splitlines()
    assert text.endswith("不会重复计：9:02  「已记录九点零二分」")
    assert json.loads(machine)["said"] == ["012 345", "0:00"]


class Broken:
    """A player with a bug."""

    def give(self, given: Given) -> None:
        raise RuntimeError(given)

    def close(self) -> None:
        raise RuntimeError


def test_one_player_with_a_bug_keeps_no_other_from_its_signal(capsys: pytest.CaptureFixture[str]) -> None:
    several = Several(Broken(), ConsoleFeedback("en", as_json=False), Broken())
    several.give(Given(Moment.CHECKED_IN, 0))
    several.close()
    assert "check-in recorded" in capsys.readouterr().out


def beat(line: tuple[float, ...]) -> tuple[bool, ...]:
    """The rhythm of one output: long or short, one after another."""
    return tuple(one >= 0.2 for one in line[::2])


def test_every_signal_is_told_apart_by_the_eye_alone_and_by_the_ear_alone() -> None:
    assert set(PATTERNS) == set(IMPORTANCE) == set(Signal)
    assert set(TABLE) == set(Moment)
    heard, seen = set(), set()
    for pattern in PATTERNS.values():
        heard.add(beat(pattern.buzzer))
        # Whoever does not tell red from green, nor which of the two it is, has the rhythm of whatever light.
        assert pattern.green in {pattern.red, ()} or not pattern.red, "the two lights keep one rhythm"
        seen.add(beat(pattern.green or pattern.red))
    assert len(heard) == len(seen) == len(Signal), "by short and long, not by lengths"


def test_light_and_sound_keep_one_rhythm() -> None:
    for pattern in PATTERNS.values():
        heard, seen = beat(pattern.buzzer), beat(pattern.green or pattern.red)
        assert seen[: len(heard)] == heard
        assert seen[len(heard) :] in {(), (True,)}, "and stays on for a while, at most"


def test_whoever_reads_the_console_has_a_sign_for_each() -> None:
    assert set(LOOKS) == set(Signal)
    for language in LANGUAGES:
        words = [look.in_(language) for look in LOOKS.values()]
        assert len(set(words)) == len({one[0] for one in words}) == len(Signal)


@pytest.mark.parametrize("signal", list(Signal))
def test_a_pattern_ends_dark_and_silent_within_two_seconds(signal: Signal) -> None:
    rows = timeline(PATTERNS[signal])
    assert rows[-1][1] == Outputs()
    assert rows[-1][0] <= 2.0
    assert all(before[0] < after[0] for before, after in pairwise(rows))
    assert 0 < PATTERNS[signal].least_s <= 2.0
    sounds = [at for at, outputs in rows if outputs.buzzer]
    assert not sounds or max(sounds) < PATTERNS[signal].least_s, "no sound is cut off"
    assert not any(outputs.buzzer for _, outputs in timeline(PATTERNS[signal], sound=False))


@given(st.lists(st.sampled_from(list(Signal))))
def test_the_queue_is_bounded_and_never_drops_a_bad_signal_for_a_lesser_one(signals: list[Signal]) -> None:
    waiting = Waiting()
    for signal in signals:
        waiting.add(signal)
    left = []
    while (one := waiting.take()) is not None:
        left.append(one[0])
    assert len(left) <= MOST
    assert not signals or left, "something is shown"
    if any(IMPORTANCE[one] is Importance.CALL for one in signals):
        assert any(IMPORTANCE[one] is Importance.CALL for one in left)
    elif Signal.BAD in signals:
        assert Signal.BAD in left
    elif {Signal.RECORDED, Signal.REMARKED} & set(signals):
        assert {Signal.RECORDED, Signal.REMARKED} & set(left)
    calls = [IMPORTANCE[one] is Importance.CALL for one in left]
    assert calls == sorted(calls, reverse=True), "calls go first"


class Board:
    """Mock pins, and what was given on them."""

    def __init__(self, **how: Any) -> None:
        Device.pin_factory = MockFactory()
        self.feedback = GpioFeedback(GREEN, RED, BUZZER, **how)
        self.pins = {number: Device.pin_factory.pin(number) for number in (GREEN, RED, BUZZER)}

    def spans(self, number: int) -> list[tuple[float, float]]:
        """Return when the pin was on, from and to, in seconds of one clock."""
        edges, now = [], 0.0
        for state in self.pins[number].states:
            now += state.timestamp
            edges.append((now, bool(state.state)))
        found = [edge for edge, before in zip(edges[1:], edges, strict=False) if edge[1] != before[1]]
        ons, offs = ([at for at, on in found if on is way] for way in (True, False))
        return list(zip(ons, offs, strict=False))

    def lengths(self, number: int) -> list[float]:
        return [off - on for on, off in self.spans(number)]

    def until(self, number: int, times: int) -> None:
        """Wait until the pin was on and off so many times."""
        end = time.monotonic() + 180
        while len(self.spans(number)) < times:
            assert time.monotonic() < end, self.spans(number)
            time.sleep(0.01)


@pytest.fixture
def board() -> Iterator[Board]:
    made = Board()
    yield made
    made.feedback.close()
    assert Device.pin_factory is not None
    Device.pin_factory.close()
    Device.pin_factory = None


def test_two_signals_at_once_are_given_one_after_the_other(board: Board) -> None:
    for moment in (Moment.CHECKED_IN, Moment.SENT, Moment.ACCEPTED):
        board.feedback.give(Given(moment, 0))
    board.until(BUZZER, 5)
    board.until(GREEN, 5)
    heard, seen = board.lengths(BUZZER), board.lengths(GREEN)
    assert len(heard) == 5, "one long; two ticks; short and long"
    # What the pin shows is written down a moment late on a busy machine: a short sound is a tenth, these are long.
    assert heard[0] >= 0.3
    assert heard[4] >= 0.18
    assert len(seen) == 5, "one long; twice; short and long"
    assert seen[0] >= 0.5, "the first was shown for its least time before the next began"
    spans = board.spans(GREEN)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_red_stands_while_the_reader_is_down_and_signals_are_shown_meanwhile(board: Board) -> None:
    board.feedback.give(Given(Moment.DOOR_SEEN, 0))
    board.feedback.give(Given(Moment.READER_DOWN, 0))
    board.until(BUZZER, 4)
    board.feedback.give(Given(Moment.CHECKED_IN, 0))
    board.until(BUZZER, 5)
    board.until(GREEN, 2)
    end = time.monotonic() + 180
    while not board.pins[RED].state:
        assert time.monotonic() < end, "red again after the green"
        time.sleep(0.01)
    board.feedback.give(Given(Moment.READER_UP, 0))
    end = time.monotonic() + 180
    while board.pins[RED].state:
        assert time.monotonic() < end, "red ends with the trouble"
        time.sleep(0.01)


def test_what_no_tap_has_led_to_is_silent_at_night_and_where_the_time_is_not_known() -> None:
    calls = {moment for moment, shown in TABLE.items() if shown.origin is Origin.CALL}
    assert {Moment.READY, Moment.READER_DOWN, Moment.OFF_WALL, Moment.MAINS_LOST, Moment.REMIND_END} <= UNASKED
    assert not calls & UNASKED
    for moment in UNASKED:
        for minute in (23 * 60, 0, 3 * 60, None):
            assert not HOURS.heard(TABLE[moment].origin, minute, there=False), moment


@pytest.mark.parametrize("moment", [Moment.READY, Moment.READER_DOWN, Moment.OFF_WALL, Moment.TAMPER_OPEN])
def test_what_no_tap_has_led_to_wakes_nobody_at_night(board: Board, moment: Moment) -> None:
    board.feedback.give(Given(moment, 0))
    board.feedback.give(Given(Moment.READER_UP, 0))
    board.until(RED, 1)
    board.feedback.give(Given(Moment.DOOR_SEEN, 0))
    board.until(BUZZER, 1)
    assert board.lengths(BUZZER)[0] < 0.12, "the tick of the tap, and no tone before it"
    assert len(board.spans(BUZZER)) == 1


def test_an_old_signal_moves_no_pin(board: Board) -> None:
    board.feedback.give(Given(Moment.ACCEPTED, 0, fresh=False))
    board.feedback.give(Given(Moment.DOOR_SEEN, 0))
    board.until(RED, 1)
    board.until(BUZZER, 1)
    board.until(GREEN, 1)
    assert len(board.spans(GREEN)) == len(board.spans(BUZZER)) == 1, "the notice alone"


def test_closing_plays_the_bad_signal_that_waits_and_ends_dark() -> None:
    board = Board()
    for moment in (Moment.DOOR_SEEN, Moment.CARD_SEEN, Moment.NOT_RECORDED):
        board.feedback.give(Given(moment, 0))
    begun = time.monotonic()
    board.feedback.close()
    assert time.monotonic() - begun < 30
    assert len([one for one in board.lengths(BUZZER) if one >= 0.1]) == 3, "three tones"
    assert not any(pin.state for pin in board.pins.values())
    assert Device.pin_factory is not None
    Device.pin_factory.close()
    Device.pin_factory = None


def test_what_somebody_should_know_is_heard_by_day_and_only_seen_at_night() -> None:
    hour = [12]
    board = Board(minute=lambda: hour[0] * 60)
    board.feedback.give(Given(Moment.REMIND_END, 0))
    board.until(BUZZER, 1)
    hour[0] = 23
    board.feedback.give(Given(Moment.MAINS_LOST, 0))
    board.until(RED, 4)
    assert len(board.spans(BUZZER)) == 1, "light alone"
    board.feedback.give(Given(Moment.SOS_RECEIVED, 0))
    board.until(BUZZER, 4)
    close(board)


def test_a_call_waits_for_no_other_signal_and_the_newest_is_given() -> None:
    board = Board()
    for moment in (Moment.UNREADABLE, Moment.CHECKED_IN):
        board.feedback.give(Given(moment, 0))
    board.until(BUZZER, 1)
    for moment in (Moment.SOS_CALLING, Moment.SOS_ARRIVED, Moment.SOS_RECEIVED):
        board.feedback.give(Given(moment, 0))
    board.until(GREEN, 4)
    longs = [one >= 0.25 for one in board.lengths(GREEN)]
    assert longs[-4:] in ([True] * 4, [False, True, True, True]), "received: three long; then the check before it"
    close(board)


def test_that_it_is_a_drill_is_said_to_its_end() -> None:
    board = Board()
    for moment in (Moment.DRILL, Moment.SOS_CALLING, Moment.SOS_RECEIVED):
        board.feedback.give(Given(moment, 0))
    board.until(GREEN, 6)
    assert [one >= 0.25 for one in board.lengths(GREEN)] == [True, False, True, True, True, True]
    close(board)


def close(board: Board) -> None:
    board.feedback.close()
    assert Device.pin_factory is not None
    Device.pin_factory.close()
    Device.pin_factory = None


def test_the_page_of_all_signals_is_what_the_code_has() -> None:
    page = Path(__file__).parents[3] / "docs/signals.md"
    assert page.read_text("utf-8") == sheet(), "python -m zhendao.device.feedback.sheet > docs/signals.md"


def test_few_sounds_leaves_sent_and_accepted_to_the_light() -> None:
    board = Board(few_sounds=True)
    board.feedback.give(Given(Moment.ACCEPTED, 0))
    board.until(GREEN, 2)
    assert board.lengths(BUZZER) == []
    board.feedback.give(Given(Moment.CHECKED_IN, 0))
    board.until(BUZZER, 1)
    board.feedback.close()
    assert Device.pin_factory is not None
    Device.pin_factory.close()
    Device.pin_factory = None
