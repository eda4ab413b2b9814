"""The line to vpcd: a TCP connection that is there while a card is, frames of two bytes of length and data.

Promise: any bytes from vpcd, at any split, give frames; the buffer never holds more than one longest frame.
"""

import socket
from contextlib import suppress

CONTROL_OFF, CONTROL_ON, CONTROL_RESET, CONTROL_ATR = 0, 1, 2, 4
_LENGTH = 2


class Slot:
    """One slot of a virtual reader at ``host`` and ``port``; ``master`` is its descriptor, -1 while it is empty."""

    def __init__(self, host: str, port: int) -> None:
        self.link = f"{host}:{port}"
        self._address = (host, port)
        self._socket: socket.socket | None = None
        self._buffer = bytearray()

    @property
    def master(self) -> int:
        """The descriptor to wait on."""
        return -1 if self._socket is None else self._socket.fileno()

    def plug(self) -> str:
        """Insert the card; return "" or why vpcd does not answer."""
        self._buffer.clear()
        try:
            self._socket = socket.create_connection(self._address, 1.0)
        except OSError as error:
            return error.strerror or str(error)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return ""

    def unplug(self) -> None:
        """Take the card away."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def read(self) -> list[bytes] | None:
        """Return the frames that are complete; None when vpcd has gone."""
        if self._socket is None:
            return []
        try:
            # vpcd sends length and data apart; without an acknowledgement at once its second part waits 40 ms
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            data = self._socket.recv(4096, socket.MSG_DONTWAIT)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        except BlockingIOError:
            return []
        except OSError:
            return None
        if not data:
            return None
        return self.frames(data)

    def frames(self, data: bytes) -> list[bytes]:
        """Take in ``data`` and return the frames that are complete now."""
        self._buffer += data
        found = []
        while len(self._buffer) >= _LENGTH:
            end = _LENGTH + int.from_bytes(self._buffer[:_LENGTH], "big")
            if len(self._buffer) < end:
                break
            found.append(bytes(self._buffer[_LENGTH:end]))
            del self._buffer[:end]
        return found

    def write(self, frame: bytes) -> None:
        """Answer; a vpcd that has gone hears nothing."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.sendall(len(frame).to_bytes(_LENGTH, "big") + frame)
