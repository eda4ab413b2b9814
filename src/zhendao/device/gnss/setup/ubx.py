"""UBX, the binary protocol of u-blox: frames out, and frames found in a stream of sentences. Pure.

Frame: B5 62, class, id, length (2 bytes, little-endian), payload, Fletcher's checksum (2 bytes) over class to payload.
"""

from __future__ import annotations

SYNC = b"\xb5\x62"
_HEAD, _TAIL = 6, 2
LONGEST = 1024
"""A payload above this is no answer that we wait for."""

ACK, NAK = (0x05, 0x01), (0x05, 0x00)


def checksum(data: bytes | bytearray) -> bytes:
    """Return the two bytes behind class, id, length and payload."""
    first = second = 0
    for byte in data:
        first = (first + byte) & 0xFF
        second = (second + first) & 0xFF
    return bytes((first, second))


def frame(kind: tuple[int, int], payload: bytes) -> bytes:
    """Return a whole frame."""
    body = bytes(kind) + len(payload).to_bytes(2, "little") + payload
    return SYNC + body + checksum(body)


def found(buffer: bytearray) -> list[tuple[tuple[int, int], bytes]]:
    """Take whole frames out of ``buffer``; what may still become one stays, what cannot is dropped."""
    frames: list[tuple[tuple[int, int], bytes]] = []
    while (at := buffer.find(SYNC)) >= 0:
        del buffer[:at]
        if len(buffer) < _HEAD:
            return frames
        size = int.from_bytes(buffer[4:6], "little")
        if size > LONGEST:
            del buffer[:1]
            continue
        end = _HEAD + size + _TAIL
        if len(buffer) < end:
            return frames
        if checksum(buffer[2 : end - _TAIL]) == buffer[end - _TAIL : end]:
            frames.append(((buffer[2], buffer[3]), bytes(buffer[_HEAD : end - _TAIL])))
            del buffer[:end]
        else:
            del buffer[:1]
    del buffer[: max(0, len(buffer) - 1)]  # the first byte of a frame may be the last one here
    return frames
