"""Mains and battery as the kernel tells them below ``/sys/class/power_supply``: looked at every second, on one thread.

Promise: it posts what has changed, and nothing else; a driver that hangs or a file that is gone makes its own sensor
silent and stops nothing.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.device.sensors.values import Seen, Wired
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zhendao.device.sensors.settings import SensorTable
    from zhendao.device.sensors.values import Posted

SUPPLIES = Path("/sys/class/power_supply")
EVERY_S = 1.0
_LEVELS = {"Critical": 5.0, "Low": 15.0, "Normal": 100.0, "High": 100.0, "Full": 100.0}
"""Percent, for a battery that tells a level only."""


class Supplies:
    """Reads supplies by the numbers of their sensors. ``now_ns``: CLOCK_BOOTTIME."""

    def __init__(self, rows: Mapping[int, SensorTable], now_ns: Callable[[], int]) -> None:
        self._rows, self._now_ns = rows, now_ns
        self._was: dict[int, float | None] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, post: Callable[[Posted], None]) -> None:
        """Begin to look."""
        self._thread = threading.Thread(target=self._run, args=(post,), name="supplies", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; returns within a second."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(1.0)

    def _run(self, post: Callable[[Posted], None]) -> None:
        while True:
            for sensor, row in self._rows.items():
                self._look(sensor, row, post)
            if self._stop.wait(EVERY_S):
                return

    def _look(self, sensor: int, row: SensorTable, post: Callable[[Posted], None]) -> None:
        folder = SUPPLIES / (row.supply or "")
        try:
            reading = percent(folder) if row.kind == "battery" else float(_word(folder / "online") == "0")
        except (OSError, ValueError) as error:
            if self._was.get(sensor, 0.0) is not None:
                self._was[sensor] = None
                why = Text(f"读不到 {folder}：{error}", f"{folder} cannot be read: {error}")
                post(Wired(sensor, why, self._now_ns()))
            return
        if self._was.get(sensor) != reading:
            self._was[sensor] = reading
            post(Seen(sensor, reading, self._now_ns()))


def percent(folder: Path) -> float:
    """Return how full a battery is. Raises `OSError` or `ValueError` where it does not tell."""
    capacity = folder / "capacity"
    if capacity.exists():
        return float(_word(capacity))
    level = _word(folder / "capacity_level")
    if level not in _LEVELS:
        raise ValueError(f"capacity_level is {level}")
    return _LEVELS[level]


def _word(file: Path) -> str:
    return file.read_text("ascii", "replace").strip()
