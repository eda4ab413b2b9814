"""A stand-in for a broker that does what no good one does: it receives, gives its receipt, and then forgets, doubles or
delays a message. MQTT 3.1.1 with QoS 0 and 1, clean sessions, no retained messages, no wills; on loopback.

``fate`` decides over each message: the seconds after which a copy of it is delivered; none: it is forgotten.
"""

import asyncio
import struct
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from paho.mqtt.client import topic_matches_sub

Fate = Callable[[str, bytes], Sequence[float]]
CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP = (
    *(1, 2, 3, 4, 8, 9, 10, 11, 12, 13),
)


class Fickle:
    """The broker, on `port`. ``receipts`` off: it takes messages and says nothing."""

    def __init__(self, fate: Fate = lambda _topic, _payload: (0,)) -> None:
        self.fate = fate
        self.receipts = True
        self.strict = False
        """Who asks for what is the broker's own is thrown out."""
        self.taken: list[str] = []
        self._clients: dict[asyncio.StreamWriter, list[str]] = {}
        self._loop = asyncio.new_event_loop()
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fickle", daemon=True)
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._begun.wait(180)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._begun.set()
        await self._stop.wait()
        server.close()
        for writer in list(self._clients):
            writer.close()
        await asyncio.sleep(0.05)

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients[writer] = []
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                await self._packet(*await _read(reader), writer)
        self._clients.pop(writer, None)
        writer.close()

    async def _packet(self, first: int, body: bytes, writer: asyncio.StreamWriter) -> None:
        match first >> 4:
            case 1:
                writer.write(_packet(CONNACK << 4, b"\0\0"))
            case 3:
                topic, rest = _text(body)
                mid, payload = (rest[:2], rest[2:]) if first & 6 else (b"", rest)
                self.taken.append(topic)
                if mid and self.receipts:
                    writer.write(_packet(PUBACK << 4, mid))
                for delay in self.fate(topic, payload):
                    self._loop.call_later(delay, self._deliver, topic, payload)
            case 8:
                topic, _ = _text(body[2:])
                if self.strict and topic.startswith("$"):
                    raise ConnectionError
                self._clients[writer].append(topic)
                writer.write(_packet(SUBACK << 4, body[:2] + b"\1"))
            case 10:
                writer.write(_packet(UNSUBACK << 4, body[:2]))
            case 12:
                writer.write(_packet(PINGRESP << 4, b""))
            case 14:
                raise ConnectionError

    def _deliver(self, topic: str, payload: bytes) -> None:
        name = topic.encode()
        for writer, filters in self._clients.items():
            if any(topic_matches_sub(one, topic) for one in filters):
                writer.write(_packet(PUBLISH << 4, struct.pack("!H", len(name)) + name + payload))


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    first, size, shift = (await reader.readexactly(1))[0], 0, 0
    while True:
        (one,) = await reader.readexactly(1)
        size |= (one & 127) << shift
        shift += 7
        if one < 128:
            return first, await reader.readexactly(size)


def _text(data: bytes) -> tuple[str, bytes]:
    (size,) = struct.unpack_from("!H", data)
    return data[2 : 2 + size].decode(), data[2 + size :]


def _packet(first: int, body: bytes) -> bytes:
    size, length = len(body), b""
    while True:
        size, low = divmod(size, 128)
        length += bytes([low | (128 if size else 0)])
        if not size:
            return bytes([first]) + length + body
