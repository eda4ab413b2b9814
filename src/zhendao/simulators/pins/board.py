"""The pins of a board that is not there: gpiozero's mock pins, whose contacts stay as they are put, whoever opens them.

Promise: a contact that is closed before its line is opened is found closed; every change of an output is reported with
CLOCK_BOOTTIME of the moment (`mono_ns`, the clock of the terminal's).
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from gpiozero.pins.mock import MockFactory, MockPin

if TYPE_CHECKING:
    from collections.abc import Callable

    Reported = Callable[[int, bool, int], None]


def mono_ns() -> int:
    """Return CLOCK_BOOTTIME in nanoseconds."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Board(MockFactory):  # type: ignore[misc]  # gpiozero has no types
    """Pins by their BCM numbers; ``report(pin, on, mono_ns)`` is told of every output that changes, on any thread."""

    def __init__(self, report: Reported) -> None:
        self.report = report
        self.closed: set[int] = set()
        self.lock = threading.RLock()
        super().__init__(pin_class=_Pin)

    def contact(self, number: int, *, closed: bool) -> None:
        """Close or open the contact at pin ``number``: closed, it draws the pin away from where it is pulled to."""
        with self.lock:
            (self.closed.add if closed else self.closed.discard)(number)
            pin: Any = self.pin(number)
            if pin.function == "input":
                pin.settle()

    def outputs(self) -> dict[int, bool]:
        """Return the outputs that are open now, and whether they are on."""
        with self.lock:
            return {one.bcm: one.state for one in self.pins.values() if one.function == "output"}


class _Pin(MockPin):  # type: ignore[misc]  # gpiozero has no types
    """One pin of a `Board`."""

    def __init__(self, factory: Board, info: Any) -> None:
        self._board, self.bcm = factory, int(info.name.removeprefix("GPIO"))
        super().__init__(factory, info)

    def settle(self) -> None:
        """Take the level that the pull and the contact give."""
        level = (self._pull == "up") is not (self.bcm in self._board.closed)
        self.drive_high() if level else self.drive_low()

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        self.settle()

    def _set_state(self, value: float) -> None:
        before = self._state
        super()._set_state(value)
        if self._state is not before:
            self._board.report(self.bcm, self._state, mono_ns())

    def _set_function(self, value: str) -> None:
        was_on = self._function == "output" and self._state
        super()._set_function(value)
        if was_on and self._function != "output":
            self._board.report(self.bcm, False, mono_ns())  # noqa: FBT003 - as it is reported
