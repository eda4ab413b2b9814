"""Frames between host and PN532 (user manual 141520, section 6.2.1): values to bytes and back.

Promise: any bytes in, at any split, give frames or nothing; the buffer never holds more than one longest frame;
after garbage the decoder finds the next start code. Lengths are big-endian.
"""

from dataclasses import dataclass

START = b"\x00\x00\xff"
MAX_DATA = 265
"""Longest data of a frame: TFI, command code, 263 bytes."""
HOST_TO_CHIP = 0xD4
CHIP_TO_HOST = 0xD5


@dataclass(frozen=True, slots=True)
class Ack:
    """The previous frame was received; from the host: stop what you are doing."""

    def to_bytes(self) -> bytes:
        """Return the six bytes of the frame."""
        return START + b"\x00\xff\x00"


@dataclass(frozen=True, slots=True)
class Nack:
    """The host asks for the last answer once more."""

    def to_bytes(self) -> bytes:
        """Return the six bytes of the frame."""
        return START + b"\xff\x00\x00"


@dataclass(frozen=True, slots=True)
class SyntaxErrorFrame:
    """The chip does not know the command, or its parameters have the wrong form."""

    def to_bytes(self) -> bytes:
        """Return the eight bytes of the frame."""
        return START + b"\x01\xff\x7f\x81\x00"


@dataclass(frozen=True, slots=True)
class Information:
    """A command or an answer. ``data`` begins with the frame identifier (TFI): 1 to 265 bytes."""

    data: bytes

    def to_bytes(self) -> bytes:
        """Return the frame, in the normal form up to 255 bytes of data and in the extended form beyond."""
        size = len(self.data)
        if not 1 <= size <= MAX_DATA:
            message = f"a frame holds 1 to {MAX_DATA} bytes, not {size}"
            raise ValueError(message)
        if size <= 0xFF:  # noqa: PLR2004 - what LEN can say
            head = START + bytes((size, -size & 0xFF))
        else:
            length = size.to_bytes(2, "big")
            head = START + b"\xff\xff" + length + bytes((-sum(length) & 0xFF,))
        return head + self.data + bytes((-sum(self.data) & 0xFF, 0))


Frame = Ack | Nack | SyntaxErrorFrame | Information


class Decoder:
    """Collects bytes and gives the frames in them; a frame with a wrong checksum is dropped and counted."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.dropped = 0

    def feed(self, data: bytes) -> list[Frame]:
        """Take ``data`` and return the frames that are now complete."""
        frames: list[Frame] = []
        for byte in data:
            self._buffer.append(byte)
            start = self._buffer.find(START)
            if start < 0:
                del self._buffer[: max(0, len(self._buffer) - (len(START) - 1))]
                continue
            del self._buffer[:start]
            try:
                frame = _complete(bytes(self._buffer[len(START) :]))
            except ValueError:
                self.dropped += 1
                del self._buffer[: len(START)]
                continue
            if frame is not None:
                self._buffer.clear()
                frames.append(frame)
        return frames


def _complete(rest: bytes) -> Frame | None:
    """Return the frame whose bytes behind the start code are ``rest``, None if more are needed.

    Raises:
        ValueError: it is none.
    """
    if rest[:2] in {b"\x00\xff", b"\xff\x00"}:
        frame: Frame = Ack() if rest[0] == 0 else Nack()
        return frame if len(rest) == 3 else None  # noqa: PLR2004 - LEN, LCS, postamble
    extended = rest[:2] == b"\xff\xff"
    head = rest[2:5] if extended else rest[:2]
    if len(head) < (3 if extended else 2):
        return None
    at, size = (5, head[0] << 8 | head[1]) if extended else (2, head[0])
    if sum(head) & 0xFF or not 1 <= size <= MAX_DATA:
        message = "length"
        raise ValueError(message)
    if len(rest) < at + size + 2:
        return None
    if sum(rest[at : at + size + 1]) & 0xFF:
        message = "checksum"
        raise ValueError(message)
    data = rest[at : at + size]
    return SyntaxErrorFrame() if data == b"\x7f" else Information(data)
