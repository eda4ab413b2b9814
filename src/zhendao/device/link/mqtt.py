"""The link to the broker, on a thread of its own: one connection after the other, for ever.

Promise: it decides nothing: when it tries again is `trying`, how a connection ends is `contact`. The retained state is
online after connecting, and offline by last will or at `stop`.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from typing import TYPE_CHECKING

from zhendao.device.link.connection import ROUND_S, Connection
from zhendao.device.link.fleet import Fleet
from zhendao.device.link.network import Network
from zhendao.device.link.postings import Down, LinkPosting, Up
from zhendao.device.link.reach import Way
from zhendao.device.link.schedule import CAP_S
from zhendao.device.link.trying import Trying

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.link.address import Address
    from zhendao.protocol.topics import Channel

KEEPALIVE_S = 15
STOP_S = 2.0


class MqttLink:
    """One link. ``post`` is called on its thread and must not block; ``state`` makes the state message (online?).

    ``alive`` is called each time the thread comes round, connected or not: at least every minute.
    """

    def __init__(
        self,
        address: Address,
        tenant: str,
        device: bytes,
        post: Callable[[LinkPosting], None],
        state: Callable[[bool], bytes],
        random: Callable[[], float],
        alive: Callable[[], None] = lambda: None,
        *,
        fleet: Fleet | None = None,
        keepalive_s: int = KEEPALIVE_S,
        retry_s: float = CAP_S,
    ) -> None:
        self._address, self._way = address, Way(address.host, address.port)
        self._tenant, self._device = tenant, device
        self._post, self._make_state, self._alive = post, state, alive
        self._keepalive_s = keepalive_s
        self._connection: Connection | None = None
        self._stop = threading.Event()
        self._hurried = threading.Event()
        self._trying = Trying(random, fleet or Fleet(), retry_s)
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def publish(self, message: bytes, channel: Channel = "up") -> int | None:
        """Send a batch on `up` or `sos`; return its number, by which `Confirmed` names it; None: the link is down."""
        connection = self._connection
        return None if connection is None else connection.publish(message, channel)

    def ask(self, message: bytes) -> bool:
        """Send a question of this moment; return whether there is a link for it."""
        connection = self._connection
        return connection is not None and connection.ask(message)

    def drop(self) -> None:
        """End this connection; the next one begins by itself, with nothing left over."""
        connection = self._connection
        if connection is not None:
            connection.drop()

    def refresh(self) -> None:
        """Publish the retained state again, because a new start has begun."""
        connection = self._connection
        if connection is not None:
            connection.refresh()

    def hurry(self) -> None:
        """Wait no longer than a moment between attempts until the link is there: a call for help is to be sent."""
        connection = self._connection
        if not self._stop.is_set() and (connection is None or not connection.up):
            self._hurried.set()
            self._rouse()

    def stop(self) -> None:
        """Say offline, disconnect, end the thread; returns within `STOP_S` or a little more."""
        self._stop.set()
        connection = self._connection
        if connection is not None:
            connection.goodbye()
        self._rouse()
        if self._thread.is_alive():
            self._thread.join(STOP_S)
        if not self._thread.is_alive():
            os.close(self._wake)

    def _rouse(self) -> None:
        with contextlib.suppress(OSError):
            os.eventfd_write(self._wake, 1)

    # -- on the thread

    def _run(self) -> None:
        network, trying = Network(), self._trying
        trying.begin(time.monotonic())
        try:
            self._wait(network)
            while not self._stop.is_set():
                self._alive()
                self._connection = self._made()
                end = self._connection.run(self._wake, network)
                if self._stop.is_set():
                    return
                self._post(Down(end.why))
                trying.ended(end, time.monotonic())
                self._wait(network)
        finally:
            network.close()

    def _made(self) -> Connection:
        trying = self._trying
        return Connection(
            *(self._address, self._way, self._tenant, self._device),
            trying.attempt(time.monotonic()),
            *(self._said, self._make_state),
            lambda payload: trying.fleet_said(payload, time.monotonic()),
            *(self._rouse, self._alive),
            keepalive_s=self._keepalive_s,
        )

    def _said(self, posting: LinkPosting) -> None:
        if isinstance(posting, Up):
            self._hurried.clear()
            self._trying.up()
        self._post(posting)

    def _wait(self, network: Network) -> None:
        """Wait until the next attempt is due; what happens meanwhile may bring it forward."""
        trying, poll = self._trying, select.poll()
        for one in (self._wake, network.fileno()):
            if one >= 0:
                poll.register(one, select.POLLIN)
        while not self._stop.is_set():
            if self._hurried.is_set():
                trying.hurry(time.monotonic())
            left = trying.due_s - time.monotonic()
            if left <= 0:
                return
            self._alive()
            ready = dict(poll.poll(int(min(left, ROUND_S) * 1000) + 1))
            if self._wake in ready:
                os.eventfd_read(self._wake)
            if network.fileno() in ready and network.gained():
                trying.network_gained(time.monotonic())
