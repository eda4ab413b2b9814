"""NDEF messages on NTAG213/215/216 through any `Reader`: read, write with read-back.

Promise: a write that is interrupted anywhere leaves a tag that reads as empty, never one that reads as something else:
the length goes to zero first and gets its value last. Every loop is bounded by the tag's stated size.
"""

from dataclasses import dataclass

from zhendao.readers.errors import (
    TagGoneError,
    TagKindError,
    TagMalformedError,
    TagProtectedError,
    TagRefusedError,
    TagTooSmallError,
    TagVerifyError,
)
from zhendao.readers.ndef import Capability, MoreNeeded, Span, encode_message, find_message, parse_capability
from zhendao.readers.reader import PAGE_BYTES, READ_BYTES, Reader, Target

USER_PAGE = 4
SIZES = frozenset({0x12 * 8, 0x3E * 8, 0x6D * 8, 0x6F * 8})
"""User memory as the capability containers of NTAG213, 215 and 216 state it."""
_TERMINATOR = 0xFE


@dataclass(frozen=True, slots=True)
class Content:
    """What an NTAG21x holds: its capability, the known beginning of its user memory, and the message in it."""

    capability: Capability
    memory: bytes
    span: Span | None

    @property
    def message(self) -> bytes | None:
        """The NDEF message; None if there is none, or an empty one."""
        return self.span.message or None if self.span else None


def is_ntag21x(capability: Capability) -> bool:
    """Return True for the three sizes of the family."""
    return capability.size in SIZES


def read_content(reader: Reader, target: Target) -> Content:
    """Read the NDEF message of a Type 2 tag.

    Raises:
        TagMalformedError: it is no NDEF tag, or its content is not allowed.
        TagProtectedError: it shows its first pages and refuses the rest.
        TagRefusedError: it refuses all, which no tag does that is held well.
        TagGoneError: it left.
        ReaderError: the reader failed.
    """
    first = reader.read_pages(target, 0)
    if first[0:3] + first[4:8] != target.uid:
        raise TagMalformedError("uid", "the memory is not that of the tag that was listed")
    capability = parse_capability(first[12:16])
    memory = b""
    while True:
        found = find_message(memory, capability.size)
        if not isinstance(found, MoreNeeded):
            return Content(capability, memory, found)
        while len(memory) < found.size:
            try:
                memory += reader.read_pages(target, USER_PAGE + len(memory) // PAGE_BYTES)
            except TagRefusedError as error:
                raise TagProtectedError(error.what.en) from error
        memory = memory[: capability.size + READ_BYTES]


def select(reader: Reader, uid: bytes) -> Target:
    """Sense, and return the target with ``uid``.

    Raises:
        TagGoneError: it is not in the field.
    """
    reader.rest()
    for target in reader.sense():
        if target.uid == uid:
            return target
    raise TagGoneError


def write_ndef(reader: Reader, uid: bytes, message: bytes) -> None:
    """Write ``message`` as the NDEF message of the NTAG21x with ``uid``, and read it back.

    Raises:
        TagKindError: the tag is no NTAG21x.
        TagTooSmallError: the message does not fit.
        TagRefusedError: the tag is locked.
        TagVerifyError: what was read back differs.
        TagGoneError, ReaderError: tag or reader failed; the tag then reads as empty, or as before.
    """
    target = select(reader, uid)
    if not target.type2:
        raise TagKindError(f"SAK {target.sel_res:02x}")
    content = read_content(reader, target)
    if not is_ntag21x(content.capability):
        raise TagKindError(f"{content.capability.size} B")
    if not content.capability.writable:
        raise TagRefusedError("write-protected")
    at = content.span.tlv_at if content.span else 0
    tlv = encode_message(message)
    room = content.capability.size - at
    if len(tlv) > room:
        raise TagTooSmallError(len(tlv), room)
    if len(tlv) < room:
        tlv += bytes((_TERMINATOR,))
    _write_span(reader, target, content.memory[:at], at, tlv)
    if (read_content(reader, select(reader, uid)).message or b"") != message:
        raise TagVerifyError


def _write_span(reader: Reader, target: Target, before: bytes, at: int, tlv: bytes) -> None:
    """Write ``tlv`` at ``at`` of user memory, so that an interruption leaves an empty message."""
    begin = at // PAGE_BYTES * PAGE_BYTES
    whole = before[begin:at] + tlv
    whole += bytes(-len(whole) % PAGE_BYTES)
    # Type and length may lie on two pages: both are blanked first, and those two pages are the last to be written.
    blank = bytearray(whole[: 2 * PAGE_BYTES])
    offset = at - begin
    blank[offset + 1 :] = bytes(len(blank) - offset - 1)
    head = min(len(whole), 2 * PAGE_BYTES)
    order = [(n, bytes(blank[n : n + PAGE_BYTES])) for n in range(0, head, PAGE_BYTES)]
    order += [(n, whole[n : n + PAGE_BYTES]) for n in range(head, len(whole), PAGE_BYTES)]
    order += [(n, whole[n : n + PAGE_BYTES]) for n in reversed(range(0, head, PAGE_BYTES))]
    for n, data in order:
        reader.write_page(target, USER_PAGE + (begin + n) // PAGE_BYTES, data)
