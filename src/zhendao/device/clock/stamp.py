"""When something happened, as honestly as the terminal knows: monotonic and wall time, source and bound. A value."""

from __future__ import annotations

from dataclasses import dataclass

from zhendao.protocol.vocabulary import ClockSource


@dataclass(frozen=True, slots=True)
class Stamp:
    """A moment. ``mono_ns`` CLOCK_BOOTTIME; ``wall_ms`` UTC, may be wrong; ``bound_ms`` ±, None where not known."""

    boot_id: bytes
    mono_ns: int
    wall_ms: int
    source: ClockSource
    bound_ms: int | None

    @property
    def trusted(self) -> bool:
        """Whether the wall time comes from outside (promise: expiry counts only where time is trusted)."""
        return self.source in {ClockSource.NTP, ClockSource.GNSS}

    @property
    def known_ms(self) -> int:
        """The wall time, 0 where nothing vouches for it: a clock that nobody has set."""
        return 0 if self.source is ClockSource.UNSET else self.wall_ms

    @property
    def earliest_ms(self) -> int:
        """The earliest that the wall time can be, as far as a bound is known."""
        return self.wall_ms - (self.bound_ms or 0)

    @property
    def latest_ms(self) -> int:
        """The latest that the wall time can be, as far as a bound is known."""
        return self.wall_ms + (self.bound_ms or 0)
