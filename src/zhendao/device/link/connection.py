"""One connection to the broker, from the first knock to its end: paho's client on a poll loop of ours.

Promise: nothing is left over from the one before; Nagle's algorithm is off; nothing that the broker sends can end more
than this connection; one that says nothing is noticed by the keepalive, or within seconds when this machine's own
network has changed.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any

from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from zhendao.device.link.address import NOT_YET_VALID, Address, ending_of, explain, tls_context
from zhendao.device.link.paho_client import paho
from zhendao.device.link.postings import Confirmed, LinkPosting, Received, Up
from zhendao.device.link.reach import KNOCK_S, Way
from zhendao.device.link.schedule import Ending
from zhendao.protocol.limits import MAX_DOWN_BYTES
from zhendao.protocol.topics import Topic
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from zhendao.device.link.network import Network

REACH_S = 5.0
"""How long the broker's machine is knocked at before the attempt counts as failed."""
HELLO_S = 1.5
"""After a change of the network here the broker has so long to answer; else the connection is taken for dead."""
ROUND_S = 5.0
"""How often paho looks at its keepalive, at least three times in one; whatever is to be sent wakes the loop."""
MOST_QUEUED = 64
"""Messages that paho keeps, sent and not confirmed; it takes no more."""
FLEET_TOPIC, FLEET_S = "$SYS/broker/clients/connected", 600.0
_TOO_BUSY = {136, 137, 151, 159}
"""Reasons to refuse a connection that pass by themselves: unavailable, busy, quota exceeded, rate exceeded."""
_KEEPALIVE = 141
_MOST_PACKET_BYTES = MAX_DOWN_BYTES + 1024
"""A message to the terminal, its topic and the packet around it."""


