"""The edge of setting a receiver up: finds it at its rate, sends one step after another, listens to what came of it.

Promise: what is not answered is sent three times at most; nothing here waits without an end.
"""

from __future__ import annotations

import contextlib
import termios
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.device.errors import DeviceError
from zhendao.device.gnss.listening import Listening, RateFound
from zhendao.device.gnss.serial_source import GnssPortError, open_port
from zhendao.device.gnss.setup.replies import Outcome, Replies
from zhendao.device.gnss.setup.steps import Answer
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import serial

    from zhendao.device.gnss.setup.steps import Step
    from zhendao.device.gnss.setup.survey import Survey

ANSWER_S = 1.5
TRIES = 3
_CHUNK = 4096


class NotHeardError(DeviceError):
    """No sentence came from the port, at any rate."""

    code = "gnss-not-heard"

    def __init__(self, port: str, seconds: float) -> None:
        super().__init__(
            Text(
                f"{port} 在任何波特率下 {seconds:.0f} 秒内都没有可读的语句",
                f"no sentence came from {port} at any baud rate within {seconds:.0f} s",
            ),
            Text("请检查供电、接线和 [gnss] port", "check power, wiring and [gnss] port"),
        )


@dataclass(frozen=True, slots=True)
class Done:
    """A step, and what became of it."""

    step: Step
    outcome: Outcome

    @property
    def good(self) -> bool:
        """Whether the next step may follow."""
        return self.outcome in {Outcome.SENT, Outcome.ACKNOWLEDGED} or self.step.optional


class Talk:
    """Talks to one receiver on an open line."""

    def __init__(self, port: str, line: serial.Serial) -> None:
        self._port, self._line = port, line

    @property
    def baud(self) -> int:
        """The rate of the line."""
        return int(self._line.baudrate)

    def find(self, listening: Listening, seconds: float) -> int:
        """Return the rate at which sentences come. Raises `NotHeardError` after ``seconds``."""
        listening.opened(_now())
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            data = self._read()[: listening.room(_now()) or None]
            found = [one for one in listening.heard(data, _now()) if isinstance(one, RateFound)]
            if found:
                return found[0].rate
            if self._line.baudrate != listening.rate:
                self._line.baudrate = listening.rate
                self._line.reset_input_buffer()
        raise NotHeardError(self._port, seconds)

    def do(self, step: Step) -> Done:
        """Send one step, and wait for its answer."""
        outcome = Outcome.UNANSWERED
        for _ in range(TRIES if step.answer is not Answer.NONE else 1):
            self._line.write(step.message)
            self._line.flush()
            outcome = Outcome.SENT if step.answer is Answer.NONE else self._answer(step)
            if outcome is not Outcome.UNANSWERED:
                break
        if step.baud is not None:
            # The last byte has to leave the chip of the line, which flush does not always await.
            time.sleep(0.1)
            self._line.baudrate = step.baud
        self._rest(step.pause_s)
        return Done(step, outcome)

    def watch(self, survey: Survey, seconds: float) -> None:
        """Listen until all is found well, ``seconds`` at most."""
        self._line.reset_input_buffer()
        until = time.monotonic() + seconds
        while time.monotonic() < until and not survey.enough:
            data = self._read()
            if data:
                survey.feed(data, _now())

    def _answer(self, step: Step) -> Outcome:
        replies = Replies(step)
        until = time.monotonic() + ANSWER_S
        while time.monotonic() < until:
            outcome = replies.feed(self._read())
            if outcome is not None:
                return outcome
        return Outcome.UNANSWERED

    def _rest(self, seconds: float) -> None:
        """Let the receiver take it in; what it says meanwhile is of before."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._read()

    def _read(self) -> bytes:
        return self._line.read(min(_CHUNK, self._line.in_waiting or 1))


@contextlib.contextmanager
def talk(port: str, baud: int) -> Iterator[Talk]:
    """Open the port for a talk. Raises `GnssPortError`, also where the plug is pulled meanwhile."""
    with open_port(port, baud) as line:
        try:
            yield Talk(port, line)
        except (OSError, TypeError, ValueError, termios.error) as error:
            raise GnssPortError(
                Text(f"卫星定位接收机 {port} 断开了（{error}）", f"the GNSS receiver at {port} went away ({error})")
            ) from error


def _now() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
