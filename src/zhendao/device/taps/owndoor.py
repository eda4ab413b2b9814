"""The door tag bound to this terminal as it was read when it was well: what it is known by, and what belongs on it.

Anybody may write to a fresh door tag (docs/decisions/fresh-sun.md), so anybody may spoil it, though not forge it. The
terminal keeps its uid and its signed record, which are on the tag for all to read, and writes them again where they are
gone. Promise: only a tag with that uid is ever written, and only with what it carried itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.protocol import cbor
from zhendao.protocol.cards.evidence import read_proof
from zhendao.protocol.cards.sun import SUN_AT, SUN_END, SUN_TEMPLATE, ndef_file, parse_sun
from zhendao.protocol.errors import MalformedError, ProtocolError
from zhendao.protocol.vocabulary import Role, Strength

if TYPE_CHECKING:
    from zhendao.device.taps.decisions import Seen

MOST_BYTES = 1024
"""A longer file is none of ours."""
_LENGTH_BYTES = 2
_TEXT = slice(SUN_AT - _LENGTH_BYTES, SUN_END - _LENGTH_BYTES)
"""Where the SUN text stands in the message."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A door tag that was well: its token, its uid and its signed record."""

    token_id: bytes
    uid: bytes
    record: bytes

    def encode(self) -> bytes:
        """Return the bytes of the file that keeps it."""
        return cbor.encode([1, self.token_id, self.uid, self.record])

    @staticmethod
    def decode(data: bytes) -> Kept:
        """Return what ``data`` holds; raises `MalformedError`."""
        match cbor.decode(data, MOST_BYTES):
            case [1, bytes() as token_id, bytes() as uid, bytes() as record]:
                return Kept(token_id, uid, record)
        raise MalformedError("door", "no door tag that was kept")

    def message(self) -> bytes:
        """Return the NDEF message that belongs on the tag; raises `MalformedError` where none fits it."""
        return ndef_file(self.record)[_LENGTH_BYTES:]


class OwnDoor:
    """``bound``: token id of this terminal's door tag, None where none is. `remedy` may be asked on any thread."""

    def __init__(self, bound: bytes | None, kept: Kept | None = None) -> None:
        self._bound = bound
        self._kept = kept if kept is not None and kept.token_id == bound else None

    @property
    def uid(self) -> bytes | None:
        """The uid of the door tag, None before it was read."""
        kept = self._kept
        return None if kept is None else kept.uid

    def learn(self, seen: Seen) -> Kept | None:
        """Take in a token that was read; return what is to be kept of it, None where nothing new is."""
        read = seen.read
        if read.role is not Role.DOOR or read.strength is not Strength.DYNAMIC or seen.refusal is not None:
            return None
        if self._bound is None or read.token_id != self._bound or read.proof is None:
            return None
        record = read_proof(read.proof).record
        kept = None if record is None else Kept(self._bound, read.uid, record)
        if kept is None or kept == self._kept:
            return None
        self._kept = kept
        return kept

    def remedy(self, uid: bytes, message: bytes | None) -> bytes | None:
        """Return what is to be written to the tag with ``uid``, which shows ``message``; None where nothing is."""
        kept = self._kept
        if kept is None or kept.uid != uid:
            return None
        try:
            belongs = kept.message()
            return None if message is not None and _well(message, belongs) else belongs
        except ProtocolError:
            return None


def _well(message: bytes, belongs: bytes) -> bool:
    """Tell whether ``message`` is ``belongs`` with its mirrors filled in."""
    try:
        parse_sun(message[_TEXT])
    except ProtocolError:
        return False
    return message[: _TEXT.start] + SUN_TEMPLATE + message[_TEXT.stop :] == belongs
