"""The edge of the clock: what the Linux kernel says about time, without any privilege. Decides nothing.

`Clock` is what every part of a terminal asks, whoever keeps it; `KernelClock` is this machine's.
"""

import calendar
import ctypes
import fcntl
import os
import stat
import struct
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from zhendao.device.clock.trust import Seen

_UNSYNCHRONISED = 0x40
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_LEAPING = {1, 2, 3}
"""A leap second is to be inserted or deleted today, or runs now: what the wall clock says may be a second off."""
_RTC_RD_TIME = 0x80247009
_RTC_TIME = struct.Struct("9i")
RTC = Path("/sys/class/rtc/rtc0/since_epoch")


class _Timex(ctypes.Structure):
    """``struct timex`` of <sys/timex.h>; with modes 0, adjtimex only reads."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("time_s", ctypes.c_long),
        ("time_us", ctypes.c_long),
        ("tick", ctypes.c_long),
        ("ppsfreq", ctypes.c_long),
        ("jitter", ctypes.c_long),
        ("shift", ctypes.c_int),
        ("stabil", ctypes.c_long),
        ("jitcnt", ctypes.c_long),
        ("calcnt", ctypes.c_long),
        ("errcnt", ctypes.c_long),
        ("stbcnt", ctypes.c_long),
        ("tai", ctypes.c_int),
        ("spare", ctypes.c_int * 11),
    )


class Clock(Protocol):
    """A machine's clocks. Safe to ask on any thread."""

    def mono_ns(self) -> int:
        """Return the time since some moment, ns; it runs on in suspend, never back, and is never set."""
        ...

    def wall_ms(self) -> int:
        """Return the system's own time, milliseconds since 1970 UTC, right or wrong."""
        ...

    def boot_id(self) -> bytes:
        """Return 16 bytes that are new at each boot of the machine."""
        ...

    def rtc_ms(self) -> int | None:
        """Return the time of the battery clock, ms since 1970 UTC; None where there is none."""
        ...

    def look(self) -> Seen:
        """Return all of it at once, with the error that the kernel states while NTP disciplines it."""
        ...


def kernel_bound_ms() -> int | None:
    """Return the greatest error that the kernel states, in ms; None while nothing disciplines its clock.

    chrony states it only with ``rtcsync`` in its configuration.
    """
    state = _Timex()
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    leap = -1 if adjtimex is None else int(adjtimex(ctypes.byref(state)))
    if leap < 0 or state.status & _UNSYNCHRONISED:
        return None
    return int(state.maxerror) // 1000 + 1 + (1000 if leap in _LEAPING else 0)


def rtc_ms(path: Path = RTC) -> int | None:
    """Return the time of the battery clock, ms since 1970 UTC; None where there is none.

    ``path`` is the kernel's file of seconds (``/sys/class/rtc/…/since_epoch``) or the clock itself (``/dev/rtc0``).
    """
    with suppress(OSError, ValueError, struct.error):
        if not stat.S_ISCHR(path.stat().st_mode):
            return int(path.read_text("ascii")) * 1000
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return rtc_time(fcntl.ioctl(handle, _RTC_RD_TIME, bytes(_RTC_TIME.size)))
        finally:
            os.close(handle)
    return None


def rtc_time(answer: bytes) -> int:
    """Return the ms since 1970 UTC of a ``struct rtc_time`` as the kernel fills it."""
    second, minute, hour, day, month, year, *_ = _RTC_TIME.unpack(answer)
    return calendar.timegm((year + 1900, month + 1, day, hour, minute, second)) * 1000


class KernelClock:
    """The clock of this machine; ``rtc`` is where its battery clock is (see `rtc_ms`)."""

    def __init__(self, rtc: Path = RTC) -> None:
        self._rtc = rtc

    def mono_ns(self) -> int:
        """Return CLOCK_BOOTTIME in nanoseconds; it runs on in suspend and is never set."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)

    def wall_ms(self) -> int:
        """Return the system's own time, milliseconds since 1970 UTC, right or wrong."""
        return time.time_ns() // 1_000_000

    def boot_id(self) -> bytes:
        """Return the kernel's 16 bytes that are new at each boot."""
        return uuid.UUID(_BOOT_ID.read_text("ascii").strip()).bytes

    def rtc_ms(self) -> int | None:
        """Return the time of the battery clock, ms since 1970 UTC; None where there is none."""
        return rtc_ms(self._rtc)

    def look(self) -> Seen:
        """Return what the kernel knows now."""
        mono = self.mono_ns()
        return Seen(self.wall_ms(), mono, kernel_bound_ms(), self.rtc_ms())
