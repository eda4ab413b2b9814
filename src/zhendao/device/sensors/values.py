"""What a source of readings posts, whatever it is wired by: a reading, or that it can (not) be read. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.protocol.wording import Text


@dataclass(frozen=True, slots=True)
class Seen:
    """A sensor was read.

    Attributes:
        sensor: which, by its place in the settings from 0 on.
        reading: a contact's level (1 active, 0 at rest), or a number in the sensor's own unit.
        mono_ns: when, CLOCK_BOOTTIME.
        count: how many edges or readings this one stands for; those before it were not posted.
    """

    sensor: int
    reading: float
    mono_ns: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class Wired:
    """Whether the way to a sensor is open: ``why`` not, for people; None where it is."""

    sensor: int
    why: Text | None
    mono_ns: int


Posted = Seen | Wired


class Source(Protocol):
    """One pin, serial line or supply: what reads sensors. It posts what is bounded, however wild the sensor is."""

    def start(self, post: Callable[[Posted], None]) -> None:
        """Begin to read; ``post`` may be called on any thread."""
        ...

    def stop(self) -> None:
        """End; returns within a second."""
        ...
