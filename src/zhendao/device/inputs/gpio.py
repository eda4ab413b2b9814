"""The edge of the lines: GPIO pins by gpiozero. Edges are noted where the pins' library tells them, and posted in turn.

Promise: what the library's own thread does for an edge is a few lines under a lock, so a line that chatters a thousand
times a second costs little and starves nobody; who is told hears of it every ten milliseconds at most. A line that is
wilder yet is not listened to for most of the time: its edges are then counted only while it is.
"""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import time
import warnings
from typing import TYPE_CHECKING

from gpiozero import Device, DigitalInputDevice, PinFactoryFallback

from zhendao.device.errors import DeviceError
from zhendao.device.inputs.lines import Edge, Gathered, Line
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LOG = logging.getLogger(__name__)
REST_S = 0.01
"""So long nothing is posted after a posting."""
STOP_S = 1.0
WILD = 50
"""So many edges of a line in one posting, five thousand in a second, and it is let go of for `WILD_S`."""
WILD_S = 0.2


class LinesError(DeviceError):
    """The pins cannot be listened to."""

    code = "lines"


def guard(number: int) -> None:
    """Let no edge of a pin end the thread that tells the edges of all pins.

    While one thread lets go of a pin, the library's own may tell an edge of it, and finds nobody to be told where
    gpiozero has just looked whether there is somebody: an error there would be the last that is heard of any pin.
    """
    Device.ensure_pin_factory()
    pin = Device.pin_factory.pin(number)
    tell = type(pin)._call_when_changed  # noqa: SLF001 - what pins of gpiozero are told by, named for those who build on it

    def told(*edge: object) -> None:
        try:
            tell(pin, *edge)
        except Exception:  # noqa: BLE001 - whatever it is, the next edge is another one
            _LOG.debug("an edge of pin %d came while it was let go of", number, exc_info=True)

    pin._call_when_changed = told  # noqa: SLF001


class GpioLines:
    """Listens to ``lines`` and posts their edges, on a thread of its own. ``now_ns``: CLOCK_BOOTTIME."""

    def __init__(self, post: Callable[[Edge], None], lines: Sequence[Line], now_ns: Callable[[], int]) -> None:
        self._post, self._lines, self._now_ns = post, tuple(lines), now_ns
        self._gathered = {line.name: Gathered() for line in lines}
        self._pins: dict[str, DigitalInputDevice] = {}
        self._resting: dict[str, float] = {}
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
        except Exception as error:  # every pin library has errors of its own
            self.stop()
            raise LinesError(
                Text(f"无法使用输入引脚：{error}", f"the input pins cannot be used: {error}"),
                Text("请检查 [buttons] 与 [[sensor]] 的引脚", "check the pins of [buttons] and [[sensor]]"),
            ) from error
        self._thread.start()

    def stop(self) -> None:
        """Let go of the pins."""
        with self._news:
            self._stopping = True
            self._news.notify()
        if self._thread.is_alive():
            self._thread.join(STOP_S)
        for name in list(self._pins):
            self._let_go(name)

    def _listen(self, line: Line, *, anew: bool = False) -> None:
        guard(line.pin)
        pin = self._pins[line.name] = DigitalInputDevice(line.pin, pull_up=line.pull_up)
        pin.when_activated = lambda: self._edge(line.name, active=True)
        pin.when_deactivated = lambda: self._edge(line.name, active=False)
        if pin.is_active or line.tells_rest or anew:
            self._edge(line.name, active=bool(pin.is_active))

    def _let_go(self, name: str) -> None:
        pin = self._pins.pop(name, None)  # an edge may still come from a line that was let go of
        if pin is not None:
            with contextlib.suppress(Exception):
                pin.close()

    def _edge(self, name: str, *, active: bool) -> None:
        with self._news:
            self._gathered[name].add(Edge(name, active, self._now_ns()))
            self._some = True
            self._news.notify()

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._some or self._stopping, self._rests_s())
                if self._stopping:
                    return
                self._some = False
                taken = {name: one.take() for name, one in self._gathered.items()}
            for name, edges in taken.items():
                for edge in edges:
                    self._post(edge)
                if sum(1 + edge.skipped for edge in edges) >= WILD:
                    self._let_go(name)
                    self._resting[name] = time.monotonic() + WILD_S
            self._listen_again()
            with self._news:
                self._news.wait_for(lambda: self._stopping, REST_S)

    def _rests_s(self) -> float | None:
        """Return how long it is until a line is listened to again; None where none rests."""
        return max(0.0, min(self._resting.values()) - time.monotonic()) if self._resting else None

    def _listen_again(self) -> None:
        for line in self._lines:
            if self._resting.get(line.name, math.inf) <= time.monotonic():
                try:
                    self._listen(line, anew=True)
                except Exception:  # noqa: BLE001 - as at the start; the other lines are listened to
                    self._let_go(line.name)
                    self._resting[line.name] += WILD_S
                else:
                    del self._resting[line.name]
