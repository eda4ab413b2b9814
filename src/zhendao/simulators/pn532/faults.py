"""Faults of a line and of a chip, as counters that are used up: each concerns the next so many answers.

Pure: random bytes come from a generator that is handed in.
"""

from dataclasses import dataclass
from random import Random

SET_UP, LISTING = 0x14, 0x4A
"""SAMConfiguration, InListPassiveTarget."""


@dataclass(slots=True)
class Faults:
    """What is to go wrong. All zero: nothing."""

    lost: int = 0
    """Commands that never arrive: no acknowledgement, no answer."""
    mute: int = 0
    """Commands that are acknowledged and never answered."""
    late: int = 0
    late_ms: int = 0
    """Answers that come so many milliseconds late."""
    truncated: int = 0
    """Answers of which only the first half comes."""
    noisy: int = 0
    noise_bytes: int = 0
    """Answers before which so many random bytes come."""
    bad_checksum: int = 0
    """Answers whose data checksum is wrong."""
    hung: bool = False
    """Nothing is answered until the chip is reset (`reset`), powered anew (`replug`) or `fault none`."""
    wedged: bool = False
    """The same, and a reset does not help: only power does."""
    drag_ms: int = 0
    """Each listing comes so many milliseconds later than the one before, until the chip is set up anew."""
    dragged: int = 0

    def order(self, name: str, number: int, times: int) -> None:
        """Let the fault ``name`` concern the next ``times`` answers; `none` ends all faults."""
        match name:
            case "lost-command":
                self.lost = times
            case "no-reply":
                self.mute = times
            case "late-reply":
                self.late, self.late_ms = times, number
            case "truncate":
                self.truncated = times
            case "noise":
                self.noisy, self.noise_bytes = times, number
            case "bad-checksum":
                self.bad_checksum = times
            case "hang":
                self.hung = True
            case "wedge":
                self.wedged = True
            case "drag":
                self.drag_ms, self.dragged = number, 0
            case _:
                self.lost = self.mute = self.late = self.truncated = self.noisy = self.bad_checksum = 0
                self.drag_ms = 0
                self.hung = self.wedged = False

    def swallow(self) -> bool:
        """Return True if this command gets no acknowledgement."""
        if self.hung or self.wedged:
            return True
        if self.lost:
            self.lost -= 1
            return True
        return False

    def silence(self) -> bool:
        """Return True if this command gets no answer."""
        if self.mute:
            self.mute -= 1
            return True
        return False

    def slowness_us(self, command: int) -> int:
        """Return how much later ``command`` is answered than it would be, microseconds."""
        if command == SET_UP:
            self.drag_ms = 0
        if command != LISTING or not self.drag_ms:
            return 0
        self.dragged += 1
        return self.dragged * self.drag_ms * 1000

    def spoil(self, frame: bytes, random: Random) -> tuple[int, bytes]:
        """Return the extra delay (microseconds) and the bytes that go out in place of ``frame``."""
        delay = 0
        if self.late:
            self.late -= 1
            delay = self.late_ms * 1000
        if self.bad_checksum:
            self.bad_checksum -= 1
            frame = frame[:-2] + bytes((frame[-2] ^ 0x5A,)) + frame[-1:]
        if self.truncated:
            self.truncated -= 1
            frame = frame[: len(frame) // 2]
        if self.noisy:
            self.noisy -= 1
            frame = random.randbytes(self.noise_bytes) + frame
        return delay, frame
