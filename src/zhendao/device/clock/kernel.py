"""The edge of the clock: what the Linux kernel says about time, without any privilege. Decides nothing."""

import ctypes
import time
import uuid
from contextlib import suppress
from pathlib import Path

from zhendao.device.clock.trust import Seen, TimeAt

_UNSYNCHRONISED = 0x40
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_RTC = Path("/sys/class/rtc/rtc0/since_epoch")


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


def mono_ns() -> int:
    """Return CLOCK_BOOTTIME in nanoseconds; it runs on in suspend and is never set."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def wall_ms() -> int:
    """Return the system's own time, milliseconds since 1970 UTC, right or wrong."""
    return time.time_ns() // 1_000_000


def boot_id() -> bytes:
    """Return the kernel's 16 bytes that are new at each boot."""
    return uuid.UUID(_BOOT_ID.read_text("ascii").strip()).bytes


def kernel_bound_ms() -> int | None:
    """Return the greatest error that the kernel states, in ms; None while nothing disciplines its clock.

    chrony states it only with ``rtcsync`` in its configuration.
    """
    state = _Timex()
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    if adjtimex is None or adjtimex(ctypes.byref(state)) < 0 or state.status & _UNSYNCHRONISED:
        return None
    return int(state.maxerror) // 1000 + 1


def rtc_ms() -> int | None:
    """Return the time of the battery clock, ms since 1970 UTC; None where there is none."""
    with suppress(OSError, ValueError):
        return int(_RTC.read_text("ascii")) * 1000
    return None


def look(gnss: TimeAt | None = None) -> Seen:
    """Return what is known now, with a receiver's time if there is one."""
    return Seen(wall_ms(), mono_ns(), kernel_bound_ms(), rtc_ms(), gnss)
