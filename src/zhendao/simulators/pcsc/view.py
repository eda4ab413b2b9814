"""A tag as a contactless reader shows it to PC/SC: an ATR, APDUs in, APDUs out (PC/SC part 3). Pure.

Promise: any bytes get a status word. GET DATA gives the uid, READ and UPDATE BINARY the pages of a storage card; the
pseudo-APDUs that pass a frame to the chip (ACR122-like FF 00 00 00, D4 42) know GET_VERSION. An ISO 14443-4 card gets
everything else as it is.
"""

from collections.abc import Callable
from dataclasses import dataclass

from zhendao.simulators.pn532.air import Answer, Nibble, Reply, Tag
from zhendao.simulators.pn532.blocks import card_frame, converse

_OK = b"\x90\x00"
_FAILED = b"\x63\x00"
_NOT_SUPPORTED = b"\x6a\x81"
_WRONG_LENGTH = b"\x67\x00"
_WRONG_CLASS = b"\x6e\x00"
_CARD_ISO14443A_3 = 0x03
_NAMES = {0x00: 0x0003, 0x08: 0x0001}
"""SAK: the card's name in PC/SC part 3 (NTAG21x passes for a MIFARE Ultralight)."""
_ISO_DEP = 0x20
_READER_CLASS = 0xFF
_ACK = 0xA
_HEAD = 5
_PAGE = 4


def _checked(atr: bytes) -> bytes:
    """Return ``atr`` with its check byte TCK behind it."""
    check = 0
    for byte in atr[1:]:
        check ^= byte
    return atr + bytes((check,))


@dataclass(slots=True)
class View:
    """``tag`` in the field of a reader; ``air`` carries a frame to it, and its answer back."""

    tag: Tag
    air: Callable[[bytes], Reply] | None = None
    busy_us: int = 0
    """How long the tag took over the last command."""
    mute: bool = False
    """It asked for more time without end, and the reader goes on granting it."""
    _block: int = 0

    def _send(self, frame: bytes) -> Reply:
        reply = self.tag.exchange(frame) if self.air is None else self.air(frame)
        self.busy_us += reply.busy_us if isinstance(reply, Answer | Nibble) else 0
        return reply

    def atr(self) -> bytes:
        """Return the ATR that the reader makes up."""
        if self._is_card():
            historical = (self.tag.ats or b"")[4:]  # behind T0, TA, TB, TC
            return _checked(bytes((0x3B, 0x80 | len(historical), 0x80, 0x01)) + historical)
        name = _NAMES.get(self.tag.sak, 0).to_bytes(2, "big")
        historical = b"\x80\x4f\x0c\xa0\x00\x00\x03\x06" + bytes((_CARD_ISO14443A_3,)) + name + bytes(4)
        return _checked(bytes((0x3B, 0x80 | len(historical), 0x80, 0x01)) + historical)

    def power(self) -> None:
        """Activate the tag anew."""
        self.tag.reset()
        self._block = 0
        if self._is_card():
            self._send(b"\xe0\x80")

    def apdu(self, command: bytes) -> bytes:
        """Answer one APDU."""
        self.busy_us = 0
        if len(command) < _HEAD - 1:
            return _WRONG_LENGTH
        if command[0] == _READER_CLASS:
            return self._reader(command)
        if not self._is_card():
            return _WRONG_CLASS
        said = converse(self._send, command, self._block, card_frame(self.tag.ats))
        self._block, self.mute = said.number, said.endless
        return said.answer or _FAILED

    def _is_card(self) -> bool:
        return bool(self.tag.sak & _ISO_DEP)

    def _reader(self, command: bytes) -> bytes:
        body = command[_HEAD:]
        match command[1], command[2]:
            case 0xCA, 0x00:
                return self.tag.uid + _OK
            case 0xCA, 0x01 if self._is_card():
                return (self.tag.ats or b"") + _OK
            case 0xB0, _ if not self._is_card() and len(command) == _HEAD:
                return self._data(self._send(bytes((0x30, command[3]))), command[4] or 16)
            case 0xD6, _ if not self._is_card() and len(body) == command[4] == _PAGE:
                reply = self._send(bytes((0xA2, command[3])) + body)
                return _OK if isinstance(reply, Nibble) and reply.value == _ACK else self._silenced()
            case 0x00, _ if body[:2] == b"\xd4\x42":
                reply = self._send(body[2:])
                return b"\xd5\x43\x00" + reply.data + _OK if isinstance(reply, Answer) else b"\xd5\x43\x01" + _OK
            case _:
                return _NOT_SUPPORTED

    def _data(self, reply: Reply, size: int) -> bytes:
        if isinstance(reply, Answer) and size <= len(reply.data):
            return reply.data[:size] + _OK
        return self._silenced()

    def _silenced(self) -> bytes:
        """Select a card anew that has fallen silent, as a reader does."""
        self.tag.reset()
        return _FAILED
