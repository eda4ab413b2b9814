"""The link to the broker, on a thread of its own: one connection after the other, for ever.

Promise: it decides nothing about events; when it tries again is `schedule`. A wait ends early when this machine's
network comes back, and is short while a call for help waits. The retained state says online after connecting, and
offline by last will or at `stop`.
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
from zhendao.device.link.schedule import CAP_S, HASTE_S, STEADY_S, Attempts, Ending, patience_s, window_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.link.address import Address

KEEPALIVE_S = 15
TOLD_S = 15.0
"""Within so long a broker that tells how many share it has told it."""
STOP_S = 2.0
CHANGE_S = 0.5
"""When the network here has come back the next attempt falls within this window."""


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
        self._post, self._make_state, self._random, self._alive = post, state, random, alive
        self._keepalive_s, self._retry_s = keepalive_s, retry_s
        self._connection: Connection | None = None
        self._stop = threading.Event()
        self._urgent = self._clock_behind = False
        self._fleet = fleet or Fleet()
        self._asks = True
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def publish(self, message: bytes) -> int | None:
        """Send a batch; return the number by which `Confirmed` will name it, None where the link is down."""
        connection = self._connection
        return None if connection is None else connection.publish(message)

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
            self._urgent = True
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
        network, attempts, ending = Network(), Attempts(), Ending.AWAY
        try:
            while not self._stop.is_set():
                self._alive()
                begun = time.monotonic()
                made = self._connection = self._made(
                    attempts.slow, hesitates=ending is Ending.SILENT and not self._urgent
                )
                ending, why = made.run(self._wake, network)
                if self._stop.is_set():
                    return
                self._post(Down(why))
                self._clock_behind, cured = made.clock_behind, made.clock_behind and not self._clock_behind
                if cured:
                    continue
                lasted_s = time.monotonic() - begun if made.greeted else None
                if lasted_s is not None and lasted_s >= TOLD_S:
                    self._fleet.heard_nothing()
                if lasted_s is not None and lasted_s < STEADY_S and not self._fleet.told:
                    self._asks = False  # there are brokers that throw out who asks what is not for him
                tries = attempts.ended(ending, lasted_s)
                if self._wait(network, ending, tries):
                    ending = Ending.AWAY
        finally:
            network.close()

    def _made(self, slow: int, *, hesitates: bool) -> Connection:
        return Connection(
            self._address,
            self._way,
            self._tenant,
            self._device,
            self._said,
            self._make_state,
            lambda payload: self._fleet.hear(payload, time.monotonic()),
            self._rouse,
            self._alive,
            keepalive_s=self._keepalive_s,
            greet_s=patience_s(slow, self._fleet.count, self._retry_s),
            timed=not self._clock_behind,
            hesitates=hesitates,
            asks=self._asks,
        )

    def _said(self, posting: LinkPosting) -> None:
        if isinstance(posting, Up):
            self._urgent = False
        self._post(posting)

    def _wait(self, network: Network, ending: Ending, tries: int) -> bool:
        """Wait as `schedule` says; less when the network here comes back, or a call for help has to go.

        Return whether this machine's own network has changed.
        """
        urgent = self._urgent
        window = window_s(ending, tries, self._fleet.count, self._retry_s, urgent=urgent)
        until = time.monotonic() + self._random() * window
        poll = select.poll()
        for one in (self._wake, network.fileno()):
            if one >= 0:
                poll.register(one, select.POLLIN)
        changed = False
        while not self._stop.is_set() and (left := until - time.monotonic()) > 0:
            self._alive()
            ready = dict(poll.poll(int(min(left, ROUND_S) * 1000) + 1))
            if self._wake in ready:
                os.eventfd_read(self._wake)
            sooner = []
            if self._urgent and not urgent:
                urgent, sooner = True, [HASTE_S]
            if network.fileno() in ready and network.gained():
                changed = True
                sooner.append(CHANGE_S)
            until = min([until, *(time.monotonic() + self._random() * one for one in sooner)])
        return changed
