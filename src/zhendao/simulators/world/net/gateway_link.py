"""The gateway's end of the line in a world: its own `Inbox` and `Attempts` over a simulated network.

Promise: to the broker nothing is acknowledged but by `acknowledge`, and nothing is read while there is no room: what
decides is the gateway's real code; here is what paho and the kernel are in a real one. Calls come over the one session
there is: that they have another at a real broker is tried with a real broker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.gateway.ingest.attempts import LONGEST_WAIT_S, Attempts
from zhendao.gateway.ingest.inbox import Inbox
from zhendao.gateway.ingest.session import Message
from zhendao.protocol.topics import Channel, subscription
from zhendao.simulators.world.net import packets
from zhendao.simulators.world.net.broker import BROKER
from zhendao.simulators.world.net.keepalive import Keepalive
from zhendao.simulators.world.net.network import Knock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zhendao.gateway.ingest.session import Outgoing
    from zhendao.simulators.world.engine.chance import Chance
    from zhendao.simulators.world.engine.clockwork import Timer
    from zhendao.simulators.world.net.network import Network
    from zhendao.simulators.world.net.tcp import End

GATEWAY = "gateway"
_HEARD: tuple[Channel, ...] = ("up", "state", "sos")
NS = 1_000_000_000
KEEPALIVE_NS = 15 * NS
CONNECT_NS = 3 * NS
_KNOCK_NS = 1 * NS
_ENOUGH = 8
"""After so many attempts in vain those that must fail too are left out, until there may be another outcome."""


class GatewayLink:
    """One run of the gateway: its session is ``client``'s. ``came`` is told when there is something in `waiting`.

    A gateway that is killed: `killed`; one that ends in order: `close`; one whose machine loses power: `Network.power`
    and `abandon`.
    """

    def __init__(self, network: Network, chance: Chance, tenant: str, client: str, came: Callable[[], None]) -> None:
        self._network, self._clockwork, self._client, self._came = network, network.clockwork, client, came
        self._inbox = Inbox()
        self.waiting = self._inbox.waiting
        self._attempts, self._chance = Attempts(chance.unit), chance
        self._filters = tuple((subscription(tenant, channel), 1) for channel in _HEARD)
        self._end: End | None = None
        self._keepalive: Keepalive | None = None
        self._timer: Timer | None = None
        self._attempt = 0
        self._give_up_ns = 0
        self._greeted = self._over = False
        self.connected = False
        """Messages can come in."""

    def start(self) -> None:
        """Begin to connect."""
        self._try()

    # -- what ingest needs

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Tell the broker that ``messages`` are ours now."""
        for message in messages:
            if message.mid and self._end is not None:
                self._end.send(packets.PubAck(message.mid))
        self._read_on()

    def publish(self, outgoing: Iterable[Outgoing]) -> None:
        """Send to terminals, QoS 0."""
        if self._greeted and self._end is not None:
            for one in outgoing:
                self._end.send(packets.Publish(one.topic, one.payload))

    def taken(self, messages: Iterable[Message]) -> None:
        """Say that ``messages`` were taken out of `waiting`."""
        self._inbox.taken(messages)

    def take_back(self, messages: Iterable[Message]) -> None:
        """Put messages in front again that could not be stored yet."""
        self._inbox.take_back(messages)

    # -- its end

    def close(self) -> None:
        """Leave the broker in order; the session stays there."""
        if self._end is not None:
            self._end.send(packets.Disconnect())
        self.killed()

    def killed(self) -> None:
        """Be gone; the kernel ends the connection."""
        if self._end is not None:
            self._end.close()
        self.abandon()

    def abandon(self) -> None:
        """Be gone without a word."""
        self._over = True
        self._network.unwatch(self)
        self._forget()
        self._set(None)

    # -- attempts

    def _try(self) -> None:
        self._attempt += 1
        self._give_up_ns = self._clockwork.now_ns + CONNECT_NS
        self._knock()

    def _knock(self) -> None:
        now_ns, number = self._clockwork.now_ns, self._attempt
        if now_ns >= self._give_up_ns:
            self._put_off()
            return
        self._network.connect(GATEWAY, BROKER, lambda knock, end: self._knocked(number, knock, end))
        self._set(self._clockwork.at(min(now_ns + _KNOCK_NS, self._give_up_ns), self._knock))

    def _knocked(self, number: int, _knock: Knock, end: End | None) -> None:
        if number != self._attempt or self._end is not None or self._over:
            if end is not None:
                end.close()
        elif end is None:
            self._put_off()
        else:
            self._set(None)
            self._end = end
            end.heard, end.ended = self._heard, self._lost
            self._keepalive = Keepalive(self._clockwork, end, KEEPALIVE_NS, self._lost, client=True)
            end.send(packets.Connect(self._client, False, KEEPALIVE_NS))  # noqa: FBT003 - not a clean session

    def _put_off(self) -> None:
        self._attempts.put_off(self._now_s())
        self._later()

    def _later(self) -> None:
        self._attempt += 1
        network = self._network
        if self._over:
            return
        if self._attempts.failed < _ENOUGH or network.outlook(GATEWAY, BROKER) is Knock.OPENED:
            self._set(self._clockwork.at(int(self._attempts.next_s * NS), self._try))
        else:
            self._set(None)
            network.watch(self, GATEWAY, BROKER, self._look)

    def _look(self) -> None:
        """See whether an attempt may succeed again: then the last one was at some time within the longest wait."""
        if self._network.outlook(GATEWAY, BROKER) is Knock.OPENED:
            self._network.unwatch(self)
            self._attempts.put_off(self._now_s() - self._chance.unit() * LONGEST_WAIT_S)
            self._later()

    # -- a connection

    def _heard(self, packet: object) -> None:
        if self._end is None or self._keepalive is None:
            return
        self._keepalive.heard()
        match packet:
            case packets.ConnAck(code=0):
                self._greeted = True
                self._attempts.connected(self._now_s())
                self._end.send(packets.Subscribe(1, self._filters))
            case packets.ConnAck():
                self._attempts.put_off(self._now_s())
                self._lost()
            case packets.SubAck():
                self.connected = True
            case packets.Publish():
                mid = packet.mid if packet.qos else 0
                self._inbox.add(Message(packet.topic, packet.payload, mid, retained=packet.retain))
                if not self._inbox.has_room:
                    self._end.pause()
                self._came()

    def _read_on(self) -> None:
        if self._end is not None and not self._end.reading and self._inbox.has_room:
            self._end.resume()

    def _lost(self) -> None:
        if self._end is None:
            return
        self._end.close()
        self._forget()
        self._attempts.lost(self._now_s())
        self._later()

    def _forget(self) -> None:
        if self._keepalive is not None:
            self._keepalive.stop()
        self._end = self._keepalive = None
        self._greeted = self.connected = False
        self._inbox.forget()

    def _now_s(self) -> float:
        return self._clockwork.now_ns / NS

    def _set(self, timer: Timer | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = timer
