"""One terminal in the city: its numbers, its boots, its clock, and the visits that it believes to be open.

Promise: events are numbered without a gap, monotonic time runs on within a boot whatever the wall clock says, and
in and out are taken as a real terminal takes them (repeated within two minutes, out while a visit is open).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from zhendao.protocol.event import Event, kind_and_version
from zhendao.protocol.vocabulary import ClockSource, Direction

if TYPE_CHECKING:
    from zhendao.simulators.city.ground import Spot
    from zhendao.simulators.city.model import Terminal

GUARD_MS: Final = 120_000
LONGEST_MS: Final = 14 * 3_600_000
"""A visit that has been open for longer is no longer closed by the next check."""
_MS_NS: Final = 1_000_000
_BEGAN_UP_MS: Final = 9_000
"""The process starts so long after the machine."""

Key = tuple[bytes, bytes]


@dataclass(slots=True)
class Box:
    """A terminal as it runs; ``off_ms`` is its wall clock's error, ``bound_ms`` what it knows of it."""

    terminal: Terminal
    boot_id: bytes
    booted_ms: int
    ppm: int
    source: ClockSource = ClockSource.NTP
    off_ms: int = 0
    bound_ms: int | None = 120
    seq: int = 0
    spot: Spot | None = None
    """Where it stands, if it was taken away."""
    told: bool = False
    """It has told that: by its wall switch, or by a fix."""
    open: dict[Key, tuple[int, int]] = field(default_factory=dict)
    last: dict[Key, tuple[int, int]] = field(default_factory=dict)
    sent_ms: int = 0
    wrote_ms: int = 0
    held_by: frozenset[str] = frozenset()
    """The outages behind which what it wrote last still waits."""

    def mono_ns(self, at_ms: int) -> int:
        """Return what the monotonic clock of this boot says at ``at_ms`` (UTC ms)."""
        up_ms = at_ms - self.booted_ms + _BEGAN_UP_MS
        return up_ms * _MS_NS + up_ms * self.ppm  # 1 ppm of a millisecond is a nanosecond

    def wall_ms(self, at_ms: int) -> int:
        """Return what the wall clock says at ``at_ms``."""
        return at_ms + self.off_ms

    def restart(self, boot_id: bytes, at_ms: int) -> None:
        """Begin a new boot; what was open stays open, what was just repeated is not known any more."""
        self.boot_id, self.booted_ms = boot_id, at_ms
        self.last.clear()

    def write(self, at_ms: int, body: Any) -> Event:
        """Return the next event of this terminal."""
        self.seq += 1
        at_ms = self.wrote_ms = max(self.wrote_ms, at_ms)
        kind, version = kind_and_version(body)
        return Event(
            self.terminal.device, self.terminal.epoch, self.seq, self.boot_id, self.mono_ns(at_ms),
            self.wall_ms(at_ms), self.source, self.bound_ms, kind, version, body,
        )  # fmt: skip

    def repeats(self, key: Key, at_ms: int) -> int | None:
        """Return the seq of the check that one now would repeat."""
        seq, last_ms = self.last.get(key, (0, 0))
        return seq if seq and at_ms - last_ms <= GUARD_MS else None

    def direction(self, key: Key, at_ms: int) -> tuple[Direction, int | None]:
        """Return in or out for a check now, and the check-in that it closes."""
        seq, since_ms = self.open.get(key, (0, 0))
        return (Direction.OUT, seq) if seq and at_ms - since_ms <= LONGEST_MS else (Direction.IN, None)

    def checked(self, key: Key, seq: int, at_ms: int, direction: Direction) -> None:
        """Remember a check."""
        self.last[key] = seq, at_ms
        if direction is Direction.IN:
            self.open[key] = seq, at_ms
        else:
            self.open.pop(key, None)

    def taken_back(self, key: Key) -> int | None:
        """Forget the last check, a check-in, and return its seq; None where there is none to take back."""
        seq, _ = self.last.pop(key, (0, 0))
        if self.open.get(key, (0, 0))[0] != seq or not seq:
            return None
        del self.open[key]
        return seq
