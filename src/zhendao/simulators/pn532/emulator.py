"""The process: one loop over the pseudo-terminal, the orders and the clock; every order is acknowledged by a JSON line.

Promise: an acknowledgement carries CLOCK_BOOTTIME of the moment at which the order took effect (`mono_ns`), so that
another process can measure from it. Ends on `quit`, at the end of its orders' input, on SIGTERM and SIGINT.
"""

import json
import os
import selectors
import time
from collections import deque
from typing import TextIO, assert_never

from zhendao.simulators.errors import OrderError
from zhendao.simulators.pn532 import orders
from zhendao.simulators.pn532.chip import Chip, Step
from zhendao.simulators.pn532.line import Line
from zhendao.simulators.pn532.shelf import Shelf
from zhendao.simulators.termination import termination


def mono_ns() -> int:
    """Return CLOCK_BOOTTIME in nanoseconds, the clock of the terminal's `mono_ns`."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Emulator:
    """A reader on ``line`` with the tags of ``shelf``; says what it did on ``out``."""

    def __init__(self, line: Line, shelf: Shelf, out: TextIO) -> None:
        self._line = line
        self._shelf = shelf
        self._out = out
        self._chip = Chip()
        self._orders: deque[str] = deque()
        self._resume = 0
        self._more = True
        self._done = False
        self._selector = selectors.SelectSelector()  # microseconds; epoll rounds up to a millisecond

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
            self._plug()
            try:
                while not self._done:
                    for key, _ in self._selector.select(self._pause()):
                        if key.fileobj is wake:
                            return
                        if key.fileobj == orders_fd:
                            tail = self._read_orders(orders_fd, tail)
                        elif key.fileobj == self._line.master:
                            self._line.take(mono_ns())
                    self._turn()
            finally:
                self._shelf.save()
                self._line.unplug()

    def _pause(self) -> float | None:
        """Return for how many seconds nothing is due, None for ever."""
        due = [] if (line := self._line.due()) is None else [line]
        if self._orders or not self._more:
            due.append(self._resume)
        return max(0.0, (min(due) - mono_ns()) / 1e9) if due else None

    def _turn(self) -> None:
        now = mono_ns()
        for data, baud in self._line.arrived(now):
            self._carry(self._chip.receive(data, baud), now)
            self._shelf.save()
        self._line.send(mono_ns())
        while self._orders and mono_ns() >= self._resume and not self._done:
            self._obey(self._orders.popleft())
        if not self._more and not self._orders and mono_ns() >= self._resume:
            self._done = True

    def _carry(self, step: Step, now: int) -> None:
        if step.cancel:
            self._line.cancel()
        self._line.give(step.outs, now, self._chip.firmware.baud)

    def _read_orders(self, descriptor: int, tail: bytes) -> bytes:
        data = os.read(descriptor, 65536)
        if not data:
            self._selector.unregister(descriptor)
            self._more = False
            data = b"\n" if tail else b""
        *lines, tail = (tail + data).split(b"\n")
        self._orders.extend(line.decode("utf-8", "replace") for line in lines)
        return tail[: orders.LONGEST + 1]

    def _plug(self) -> None:
        path = self._line.plug()
        self._selector.register(self._line.master, selectors.EVENT_READ)
        self._say({"ready": str(self._line.link), "pty": path})

    def _obey(self, text: str) -> None:
        try:
            order = orders.parse(text)
            if order is not None:
                answer = self._do(order)
                if not isinstance(order, orders.Replug):
                    self._say({"done": text.strip(), **answer})
        except OrderError as error:
            self._say({"error": error.what.en, "code": error.code})

    def _do(self, order: orders.Order) -> dict[str, object]:
        answer: dict[str, object] = {}
        match order:
            case orders.Define(name, kind, uid):
                self._shelf.define(name, kind, uid)
            case orders.Present(name):
                self._chip.antenna.present(name, self._shelf.get(name))
                self._carry(self._chip.changed(), mono_ns())
            case orders.Remove(name):
                self._shelf.get(name)
                self._chip.antenna.remove(name)
            case orders.Dump(name):
                tag = self._shelf.get(name)
                answer = {"uid": tag.uid.hex(), "memory": tag.memory().hex()}
            case orders.Fault():
                self._fault(order)
            case orders.Replug():
                self._unplug()
                self._chip.power_up()
                self._plug()
            case orders.Wait(milliseconds):
                self._resume = mono_ns() + milliseconds * 1_000_000
            case orders.Quit():
                self._done = True
            case _:
                assert_never(order)
        return answer

    def _fault(self, order: orders.Fault) -> None:
        if order.name == "baud":
            self._chip.power_up(order.number)
        elif order.name == "tear":
            self._chip.antenna.leaves_after = order.number
        elif order.name == "unplug":
            self._unplug()
        else:
            self._chip.faults.order(order.name, order.number, order.times)

    def _unplug(self) -> None:
        if self._line.master >= 0:
            self._selector.unregister(self._line.master)
            self._line.unplug()

    def _say(self, answer: dict[str, object]) -> None:
        self._out.write(json.dumps({**answer, "mono_ns": mono_ns()}, ensure_ascii=False) + "\n")
        self._out.flush()