class Connection:
    """One connection. `publish`, `refresh`, `goodbye` and `drop` may be called on any thread.

    ``greet_s``: how long TLS and the greeting may take; ``timed``: the dates of certificates count; ``hesitates``: do
    not go in yet where the broker's machine answers only after a knock was lost (see `Ending.RETURNED`); ``asks``: ask
    how many share the broker.
    """

    def __init__(
        self,
        address: Address,
        way: Way,
        tenant: str,
        device: bytes,
        post: Callable[[LinkPosting], None],
        state: Callable[[bool], bytes],
        fleet: Callable[[bytes], None],
        wake: Callable[[], None],
        alive: Callable[[], None],
        *,
        keepalive_s: int,
        greet_s: float,
        timed: bool,
        hesitates: bool,
        asks: bool,
    ) -> None:
        self._address, self._way, self._post, self._make_state = address, way, post, state
        self._heard_fleet, self._wake, self._alive, self._timed = fleet, wake, alive, timed
        self._up_topic, self._state_topic, self._down_topic = (
            str(Topic(tenant, device, channel)) for channel in ("up", "state", "down")
        )
        self._keepalive_s, self._greet_s = keepalive_s, greet_s
        self._refused: ReasonCode | None = None
        self._silent = self._dropped = False
        self._hello: tuple[int, float] | None = None
        self._ask_fleet_at = 0.0 if asks else math.inf
        self._client = _Client(way, device.hex(), greet_s, hesitates=hesitates)
        self.up = self.greeted = False
        """The broker lets us in now; it has let us in."""
        self.clock_behind = False
        """It failed because the broker's certificate is not valid yet: this machine's clock is behind."""

    # -- on any thread

    def publish(self, message: bytes) -> int | None:
        """Send a batch; return the number by which `Confirmed` will name it, None where it is not taken."""
        if not self.up:
            return None
        info = self._client.publish(self._up_topic, message, qos=1)
        return info.mid if info.rc in {MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN} else None

    def refresh(self) -> None:
        """Publish the retained state."""
        if self.up:
            self._client.publish(self._state_topic, self._make_state(True), qos=1, retain=True)  # noqa: FBT003 - "online?"

    def goodbye(self) -> None:
        """Say offline, and disconnect once that is written."""
        if self.up:
            self._client.publish(self._state_topic, self._make_state(False), qos=1, retain=True)  # noqa: FBT003 - "online?"
        self._client.disconnect()
        self._wake()

    def drop(self) -> None:
        """End it now, whatever is still to be written."""
        self._dropped = True
        self._wake()

    # -- on the link's thread

    def run(self, wake: int, network: Network) -> tuple[Ending, Text]:
        """Connect, and stay until it ends; return how and why. Readable ``wake`` (an eventfd) breaks a wait."""
        client = self._client
        try:
            self._prepare()
            client.connect(self._address.host, self._address.port, self._keepalive_s)
        except (OSError, ValueError) as error:
            if client.returned:
                return Ending.RETURNED, Text("消息代理又有应答，稍后接入", "the broker answers again; connecting soon")
            self.clock_behind = getattr(error, "verify_code", 0) == NOT_YET_VALID
            ending = ending_of(error, reached=client.reached)
            if ending is Ending.SILENT and not self._way.is_there():
                ending = Ending.AWAY
            return ending, explain(self._address, error)
        try:
            result = self._stay(wake, network)
        finally:
            self.up = False
            line = client.socket()
            if line is not None:
                line.close()
        if self._refused is not None:
            ending = Ending.BUSY if self._refused.value in _TOO_BUSY else Ending.BARRED
            return ending, _gone(str(self._refused))
        if self._silent or self._dropped:
            return (Ending.SILENT if self.greeted else Ending.BUSY), _gone("no answer")
        return (Ending.ENDED if self.greeted else Ending.REFUSED), _gone(paho.error_string(result))

    def _prepare(self) -> None:
        client, address = self._client, self._address
        client.will_set(self._state_topic, self._make_state(False), qos=1, retain=True)  # noqa: FBT003 - "online?"
        if address.user:
            client.username_pw_set(address.user, address.password)
        if address.tls:
            client.tls_set_context(tls_context(address.identity, timed=self._timed))
        client.on_socket_register_write = lambda *_: self._wake()
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message

    def _stay(self, wake: int, network: Network) -> MQTTErrorCode:
        client, poll = self._client, select.poll()
        poll.register(wake, select.POLLIN)
        if network.fileno() >= 0:
            poll.register(network, select.POLLIN)
        greeted_by = time.monotonic() + self._greet_s
        result = MQTTErrorCode.MQTT_ERR_SUCCESS
        while result == MQTTErrorCode.MQTT_ERR_SUCCESS and not self._dropped:
            self._alive()
            line = client.socket()
            if not isinstance(line, socket.socket):
                break
            poll.register(line, select.POLLIN | (select.POLLOUT if client.want_write() else 0))
            waiting = isinstance(line, ssl.SSLSocket) and line.pending() > 0
            ready = dict(poll.poll(0 if waiting else int(self._seconds(greeted_by) * 1000) + 1))
            poll.unregister(line)
            if wake in ready:
                os.eventfd_read(wake)
            if network.fileno() in ready and network.gained():
                self._look(line)
            result = self._step(line, ready.get(line.fileno(), 0) | (select.POLLIN if waiting else 0))
            self._watch(greeted_by)
        return result

    def _step(self, line: socket.socket, ready: int) -> MQTTErrorCode:
        client, result = self._client, MQTTErrorCode.MQTT_ERR_SUCCESS
        if ready & ~select.POLLOUT:
            try:
                result = client.loop_read()
            except Exception:  # noqa: BLE001 - whatever a packet that is none brings paho to, it ends here
                return MQTTErrorCode.MQTT_ERR_PROTOCOL
        if result == MQTTErrorCode.MQTT_ERR_SUCCESS and client.socket() is line and client.want_write():
            result = client.loop_write()
        return client.loop_misc() if result == MQTTErrorCode.MQTT_ERR_SUCCESS else result

    def _seconds(self, greeted_by: float) -> float:
        """Return how long nothing can be missed."""
        until = [greeted_by] if not self.up else [self._hello[1]] if self._hello is not None else []
        return max(0.0, min([ROUND_S, self._keepalive_s / 3, *(one - time.monotonic() for one in until)]))

    def _watch(self, greeted_by: float) -> None:
        """End it where an answer is overdue; ask from time to time how many share the broker."""
        now = time.monotonic()
        if (not self.up and now >= greeted_by) or (self._hello is not None and now >= self._hello[1]):
            self._silent = self._dropped = True
        elif self.up and now >= self._ask_fleet_at:
            self._ask_fleet_at = now + FLEET_S
            self._client.subscribe(FLEET_TOPIC, qos=0)

    def _look(self, line: socket.socket) -> None:
        """See whether this connection has outlived a change of the network here."""
        if not _has_address(line):
            self._silent = self._dropped = True
        elif self.up and self._hello is None:
            result, mid = self._client.subscribe(self._down_topic, qos=1)
            if result == MQTTErrorCode.MQTT_ERR_SUCCESS and mid is not None:
                self._hello = (mid, time.monotonic() + HELLO_S)

    # -- paho's callbacks, on the link's thread

    def _on_connect(
        self, client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._refused = reason
            client.disconnect()
            return
        client.subscribe(self._down_topic, qos=1)
        self.up = self.greeted = True
        self.refresh()
        self._post(Up())

    def _on_disconnect(self, _client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, *_rest: Any) -> None:
        self._silent |= reason.value == _KEEPALIVE

    def _on_subscribe(self, _client: paho.Client, _data: Any, mid: int, *_rest: Any) -> None:
        if self._hello is not None and mid == self._hello[0]:
            self._hello = None

    def _on_publish(self, _client: paho.Client, _data: Any, mid: int, *_rest: Any) -> None:
        self._post(Confirmed(mid))

    def _on_message(self, client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        if message.topic == FLEET_TOPIC:
            client.unsubscribe(FLEET_TOPIC)
            self._heard_fleet(bytes(message.payload))
        elif len(message.payload) <= MAX_DOWN_BYTES:
            self._post(Received(bytes(message.payload)))


class _Client(paho.Client):
    """paho with a way of ours to the broker's machine, and a bound on what may come from there."""

    def __init__(self, way: Way, identity: str, greet_s: float, *, hesitates: bool) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=identity,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        self._way, self._hesitates = way, hesitates
        self.reached = self.returned = False
        """A TCP connection was made; it was made late, and given up for now."""
        self.connect_timeout = greet_s
        self.max_inflight_messages_set(MOST_QUEUED)
        self.max_queued_messages_set(MOST_QUEUED)

    def _sock_recv(self, bufsize: int) -> bytes:
        if self._in_packet["remaining_length"] > _MOST_PACKET_BYTES:
            raise ConnectionAbortedError("a packet that no broker has a reason to send")
        return super()._sock_recv(bufsize)

    def _create_socket_connection(self) -> socket.socket:
        begun = time.monotonic()
        line = self._way.connect(REACH_S)
        self.reached = True
        if self._hesitates and time.monotonic() - begun >= KNOCK_S:
            self.returned = True
            line.close()
            raise TimeoutError
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # Nagle's algorithm costs some 48 ms a round trip
        line.settimeout(self.connect_timeout)
        return line


def _has_address(line: socket.socket) -> bool:
    """Return whether the address that ``line`` was made from is still one of this machine."""
    with contextlib.suppress(OSError), socket.socket(line.family, socket.SOCK_DGRAM) as probe:
        probe.bind((line.getsockname()[0], 0))
        return True
    return False


def _gone(detail: str) -> Text:
    return Text(f"与消息代理的连接中断（{detail}）", f"the link to the broker is gone ({detail})")
