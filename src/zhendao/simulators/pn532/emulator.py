"""The reader as a process: chip, line and tags joined under the loop that obeys orders (`ordered`)."""

from typing import TextIO, assert_never

from zhendao.simulators.ordered import OrderedDevice, mono_ns
from zhendao.simulators.pn532 import orders
from zhendao.simulators.pn532.chip import Chip, Step
from zhendao.simulators.pn532.line import Line
from zhendao.simulators.pn532.shelf import Shelf
from zhendao.simulators.pn532.tricks import Trick, play


class Emulator(OrderedDevice):
    """A reader on ``line`` with the tags of ``shelf``; says what it did on ``out``."""

    longest = orders.LONGEST

    def __init__(self, line: Line, shelf: Shelf, out: TextIO) -> None:
        super().__init__(line, out)
        self._line = line
        self._shelf = shelf
        self._chip = Chip()

    def due(self) -> list[int]:
        """Return when the line has something to carry."""
        line = self._line.due()
        return [] if line is None else [line]

    def turn(self) -> None:
        """Let the chip answer what has arrived, and send what is due."""
        now = mono_ns()
        for data, baud in self._line.arrived(now):
            self._carry(self._chip.receive(data, baud), now)
            self._shelf.save()
        self._line.send(mono_ns())

    def heard(self) -> None:
        """Take what the host has written onto the line."""
        self._line.take(mono_ns())

    def ending(self) -> None:
        """Keep what was written to the tags."""
        self._shelf.save()

    def obey(self, text: str) -> dict[str, object] | None:
        """Carry out an order; a port that is put back has said `ready` by itself."""
        order = orders.parse(text)
        if order is None:
            return None
        if isinstance(order, Trick):
            told = play(order, self._shelf, self._chip.antenna)
            self._shelf.save()
            return told
        answer = self._do(order)
        return None if isinstance(order, orders.Replug) else answer

    def _carry(self, step: Step, now: int) -> None:
        if step.cancel:
            self._line.cancel()
        self._line.give(step.outs, now, self._chip.firmware.baud)

    def _do(self, order: orders.Plain) -> dict[str, object]:
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
            case orders.Reset():
                self._line.cancel()
                self._chip.reset()
            case orders.Replug():
                self.unplug()
                self._chip.power_up()
                self.plug()
            case orders.Wait(milliseconds):
                self.wait(milliseconds)
            case orders.Quit():
                self.finish()
            case _:
                assert_never(order)
        return answer

    def _fault(self, order: orders.Fault) -> None:
        match order.name:
            case "baud":
                self._chip.power_up(order.number)
            case "tear":
                self._chip.antenna.leaves_after = order.number
            case "weak":
                self._chip.antenna.weak = order.number
            case "gap":
                self._line.gap_us = order.number
            case "first-byte":
                self._line.first_byte_ms = order.number
            case "unplug":
                self.unplug()
            case _:
                self._chip.faults.order(order.name, order.number, order.times)
