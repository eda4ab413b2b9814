"""A fake ThingsBoard: answers what a gateway asks at its start, counts telemetry by the number that each carries."""

import json
import socket
import threading
from collections import Counter
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

ASKED = "v1/devices/me/rpc/request/"
TELEMETRY = "v1/gateway/telemetry"


class Sink:
    """Reads the broker at ``port`` directly; its session stays, so that nothing passes it by."""

    def __init__(self, port: int) -> None:
        self._lock = threading.Lock()
        self._seen: Counter[int] = Counter()
        self.arrivals = 0
        ready = threading.Event()
        self._client = client = paho.Client(CallbackAPIVersion.VERSION2, client_id="sink", clean_session=False)
        client.reconnect_delay_set(1, 1)
        client.on_socket_open = lambda _c, _d, line: line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.on_connect = lambda one, *_: one.subscribe([(TELEMETRY, 1), (f"{ASKED}+", 1)])
        client.on_subscribe = lambda *_: ready.set()
        client.on_message = self._hear
        client.connect("127.0.0.1", port)
        client.loop_start()
        if not ready.wait(20):
            raise SystemExit("the sink gets no answer from the broker")

    def _hear(self, client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        if message.topic.startswith(ASKED):
            client.publish(message.topic.replace("request", "response"), json.dumps(_LIMITS), qos=1)
            return
        numbers = [one["values"]["seq"] for entries in json.loads(message.payload).values() for one in entries]
        with self._lock:
            self._seen.update(numbers)
            self.arrivals += len(numbers)

    def arrived(self) -> Counter[str]:
        """Return the numbers that have arrived, each once: the same number again changes nothing at a ThingsBoard."""
        with self._lock:
            return Counter(map(str, self._seen))

    def count(self) -> int:
        """Return how many numbers have arrived."""
        with self._lock:
            return len(self._seen)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


_LIMITS = {
    "maxPayloadSize": 65_536,
    "maxInflightMessages": 100,
    "rateLimits": {},
    "gatewayRateLimits": {},
}
