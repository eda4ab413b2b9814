"""The link to the broker: paho on our own read loop, in the thread that ingests.

Promise: a message is acknowledged to the broker only by `acknowledge`, after our commit; what was not is delivered
again after a reconnect, for the session persists at the broker. How much may wait is `inbox`, when it connects again is
`attempts`.
"""

import contextlib
import logging
import random
import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from zhendao.gateway.ingest.attempts import Attempts
from zhendao.gateway.ingest.inbox import Inbox
from zhendao.gateway.ingest.session import Message, Outgoing
from zhendao.protocol.topics import subscription

_LOG = logging.getLogger(__name__)

KEEPALIVE_S = 15  # a half-open link is noticed after about twice that
MOST_QUESTIONS = 64
ASK = "/ask"
CONNECT_S = 3.0  # a stop waits for an attempt under way, and must end within 5 s
_PORTS = {"mqtt": 1883, "mqtts": 8883}


class BrokerLink:
    """One MQTT session. `poll` and everything else from one thread; `wake` from any."""

    def __init__(
        self, url: str, tls: ssl.SSLContext | None, tenant: str, client_id: str, *, live: bool = False
    ) -> None:
        """Prepare a link to ``url``; nothing is opened before the first `poll`. ``live``: questions are heard too."""
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._filters = [(subscription(tenant, "up"), 1), (subscription(tenant, "state"), 1)]
        if live:
            self._filters.append((subscription(tenant, "ask"), 0))
        self.questions: deque[Message] = deque(maxlen=MOST_QUESTIONS)
        """Questions of this moment: they go before what waits, and the oldest is left where there are too many."""
        self._inbox = Inbox()
        self.waiting = self._inbox.waiting
        self._attempts = Attempts(random.random)
        self._subscribed = False
        self._closing = False
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        self._client = client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=False,
            protocol=paho.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        client.connect_timeout = CONNECT_S
        if parts.username:
            client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if tls is not None:
            client.tls_set_context(tls)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_socket_open = _no_delay
        client.on_socket_register_write = _leave_writing_to_poll
        client.on_socket_unregister_write = _leave_writing_to_poll

    @property
    def connected(self) -> bool:
        """Tell whether messages can come in."""
        return self._subscribed

    def poll(self, timeout_s: float) -> None:
        """Wait at most ``timeout_s`` for something to happen; read what is there into ``waiting``."""
        until = time.monotonic() + timeout_s
        if self._client.socket() is None and not self._connect(until):
            return
        sock: Any = self._client.socket()
        if sock is None:
            return
        room = self._inbox.has_room
        buffered = room and _pending(sock) > 0
        reads = [self._wake_read, sock] if room else [self._wake_read]
        writes = [sock] if self._client.want_write() else []
        wait_s = 0.0 if buffered else max(0.0, until - time.monotonic())
        readable, writable, _ = select.select(reads, writes, [], wait_s)
        if self._wake_read in readable:
            self._drain_wake()
        if writable:
            self._client.loop_write()
        if sock in readable or buffered:
            self._read(sock)
        self._client.loop_misc()

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Tell the broker that ``messages`` are ours now; it will not deliver them again."""
        for message in messages:
            if message.mid:
                self._client.ack(message.mid, 1)
        self._write()

    def publish(self, outgoing: Iterable[Outgoing]) -> None:
        """Send to terminals. QoS 0: one that got nothing sends its events again and is answered again."""
        # What waited in the session comes before the broker confirms the subscription: that is no reason to be silent.
        if not self._client.is_connected():
            return
        for one in outgoing:
            self._client.publish(one.topic, one.payload, qos=0)
        self._write()

    def take_back(self, messages: Iterable[Message]) -> None:
        """Put messages in front again that could not be stored yet."""
        self._inbox.take_back(messages)

    def taken(self, messages: Iterable[Message]) -> None:
        """Say that ``messages`` were taken out of ``waiting``."""
        self._inbox.taken(messages)

    def wake(self) -> None:
        """End a `poll` that waits; from any thread or signal handler."""
        with contextlib.suppress(OSError):
            self._wake_write.send(b"\0")

    def close(self) -> None:
        """Leave the broker in order; the session and what was not acknowledged stay there."""
        self._write()
        self._closing = True
        self._client.disconnect()
        self._write()
        self._wake_read.close()
        self._wake_write.close()

    def _connect(self, until: float) -> bool:
        wait_s = min(self._attempts.next_s, until) - time.monotonic()
        if wait_s > 0:
            if select.select([self._wake_read], [], [], wait_s)[0]:
                self._drain_wake()
            if time.monotonic() < self._attempts.next_s:
                return False
        try:
            self._client.connect(self._host, self._port, keepalive=KEEPALIVE_S)
        except (OSError, ValueError) as error:
            self._put_off(str(error))
            return False
        return True

    def _put_off(self, why: str) -> None:
        self._attempts.put_off(time.monotonic())
        self._tell(why)

    def _tell(self, why: str) -> None:
        if self._attempts.noteworthy:
            _LOG.warning("broker %s:%d: %s; attempt %d failed", self._host, self._port, why, self._attempts.failed)

    def _read(self, sock: Any) -> None:
        """Read packet by packet as long as there is more and room for it."""
        while self._inbox.has_room:
            code = self._client.loop_read()
            current: Any = self._client.socket()
            if code != paho.MQTT_ERR_SUCCESS or current is None:
                return
            if not _pending(sock) and not select.select([sock], [], [], 0)[0]:
                return

    def _write(self) -> None:
        while self._client.want_write():
            sock: Any = self._client.socket()
            if sock is None or self._client.loop_write() != paho.MQTT_ERR_SUCCESS:
                return
            if sock.fileno() < 0:  # the broker went away while it was written to
                return
            if self._client.want_write() and not select.select([], [sock], [], CONNECT_S)[1]:
                return

    def _drain_wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._wake_read.recv(4096):
                pass

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._put_off(f"refused this gateway ({reason})")
            return
        self._attempts.connected()
        client.subscribe(self._filters)

    def _on_subscribe(self, client: paho.Client, _data: Any, _mid: int, codes: Any, _properties: Any) -> None:
        if any(code.is_failure for code in codes):
            self._put_off("does not let this gateway subscribe")
            client.disconnect()
            return
        self._subscribed = True
        _LOG.info("broker %s:%d: connected", self._host, self._port)

    def _on_disconnect(self, _client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        # What waits was numbered by the session that is gone; the broker delivers it again.
        self._subscribed = False
        self._inbox.forget()
        if not self._closing and self._attempts.lost(time.monotonic()):
            self._tell(f"link lost ({reason})")

    def _on_message(self, client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            client.ack(message.mid, message.qos)
            return
        mid = message.mid if message.qos else 0
        if topic.endswith(ASK):
            self.questions.append(Message(topic, bytes(message.payload), 0, retained=message.retain))
            if mid:
                client.ack(mid, message.qos)
            return
        self._inbox.add(Message(topic, bytes(message.payload), mid, retained=message.retain))


def _no_delay(_client: paho.Client, _data: Any, sock: Any) -> None:
    # paho leaves Nagle's algorithm on, which costs tens of milliseconds a round trip.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _leave_writing_to_poll(_client: paho.Client, _data: Any, _sock: Any) -> None:
    """Being registered keeps paho from writing each packet on its own."""


def _pending(sock: Any) -> int:
    """Return how many bytes TLS has read already, which `select` cannot see."""
    return sock.pending() if isinstance(sock, ssl.SSLSocket) else 0
