"""A client of MQTT 3.1.1 that does exactly what it is told, one packet after the other, over a socket of its own."""

import socket
import struct
from contextlib import suppress

from zhendao.simulators.world.net.packets import Publish

_TIMEOUT_S = 20


class WireClient:
    """One connection. What is delivered is in `got`; of QoS 1 what is not acknowledged in `owed`."""

    def __init__(self, port: int, name: str, *, clean: bool, will: tuple[str, bytes]) -> None:
        self.got: list[Publish] = []
        self.owed: list[int] = []
        self.over = False
        self._line = socket.create_connection(("127.0.0.1", port), _TIMEOUT_S)
        flags = 0x2C | (0x02 if clean else 0)  # a will, retained, QoS 1
        topic, payload = will
        head = _text(b"MQTT") + bytes([4, flags]) + struct.pack("!H", 600)
        self._send(0x10, head + _text(name.encode()) + _text(topic.encode()) + _text(payload))
        kind, _ = self._packet()
        assert kind == 0x20

    def subscribe(self, filter_: str, qos: int) -> None:
        self._send(0x82, b"\0\7" + _text(filter_.encode()) + bytes([qos]))
        self._until(0x90)

    def unsubscribe(self, filter_: str) -> None:
        self._send(0xA2, b"\0\7" + _text(filter_.encode()))
        self._until(0xB0)

    def publish(self, topic: str, payload: bytes, qos: int, *, retain: bool) -> None:
        self._send(0x30 | qos << 1 | retain, _text(topic.encode()) + (b"\0\7" if qos else b"") + payload)
        if qos:
            self._until(0x40)

    def acknowledge(self) -> None:
        """Acknowledge all that is owed, in its order."""
        owed, self.owed = self.owed, []
        for mid in owed:
            self._send(0x40, struct.pack("!H", mid))

    def settle(self) -> None:
        """Read what the broker has sent before it answers a ping; note it if the broker has hung up."""
        if not self.over:
            try:
                self._send(0xC0, b"")
                self._until(0xD0)
            except OSError:
                self.over = True
                self._line.close()

    def leave(self, *, orderly: bool) -> None:
        with suppress(OSError):
            if orderly:
                self._send(0xE0, b"")
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()
        self.over = True

    def _until(self, wanted: int) -> None:
        while (found := self._packet())[0] & 0xF0 != wanted:
            kind, body = found
            assert kind & 0xF0 == 0x30, kind
            size = struct.unpack_from("!H", body)[0]
            topic, rest = body[2 : 2 + size].decode(), body[2 + size :]
            qos, mid = kind >> 1 & 3, 0
            if qos:
                (mid,), rest = struct.unpack_from("!H", rest), rest[2:]
                self.owed.append(mid)
            self.got.append(Publish(topic, rest, qos, 0, bool(kind & 1), bool(kind & 8)))

    def _send(self, kind: int, body: bytes) -> None:
        size, length = len(body), b""
        while True:
            size, low = divmod(size, 128)
            length += bytes([low | (128 if size else 0)])
            if not size:
                break
        self._line.sendall(bytes([kind]) + length + body)

    def _packet(self) -> tuple[int, bytes]:
        kind, size, shift = self._exactly(1)[0], 0, 0
        while True:
            (one,) = self._exactly(1)
            size |= (one & 127) << shift
            shift += 7
            if one < 128:
                return kind, self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self._line.recv(size - len(data))
            if not more:
                raise ConnectionError
            data += more
        return data


def _text(data: bytes) -> bytes:
    return struct.pack("!H", len(data)) + data
