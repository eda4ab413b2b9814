"""A simulated device on a pseudo-terminal that does what lines of orders say: the one loop that all of them share.

Promise: every order is acknowledged by a JSON line with CLOCK_BOOTTIME of the moment at which it took effect
(`mono_ns`), so that another process can measure from it. Ends on an order to, at the end of its orders' input, on
SIGTERM and SIGINT.
"""

import json
import os
import selectors
import time
from abc import ABC, abstractmethod
from collections import deque
from pathlib import Path
from typing import Any, Protocol, TextIO

from zhendao.simulators.errors import OrderError, ScriptError
from zhendao.simulators.termination import termination

NANO = 1_000_000_000


def mono_ns() -> int:
    """Return CLOCK_BOOTTIME in nanoseconds, the clock of the terminal's `mono_ns`."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def read_script(path: Path) -> list[str]:
    """Return the orders in a file; raises `ScriptError`."""
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError as error:
        raise ScriptError(path) from error


class Port(Protocol):
    """Where a device meets its host."""

    @property
    def link(self) -> object:
        """How the host finds it."""

    @property
    def master(self) -> int:
        """The descriptor to wait on, -1 while nothing is plugged in."""

    def plug(self) -> str:
        """Put it there; return what it is called behind its link."""

    def unplug(self) -> None:
        """Take it away."""

    def read(self) -> Any:
        """Return what the host has written."""

    def write(self, data: bytes, /) -> None:
        """Answer; what does not fit is lost."""


class OrderedDevice(ABC):
    """The loop. A device says what is due, what to do in its turn, what it heard, and what an order means."""

    longest = 400
    """Characters of an order at most; what is longer is refused by whoever reads it."""

    def __init__(self, port: Port, out: TextIO) -> None:
        self._port = port
        self._out = out
        self._orders: deque[str] = deque()
        self._resume_ns = 0
        self._more = True
        self._done = False
        self._selector = selectors.SelectSelector()  # microseconds; epoll rounds up to a millisecond

    @abstractmethod
    def due(self) -> list[int]:
        """Return when `turn` is wanted (nanoseconds of `mono_ns`), nothing if only events matter."""

    @abstractmethod
    def turn(self) -> None:
        """Do what is due by now."""

    @abstractmethod
    def heard(self) -> None:
        """Take in that the host has written."""

    @abstractmethod
    def obey(self, text: str) -> dict[str, object] | None:
        """Carry out an order and return what its acknowledgement adds; None where there is nothing to acknowledge.

        Raises:
            OrderError: the line is no order.
        """

    def ending(self) -> None:  # noqa: B027 - most devices keep nothing
        """Save what is to be kept."""

    def run(self, script: list[str] | None, orders_fd: int | None) -> None:
        """Serve until told to end. ``script`` goes first; then lines from ``orders_fd``, if that is given.

        Raises:
            LinkError: the link cannot be made.
        """
        self._orders.extend(script or ())
        tail = b""
        with termination() as wake, self._selector:
            self._selector.register(wake, selectors.EVENT_READ)
            if orders_fd is not None:
                self._selector.register(orders_fd, selectors.EVENT_READ)
            self.plug()
            try:
                while not self._done:
                    for key, _ in self._selector.select(self._pause()):
                        if key.fileobj is wake:
                            return
                        if key.fileobj == orders_fd:
                            tail = self._read_orders(orders_fd, tail)
                        elif key.fileobj == self._port.master:
                            self.heard()
                    self._turn()
            finally:
                self.ending()
                self._port.unplug()

    # -- for the device's own orders

    def wait(self, milliseconds: int) -> None:
        """Let the next order wait."""
        self._resume_ns = mono_ns() + milliseconds * 1_000_000

    def finish(self) -> None:
        """End after this turn."""
        self._done = True

    def plug(self) -> None:
        """Put the port there, and say so."""
        path = self._port.plug()
        self.attend()
        self.say({"ready": str(self._port.link), "pty": path})

    def attend(self) -> None:
        """Listen to the port, which has been plugged in."""
        self._selector.register(self._port.master, selectors.EVENT_READ)

    def unplug(self) -> None:
        """Take the port away under the host's feet."""
        if self._port.master >= 0:
            self._selector.unregister(self._port.master)
            self._port.unplug()

    def say(self, answer: dict[str, object]) -> None:
        """Print a JSON line with the moment."""
        self._out.write(json.dumps({**answer, "mono_ns": mono_ns()}, ensure_ascii=False) + "\n")
        self._out.flush()

    # -- inside

    def _pause(self) -> float | None:
        """Return for how many seconds nothing is due, None for ever."""
        due = self.due()
        if self._orders or not self._more:
            due = [*due, self._resume_ns]
        return max(0.0, (min(due) - mono_ns()) / NANO) if due else None

    def _turn(self) -> None:
        self.turn()
        while self._orders and mono_ns() >= self._resume_ns and not self._done:
            self._obey(self._orders.popleft())
        if not self._more and not self._orders and mono_ns() >= self._resume_ns:
            self._done = True

    def _obey(self, text: str) -> None:
        try:
            answer = self.obey(text)
            if answer is not None:
                self.say({"done": text.strip(), **answer})
        except OrderError as error:
            self.say({"error": error.what.en, "code": error.code})

    def _read_orders(self, descriptor: int, tail: bytes) -> bytes:
        data = os.read(descriptor, 65536)
        if not data:
            self._selector.unregister(descriptor)
            self._more = False
            data = b"\n" if tail else b""
        *found, tail = (tail + data).split(b"\n")
        self._orders.extend(line.decode("utf-8", "replace") for line in found)
        return tail[: self.longest + 1]
