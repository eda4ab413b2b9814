"""Feedback by two LEDs and a buzzer on GPIO pins (gpiozero). The three good signals differ in light and sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gpiozero import LED, Buzzer

from zhendao.device.feedback.moments import TABLE, Signal

if TYPE_CHECKING:
    from zhendao.device.feedback.given import Given


class GpioFeedback:
    """Green and red LED, active buzzer; pins by their BCM numbers. Raises `gpiozero.GPIOZeroError`."""

    def __init__(self, green: int, red: int, buzzer: int) -> None:
        self._green, self._red, self._buzzer = LED(green), LED(red), Buzzer(buzzer)

    def give(self, given: Given) -> None:
        """Light and sound, in the background; an older signal ends."""
        if not given.fresh:
            return
        match TABLE[given.moment].signal:
            case Signal.NOTICE:
                self._buzzer.beep(0.05, 0.05, 1)
            case Signal.RECORDED:
                self._red.off()
                self._green.blink(1.5, 0, 1)
                self._buzzer.beep(0.4, 0, 1)
            case Signal.REMARKED:
                self._green.blink(1.5, 0, 1)
                self._red.blink(1.5, 0, 1)
                self._buzzer.beep(0.4, 0.2, 2)
            case Signal.SENT:
                self._green.blink(0.15, 0.15, 1)
            case Signal.ACCEPTED:
                self._green.blink(0.15, 0.15, 2)
            case Signal.BAD:
                self._green.off()
                self._red.blink(2.0, 0, 1)
                self._buzzer.beep(0.15, 0.1, 3)

    def close(self) -> None:
        """Go dark and silent, and let go of the pins."""
        for one in (self._green, self._red, self._buzzer):
            one.close()
