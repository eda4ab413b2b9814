"""A reader thread with somebody who listens, and what can be done to its reader: reset line, USB adapter, re-opens."""

import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPin

from samples.pn532 import Emulator
from zhendao.readers.challenger import NO_CHALLENGES, Challenger
from zhendao.readers.pn532_port import open_pn532
from zhendao.readers.reader import Reader
from zhendao.readers.rungs import Rungs
from zhendao.readers.thread import ReaderThread
from zhendao.readers.turns import Opener
from zhendao.readers.upkeep import UpkeepSettings
from zhendao.readers.values import Posting, Presence, ReaderState

PATIENCE_S = 180


class Listener:
    """A running reader thread and what it posts. ``opens``: how often the reader was opened, or tried to be."""

    def __init__(
        self,
        port: Path | str,
        rungs: Rungs | None = None,
        opener: Opener = open_pn532,
        upkeep: UpkeepSettings | None = None,
        challenger: Challenger = NO_CHALLENGES,
    ) -> None:
        self.posted: queue.Queue[Posting] = queue.Queue()
        self.opens = 0
        self._opener = opener
        self.thread = ReaderThread(
            *(str(port), self.posted.put, self._open), rungs=rungs, upkeep=upkeep, challenger=challenger
        )
        self.thread.start()

    def _open(self, port: str, made: Callable[[Reader], None]) -> Reader:
        self.opens += 1
        return self._opener(port, made)

    def next(self, seconds: float = PATIENCE_S) -> Posting:
        return self.posted.get(timeout=seconds)

    def state(self) -> ReaderState:
        """Return the next state, whatever comes before it."""
        while not isinstance(posting := self.next(), ReaderState):
            pass
        return posting

    def presence(self) -> Presence:
        """Return the next token, behind nothing but states."""
        while isinstance(posting := self.next(), ReaderState):
            pass
        assert isinstance(posting, Presence), posting
        return posting

    def until_up(self) -> list[Posting]:
        """Return what is posted up to the next state that says that the reader works."""
        found: list[Posting] = []
        while not (found and isinstance(found[-1], ReaderState) and found[-1].up):
            found.append(self.next())
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.thread.stop()


@contextmanager
def reset_pin(emulator: Emulator) -> Iterator[list[int]]:
    """Wire every GPIO pin to the emulator's reset input; give the numbers of the pins that were pulsed low."""
    pulsed: list[int] = []

    class Wired(MockPin):  # type: ignore[misc]  # gpiozero has no types
        def _set_state(self, value: Any) -> None:
            fell = self._state and not value
            super()._set_state(value)
            if fell and self.function == "output":
                pulsed.append(self.info.name)
                emulator.do("reset")

    before, Device.pin_factory = Device.pin_factory, MockFactory(pin_class=Wired)
    try:
        yield pulsed
    finally:
        Device.pin_factory.close()
        Device.pin_factory = before


@contextmanager
def usb_kernel(emulator: Emulator, sysfs: Path) -> Iterator[list[str]]:
    """Play the kernel below ``sysfs``: the reader hangs on a USB device whose `authorized` unplugs and plugs it in.

    Gives what was written there.
    """
    device = sysfs / "devices" / "usb1" / "1-1"
    node = device / "1-1:1.0" / "ttyUSB0" / "tty" / "ttyUSB0"
    node.mkdir(parents=True)
    (device / "idVendor").write_text("0403\n")
    (device / "1-1:1.0" / "authorized").write_text("1\n")
    (sysfs / "dev" / "char").mkdir(parents=True)
    switch = device / "authorized"
    os.mkfifo(switch)
    written: list[str] = []

    def show() -> None:
        number = emulator.link.stat().st_rdev
        (sysfs / "dev" / "char" / f"{os.major(number)}:{os.minor(number)}").symlink_to(node)

    def kernel() -> None:
        while (word := switch.read_text()) != "end":
            written.append(word)
            emulator.do("fault unplug" if word == "0" else "replug")
            if word == "1":
                emulator.do("fault none")

    show()
    thread = threading.Thread(target=kernel)
    thread.start()
    try:
        yield written
    finally:
        switch.write_text("end")
        thread.join(PATIENCE_S)
