"""The edge of GNSS: a thread that reads one serial path (a pseudo-terminal too) and posts frozen values.

Promise: garbage never stops it, nor keeps it busy; a plug pulled and put back is followed by itself, under another
number too; `stop` returns within a second. It decides nothing: bytes go through `Listening`, what comes out is posted.
"""

import os
import termios
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import serial

from zhendao.device.errors import DeviceError
from zhendao.device.gnss.listening import Heard, Listening, ListeningSettings
from zhendao.device.gnss.receiver import ReceiverCounters
from zhendao.protocol.wording import Text

READ_TIMEOUT_S = 0.25
"""How long a read waits for the first byte: the time that a stop may take."""
GATHER_S = 0.05
"""A slow line brings bytes one by one: so long they gather before they are looked at, and the processor rests."""
REOPEN_S = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Waits between attempts to open a port that went away; the last one repeats."""
STALLED_S = 2.0
"""From one read to the next it takes `READ_TIMEOUT_S` and `GATHER_S`. Where it took so long the process stood still,
and what waited meanwhile would pass for now: a time that is wrong, and a false alarm.
"""
MOVED_S = 2.0
"""How often it is looked whether the path leads to another device than the one that is open."""
_CHUNK = 4096


class GnssPortError(DeviceError):
    """The receiver's serial port cannot be opened."""

    code = "gnss-port"


@dataclass(frozen=True, slots=True)
class PortUp:
    """The port is open."""

    port: str


@dataclass(frozen=True, slots=True)
class PortDown:
    """The port could not be opened, or went away; it is tried again. ``why`` is for people."""

    port: str
    why: Text


Posted = Heard | PortUp | PortDown


def open_port(port: str, baud: int) -> serial.Serial:
    """Open the path exclusively, 8N1.

    Raises:
        GnssPortError: not there, not allowed, not a serial line, or in use.
    """
    try:
        return serial.Serial(port, baud, timeout=READ_TIMEOUT_S, exclusive=True)
    except (OSError, ValueError, termios.error) as error:
        raise GnssPortError(*_explain(port, baud, error)) from error


def _explain(port: str, baud: int, error: Exception) -> tuple[Text, Text]:
    what = Text(f"卫星定位接收机的串口 {port} 打不开", f"the GNSS receiver's port {port} cannot be opened")
    if isinstance(error, ValueError):
        return what, Text(f"请检查 [gnss] baud = {baud}", f"check [gnss] baud = {baud}")
    match getattr(error, "errno", None):
        case 2:
            cure = Text(
                "没有这个设备：请检查接线和 [gnss] port", "there is no such device: check the plug and [gnss] port"
            )
        case 13:
            cure = Text(
                "没有权限：请把服务用户加入 dialout 组", "not allowed: put the service's user into group dialout"
            )
        case 11 | 16:
            cure = Text("别的程序正在使用它：请停掉那个程序", "another program uses it: stop that program")
        case _:
            cure = Text("不是可用的串口：请检查 [gnss] port", "no serial line that can be used: check [gnss] port")
    return what, cure


class SerialSource:
    """Reads ``port`` on a thread of its own and calls ``post`` there with each value.

    ``remembered`` is the baud rate at which sentences came the last time, None where none is known.
    """

    def __init__(
        self,
        port: str,
        baud: int,
        post: Callable[[Posted], None],
        *,
        remembered: int | None = None,
        settings: ListeningSettings | None = None,
        mono_ns: Callable[[], int] = lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME),
    ) -> None:
        self._port = port
        self._post = post
        self._mono_ns = mono_ns
        self._read_ns = 0
        self._listening = Listening(settings or ListeningSettings(), baud, remembered)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gnss", daemon=True)

    @property
    def counters(self) -> ReceiverCounters:
        """What came since the start. Safe to ask from any thread."""
        return self._listening.counters

    @property
    def troubles(self) -> dict[str, int]:
        """How often the receiver came into each condition since the start. Safe to ask from any thread."""
        return {condition.value: count for condition, count in self._listening.troubles.copy().items()}

    def start(self) -> None:
        """Begin to read; a port that is not there is posted as `PortDown` and tried again."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and close the port; returns within a second."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1.0)

    def _run(self) -> None:
        attempt = 0
        while not self._stop.is_set():
            try:
                line = open_port(self._port, self._listening.rate)
            except GnssPortError as error:
                why = error.explained()
                if isinstance(error.__cause__, ValueError):
                    self._listening.rate_refused()
            else:
                self._post(PortUp(self._port))
                self._post_all(self._listening.opened(self._mono_ns()))
                gone = self._read(line)
                if gone is None:
                    return
                why, attempt = gone, 0
            self._post_all(self._listening.closed(why, self._mono_ns()))
            if attempt == 0:
                self._post(PortDown(self._port, why))
            self._stop.wait(REOPEN_S[min(attempt, len(REOPEN_S) - 1)])
            attempt += 1

    def _read(self, line: serial.Serial) -> Text | None:
        """Read until the stop (None) or until the line breaks (why)."""
        looked_ns = self._read_ns = self._mono_ns()
        try:
            with line:
                while not self._stop.is_set():
                    self._turn(line)
                    if (now := self._mono_ns()) - looked_ns > MOVED_S * 1e9:
                        looked_ns = now
                        if _moved(line, self._port):
                            return Text("卫星定位接收机换了端口", "the GNSS receiver came back under another port")
        except (OSError, TypeError, ValueError, termios.error) as error:
            # pyserial leaks a TypeError or a termios.error when the plug is pulled in the middle of a read.
            return Text(f"卫星定位接收机断开了（{error}）", f"the GNSS receiver went away ({error})")
        return None

    def _turn(self, line: serial.Serial) -> None:
        """Read once, as much as may be read, at the rate that is wanted."""
        listening = self._listening
        room = listening.room(self._mono_ns())
        if not room:
            self._stop.wait(listening.wait_s(self._mono_ns()))
            self._read_ns = self._mono_ns()
            line.reset_input_buffer()  # what waited is old, and more of it comes
            return
        data = line.read(1)
        if data:
            self._stop.wait(GATHER_S)
            data += line.read(min(_CHUNK, room - 1, line.in_waiting))
        before, self._read_ns = self._read_ns, self._mono_ns()
        if self._read_ns - before > STALLED_S * 1e9:
            line.reset_input_buffer()
            return
        self._post_all(listening.heard(data, self._read_ns))
        if line.baudrate != listening.rate:
            line.baudrate = listening.rate
            line.reset_input_buffer()

    def _post_all(self, heard: list[Heard]) -> None:
        for one in heard:
            self._post(one)


def _moved(line: serial.Serial, port: str) -> bool:
    """Tell whether ``port`` (a name that udev gives) leads to another device than the open one. Raises `OSError`."""
    there, here = os.stat(port), os.fstat(line.fileno())  # noqa: PTH116 - beside fstat
    return (there.st_rdev, there.st_ino, there.st_dev) != (here.st_rdev, here.st_ino, here.st_dev)
