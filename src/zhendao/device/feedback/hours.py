"""When a moment may be heard, and how loud: by what led to it, the local time of day, and who is there. Pure.

Promise: what answers a tap or a press is heard at any hour; a call too, and never below `LEAST_CALL` per cent; what
nobody asked for is silent at night, and where the time of day is not known.
"""

from __future__ import annotations

from dataclasses import dataclass

from zhendao.device.feedback.shown import Origin

LEAST_CALL = 20
"""Per cent of full scale: below it a call might as well not be told."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When night is, in whole hours of the local day (from = until: never), and volumes in per cent."""

    night_from: int = 21
    night_until: int = 7
    day: int = 80
    night: int = 30
    call: int = 100

    def is_night(self, minute: int) -> bool:
        """Return whether it is night at so many minutes after local midnight."""
        hour = minute // 60
        if self.night_from <= self.night_until:
            return self.night_from <= hour < self.night_until
        return hour >= self.night_from or hour < self.night_until

    def heard(self, origin: Origin, minute: int | None, *, there: bool) -> bool:
        """Return whether it makes a sound; ``minute``: None where the time is not known; ``there``: somebody tapped."""
        match origin:
            case Origin.TAP | Origin.ASKED | Origin.CALL:
                return True
            case Origin.HOUSE:
                return there or (minute is not None and not self.is_night(minute))
        return there

    def volume(self, origin: Origin, minute: int | None) -> int:
        """Return how loud a voice says it, in per cent of full scale, 0 to 100."""
        if origin is Origin.CALL:
            return max(self.call, LEAST_CALL)
        return self.night if minute is not None and self.is_night(minute) else self.day


HOURS = Hours()
"""What holds where settings say nothing else."""
