"""The receiver's serial line: bytes at the pace of its baud rate, and garbage for a host that listens at another one.

Promise: what a host at the wrong rate hears is what a UART would make of the same bits, both ways; `usb` receivers have
no rate and are heard at any. The host's rate is the one that it has set on the pseudo-terminal.
"""

import termios
from collections import deque
from pathlib import Path

from zhendao.simulators.pseudoterminal import PseudoTerminal

NANO = 1_000_000_000
BITS = 10
"""Start bit, eight data bits, stop bit."""
CHUNK = 16
BAUDS = (4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600)
_SPEEDS = {getattr(termios, f"B{baud}"): baud for baud in (1200, 2400, *BAUDS)}
_CONSTANTS = {baud: speed for speed, baud in _SPEEDS.items()}
_MOST_WAITING = 4096
"""Pieces that wait to go out; a receiver that has more to say than its line carries loses the rest."""


class Uart(PseudoTerminal):
    """One pseudo-terminal at a time, under one link; ``baud`` is the receiver's own rate, and may be changed."""

    def __init__(self, link: Path, baud: int, *, usb: bool = False) -> None:
        super().__init__(link)
        self.baud = baud
        self._usb = usb
        self._outgoing: deque[tuple[int, bytes, int]] = deque()
        self._free = 0

    def plug(self) -> str:
        """Make the pseudo-terminal; a host that sets no rate hears the receiver as it is."""
        path = super().plug()
        attributes = termios.tcgetattr(self._slave)
        attributes[4] = attributes[5] = _CONSTANTS[self.baud]
        termios.tcsetattr(self._slave, termios.TCSANOW, attributes)
        return path

    def unplug(self) -> None:
        """Take port and link away; what was under way is lost."""
        self._outgoing.clear()
        super().unplug()

    def give(self, data: bytes, now: int) -> None:
        """Queue what the receiver writes from ``now`` on (nanoseconds of the caller's clock), at its present rate."""
        self._free = max(now, self._free)
        for at in range(0, len(data), CHUNK):
            if len(self._outgoing) >= _MOST_WAITING:
                return
            piece = data[at : at + CHUNK]
            self._free += len(piece) * BITS * NANO // self.baud
            self._outgoing.append((self._free, piece, self.baud))

    def send(self, now: int) -> None:
        """Write what has gone over the line by ``now``."""
        while self._outgoing and self._outgoing[0][0] <= now:
            _, piece, baud = self._outgoing.popleft()
            self.write(self._heard(piece, baud, self._host()))

    def due(self) -> int | None:
        """Return when `send` has something to do, None if nothing waits."""
        return self._outgoing[0][0] if self._outgoing else None

    def take(self) -> bytes:
        """Return what the host has written, as the receiver hears it."""
        return self._heard(self.read(), self._host(), self.baud)

    def _host(self) -> int:
        return _SPEEDS.get(self.speed(), 0) if self.master >= 0 else self.baud

    def _heard(self, data: bytes, sent: int, heard: int) -> bytes:
        return data if self._usb else resampled(data, sent, heard)


def resampled(data: bytes, sent: int, heard: int) -> bytes:
    """Return what a UART at ``heard`` baud makes of bytes sent back to back at ``sent``; nothing at no rate at all.

    It waits for a falling edge, and samples eight bits in their middle; a missing stop bit is not held against them.
    """
    if sent == heard:
        return data
    if not sent or not heard:
        return b""
    bits = [bit for byte in data for bit in (0, *(byte >> place & 1 for place in range(8)), 1)]
    out = bytearray()
    at = 0  # in units of half a bit of the one by half a bit of the other
    end = len(bits) * 2 * heard

    def level(moment: int) -> int:
        index = moment // (2 * heard)
        return bits[index] if index < len(bits) else 1

    while at < end:
        if level(at):
            index = at // (2 * heard)
            falling = next((later for later in range(index, len(bits)) if not bits[later]), None)
            if falling is None:
                break
            at = falling * 2 * heard
        out.append(sum(level(at + (3 + 2 * place) * sent) << place for place in range(8)))
        at += 19 * sent
        if not level(at):  # no stop bit: the line has to rise before a byte can begin
            rising = next((later for later in range(at // (2 * heard), len(bits)) if bits[later]), None)
            if rising is None:
                break
            at = rising * 2 * heard
    return bytes(out)
