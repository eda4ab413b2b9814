"""The reader's line: a pseudo-terminal whose bytes are paced at the line's baud rate.

Promise: ten bits a byte, both ways, at the speed that the host has set.
"""

import termios
from collections import deque
from pathlib import Path

from zhendao.simulators.pn532.chip import Out
from zhendao.simulators.pseudoterminal import PseudoTerminal

NANO = 1_000_000_000
BITS = 10
"""Start bit, eight data bits, stop bit."""
CHUNK = 16
"""Bytes written at a time, when the last of them would have arrived."""
_SPEEDS = {getattr(termios, f"B{baud}"): baud for baud in (9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)}


class Line(PseudoTerminal):
    """One pseudo-terminal at a time, under one link."""

    def __init__(self, link: Path) -> None:
        super().__init__(link)
        self._arrives = 0
        self._incoming: deque[tuple[int, bytes, int]] = deque()
        self._outgoing: deque[tuple[int, bytes]] = deque()
        self._free = 0
        self._sent = 0
        self._held = 0
        self.gap_us = 0
        """What the host writes less than so many microseconds behind an answer is lost (an adapter's flaw)."""
        self.first_byte_ms = 0
        """The first answer comes so many milliseconds after the host's first byte, once (an adapter's flaw)."""

    def unplug(self) -> None:
        """Take port and link away; what was under way is lost."""
        self._incoming.clear()
        self._outgoing.clear()
        super().unplug()

    def baud(self) -> int:
        """Return the speed that the host has set, 0 for one that a PN532 does not have."""
        return _SPEEDS.get(self.speed(), 0)

    def take(self, now: int) -> None:
        """Read what the host has written; it arrives when the line has carried it."""
        data = self.read()
        if not data or now - self._sent < self.gap_us * 1000:
            return
        if self.first_byte_ms:
            self._held, self.first_byte_ms = now + self.first_byte_ms * 1_000_000, 0
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
            self._free = max(now, self._free, self._held) + out.after_us * 1000
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
            self._sent = now
            self.write(self._outgoing.popleft()[1])

    def due(self) -> int | None:
        """Return when something is due next (nanoseconds of the caller's clock), None if nothing is."""
        times = [queue[0][0] for queue in (self._incoming, self._outgoing) if queue]
        return min(times) if times else None


def _duration(size: int, baud: int) -> int:
    return size * BITS * NANO // (baud or 115_200)
