"""What the kernel says of this machine's own network: a card that has its signal again, a new address, a new route.

Promise: it only listens (rtnetlink multicast, no privilege needed); where that is not allowed it says nothing, and the
terminal finds out by trying.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINK, _IPV4_ADDRESS, _IPV4_ROUTE, _IPV6_ADDRESS, _IPV6_ROUTE = 0x1, 0x10, 0x40, 0x100, 0x400
_NEW_LINK, _NEW_ADDRESS, _NEW_ROUTE = 16, 20, 24
_HEADER = struct.Struct("=IHHII")
"""nlmsghdr: length, type, flags, sequence number, port; native byte order."""
_IF_INFO = struct.Struct("=BxHiII")
"""ifinfomsg: family, type, index, flags, change."""
_LOWER_UP = 0x1_0000
"""IFF_LOWER_UP of an interface: there is a signal on it."""
_MOST_BYTES = 65_536
_MOST_MESSAGES = 64


class Network:
    """A socket that hears what changes; ``fileno`` is for `poll`, -1 where there is none."""

    def __init__(self) -> None:
        self._line: socket.socket | None = None
        with contextlib.suppress(OSError):
            line = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
            line.setblocking(False)  # noqa: FBT003 - the name of the method says it
            line.bind((0, _LINK | _IPV4_ADDRESS | _IPV4_ROUTE | _IPV6_ADDRESS | _IPV6_ROUTE))
            self._line = line

    def fileno(self) -> int:
        """Return what to wait on."""
        return -1 if self._line is None else self._line.fileno()

    def gained(self) -> bool:
        """Take in what has been said; return whether a way may have opened."""
        gained = False
        if self._line is None:
            return gained
        for _ in range(_MOST_MESSAGES):
            try:
                gained |= any(map(_opens, messages(self._line.recv(_MOST_BYTES))))
            except BlockingIOError:
                break
            except OSError:  # more was said than was kept for us
                gained = True
        return gained

    def close(self) -> None:
        """Stop listening."""
        if self._line is not None:
            self._line.close()


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and body of each message in ``data``; what is cut off ends it."""
    at = 0
    while at + _HEADER.size <= len(data):
        length, kind, *_ = _HEADER.unpack_from(data, at)
        if length < _HEADER.size or at + length > len(data):
            return
        yield kind, data[at + _HEADER.size : at + length]
        at += (length + 3) & ~3


def _opens(message: tuple[int, bytes]) -> bool:
    kind, body = message
    if kind == _NEW_LINK:
        return len(body) >= _IF_INFO.size and bool(_IF_INFO.unpack_from(body)[3] & _LOWER_UP)
    return kind in {_NEW_ADDRESS, _NEW_ROUTE}
