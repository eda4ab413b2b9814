"""Text of a serial sensor: bytes in any chunks to lines, lines to readings by the pattern of the settings. Pure.

Promise: memory is bounded whatever arrives; a line that is too long, holds anything but printable ASCII, or carries no
number where one should be, is no reading; it costs nothing behind it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE_LIMIT = 120
"""Longer lines are dropped: also the bound of what a pattern has to search."""
_NOT_TEXT = re.compile(rb"[^\x20-\x7e\t]")
_ENDS = re.compile(rb"[\r\n]+")


class Lines:
    """Cuts what comes at CR and LF. ``spoilt`` counts lines that were dropped."""

    def __init__(self) -> None:
        self._begun = b""
        self._skips = False
        self.spoilt = 0

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that ``data`` completes."""
        *whole, begun = _ENDS.split(self._begun + data)
        found = []
        for line in whole:
            skipped, self._skips = self._skips, False
            if skipped or len(line) > LINE_LIMIT or _NOT_TEXT.search(line):
                self.spoilt += 1
            elif line:
                found.append(line.decode("ascii"))
        if len(begun) > LINE_LIMIT:
            begun, self._skips = b"", True
        self._begun = begun
        return found

    def forget(self) -> None:
        """Drop the line that was begun: the next byte may belong to another."""
        self._begun, self._skips = b"", True


class Patterns:
    """The patterns of the sensors on one line, by the sensors' numbers."""

    def __init__(self, patterns: dict[int, str]) -> None:
        self._patterns = {sensor: re.compile(one) for sensor, one in patterns.items()}

    def readings(self, line: str) -> Iterator[tuple[int, float]]:
        """Yield sensor and reading of each pattern that finds itself in ``line``."""
        for sensor, pattern in self._patterns.items():
            found = pattern.search(line)
            if found is not None and (reading := _reading(found.groupdict())) is not None:
                yield sensor, reading


def _reading(groups: dict[str, str | None]) -> float | None:
    if (text := groups.get("value")) is not None:
        try:
            return float(text.replace(",", "."))
        except ValueError:
            return None
    if groups.get("active") is not None:
        return 1.0
    return 0.0 if groups.get("rest") is not None else None
