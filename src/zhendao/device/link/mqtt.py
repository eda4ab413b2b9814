"""The link to the broker: paho on a thread of ours, TLS with the terminal's certificate, reconnecting for ever.

Promise: it decides nothing about events. Every connection is a new client with nothing left over from the last one;
Nagle's algorithm is off; a half-open link is noticed by the keepalive; waits between attempts have full jitter and are
capped; the retained state says online after connecting, and offline by last will or at `stop`.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from zhendao.device.link.paho_client import paho
from zhendao.protocol.limits import MAX_DOWN_BYTES
from zhendao.protocol.topics import Topic
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

KEEPALIVE_S = 15
CAP_S = 30.0
FIRST_S = 0.5
CONNECT_S = 5.0
"""How long an attempt may take before it counts as failed."""
ROUND_S = 5.0
"""How long the thread waits for the network at a time; whatever is to be sent wakes it."""
STEADY_S = 10.0
"""A link that lasted so long was one; a broker that lets in and throws out at once is asked ever more rarely."""
STOP_S = 2.0
_NOT_YET_VALID = 9
_NO_CHECK_TIME = 0x20_0000
"""X509_V_ERR_CERT_NOT_YET_VALID and X509_V_FLAG_NO_CHECK_TIME of OpenSSL.

A certificate that is not valid yet means that this clock is behind (1970, a flat battery). Nothing else of the check is
given up then, and an expired one could not be told anyway; without it such a terminal could deliver nothing, ever.
"""


@dataclass(frozen=True, slots=True)
class Up:
    """The broker has let us in, and we listen to what comes down."""


@dataclass(frozen=True, slots=True)
class Down:
    """The link is gone, or could not be made. ``why`` is for people."""

    why: Text


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The broker has received message ``mid``: sent, not delivered."""

    mid: int


@dataclass(frozen=True, slots=True)
class Received:
    """A message to this terminal."""

    message: bytes


LinkPosting = Up | Down | Confirmed | Received


