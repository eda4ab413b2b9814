"""How the machine is, in figures read from /proc and /sys without any privilege. Decides nothing, never raises.

What a machine does not have (a thermometer, a Raspberry Pi's firmware) is None, and stays out of the report.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_ZONES = "sys/class/thermal"
_THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
_MODEL = "proc/device-tree/model"
_WORDS = 64
_MOST = 1 << 60
_HEAT_DC = range(-1000, 3000)
"""What a thermometer can have measured."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """The figures at one moment; sizes in bytes, the temperature in tenths of a degree Celsius."""

    disk_free: int
    journal: int
    machine_up_s: int
    written: int | None = None
    memory: int | None = None
    memory_free: int | None = None
    temperature_dc: int | None = None
    throttled: int | None = None
    """Bits of a Raspberry Pi's firmware: 0 voltage too low now, 2 throttled now, 16 and 18 the same since its start."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What a terminal runs on: ``kernel`` and ``model`` as the functions here tell them; ``look``: its figures."""

    kernel: str
    model: str | None
    look: Callable[[], Vitals]


def machine(folder: Path) -> Machine:
    """Return this machine; ``folder`` is the terminal's data folder."""
    return Machine(kernel(), model(), lambda: look(folder))


def look(folder: Path, root: Path = Path("/")) -> Vitals:
    """Return the figures; ``folder`` is the terminal's data folder, ``root`` where /proc and /sys are."""
    return Vitals(
        disk_free=_disk_free(folder),
        journal=_size(folder.glob("journal.db*")),
        machine_up_s=_uptime_s(root / "proc/uptime"),
        written=_field(root / "proc/self/io", "write_bytes:"),
        memory=_kib(_field(root / "proc/self/status", "VmRSS:")),
        memory_free=_kib(_field(root / "proc/meminfo", "MemAvailable:")),
        temperature_dc=_temperature_dc(root / _ZONES),
        throttled=_throttled(root / _THROTTLED),
    )


def kernel() -> str:
    """Return name, release and machine of the running kernel, at most 64 characters."""
    one = os.uname()
    return f"{one.sysname} {one.release} {one.machine}"[:_WORDS]


def model(root: Path = Path("/")) -> str | None:
    """Return what the board calls itself, at most 64 characters; None where nothing says so."""
    with contextlib.suppress(OSError):
        return (root / _MODEL).read_bytes().rstrip(b"\0").decode("utf-8", "replace")[:_WORDS] or None
    return None


def _disk_free(folder: Path) -> int:
    with contextlib.suppress(OSError):
        stat = os.statvfs(folder)
        return stat.f_bavail * stat.f_frsize
    return 0


def _size(files: Iterable[Path]) -> int:
    found = 0
    with contextlib.suppress(OSError):
        for one in files:
            found += one.stat().st_size
    return found


def _first(path: Path) -> str | None:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        words = path.read_text("utf-8").split()
        return words[0] if words else None
    return None


def _uptime_s(path: Path) -> int:
    with contextlib.suppress(ValueError, OverflowError):
        return min(_MOST, max(0, int(float(_first(path) or 0))))
    return 0


def _field(path: Path, name: str) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        for line in path.read_text("utf-8", "replace").splitlines():
            words = line.split()
            if words[:1] == [name] and len(words) > 1:
                return min(_MOST, max(0, int(words[1])))
    return None


def _kib(value: int | None) -> int | None:
    return None if value is None else value * 1024


def _temperature_dc(zones: Path) -> int | None:
    """Return the hottest zone: a terminal is as hot as its hottest part."""
    found = []
    with contextlib.suppress(OSError):
        for zone in zones.glob("thermal_zone*/temp"):
            with contextlib.suppress(OSError, ValueError):
                found.append(int(zone.read_text("ascii")) // 100)
    return max((one for one in found if one in _HEAT_DC), default=None)


def _throttled(path: Path) -> int | None:
    with contextlib.suppress(ValueError):
        word = _first(path)
        return None if word is None else int(word, 16) & 0xFFFF_FFFF
    return None
