"""One connection to the broker, from the first knock to its end: paho's client on a poll loop of ours.

Promise: nothing is left over from the one before; Nagle's algorithm is off; nothing that the broker sends can end more
than this connection; one that says nothing is noticed by the keepalive, or within seconds when this machine's own
network has changed.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any

from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from zhendao.device.link.address import NOT_YET_VALID, Address, ending_of, explain, tls_context
from zhendao.device.link.contact import FLEET_TOPIC, MOST_QUEUED, REACH_S, Contact, Question
from zhendao.device.link.paho_client import paho
from zhendao.device.link.postings import Confirmed, LinkPosting, Received, Up
from zhendao.protocol.limits import MAX_DOWN_BYTES
from zhendao.protocol.topics import Channel, Topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from zhendao.device.link.network import Network
    from zhendao.device.link.reach import Way
    from zhendao.device.link.trying import Attempt, End

ROUND_S = 5.0
"""How often paho looks at its keepalive, at least three times in one; whatever is to be sent wakes the loop."""
_KEEPALIVE = 141
_BATCHES: tuple[Channel, ...] = ("up", "sos")
_MOST_PACKET_BYTES = MAX_DOWN_BYTES + 1024
"""A message to the terminal, its topic and the packet around it."""


class Connection:
    """One connection. `publish`, `ask`, `refresh`, `goodbye` and `drop` may be called on any thread.

    ``attempt`` says how it is made; what it comes to is `Contact`.
    """

    def __init__(
        self,
        address: Address,
        way: Way,
        tenant: str,
        device: bytes,
        attempt: Attempt,
        post: Callable[[LinkPosting], None],
        state: Callable[[bool], bytes],
        fleet: Callable[[bytes], None],
        wake: Callable[[], None],
        alive: Callable[[], None],
        *,
        keepalive_s: int,
    ) -> None:
        self._address, self._way, self._post, self._make_state = address, way, post, state
        self._heard_fleet, self._wake, self._alive, self._timed = fleet, wake, alive, attempt.timed
        self._batch_topics: dict[Channel, str] = {one: str(Topic(tenant, device, one)) for one in _BATCHES}
        self._state_topic, self._ask_topic, self._down_topic = (
            str(Topic(tenant, device, channel)) for channel in ("state", "ask", "down")
        )
        self._keepalive_s = keepalive_s
        self._contact = Contact(attempt)
        self._client = _Client(way, device.hex(), attempt.greet_s, self._contact)

    @property
    def up(self) -> bool:
        """Whether the broker lets us in now."""
        return self._contact.up

    # -- on any thread

    def publish(self, message: bytes, channel: Channel = "up") -> int | None:
        """Send a batch; return the number by which `Confirmed` will name it, None where it is not taken."""
        if not self.up:
            return None
        info = self._client.publish(self._batch_topics[channel], message, qos=1)
        return info.mid if info.rc in {MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN} else None

    def ask(self, message: bytes) -> bool:
        """Send a question of this moment, QoS 0; return whether it was taken."""
        return self.up and self._client.publish(self._ask_topic, message, qos=0).rc == MQTTErrorCode.MQTT_ERR_SUCCESS

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
        self._contact.drop()
        self._wake()

    # -- on the link's thread

    def run(self, wake: int, network: Network) -> End:
        """Connect, and stay until it ends; return how and why. Readable ``wake`` (an eventfd) breaks a wait."""
        client, contact = self._client, self._contact
        try:
            self._prepare()
            client.connect(self._address.host, self._address.port, self._keepalive_s)
        except (OSError, ValueError) as error:
            return contact.failed(
                ending_of(error, reached=client.reached),
                explain(self._address, error),
                there=self._way.is_there,
                clock_behind=getattr(error, "verify_code", 0) == NOT_YET_VALID,
            )
        try:
            result = self._stay(wake, network)
        finally:
            contact.up = False
            line = client.socket()
            if line is not None:
                line.close()
        return contact.lost(paho.error_string(result))

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
        self._contact.opened(time.monotonic())
        result = MQTTErrorCode.MQTT_ERR_SUCCESS
        while result == MQTTErrorCode.MQTT_ERR_SUCCESS and not self._contact.over:
            self._alive()
            line = client.socket()
            if not isinstance(line, socket.socket):
                break
            poll.register(line, select.POLLIN | (select.POLLOUT if client.want_write() else 0))
            waiting = isinstance(line, ssl.SSLSocket) and line.pending() > 0
            ready = dict(poll.poll(0 if waiting else int(self._seconds() * 1000) + 1))
            poll.unregister(line)
            if wake in ready:
                os.eventfd_read(wake)
            if network.fileno() in ready and network.gained():
                self._look(line)
            result = self._step(line, ready.get(line.fileno(), 0) | (select.POLLIN if waiting else 0))
            self._watch()
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

    def _seconds(self) -> float:
        """Return how long nothing can be missed."""
        return max(0.0, min(ROUND_S, self._keepalive_s / 3, self._contact.due_s() - time.monotonic()))

    def _watch(self) -> None:
        if self._contact.watch(time.monotonic()) is Question.FLEET:
            self._client.subscribe(FLEET_TOPIC, qos=0)

    def _look(self, line: socket.socket) -> None:
        """See whether this connection has outlived a change of the network here."""
        if not _has_address(line):
            self._contact.fell_silent()
        elif self._contact.may_greet:
            result, mid = self._client.subscribe(self._down_topic, qos=1)
            if result == MQTTErrorCode.MQTT_ERR_SUCCESS and mid is not None:
                self._contact.hello(mid, time.monotonic())

    # -- paho's callbacks, on the link's thread

    def _on_connect(
        self, client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._contact.refused(reason.value, str(reason))
            client.disconnect()
            return
        client.subscribe(self._down_topic, qos=1)
        self._contact.admitted()
        self.refresh()
        self._post(Up())

    def _on_disconnect(self, _client: paho.Client, _data: Any, _flags: Any, reason: ReasonCode, *_rest: Any) -> None:
        if reason.value == _KEEPALIVE:
            self._contact.fell_silent()

    def _on_subscribe(self, _client: paho.Client, _data: Any, mid: int, *_rest: Any) -> None:
        self._contact.answered(mid)

    def _on_publish(self, _client: paho.Client, _data: Any, mid: int, *_rest: Any) -> None:
        self._post(Confirmed(mid))

    def _on_message(self, client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        said = self._contact.heard(message.topic, bytes(message.payload))
        if isinstance(said, Received):
            self._post(said)
        elif said is not None:
            client.unsubscribe(FLEET_TOPIC)
            self._heard_fleet(said)


class _Client(paho.Client):
    """paho with a way of ours to the broker's machine, and a bound on what may come from there."""

    def __init__(self, way: Way, identity: str, greet_s: float, contact: Contact) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=identity,
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        self._way, self._contact = way, contact
        self.reached = False
        """A TCP connection was made."""
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
        if not self._contact.goes_in(time.monotonic() - begun):
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
