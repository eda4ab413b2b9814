"""Feedback by two LEDs and a buzzer on GPIO pins (gpiozero): the patterns, one after another, on a thread of its own.

Promise: two signals never garble each other; a call waits for none; the red light stands while the reader is down; an
old signal is not given, and what no tap has led to makes no sound at night: nothing wakes a home. Closing plays what
still says whether a check was made, and takes two seconds at most.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from gpiozero import LED, Buzzer

from zhendao.device.feedback.hours import HOURS, Hours
from zhendao.device.feedback.moments import TABLE, Signal
from zhendao.device.feedback.patterns import LATER, PATTERNS, STANDING_RED, UNASKED, Outputs, timeline
from zhendao.device.feedback.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.feedback.given import Given

CLOSE_S = 2.0
PAUSE_S = 0.25
THERE_S = 60.0
"""So long after a tap somebody is taken to be there, to hear what no tap has led to."""


class GpioFeedback:
    """Green and red LED, active buzzer; pins by their BCM numbers. Raises `gpiozero.GPIOZeroError`.

    ``few_sounds`` leaves *sent* and *accepted* to the light alone; ``minute`` returns that of the local day, None where
    it is not known.
    """

    def __init__(
        self,
        green: int,
        red: int,
        buzzer: int,
        *,
        few_sounds: bool = False,
        hours: Hours = HOURS,
        minute: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._hours, self._minute = hours, minute
        self._pins = (LED(green), LED(red), Buzzer(buzzer))
        self._few_sounds = few_sounds
        self._news = threading.Condition()
        self._waiting = Waiting()
        self._red_stands = False
        self._there_until = 0.0
        self._closing = self._drill = False
        self._thread = threading.Thread(target=self._run, name="feedback", daemon=True)
        self._thread.start()

    def give(self, given: Given) -> None:
        """Light and sound, in the background, when the signal before has been understood."""
        unasked = given.moment in UNASKED
        with self._news:
            self._red_stands = STANDING_RED.get(given.moment, self._red_stands)
            if given.fresh:
                shown, now = TABLE[given.moment], time.monotonic()
                self._there_until = self._there_until if unasked else now + THERE_S
                few = self._few_sounds and shown.signal in LATER
                heard = self._hours.heard(shown.origin, self._minute(), there=now < self._there_until)
                self._waiting.add(shown.signal, sound=heard and not few)
            self._news.notify()

    def close(self) -> None:
        """Play what still matters, go dark and silent, and let go of the pins."""
        with self._news:
            self._closing = True
            self._waiting.only_important()
            self._news.notify()
        self._thread.join(CLOSE_S)
        for one in self._pins:
            one.close()

    def _run(self) -> None:
        while True:
            with self._news:
                self._show(Outputs(red=self._red_stands and not self._closing))
                standing = self._red_stands
                self._news.wait_for(lambda: len(self._waiting) or self._closing or self._red_stands is not standing)  # noqa: B023 - called at once
                following = self._waiting.take()
                if following is None and self._closing:
                    return
            if following is not None:
                self._play(*following)

    def _play(self, signal: Signal, sound: bool) -> None:  # noqa: FBT001 - as they are taken from the queue
        pattern, self._drill = PATTERNS[signal], signal is Signal.EXERCISE
        begun = time.monotonic()
        for at, outputs in timeline(pattern, sound=sound):
            if self._cut_before(begun + at, begun + pattern.least_s):
                break
            self._show(outputs)
        if self._cut_before(begun + pattern.least_s, begun + pattern.least_s):
            self._show(Outputs())  # a call has cut in: a moment of nothing, so that its rhythm begins with its first
            time.sleep(PAUSE_S)

    def _cut_before(self, until: float, least: float) -> bool:
        """Wait ``until`` a moment; return early, and True, once the ``least`` is played and another signal waits."""
        with self._news:
            while (left := until - time.monotonic()) > 0:
                another = len(self._waiting) > 0 or self._closing
                if another and (time.monotonic() >= least or self._call_cuts()):
                    return True
                self._news.wait(min(left, max(0.001, least - time.monotonic())) if another else left)
        return False

    def _call_cuts(self) -> bool:
        return self._waiting.call_waits and not self._drill  # that it is a drill is said to its end

    def _show(self, outputs: Outputs) -> None:
        try:
            for pin, on in zip(self._pins, (outputs.green, outputs.red, outputs.buzzer), strict=True):
                if pin.is_active != on:
                    pin.on() if on else pin.off()
        except Exception:  # noqa: BLE001 - every pin library has errors of its own
            return  # a light that is broken keeps nobody from recording
