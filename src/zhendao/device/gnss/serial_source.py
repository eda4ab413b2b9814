"""The edge of GNSS: a thread that reads one serial path (a pseudo-terminal too) and posts frozen values.

Promise: garbage never stops it; a plug pulled and put back is followed by itself; `stop` returns within a second.
It decides nothing: bytes go through `Receiver`, what comes out is posted.
"""

import termios
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import serial

from zhendao.device.errors import DeviceError
from zhendao.device.gnss.gate import RefusedEpoch
from zhendao.device.gnss.receiver import GnssSettings, GoodFix, Outcome, Receiver, ReceiverCounters
from zhendao.protocol.wording import Text

READ_TIMEOUT_S = 0.25
"""How long a read waits for the first byte: the time that a stop may take."""
REOPEN_S = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Waits between attempts to open a port that went away; the last one repeats."""
SILENCE_S = 10.0
"""A receiver writes every second; so much silence means a wrong port, a wrong baud rate or a dead receiver."""
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


@dataclass(frozen=True, slots=True)
class Silent:
    """The port is open and nothing readable has come for `SILENCE_S`."""

    port: str


Posted = GoodFix | RefusedEpoch | PortUp | PortDown | Silent


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
    """Reads ``port`` on a thread of its own and calls ``post`` there with each value."""

    def __init__(
        self,
        port: str,
        baud: int,
        post: Callable[[Posted], None],
        *,
        settings: GnssSettings | None = None,
        mono_ns: Callable[[], int] = lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME),
    ) -> None:
        self._port = port
        self._baud = baud
        self._post = post
        self._mono_ns = mono_ns
        self._receiver = Receiver(settings)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gnss", daemon=True)

    @property
    def counters(self) -> ReceiverCounters:
        """What came since the start. Safe to ask from any thread."""
        return self._receiver.counters

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
                line = open_port(self._port, self._baud)
            except GnssPortError as error:
                if attempt == 0:
                    self._post(PortDown(self._port, error.explained()))
            else:
                self._post(PortUp(self._port))
                why = self._read(line)
                if why is None:
                    return
                self._post_all(self._receiver.finish(self._mono_ns()))
                self._post(PortDown(self._port, why))
                attempt = 0
            self._stop.wait(REOPEN_S[min(attempt, len(REOPEN_S) - 1)])
            attempt += 1

    def _read(self, line: serial.Serial) -> Text | None:
        """Read until the stop (None) or until the line breaks (why)."""
        heard_ns = self._mono_ns()
        sentences = self._receiver.sentences
        silent = False
        try:
            with line:
                while not self._stop.is_set():
                    data = line.read(min(_CHUNK, line.in_waiting or 1))
                    now = self._mono_ns()
                    if data:
                        self._post_all(self._receiver.feed(data, now))
                    if (count := self._receiver.sentences) != sentences:
                        sentences, heard_ns, silent = count, now, False
                    elif not silent and now - heard_ns > SILENCE_S * 1e9:
                        silent = True
                        self._post(Silent(self._port))
        except (OSError, TypeError, ValueError, termios.error) as error:
            # pyserial leaks a TypeError or a termios.error when the plug is pulled in the middle of a read.
            return Text(f"卫星定位接收机断开了（{error}）", f"the GNSS receiver went away ({error})")
        return None

    def _post_all(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            self._post(outcome)
