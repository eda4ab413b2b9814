"""This machine's clocks, but for what a test sets."""

from dataclasses import replace
from pathlib import Path

from zhendao.device.clock.kernel import RTC, KernelClock
from zhendao.device.clock.trust import Seen


class SetClock(KernelClock):
    """A clock of which ``mono``, ``wall`` and ``boot`` are the machine's own while they are None.

    ``bound_ms`` is the error that NTP states; None where nothing disciplines the clock.
    """

    def __init__(self, rtc: Path = RTC) -> None:
        super().__init__(rtc)
        self.mono: int | None = None
        self.wall: int | None = None
        self.boot: bytes | None = None
        self.bound_ms: int | None = None

    def mono_ns(self) -> int:
        return super().mono_ns() if self.mono is None else self.mono

    def wall_ms(self) -> int:
        return super().wall_ms() if self.wall is None else self.wall

    def boot_id(self) -> bytes:
        return super().boot_id() if self.boot is None else self.boot

    def look(self) -> Seen:
        return replace(super().look(), kernel_bound_ms=self.bound_ms)
