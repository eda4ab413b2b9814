"""What the service manager hears: sd_notify(3), one datagram to the socket that ``NOTIFY_SOCKET`` names.

Promise: never blocks and never raises; where nobody listens (no variable, no socket) nothing is said. Each line of
state goes out once.
"""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_USEC = 1_000_000


class Notifier:
    """Speaks to ``address``, a path or ``@`` and an abstract name; None: to nobody."""

    def __init__(self, address: str | None) -> None:
        self._address = None if not address else f"\0{address[1:]}" if address.startswith("@") else address
        self._status = ""
        self._ready = False

    @staticmethod
    def of(environment: Mapping[str, str]) -> Notifier:
        """Return the one that systemd's variables ask for."""
        return Notifier(environment.get("NOTIFY_SOCKET"))

    def ready(self) -> None:
        """Say, once, that the service does its work."""
        if not self._ready:
            self._ready = True
            self._send("READY=1")

    def status(self, line: str) -> None:
        """Say in one line how it stands, unless that was the last thing said."""
        if line != self._status:
            self._status = line
            self._send(f"STATUS={line}")

    def alive(self) -> None:
        """Pat the watchdog."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._send("STOPPING=1")

    def _send(self, state: str) -> None:
        if self._address is None:
            return
        with contextlib.suppress(OSError, ValueError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.settimeout(0)
            line.sendto(state.encode(), self._address)


def watchdog_s(environment: Mapping[str, str]) -> float | None:
    """Return within how many seconds systemd wants a pat, None where it wants none from this process."""
    with contextlib.suppress(ValueError):
        meant_for = environment.get("WATCHDOG_PID")
        limit_us = int(environment.get("WATCHDOG_USEC", "0"))
        if limit_us > 0 and (meant_for is None or int(meant_for) == os.getpid()):
            return limit_us / _USEC
    return None
