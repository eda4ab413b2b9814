"""The health event: how the terminal is, in figures. Reads /proc and /sys; decides nothing."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.device.clock import kernel as kernel_clock
from zhendao.protocol.bodies import Counter, Health
from zhendao.protocol.vocabulary import PartState

if TYPE_CHECKING:
    from collections.abc import Mapping

_TEMPERATURE = Path("/sys/class/thermal/thermal_zone0/temp")
_MOST_COUNTERS = 32


def temperature_dc() -> int | None:
    """Return the processor's temperature in tenths of a degree Celsius, None where nothing measures it."""
    with contextlib.suppress(OSError, ValueError):
        return int(_TEMPERATURE.read_text("ascii")) // 100
    return None


def reader_state(*, up: bool | None) -> PartState:
    """Return the reader's state; it is absent until it has said something."""
    return PartState.ABSENT if up is None else PartState.WELL if up else PartState.DOWN


def gnss_state(*, fitted: bool, up: bool, fix: bool) -> PartState:
    """Return the receiver's state: weak where it talks and has no fix."""
    if not fitted:
        return PartState.ABSENT
    return PartState.WELL if fix else PartState.WEAK if up else PartState.DOWN


def body(
    *,
    started_ns: int,
    free_bytes: int,
    reader: PartState,
    gnss: PartState,
    unacknowledged: int,
    software: str,
    counters: Mapping[str, int],
) -> Health:
    """Return the body of a health event; at most 32 counters, the largest ones."""
    most = sorted(counters.items(), key=lambda one: -one[1])[:_MOST_COUNTERS]
    return Health(
        uptime_s=(kernel_clock.mono_ns() - started_ns) // 1_000_000_000,
        disk_free_kib=free_bytes // 1024,
        reader=reader,
        gnss=gnss,
        unacknowledged=unacknowledged,
        temperature_dc=temperature_dc(),
        software=software,
        counters=tuple(Counter(name, count) for name, count in sorted(most)),
    )
