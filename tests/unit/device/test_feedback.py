import json

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory

from zhendao.device.feedback.console import ConsoleFeedback
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.gpio import GpioFeedback
from zhendao.device.feedback.moments import TABLE, Moment, Signal


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
    assert json.loads(capsys.readouterr().out) == {**said, "seen_ns": 3}


def test_the_three_good_signals_and_the_bad_one_differ_on_the_pins() -> None:
    Device.pin_factory = MockFactory()
    try:
        feedback = GpioFeedback(17, 27, 22)
        pins = [Device.pin_factory.pin(number) for number in (17, 27, 22)]
        looks = {}
        for moment in (Moment.CHECKED_IN, Moment.SENT, Moment.ACCEPTED, Moment.NOT_RECORDED):
            for pin in pins:
                pin.clear_states()
            feedback.give(Given(moment, 0))
            for one in (feedback._green, feedback._red, feedback._buzzer):
                if one._blink_thread is not None:
                    one._blink_thread.join(5)
            looks[TABLE[moment].signal] = tuple(sum(state.state for state in pin.states) for pin in pins)
        assert looks[Signal.RECORDED] == (1, 0, 1), "green, one tone"
        assert looks[Signal.SENT] == (1, 0, 0), "green once, silent"
        assert looks[Signal.ACCEPTED] == (2, 0, 0), "green twice, silent"
        assert looks[Signal.BAD] == (0, 1, 3), "red, three tones"
        pins[0].clear_states()
        feedback.give(Given(Moment.SENT, 0, fresh=False))
        assert feedback._green._blink_thread is None, "nobody is there any more"
        feedback.close()
    finally:
        Device.pin_factory.close()
        Device.pin_factory = None
