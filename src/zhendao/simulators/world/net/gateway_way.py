"""The gateway's way to the broker over all its lives, as a house asks for it: one `gateway_link.GatewayLink` a life."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from zhendao.simulators.world.net.gateway_link import GATEWAY, GatewayLink

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zhendao.gateway.ingest.session import Message, Outgoing
    from zhendao.simulators.world.engine.chance import Chance
    from zhendao.simulators.world.net.network import Network


class GatewayWay:
    """Opened by each life of the gateway, closed or cut at its end. The session at the broker is one."""

    def __init__(self, network: Network, chance: Chance, tenant: str) -> None:
        self._network, self._chance, self._tenant = network, chance, tenant
        self._lives = 0
        self._link: GatewayLink | None = None
        self._nothing: deque[Message] = deque()

    @property
    def connected(self) -> bool:
        """Whether messages can come in."""
        return self._link is not None and self._link.connected

    @property
    def waiting(self) -> deque[Message]:
        """The messages that came, oldest first."""
        return self._nothing if self._link is None else self._link.waiting

    def open(self, waits: Callable[[], None]) -> None:
        """Connect, and stay connected; ``waits`` is called whenever something has come into ``waiting``."""
        self._lives += 1
        chance = self._chance.child(f"life {self._lives}")
        self._link = GatewayLink(self._network, chance, self._tenant, GATEWAY, waits)
        self._link.start()

    def taken(self, messages: Iterable[Message]) -> None:
        """Say that ``messages`` were taken out of ``waiting``."""
        if self._link is not None:
            self._link.taken(messages)

    def take_back(self, messages: Iterable[Message]) -> None:
        """Put messages in front again that could not be stored yet."""
        if self._link is not None:
            self._link.take_back(messages)

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Tell the broker that ``messages`` are ours now."""
        if self._link is not None:
            self._link.acknowledge(messages)

    def publish(self, outgoing: Iterable[Outgoing]) -> None:
        """Send to terminals."""
        if self._link is not None:
            self._link.publish(outgoing)

    def close(self) -> None:
        """Leave the broker in order."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def cut(self) -> None:
        """Be gone without a word of its own."""
        link, self._link = self._link, None
        if link is not None:
            link.killed()
