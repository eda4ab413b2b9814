"""A Type 4 tag (NFC Forum, mapping version 2): an ISO 14443-4 card with an NDEF file that anybody may write.

Promise: any APDU gets a status word; the file keeps what is written to it, within its size.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhendao.simulators.pn532.pulling import tear_memory
from zhendao.simulators.pn532.tags.isodep import NO_SUCH_INSTRUCTION, NOT_FOUND, IsoDep

FILE_BYTES = 1024
_OK = b"\x90\x00"
_WRONG_OFFSET = b"\x6b\x00"
_NOT_ALLOWED = b"\x69\x82"
_WRONG_LENGTH = b"\x67\x00"
_NAME = bytes.fromhex("d2760000850101")
_CAPABILITY, _NDEF = b"\xe1\x03", b"\xe1\x04"
_HEAD = 5
CAPABILITY = bytes.fromhex("000f20003b00340406") + _NDEF + FILE_BYTES.to_bytes(2, "big") + b"\x00\x00"


@dataclass(slots=True)
class Type4(IsoDep):
    """``content`` is the NDEF file: two bytes of length, the message behind them."""

    content: bytearray = field(default_factory=lambda: bytearray(FILE_BYTES))
    _inside: bool = field(default=False, repr=False)
    _file: bytes = field(default=b"", repr=False)

    def reset(self) -> None:
        """Forget what was selected."""
        IsoDep.reset(self)
        self._inside, self._file = False, b""

    def apdu(self, command: bytes) -> bytes:
        """Answer SELECT, READ BINARY and UPDATE BINARY."""
        if len(command) < _HEAD:
            return _WRONG_LENGTH
        match command[1]:
            case 0xA4:
                return self._select(command)
            case 0xB0:
                return self._read(int.from_bytes(command[2:4], "big"), command[4] or 256)
            case 0xD6:
                return self._update(int.from_bytes(command[2:4], "big"), command[_HEAD : _HEAD + command[4]])
            case _:
                return NO_SUCH_INSTRUCTION

    def memory(self) -> bytes:
        """Return the NDEF file."""
        return bytes(self.content)

    def tear(self, before: Mapping[str, Any]) -> None:
        """Leave half of what was being written."""
        tear_memory(before, self.content)

    def _select(self, command: bytes) -> bytes:
        name = command[_HEAD : _HEAD + command[4]]
        if command[2] == 0x04:  # noqa: PLR2004 - by name
            self._inside = name == _NAME
            self._file = b""
            return _OK if self._inside else NOT_FOUND
        if not self._inside or name not in {_CAPABILITY, _NDEF}:
            return NOT_FOUND
        self._file = name
        return _OK

    def _read(self, offset: int, size: int) -> bytes:
        if not self._file:
            return _NOT_ALLOWED
        data = CAPABILITY if self._file == _CAPABILITY else bytes(self.content)
        if offset >= len(data):
            return _WRONG_OFFSET
        return data[offset : offset + size] + _OK

    def _update(self, offset: int, data: bytes) -> bytes:
        if self._file != _NDEF:
            return _NOT_ALLOWED
        if offset + len(data) > len(self.content):
            return _WRONG_OFFSET
        self.content[offset : offset + len(data)] = data
        return _OK
