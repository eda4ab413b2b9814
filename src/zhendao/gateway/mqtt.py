"""One session at the broker: paho, read and written by whoever polls it, in the thread that ingests.

Promise: a message is acknowledged to the broker only by `acknowledge`, after our commit; what was not is delivered
again after a reconnect, for the session persists at the broker. When it connects again is `attempts`.
"""

import logging
import random
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from zhendao.gateway.ingest.attempts import Attempts
from zhendao.gateway.ingest.session import Message, Outgoing

_LOG = logging.getLogger(__name__)

KEEPALIVE_S = 15  # a half-open link is noticed after about twice that
CONNECT_S = 3.0  # a stop waits for an attempt under way, and must end within 5 s
_PORTS = {"mqtt": 1883, "mqtts": 8883}
_LINES = count(1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a session listens to: filters with their QoS. Where the broker refuses one of ``optional`` it goes on."""

    filters: tuple[tuple[str, int], ...]
    optional: tuple[tuple[str, int], ...] = ()


class BrokerSession:
    """One MQTT session. From one thread; ``take`` is given each message, ``lost`` the line that has ended.

    A message with `mid` 0 needs no acknowledgement. ``name`` stands in the log.
    """

    def __init__(
        self,
        url: str,
        tls: ssl.SSLContext | None,
        client_id: str,
        wanted: Wanted,
        take: Callable[[Message], None],
        lost: Callable[[int], None],
        name: str = "broker",
    ) -> None:
        """Prepare a session at ``url``; nothing is opened before the first `connect`."""
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        self._wanted, self._take, self._lost, self._name = wanted, take, lost, name
        self._attempts = Attempts(random.random)
        self._line = 0
        self._alone = True
        self._closing = False
        self.connected = False
        """Messages can come in."""
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

    # -- attempts

    @property
    def open(self) -> bool:
        """Tell whether there is a connection, greeted or not."""
        return self._client.socket() is not None

    @property
    def due_s(self) -> float:
        """Return when the next attempt is due (monotonic s), where there is no connection."""
        return self._attempts.next_s

    def connect(self, *, alone: bool) -> bool:
        """Try now; return whether somebody answered. ``alone``: nothing comes in over another session either."""
        self._alone = alone
        try:
            self._client.connect(self._host, self._port, keepalive=KEEPALIVE_S)
        except (OSError, ValueError) as error:
            self._put_off(str(error))
            return False
        return True

    def at_once(self) -> None:
        """Have the next attempt now: the broker is there."""
        if not self.open:
            self._attempts.begin_again()

    # -- while it lasts

    @property
    def socket(self) -> Any:
        """Return what is to be waited on; None without a connection."""
        return self._client.socket()

    @property
    def wants_write(self) -> bool:
        """Tell whether there is something to be written."""
        return bool(self._client.want_write())

    def serve(self, *, readable: bool, writable: bool, room: Callable[[], bool]) -> None:
        """Write and read what can be; nothing is read without ``room``."""
        if writable:
            self._client.loop_write()
        sock = self._client.socket()
        if sock is not None and readable:
            self._read(sock, room)
        self._client.loop_misc()

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Tell the broker that those of ``messages`` that came over this line are ours now."""
        for message in messages:
            if message.mid and message.line == self._line:
                self._client.ack(message.mid, 1)
        self.write()

    def publish(self, outgoing: Iterable[Outgoing]) -> bool:
        """Send to terminals, QoS 0: one that got nothing sends its events again; return whether there is a way."""
        # What waited in the session comes before the broker confirms the subscription: that is no reason to be silent.
        if not self._client.is_connected():
            return False
        for one in outgoing:
            self._client.publish(one.topic, one.payload, qos=0)
        self.write()
        return True

    def write(self) -> None:
        """Write what is to be written, for `CONNECT_S` at most where the broker does not take it."""
        while self._client.want_write():
            sock: Any = self._client.socket()
            if sock is None or self._client.loop_write() != paho.MQTT_ERR_SUCCESS:
                return
            if sock.fileno() < 0:  # the broker went away while it was written to
                return
            if self._client.want_write() and not select.select([], [sock], [], CONNECT_S)[1]:
                return

    def close(self) -> None:
        """Leave the broker in order; the session and what was not acknowledged stay there."""
        self.write()
        self._closing = True
        self._client.disconnect()
        self.write()

    # -- inside

    def _read(self, sock: Any, room: Callable[[], bool]) -> None:
        """Read packet by packet as long as there is more and room for it."""
        while room():
            code = self._client.loop_read()
            current: Any = self._client.socket()
            if code != paho.MQTT_ERR_SUCCESS or current is None:
                return
            if not pending(sock) and not select.select([sock], [], [], 0)[0]:
                return

    def _put_off(self, why: str) -> None:
        self._attempts.put_off(time.monotonic(), alone=self._alone)
        self._tell(why)

    def _tell(self, why: str) -> None:
        if self._attempts.noteworthy:
            words = (self._name, self._host, self._port, why, self._attempts.failed)
            _LOG.warning("%s %s:%d: %s; attempt %d failed", *words)

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._put_off(f"refused this gateway ({reason})")
            return
        self._line = next(_LINES)
        client.subscribe([*self._wanted.filters, *self._wanted.optional])

    def _on_subscribe(self, client: paho.Client, _data: Any, _mid: int, codes: Any, _properties: Any) -> None:
        if any(code.is_failure for code in codes[: len(self._wanted.filters)]):
            self._put_off("does not let this gateway subscribe")
            client.disconnect()
            return
        self.connected = True
        if self._attempts.connected(time.monotonic()):
            _LOG.info("%s %s:%d: connected", self._name, self._host, self._port)

    def _on_disconnect(self, _client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        self.connected = False
        line, self._line = self._line, 0
        self._lost(line)
        if not self._closing and self._attempts.lost(time.monotonic()):
            twice = "; does another gateway run with the same keys?" if self._attempts.brief > 1 else ""
            self._tell(f"link lost ({reason}){twice}")

    def _on_message(self, client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            client.ack(message.mid, message.qos)
            return
        mid = message.mid if message.qos else 0
        self._take(Message(topic, bytes(message.payload), mid, retained=message.retain, line=self._line))


def pending(sock: Any) -> int:
    """Return how many bytes TLS has read already, which `select` cannot see."""
    return sock.pending() if isinstance(sock, ssl.SSLSocket) else 0


def _no_delay(_client: paho.Client, _data: Any, sock: Any) -> None:
    # paho leaves Nagle's algorithm on, which costs tens of milliseconds a round trip.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _leave_writing_to_poll(_client: paho.Client, _data: Any, _sock: Any) -> None:
    """Being registered keeps paho from writing each packet on its own."""
