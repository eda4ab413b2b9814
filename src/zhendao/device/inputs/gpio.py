"""The edge of the lines: GPIO pins by gpiozero. Edges are noted where the pins' library tells them, and posted in turn.

Promise: what the library's own thread does for an edge is a few lines under a lock, so a line that chatters a thousand
times a second costs little and starves nobody; who is told hears of it every ten milliseconds at most.
"""

from __future__ import annotations

import threading
import warnings
from typing import TYPE_CHECKING

from gpiozero import DigitalInputDevice, GPIOZeroError, PinFactoryFallback

from zhendao.device.errors import DeviceError
from zhendao.device.inputs.lines import Edge, Gathered, Line
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REST_S = 0.01
"""So long nothing is posted after a posting."""
STOP_S = 1.0


class LinesError(DeviceError):
    """The pins cannot be listened to."""

    code = "lines"


class GpioLines:
    """Listens to ``lines`` and posts their edges, on a thread of its own. ``now_ns``: CLOCK_BOOTTIME."""

    def __init__(self, post: Callable[[Edge], None], lines: Sequence[Line], now_ns: Callable[[], int]) -> None:
        self._post, self._lines, self._now_ns = post, tuple(lines), now_ns
        self._gathered = {line.name: Gathered() for line in lines}
        self._pins: list[DigitalInputDevice] = []
        self._news = threading.Condition()
        self._some = self._stopping = False
        self._thread = threading.Thread(target=self._run, name="lines", daemon=True)

    def start(self) -> None:
        """Begin to listen. Raises `LinesError`."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", PinFactoryFallback)  # which library it is is nobody's business
                for line in self._lines:
                    self._listen(line)
        except GPIOZeroError as error:
            self.stop()
            raise LinesError(
                Text(f"无法使用输入引脚：{error}", f"the input pins cannot be used: {error}"),
                Text("请检查 [buttons] 与 [[sensor]] 的引脚", "check the pins of [buttons] and [[sensor]]"),
            ) from error
        self._thread.start()

    def stop(self) -> None:
        """Let go of the pins."""
        for pin in self._pins:
            pin.close()
        with self._news:
            self._stopping = True
            self._news.notify()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _listen(self, line: Line) -> None:
        pin = DigitalInputDevice(line.pin, pull_up=line.pull_up)
        self._pins.append(pin)
        pin.when_activated = lambda: self._edge(line.name, active=True)
        pin.when_deactivated = lambda: self._edge(line.name, active=False)
        if pin.is_active or line.tells_rest:
            self._edge(line.name, active=bool(pin.is_active))

    def _edge(self, name: str, *, active: bool) -> None:
        with self._news:
            self._gathered[name].add(Edge(name, active, self._now_ns()))
            self._some = True
            self._news.notify()

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._some or self._stopping)
                if self._stopping:
                    return
                self._some = False
                edges = [edge for one in self._gathered.values() for edge in one.take()]
            for edge in edges:
                self._post(edge)
            with self._news:
                self._news.wait_for(lambda: self._stopping, REST_S)
