"""Where the NDEF message lies in the memory of a Type 2 tag (NFC Forum T2T 1.0, section 2.3). Pure.

Promise: any bytes give a `Span`, `MoreNeeded` or a `TagMalformedError`; nothing is read beyond the size that the
capability container states; unknown TLVs are refused, since what they hide cannot be known.
"""

from dataclasses import dataclass

from zhendao.readers.errors import TagMalformedError

NULL, LOCK_CONTROL, MEMORY_CONTROL, NDEF, PROPRIETARY, TERMINATOR = 0x00, 0x01, 0x02, 0x03, 0xFD, 0xFE
LONG_FORM = 0xFF
LEAST_LONG = 0xFF
MAGIC = 0xE1
_CONTROL_LENGTH = 3


@dataclass(frozen=True, slots=True)
class Capability:
    """The capability container (page 3): ``size`` bytes of user memory from page 4 on."""

    size: int
    writable: bool


@dataclass(frozen=True, slots=True)
class Span:
    """An NDEF TLV: where it begins in user memory, and its value."""

    tlv_at: int
    message: bytes


@dataclass(frozen=True, slots=True)
class MoreNeeded:
    """The first ``size`` bytes of user memory must be known to say more."""

    size: int


def parse_capability(page: bytes) -> Capability:
    """Return what the four bytes of page 3 say.

    Raises:
        TagMalformedError: no NDEF tag, another version, read-protected, or no memory.
    """
    if len(page) != 4 or page[0] != MAGIC:  # noqa: PLR2004 - one page
        raise TagMalformedError("capability", "no NDEF tag")
    if page[1] >> 4 != 1:
        raise TagMalformedError("version", f"mapping version {page[1] >> 4}")
    if page[3] >> 4 or not page[2]:
        raise TagMalformedError("access", "not readable")
    return Capability(size=page[2] * 8, writable=page[3] & 0x0F == 0)


def find_message(memory: bytes, size: int) -> Span | MoreNeeded | None:
    """Look for the NDEF TLV in the first bytes of user memory, whose whole size is ``size``.

    Returns:
        The span, None if the memory ends (or a terminator comes) without one, or how much more must be known.

    Raises:
        TagMalformedError: a TLV of unknown type, of wrong length, or one that runs out of the memory.
    """
    at = 0
    while at < size:
        head = _head(memory, at, size)
        if isinstance(head, MoreNeeded):
            return head
        kind, value_at, length = head
        if kind == TERMINATOR:
            return None
        end = value_at + length
        if end > size:
            raise TagMalformedError("length", f"a TLV ends at {end} of {size} bytes")
        if kind == NDEF:
            return Span(at, bytes(memory[value_at:end])) if end <= len(memory) else MoreNeeded(end)
        at = end
    return None


def _head(memory: bytes, at: int, size: int) -> MoreNeeded | tuple[int, int, int]:
    """Return type, place of the value and length of the TLV at ``at``."""
    if at >= len(memory):
        return MoreNeeded(at + 1)
    kind = memory[at]
    if kind in {NULL, TERMINATOR}:
        return kind, at + 1, 0
    if kind not in {LOCK_CONTROL, MEMORY_CONTROL, NDEF, PROPRIETARY}:
        raise TagMalformedError("type", f"TLV {kind:02x}")
    wide = 3 if memory[at + 1 : at + 2] == b"\xff" else 1
    if at + 1 + wide > size:
        raise TagMalformedError("length", "a TLV without length")
    if at + 1 + wide > len(memory):
        return MoreNeeded(at + 1 + wide)
    length = int.from_bytes(memory[at + 2 : at + 4], "big") if wide > 1 else memory[at + 1]
    if wide > 1 and length < LEAST_LONG:
        raise TagMalformedError("length", "long form of a short length")
    if kind in {LOCK_CONTROL, MEMORY_CONTROL} and length != _CONTROL_LENGTH:
        raise TagMalformedError("length", f"TLV {kind:02x} of {length} bytes")
    return kind, at + 1 + wide, length


def encode_message(message: bytes) -> bytes:
    """Return the NDEF TLV that holds ``message``, without terminator."""
    size = len(message)
    if size < LEAST_LONG:
        return bytes((NDEF, size)) + message
    return bytes((NDEF, LONG_FORM)) + size.to_bytes(2, "big") + message
