"""One terminal's clocks: a crystal that drifts, a wall clock that is set, a battery clock or none, NTP or none.

Promise: what the terminal reads follows from true time and from what was done to the clocks, in whole numbers. The
monotonic clock begins anew at each boot and is never set; while NTP disciplines the kernel it runs as true time does.
Offered to the terminal as its `Clock` port: `mono_ns`, `wall_ms`, `boot_id`, `rtc_ms`, `look`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.device.clock.trust import Seen

if TYPE_CHECKING:
    from zhendao.simulators.world.engine.chance import Chance
    from zhendao.simulators.world.engine.clockwork import Clockwork

_MS = 1_000_000
_S = 1_000_000_000
_MILLION = 1_000_000
_HOUR_MS = 3_600_000
_LOST_RTC_MS = 946_684_800_000
"""2000-01-01: where a battery clock begins that has lost its battery."""
_NTP_AFTER_NS = (5 * _S, 40 * _S)
"""So long after a boot, or after it is there again, NTP has set the clock."""
_NTP_ERROR_MS = 8
"""NTP leaves the clock this far off at most."""
_NTP_BOUND_MS = (20, 60)
"""What the kernel states for it."""
_KERNEL_PPM = 500
"""By this much the kernel lets its stated error grow while nobody corrects the clock."""
_KERNEL_LIMIT_MS = 16_000
"""A greater error counts as unsynchronised."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """What clocks a terminal was built with. ``keeps``: the wall time is saved each hour and at a clean stop."""

    drift_ppm: int = 0
    rtc: bool = True
    rtc_drift_ppm: int = 0
    ntp: bool = True
    keeps: bool = False


class HardwareClock:
    """``start_ms``: UTC milliseconds of the world's time 0. Off until `boot`."""

    def __init__(self, clockwork: Clockwork, chance: Chance, fitted: Fitted, start_ms: int) -> None:
        self._clockwork, self._chance, self.fitted, self._start_ms = clockwork, chance, fitted, start_ms
        self._boot_id = bytes(16)
        self._boot = 0
        self._on = False
        self._ppm, self._mono_at_ns, self._mono_base_ns = 0, 0, 0
        self._wall_base_ns = 0
        self._error_ms = self._bound_ms = 0
        self._disciplined = False
        self._lost_ns: int | None = None
        """When NTP was lost that had disciplined this boot's clock; None where it never was, or is there."""
        self._rtc_base_ms, self._rtc_at_ns = start_ms, 0
        self._saved_ms = start_ms
        self._wrong_boot_ms: int | None = None
        self.drift_ppm = fitted.drift_ppm
        self.ntp_there = fitted.ntp
        self.ntp_lie_ms = 0
        self.rtc_there = fitted.rtc

    # -- what is true

    def true_ms(self) -> int:
        """Return UTC as it is, milliseconds since 1970."""
        return self._start_ms + self._clockwork.now_ns // _MS

    # -- what the terminal reads

    def mono_ns(self) -> int:
        """Return nanoseconds since the boot, as the crystal counts them."""
        elapsed = self._clockwork.now_ns - self._mono_at_ns
        return self._mono_base_ns + elapsed * (_MILLION + self._ppm) // _MILLION

    def wall_ms(self) -> int:
        """Return the system's own time, milliseconds since 1970 UTC, right or wrong."""
        return (self._wall_base_ns + self.mono_ns()) // _MS

    def boot_id(self) -> bytes:
        """Return 16 bytes that are new at each boot."""
        return self._boot_id

    def rtc_ms(self) -> int | None:
        """Return what the battery clock says, in whole seconds; None where there is none."""
        return self._rtc_now_ms() // 1000 * 1000 if self.rtc_there else None

    def kernel_bound_ms(self) -> int | None:
        """Return the greatest error that the kernel states, None while nothing disciplines its clock."""
        if self._disciplined:
            return self._bound_ms
        if self._lost_ns is None:
            return None
        stated = self._bound_ms + (self._clockwork.now_ns - self._lost_ns) // _MS * _KERNEL_PPM // _MILLION
        return stated if stated < _KERNEL_LIMIT_MS else None

    def look(self) -> Seen:
        """Return what the kernel knows now."""
        return Seen(self.wall_ms(), self.mono_ns(), self.kernel_bound_ms(), self.rtc_ms())

    # -- what happens to it

    def boot(self) -> None:
        """Begin a boot: a new boot id, the wall clock from the battery clock, else from what was saved, else 1970."""
        self._boot += 1
        self._on = True
        self._boot_id = self._chance.child(f"boot {self._boot}").bytes(16)
        self._disciplined, self._lost_ns = False, None
        self._ppm, self._mono_at_ns, self._mono_base_ns = self.drift_ppm, self._clockwork.now_ns, 0
        says = self.rtc_ms()
        if self._wrong_boot_ms is not None:
            says, self._wrong_boot_ms = self._wrong_boot_ms, None
        elif says is None:
            says = self._saved_ms if self.fitted.keeps else 0
        self._wall_base_ns = says * _MS
        self._await_ntp()

    def off(self, *, cleanly: bool) -> None:
        """Take its power away; ``cleanly``: after the system was told to stop."""
        if not self._on:
            return
        self._settle_rtc()
        up_ms = self.mono_ns() // _MS
        self._saved_ms = self.wall_ms() - (0 if cleanly else up_ms % _HOUR_MS)
        self._on = self._disciplined = False

    def boots_with(self, wall_ms: int) -> None:
        """Let the next boot begin its wall clock at ``wall_ms``, whatever a battery clock says."""
        self._wrong_boot_ms = wall_ms

    def step(self, by_ms: int) -> None:
        """Set the wall clock by hand; whoever disciplines it puts it right again after a while."""
        was, self._lost_ns = self._disciplined, None
        if was:
            self._lose_ntp()
            self._lost_ns = None  # setting the clock tells the kernel that nothing is known of its error
            self._await_ntp()
        self._wall_base_ns += by_ms * _MS

    def drift(self, ppm: int) -> None:
        """Let the crystal be off by ``ppm``."""
        self.drift_ppm = ppm
        if not self._disciplined:
            self._rate(ppm)

    def ntp(self, *, there: bool, lie_ms: int = 0) -> None:
        """Let NTP be there or not; ``lie_ms``: what its servers are off."""
        self.ntp_there, self.ntp_lie_ms = there, lie_ms
        if there:
            self._await_ntp()
        elif self._disciplined:
            self._lose_ntp()

    def rtc(self, *, there: bool) -> None:
        """Let the battery clock be there or not; one that comes back has lost its time."""
        if there and not self.rtc_there and self.fitted.rtc:
            self._rtc_base_ms, self._rtc_at_ns = _LOST_RTC_MS, self._clockwork.now_ns
        self.rtc_there = there and self.fitted.rtc

    def set_rtc(self, off_ms: int) -> None:
        """Set the battery clock ``off_ms`` off true time; a disciplined kernel writes it anew within minutes."""
        self._rtc_base_ms, self._rtc_at_ns = self.true_ms() + off_ms, self._clockwork.now_ns

    # -- inside

    def _settle_rtc(self) -> None:
        """Fix the battery clock's time here, on which it runs on by itself."""
        self._rtc_base_ms, self._rtc_at_ns = self._rtc_now_ms(), self._clockwork.now_ns

    def _rtc_now_ms(self) -> int:
        """Return the battery clock's time, finer than it tells."""
        if self._disciplined:  # the kernel writes it from the disciplined clock every eleven minutes
            return self.wall_ms()
        elapsed_ms = (self._clockwork.now_ns - self._rtc_at_ns) // _MS
        return self._rtc_base_ms + elapsed_ms * (_MILLION + self.fitted.rtc_drift_ppm) // _MILLION

    def _rate(self, ppm: int) -> None:
        """Run on from here at another rate."""
        self._mono_base_ns, self._mono_at_ns = self.mono_ns(), self._clockwork.now_ns
        self._ppm = ppm

    def _await_ntp(self) -> None:
        """Let NTP set the clock a moment from now, if it is there still in the same boot."""
        if not (self.ntp_there and self._on):
            return
        boot, lie_ms = self._boot, self.ntp_lie_ms

        def come() -> None:
            if self._on and self._boot == boot and self.ntp_there and self.ntp_lie_ms == lie_ms:
                self._discipline()

        self._clockwork.after(self._chance.between(*_NTP_AFTER_NS), come)

    def _discipline(self) -> None:
        self._error_ms = self._chance.between(-_NTP_ERROR_MS, _NTP_ERROR_MS)
        self._bound_ms = self._chance.between(*_NTP_BOUND_MS)
        self._rate(0)
        self._wall_base_ns = (self.true_ms() + self._error_ms + self.ntp_lie_ms) * _MS - self.mono_ns()
        self._disciplined, self._lost_ns = True, None

    def _lose_ntp(self) -> None:
        self._settle_rtc()
        self._disciplined, self._lost_ns = False, self._clockwork.now_ns
        self._rate(self.drift_ppm)