@dataclass(frozen=True, slots=True)
class Address:
    """Where the broker is. ``identity`` holds tls.crt, tls.key and tls-ca.crt; not needed without TLS.

    ``user`` and ``password`` are for a broker that asks for them beside the certificate, or instead of it.
    """

    host: str
    port: int
    tls: bool
    identity: Path
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @staticmethod
    def of(url: str, identity: Path) -> Address:
        """Return the address that a checked ``mqtts://`` or ``mqtt://`` URL names."""
        parts = urlsplit(url)
        tls = parts.scheme == "mqtts"
        user, password = (None if one is None else unquote(one) for one in (parts.username, parts.password))
        return Address(parts.hostname or "", parts.port or (8883 if tls else 1883), tls, identity, user, password)


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
    ) -> None:
        self._alive = alive
        self._address = address
        self._device = device
        self._up, self._state, self._down = (str(Topic(tenant, device, c)) for c in ("up", "state", "down"))
        self._post = post
        self._make_state = state
        self._random = random
        self._stop = threading.Event()
        self._clock_behind = False
        self._client: paho.Client | None = None
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def publish(self, message: bytes) -> int | None:
        """Send a batch; return the number by which `Confirmed` will name it, None where the link is down."""
        client = self._client
        if client is None:
            return None
        info = client.publish(self._up, message, qos=1)
        return info.mid if info.rc in {MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_NO_CONN} else None

    def drop(self) -> None:
        """End this connection; the next one begins by itself, with nothing left over."""
        client = self._client
        if client is not None:
            client.disconnect()

    def refresh(self) -> None:
        """Publish the retained state again, because a new start has begun."""
        client = self._client
        if client is not None:
            client.publish(self._state, self._make_state(True), qos=1, retain=True)  # noqa: FBT003 - "online?"

    def stop(self) -> None:
        """Say offline, disconnect, end the thread; returns within `STOP_S` or a little more."""
        self._stop.set()
        client = self._client
        if client is not None:
            client.publish(self._state, self._make_state(False), qos=1, retain=True)  # noqa: FBT003 - "online?"
            client.disconnect()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    # -- on the thread

    def _run(self) -> None:
        attempt = 0
        while not self._stop.is_set():
            self._alive()
            begun = time.monotonic()
            why = self._connection()
            if self._stop.is_set():
                return
            self._client = None
            if time.monotonic() - begun >= STEADY_S:
                attempt = 0
            self._post(Down(why))
            self._stop.wait(self._random() * min(CAP_S, FIRST_S * 2**attempt))
            attempt = min(attempt + 1, 16)

    def _connection(self) -> Text:
        """Run one connection to its end; return why it ended."""
        try:
            client = self._new_client()
            client.connect(self._address.host, self._address.port, KEEPALIVE_S)
        except (OSError, ValueError) as error:
            self._clock_behind = getattr(error, "verify_code", 0) == _NOT_YET_VALID
            return _explain(self._address, error)
        result = MQTTErrorCode.MQTT_ERR_SUCCESS
        while result == MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._alive()
            result = client.loop(ROUND_S)
        with contextlib.suppress(OSError):
            client.disconnect()
        refused: list[str] = client.user_data_get()
        detail = refused[0] if refused else paho.error_string(result)
        return Text(f"与消息代理的连接中断（{detail}）", f"the link to the broker is gone ({detail})")

    def _new_client(self) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._device.hex(),
            clean_session=True,
            protocol=MQTTProtocolVersion.MQTTv311,
            userdata=[],
        )
        client.connect_timeout = CONNECT_S
        if self._address.user:
            client.username_pw_set(self._address.user, self._address.password)
        client.max_inflight_messages_set(100)
        client.will_set(self._state, self._make_state(False), qos=1, retain=True)  # noqa: FBT003 - "online?"
        if self._address.tls:
            client.tls_set_context(_context(self._address.identity, timed=not self._clock_behind))
        client.on_socket_open = _no_delay
        client.on_socket_register_write = _nothing
        client.on_connect = self._on_connect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        return client

    def _on_connect(
        self, client: paho.Client, refused: list[str], _flags: Any, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            refused.append(str(reason))
            client.disconnect()
            return
        client.subscribe(self._down, qos=1)
        client.publish(self._state, self._make_state(True), qos=1, retain=True)  # noqa: FBT003 - "online?"
        self._client = client
        self._post(Up())

    def _on_publish(self, _client: paho.Client, _data: Any, mid: int, *_rest: Any) -> None:
        self._post(Confirmed(mid))

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        if len(message.payload) <= MAX_DOWN_BYTES:
            self._post(Received(bytes(message.payload)))


def _no_delay(_client: paho.Client, _data: Any, line: Any) -> None:
    """Switch Nagle's algorithm off: it costs some 48 ms a round trip."""
    with contextlib.suppress(OSError):
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _nothing(*_rest: Any) -> None:
    """Be there: with it, paho writes on this link's thread only, woken through its socket pair."""


class _Socket(ssl.SSLSocket):
    """Closes itself where the handshake fails: paho would leave it open until it is collected."""

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the signature of the standard library
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def _context(identity: Path, *, timed: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(identity / "tls-ca.crt"))
    if not timed:
        context.verify_flags = ssl.VerifyFlags(context.verify_flags | _NO_CHECK_TIME)
    context.sslsocket_class = _Socket
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(identity / "tls.crt", identity / "tls.key")
    return context


def _explain(address: Address, error: Exception) -> Text:
    where = f"{address.host}:{address.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        detail = error.verify_message
        return Text(
            f"消息代理 {where} 的证书无效：{detail}", f"the certificate of the broker {where} is not good: {detail}"
        )
    if isinstance(error, ssl.SSLError):
        detail = error.reason or str(error)
        return Text(f"与消息代理 {where} 的 TLS 握手失败：{detail}", f"TLS with the broker {where} failed: {detail}")
    if isinstance(error, socket.gaierror):
        return Text(f"找不到消息代理 {address.host}", f"the name of the broker {address.host} cannot be resolved")
    detail = getattr(error, "strerror", None) or str(error)
    return Text(f"连不上消息代理 {where}：{detail}", f"the broker {where} cannot be reached: {detail}")
