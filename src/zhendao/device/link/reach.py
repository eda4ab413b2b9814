"""The way to the broker's machine: its name, its addresses, a TCP connection. Knocks once a second until one opens.

Promise: the addresses that a name had last are used where it cannot be resolved now (who answers there is told by its
certificate); a knock that was lost on the way is not waited for longer than the next one takes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import threading
import time
from typing import Any

from zhendao.device.link.contact import KNOCK_S

NAME_S = 10.0
KNOWN_NAME_S = 1.0
"""How long a name is asked for, and how long where its addresses are known from before."""
_MOST_ADDRESSES = 4
_PENDING = {errno.EINPROGRESS, errno.EAGAIN, errno.EINTR}

Place = tuple[socket.AddressFamily, Any]


class Way:
    """The way to ``host`` and ``port``."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._places: list[Place] = []
        self._error: OSError | None = None
        self._asking: threading.Thread | None = None

    def connect(self, limit_s: float) -> socket.socket:
        """Return a TCP connection. Raises `OSError`: `gaierror` without a name, `TimeoutError` without an answer."""
        return knock(self._resolved(), limit_s)

    def is_there(self) -> bool:
        """Return whether this machine has a route to an address of it, as far as its addresses are known."""
        return not self._places or any(_has_route(one) for one in self._places)

    def _resolved(self) -> list[Place]:
        """Return its addresses. The resolver may take its time: it is asked on a thread of its own, one at a time."""
        if self._asking is None or not self._asking.is_alive():
            self._asking = threading.Thread(target=self._ask, name="name", daemon=True)
            self._asking.start()
        self._asking.join(KNOWN_NAME_S if self._places else NAME_S)
        if self._places:
            return self._places
        raise self._error or socket.gaierror(socket.EAI_AGAIN, "no answer")

    def _ask(self) -> None:
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except OSError as error:
            self._error = error
        except UnicodeError as error:  # a label that is too long
            self._error = socket.gaierror(socket.EAI_NONAME, str(error))
        else:
            self._places = [(family, place) for family, _, _, _, place in found[:_MOST_ADDRESSES]]


def knock(places: list[Place], limit_s: float) -> socket.socket:
    """Return the first connection that opens to one of ``places``, asked in turn. Raises `OSError` if all say no."""
    began = time.monotonic()
    until, following = began + limit_s, began
    pending: dict[int, socket.socket] = {}
    poll, begun, refusal = select.poll(), 0, 0
    try:
        while (now := time.monotonic()) < until:
            if now >= following and (pending or begun < len(places)):
                begun, following = begun + 1, now + KNOCK_S
                line, code = _begin(places[(begun - 1) % len(places)])
                if code in _PENDING or code == 0:
                    pending[line.fileno()] = line
                    poll.register(line, select.POLLOUT)
                else:
                    line.close()
                    refusal = code
            if not pending:
                if begun >= len(places):
                    raise OSError(refusal, os.strerror(refusal))
                following = now
                continue
            for number, _ in poll.poll(max(1, int((min(following, until) - now) * 1000))):
                line = pending.pop(number)
                poll.unregister(line)
                refusal = line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if refusal == 0:
                    return line
                line.close()
                following = time.monotonic()
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
    finally:
        for line in pending.values():
            line.close()


def _begin(place: Place) -> tuple[socket.socket, int]:
    line = socket.socket(place[0], socket.SOCK_STREAM)
    line.setblocking(False)  # noqa: FBT003 - the name of the method says it
    return line, line.connect_ex(place[1])


def _has_route(place: Place) -> bool:
    """Ask the kernel for a route: a UDP socket that is connected sends nothing."""
    with contextlib.suppress(OSError), socket.socket(place[0], socket.SOCK_DGRAM) as line:
        return line.connect_ex(place[1]) == 0
    return False
