"""Bytes of a receiver's serial line to candidate NMEA lines, in any chunks.

Promise: memory is bounded whatever arrives; noise, binary frames and cut lines cost what they damaged and nothing
behind it: every ``$`` begins anew. The outcome does not depend on where the chunks were cut.
"""

from dataclasses import dataclass

LINE_LIMIT = 120
"""NMEA 0183 allows 82 characters; receivers with high precision send up to about 110."""

_DOLLAR = 0x24
_ENDS = (0x0D, 0x0A)
_FIRST_PRINTABLE, _LAST_PRINTABLE = 0x20, 0x7E


@dataclass(frozen=True, slots=True)
class LineCounters:
    """What the line brought since the start: whole candidates, bytes outside of any, lines cut for their length."""

    lines: int = 0
    noise_bytes: int = 0
    overlong: int = 0
    broken: int = 0


class Splitter:
    """Collects bytes; hands out each text from a ``$`` to the end of its line, or to the next ``$``."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._lines = self._noise = self._overlong = self._broken = 0

    @property
    def counters(self) -> LineCounters:
        """What came so far; ``broken`` are lines given up for a byte that no NMEA line has."""
        return LineCounters(self._lines, self._noise, self._overlong, self._broken)

    def feed(self, data: bytes) -> list[str]:
        """Take the next bytes and return the lines they complete, ``$`` included, line end left out."""
        done: list[str] = []
        line = self._line
        for byte in data:
            if byte == _DOLLAR:
                self._finish(done)
                line.append(byte)
            elif byte in _ENDS:
                self._finish(done)
            elif not line:
                self._noise += 1
            elif not _FIRST_PRINTABLE <= byte <= _LAST_PRINTABLE:
                self._broken += 1
                self._give_up(extra=1)
            elif len(line) >= LINE_LIMIT:
                self._overlong += 1
                self._give_up(extra=1)
            else:
                line.append(byte)
        return done

    def finish(self) -> list[str]:
        """Return what stands there when the line went away, and be ready for a new one."""
        done: list[str] = []
        self._finish(done)
        return done

    def _finish(self, done: list[str]) -> None:
        if self._line:
            done.append(self._line.decode("ascii"))
            self._lines += 1
            self._line.clear()

    def _give_up(self, extra: int) -> None:
        self._noise += len(self._line) + extra
        self._line.clear()
