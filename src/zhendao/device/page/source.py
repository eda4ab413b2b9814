"""The page's end of the terminal's stream: connects, reads, and connects again by itself.

Promise: a terminal that stops is known at once (its socket closes), one that begins within half a second; what the
terminal before said is forgotten with it. Nothing here waits but in `wait`, and there no longer than it is told.
"""

from __future__ import annotations

import contextlib
import select
import socket
import time
from typing import TYPE_CHECKING

from zhendao.device.feedback.streaming import stream_address
from zhendao.device.page.told import Told

if TYPE_CHECKING:
    from pathlib import Path

AGAIN_S = 0.5
_CHUNK = 65_536


class Source:
    """What the terminal of ``data_dir`` tells. ``told`` is None while none runs, or it is another user's."""

    def __init__(self, data_dir: Path) -> None:
        self._address = stream_address(data_dir)
        self._line: socket.socket | None = None
        self._try_at = 0.0
        self.told: Told | None = None

    def wait(self, seconds: float, *others: int) -> None:
        """Return after ``seconds``, or as soon as something was told or one of ``others`` can be read."""
        self._connect()
        if self._line is None:
            seconds = min(seconds, max(0.0, self._try_at - time.monotonic()))
        lines = [self._line.fileno()] if self._line is not None else []
        ready, _, _ = select.select([*lines, *others], [], [], max(0.0, seconds))
        if self._line is not None and self._line.fileno() in ready:
            self._read(self._line)

    def close(self) -> None:
        """End the connection."""
        if self._line is not None:
            self._line.close()
        self._line = self.told = None

    def _connect(self) -> None:
        if self._line is not None or time.monotonic() < self._try_at:
            return
        self._try_at = time.monotonic() + AGAIN_S
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        try:
            line.connect(self._address)
        except OSError:
            line.close()
            return
        self._line, self.told = line, Told()

    def _read(self, line: socket.socket) -> None:
        data = b""
        with contextlib.suppress(OSError):
            data = line.recv(_CHUNK)
        if data and self.told is not None:
            self.told.take(data)
        else:
            self.close()
