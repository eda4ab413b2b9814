"""What paho is to a terminal's link: the packets of one connection, their numbers, its keepalive, a bound on its queue.

Promise: as in paho, numbers begin anew with each connection, and what is sent and not confirmed is bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.link.contact import MOST_QUEUED
from zhendao.device.link.schedule import Ending
from zhendao.protocol.wording import Text
from zhendao.simulators.world.net import packets
from zhendao.simulators.world.net.keepalive import Keepalive

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.simulators.world.engine.clockwork import Clockwork
    from zhendao.simulators.world.net.tcp import End

NS = 1_000_000_000
_MOST_MIDS = 65_535
REFUSED = {packets.UNAVAILABLE: (136, "unavailable"), packets.NOT_ALLOWED: (135, "not authorized")}
"""Why a broker lets nobody in: its code in MQTT 3.1.1, and what paho makes of it."""
WHY = {
    Ending.AWAY: Text("本机没有网络", "this machine has no network"),
    Ending.SILENT: Text("无人应答", "nobody answers"),
    Ending.REFUSED: Text("连接被拒绝", "connection refused"),
    Ending.BARRED: Text("证书尚未生效", "the certificate is not yet valid"),
}


class Wire:
    """One connection, as client ``name``. ``silent`` is told when the keepalive has given it up."""

    def __init__(self, clockwork: Clockwork, end: End, name: str, keepalive_s: int, silent: Callable[[], None]) -> None:
        self._end, self._name, self._keepalive_ns = end, name, keepalive_s * NS
        self._keepalive = Keepalive(clockwork, end, self._keepalive_ns, silent, client=True)
        self._unconfirmed: dict[int, None] = {}
        self._mid = 0

    def connect(self, will: tuple[str, bytes]) -> None:
        """Ask to be let in, with a clean session."""
        self._end.send(packets.Connect(self._name, clean=True, keepalive_ns=self._keepalive_ns, will=will))

    def publish(self, topic: str, message: bytes, *, retain: bool = False) -> int | None:
        """Send a message of QoS 1; return its number, None where too many are not confirmed."""
        if len(self._unconfirmed) >= MOST_QUEUED:
            return None
        mid = self._next_mid()
        self._unconfirmed[mid] = None
        self._end.send(packets.Publish(topic, message, 1, mid, retain))
        return mid

    def subscribe(self, filter_: str, qos: int) -> int:
        """Ask for what ``filter_`` names; return the number of the request."""
        mid = self._next_mid()
        self._end.send(packets.Subscribe(mid, ((filter_, qos),)))
        return mid

    def unsubscribe(self, filter_: str) -> None:
        """Ask for it no more."""
        self._end.send(packets.Unsubscribe(self._next_mid(), filter_))

    def disconnect(self) -> None:
        """Say goodbye."""
        self._end.send(packets.Disconnect())

    def heard(self, packet: object) -> None:
        """Take note that ``packet`` has come; acknowledge it where it wants that."""
        self._keepalive.heard()
        if isinstance(packet, packets.PubAck):
            self._unconfirmed.pop(packet.mid, None)
        elif isinstance(packet, packets.Publish) and packet.qos:
            self._end.send(packets.PubAck(packet.mid))

    def leave(self, *, close: bool = True) -> None:
        """Let go of it; ``close``: the other end is told, as the kernel does."""
        self._keepalive.stop()
        if close:
            self._end.close()

    def _next_mid(self) -> int:
        self._mid = self._mid % _MOST_MIDS + 1
        return self._mid
