"""When and where it is, for whoever records: joins the kernel's clock, the receiver's time and the trust in both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.clock import kernel as kernel_clock
from zhendao.device.clock.stamp import Stamp
from zhendao.device.clock.trust import ClockTrust
from zhendao.device.gnss.tracker import Tracker
from zhendao.protocol.vocabulary import FixSign

if TYPE_CHECKING:
    from zhendao.device.gnss.receiver import GoodFix
    from zhendao.protocol.bodies import Clock, Fix


class Timekeeper:
    """Time and place of this terminal. Asked from the event loop only."""

    def __init__(self) -> None:
        self._boot_id = kernel_clock.boot_id()
        self._trust = ClockTrust()
        self._tracker = Tracker()

    def stamp(self) -> Stamp:
        """Return now."""
        mono_ns = kernel_clock.mono_ns()
        now = self._trust.read(kernel_clock.wall_ms(), mono_ns)
        return Stamp(self._boot_id, mono_ns, now.wall_ms, now.source, now.bound_ms)

    def fix(self, mono_ns: int) -> Fix | None:
        """Return the best position at ``mono_ns``, flagged where its time contradicts the clock."""
        signs = FixSign.TIME_DISAGREES if self._trust.sources_disagree else FixSign(0)
        return self._tracker.fix(mono_ns, signs=signs)

    def has_fix(self) -> bool:
        """Return whether the receiver has a fix now."""
        return self._tracker.is_fresh(kernel_clock.mono_ns())

    def add_fix(self, good: GoodFix) -> None:
        """Take in what the receiver brought."""
        self._tracker.add(good)

    def observe(self) -> list[Clock]:
        """Look at every source of time; return the events that are to be recorded."""
        return self._trust.observe(kernel_clock.look(self._tracker.time(kernel_clock.mono_ns())))


def seconds_until(due_ns: int | None) -> float | None:
    """Return how many seconds it is until ``due_ns`` (CLOCK_BOOTTIME), 0 if it has passed, None for ever."""
    return None if due_ns is None else max(0.0, (due_ns - kernel_clock.mono_ns()) / 1_000_000_000)
