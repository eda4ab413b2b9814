"""The edge of serial sensors: a thread for each port, which reads lines of text, or asks the units of a bus in turn.

Promise: garbage at any speed neither stops it nor keeps it busy: it takes 20 KiB a second at most, and posts each
sensor twenty times a second at most. A plug pulled and put back is followed by itself; `stop` returns within a second.
"""

from __future__ import annotations

import termios
import threading
from itertools import pairwise
from typing import TYPE_CHECKING

import serial

from zhendao.device.sensors.modbus import ModbusError, Question
from zhendao.device.sensors.settings import inverted, manner
from zhendao.device.sensors.telegram import Lines, Patterns
from zhendao.device.sensors.values import Seen, Wired
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from zhendao.device.sensors.settings import SensorTable
    from zhendao.device.sensors.values import Posted

READ_S = 0.25
"""How long a read waits for the first byte, and a unit of a bus may take to answer."""
GATHER_S = 0.05
MOST_BYTES = 1024
"""What is taken at a time; what waits beyond it is dropped."""
REOPEN_S = (0.2, 0.5, 1.0, 2.0, 5.0)
TRIES = 3
"""So many questions without an answer, and a unit cannot be read."""

_BROKEN = (OSError, TypeError, ValueError, termios.error)
"""What pyserial lets out where a port cannot be opened, or its plug is pulled in the middle of a read."""


class SerialSensors:
    """Reads the sensors on one port, by their numbers. ``now_ns``: CLOCK_BOOTTIME."""

    def __init__(self, port: Path, rows: Mapping[int, SensorTable], now_ns: Callable[[], int]) -> None:
        self._port, self._rows, self._now_ns = port, dict(rows), now_ns
        self._baud = next(iter(rows.values())).baud
        self._numbers = {sensor for sensor, row in rows.items() if manner(row).number}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sensors", daemon=True)
        self._post: Callable[[Posted], None]

    def start(self, post: Callable[[Posted], None]) -> None:
        """Begin to read; a port that is not there is tried again."""
        self._post = post
        self._thread.start()

    def stop(self) -> None:
        """End the thread and close the port."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(1.0)

    def _run(self) -> None:
        attempt = 0
        while not self._stop.is_set():
            try:
                with serial.Serial(
                    str(self._port), self._baud, timeout=READ_S, write_timeout=1, exclusive=True
                ) as line:
                    attempt = 0
                    if any(row.unit is not None for row in self._rows.values()):
                        self._ask(line)
                    else:
                        self._wired(None, *self._rows)
                        self._listen(line)
            except _BROKEN as error:
                why = Text(f"读不到串口 {self._port}：{error}", f"the port {self._port} cannot be read: {error}")
                self._wired(why, *self._rows)
            self._stop.wait(REOPEN_S[min(attempt, len(REOPEN_S) - 1)])
            attempt += 1

    def _wired(self, why: Text | None, *sensors: int) -> None:
        for sensor in sensors:
            self._post(Wired(sensor, why, self._now_ns()))

    # -- lines of text

    def _listen(self, line: serial.Serial) -> None:
        lines = Lines()
        patterns = Patterns({sensor: row.pattern for sensor, row in self._rows.items() if row.pattern is not None})
        while not self._stop.is_set():
            data = line.read(1)
            if not data:
                continue
            self._stop.wait(GATHER_S)  # a slow line brings bytes one by one; a fast one is not looked at more often
            data += line.read(min(MOST_BYTES, line.in_waiting))
            found: dict[int, list[float]] = {}
            for text in lines.feed(data):
                for sensor, reading in patterns.readings(text):
                    found.setdefault(sensor, []).append(reading)
            if (left := line.in_waiting) > MOST_BYTES:
                line.read(left)  # a flush may leave a pseudo-terminal standing still
                lines.forget()
            for sensor, readings in found.items():
                self._post(Seen(sensor, readings[-1], self._now_ns(), self._count(sensor, readings)))

    def _count(self, sensor: int, readings: list[float]) -> int:
        """Return what the last of ``readings`` stands for: of a number all of them, of a contact its changes."""
        if sensor in self._numbers:
            return len(readings)
        return max(1, sum(one != other for one, other in pairwise(readings)))

    # -- a bus

    def _ask(self, line: serial.Serial) -> None:
        questions = {
            sensor: Question(row.unit or 0, row.register, row.table, row.signed) for sensor, row in self._rows.items()
        }
        due = dict.fromkeys(questions, self._now_ns())
        failed = dict.fromkeys(questions, 0)
        while not self._stop.is_set():
            sensor = min(due, key=lambda one: due[one])
            if self._stop.wait(max(0.0, (due[sensor] - self._now_ns()) / 1e9)):
                return
            line.reset_input_buffer()
            line.write(questions[sensor].frame())
            try:
                reading = questions[sensor].reading(line.read(questions[sensor].answer_bytes))
            except ModbusError as error:
                failed[sensor] += 1
                if failed[sensor] == TRIES:
                    self._wired(error.what, sensor)
            else:
                failed[sensor] = 0
                turned = sensor not in self._numbers and inverted(self._rows[sensor])
                self._post(Seen(sensor, 1 - reading if turned else reading, self._now_ns()))
            due[sensor] = self._now_ns() + int(self._rows[sensor].every_s * 1e9)
