"""A journal in a file (docs/protocol.md section 13): batches one after another, for whoever carries it by hand.

A CBOR sequence (RFC 8742) of byte strings, each one message as it would be uploaded. Any bytes end as messages or as a
`MalformedError`; no more than one message is in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.protocol import cbor
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.limits import MAX_BATCH_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BYTES = 0x40
_IMMEDIATE, _LONGEST = 24, 27
_KIND, _DETAIL = 0xE0, 0x1F


def pack(message: bytes) -> bytes:
    """Return ``message`` as it stands in the file."""
    return cbor.encode(message)


def unpack(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Yield the messages; ``read(n)`` returns the next n bytes, fewer at the end. Raises `MalformedError`."""
    while head := read(1):
        yield _exactly(read, _length(head[0], read))


def _length(head: int, read: Callable[[int], bytes]) -> int:
    detail = head & _DETAIL
    if head & _KIND != _BYTES or detail > _LONGEST:
        raise MalformedError("carried", "not a byte string where a batch should be")
    if detail < _IMMEDIATE:
        return detail
    count: int = 1 << detail - _IMMEDIATE
    length = int.from_bytes(_exactly(read, count), "big")
    if length > MAX_BATCH_BYTES:
        raise MalformedError("carried", f"a batch of more than {MAX_BATCH_BYTES} bytes")
    if length < (_IMMEDIATE if count == 1 else 1 << 4 * count):
        raise MalformedError("carried", "a length that is not in its shortest form")
    return length


def _exactly(read: Callable[[int], bytes], count: int) -> bytes:
    found = read(count)
    if len(found) != count:
        raise MalformedError("carried", "it ends within a batch")
    return found
