"""The pseudo-terminal: a slave that looks like a serial port, a symlink to it, bytes paced at the line's baud rate.

Promise: the slave stays open here, so that a host may close and open it again; ten bits a byte, both ways, at the speed
that the host has set; `unplug` takes the port away under the host's feet as a pulled adapter does.
"""

import os
import termios
import tty
from collections import deque
from pathlib import Path

from zhendao.simulators.errors import LinkError
from zhendao.simulators.pn532.chip import Out

NANO = 1_000_000_000
BITS = 10
"""Start bit, eight data bits, stop bit."""
CHUNK = 16
"""Bytes written at a time, when the last of them would have arrived."""
_SPEEDS = {getattr(termios, f"B{baud}"): baud for baud in (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)}


class Line:
    """One pseudo-terminal at a time, under one link."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.master = -1
        self._slave = -1
        self._arrives = 0
        self._incoming: deque[tuple[int, bytes, int]] = deque()
        self._outgoing: deque[tuple[int, bytes]] = deque()
        self._free = 0

    def plug(self) -> str:
        """Make the pseudo-terminal and the link; return the slave's own path.

        Raises:
            LinkError: something that is no link stands at its place, or its folder cannot be written.
        """
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        attributes = termios.tcgetattr(self._slave)
        attributes[4] = attributes[5] = termios.B115200
        termios.tcsetattr(self._slave, termios.TCSANOW, attributes)
        os.set_blocking(self.master, False)
        path = os.ttyname(self._slave)
        try:
            if self.link.exists() and not self.link.is_symlink():
                self.unplug()
                raise LinkError(str(self.link), "a file is in its place")
            new = self.link.with_name(self.link.name + f".{os.getpid()}")
            new.symlink_to(path)
            new.replace(self.link)
        except OSError as error:
            self.unplug()
            raise LinkError(str(self.link), error.strerror or str(error)) from error
        return path

    def unplug(self) -> None:
        """Take port and link away; what was under way is lost."""
        self._incoming.clear()
        self._outgoing.clear()
        if self.master < 0:
            return
        path = os.ttyname(self._slave)
        os.close(self._slave)
        os.close(self.master)
        self.master = self._slave = -1
        if self.link.is_symlink() and str(self.link.readlink()) == path:
            self.link.unlink()

    def baud(self) -> int:
        """Return the speed that the host has set, 0 for one that a PN532 does not have."""
        return _SPEEDS.get(termios.tcgetattr(self._slave)[5], 0)

    def take(self, now: int) -> None:
        """Read what the host has written; it arrives when the line has carried it."""
        try:
            data = os.read(self.master, 4096)
        except BlockingIOError:
            return
        baud = self.baud()
        self._arrives = max(now, self._arrives) + _duration(len(data), baud)
        self._incoming.append((self._arrives, data, baud))

    def arrived(self, now: int) -> list[tuple[bytes, int]]:
        """Return what has arrived by ``now``, each with the speed it came at."""
        here: list[tuple[bytes, int]] = []
        while self._incoming and self._incoming[0][0] <= now:
            _, data, baud = self._incoming.popleft()
            here.append((data, baud))
        return here

    def give(self, outs: tuple[Out, ...], now: int, baud: int) -> None:
        """Queue what the chip sends at ``baud``."""
        for out in outs:
            self._free = max(now, self._free) + out.after_us * 1000
            for at in range(0, len(out.data), CHUNK):
                piece = out.data[at : at + CHUNK]
                self._free += _duration(len(piece), baud)
                self._outgoing.append((self._free, piece))

    def cancel(self) -> None:
        """Drop what has not gone out."""
        self._outgoing.clear()
        self._free = 0

    def send(self, now: int) -> None:
        """Write what is due. A full pseudo-terminal loses bytes, as a UART without flow control does."""
        while self._outgoing and self._outgoing[0][0] <= now:
            _, piece = self._outgoing.popleft()
            try:
                os.write(self.master, piece)
            except BlockingIOError:
                return

    def due(self) -> int | None:
        """Return when something is due next (nanoseconds of the caller's clock), None if nothing is."""
        times = [queue[0][0] for queue in (self._incoming, self._outgoing) if queue]
        return min(times) if times else None


def _duration(size: int, baud: int) -> int:
    return size * BITS * NANO // (baud or 115_200)
