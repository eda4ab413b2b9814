"""The USB adapter behind a serial port: switched off and on by the kernel, as if it had been pulled and plugged in.

Promise: only the adapter of this port is touched, found through /sys/dev/char while the port was there; a port that is
no USB device has no such rung. A user who may not write `authorized` gets a `RebindError` that says so.
"""

import contextlib
import os
import stat
from collections.abc import Callable
from pathlib import Path

from zhendao.readers.errors import RebindError

OFF_S = 0.5
BACK_S = 5.0
"""How long the port may take to come back."""
LOOK_S = 0.1


class UsbAdapter:
    """The adapter of the serial ``port``; ``sysfs`` is where the kernel shows its devices."""

    def __init__(self, port: str, sysfs: Path = Path("/sys")) -> None:
        self._port = port
        self._sysfs = sysfs
        self._device: Path | None = None

    def learn(self) -> None:
        """Look up which USB device the port belongs to now, and keep what was known if it is not there."""
        with contextlib.suppress(OSError, ValueError):
            number = Path(self._port).stat()
            if stat.S_ISCHR(number.st_mode):
                node = self._sysfs / "dev" / "char" / f"{os.major(number.st_rdev)}:{os.minor(number.st_rdev)}"
                self._device = _usb_device(node.resolve(strict=True))

    def available(self) -> bool:
        """Return True if there is an adapter to rebind."""
        return self._device is not None and (self._device / "authorized").exists()

    def rebind(self, pause: Callable[[float], bool]) -> None:
        """Switch the adapter off and on, and wait until its port is back, at most five seconds.

        ``pause`` waits for so many seconds, and returns True when the wait is to end at once.

        Raises:
            RebindError: the kernel does not let us.
        """
        if self._device is None:
            return
        switch = self._device / "authorized"
        try:
            switch.write_text("0", "ascii")
            pause(OFF_S)  # whatever comes of it: nobody is left with an adapter that is off
            switch.write_text("1", "ascii")
        except OSError as error:
            raise RebindError(switch, error.strerror or str(error)) from error
        for _ in range(int(BACK_S / LOOK_S)):
            if Path(self._port).exists() or pause(LOOK_S):
                return


def _usb_device(node: Path) -> Path | None:
    """Return the nearest folder above ``node`` that is a whole USB device (an interface has no vendor)."""
    for folder in (node, *node.parents):
        if (folder / "idVendor").exists() and (folder / "authorized").exists():
            return folder
    return None
