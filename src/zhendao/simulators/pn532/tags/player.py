"""A card that plays back what somebody harvested: the messages of a dynamic tag, or the answers of a CPU card.

It passes for the card that it copies in all that it can know: uid, ATS, files. With each reading the next message
comes; the last one stays. What is written to it shows in what it plays (``deaf``: it refuses to be written).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhendao.protocol.cards.diversify import CPU_APPLICATION
from zhendao.simulators.pn532.tags.isodep import NO_SUCH_INSTRUCTION, NOT_FOUND, IsoDep

_APPLICATION = bytes.fromhex("d2760000850101")
_CAPABILITY = bytes.fromhex("001720010000ff0406e104010000000506e10500808283").ljust(32, b"\x00")
_CAPABILITY_ID, _NDEF_ID = b"\xe1\x03", b"\xe1\x04"
_OK, _SECURITY, _OFFSET, _CONDITIONS = b"\x90\x00", b"\x69\x82", b"\x6b\x00", b"\x69\x85"
_HEAD, _UPDATE = 5, 0xD6
FILE_BYTES = 256
_VERSION = (b"\x04\x04\x02\x30\x00\x11\x05", b"\x04\x04\x02\x01\x02\x11\x05")
_BATCH = bytes.fromhex("cf6a8b43013024")


@dataclass(slots=True)
class Player(IsoDep):
    """``messages``: NDEF messages; ``record`` and ``answers``: of a CPU card. ``at``: what is played next."""

    ats: bytes = bytes.fromhex("7777710280")
    deaf: bool = False
    messages: list[bytes] = field(default_factory=list)
    record: bytes = b""
    answers: list[bytes] = field(default_factory=list)
    at: int = 0
    _content: bytes = field(default=b"", repr=False)
    _written: dict[int, bytes] = field(default_factory=dict, repr=False)
    _parts: list[bytes] = field(default_factory=list, repr=False)

    def reset(self) -> None:
        """Go on to the next message, if this one was heard."""
        IsoDep.reset(self)
        self._content, self._parts = b"", []
        self._written = {}

    def memory(self) -> bytes:
        """Return what is played next."""
        return self.messages[min(self.at, len(self.messages) - 1)] if self.messages else self.record

    def kept(self) -> dict[str, Any]:
        """Return what was harvested, and how far it is spent."""
        return {
            "memory": self.memory().hex(),
            "messages": [one.hex() for one in self.messages],
            "record": self.record.hex(),
            "answers": [one.hex() for one in self.answers],
            "at": self.at,
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take up what was kept."""
        self.messages = [bytes.fromhex(one) for one in kept["messages"]]
        self.record, self.at = bytes.fromhex(kept["record"]), kept["at"]
        self.answers = [bytes.fromhex(one) for one in kept["answers"]]

    def apdu(self, command: bytes) -> bytes:
        """Answer one command."""
        command = command.ljust(_HEAD, b"\x00")
        body = command[_HEAD : _HEAD + command[4]]
        match tuple(command[:2]):
            case 0x00, 0xA4:
                return self._select(command[2], body)
            case 0x00, (0xB0 | 0xD6):
                at = command[3] if command[2] & 0x80 else int.from_bytes(command[2:4], "big")
                return self._update(at, body) if command[1] == _UPDATE else self._read(at, command)
            case 0x00, 0x88 if self.answers:
                return self._next(self.answers) + _OK
            case 0x90, (0x60 | 0xAF) if self.messages:
                return self._version(command[1])
            case _:
                return NO_SUCH_INSTRUCTION

    def _next(self, spoils: list[bytes]) -> bytes:
        """Return the next of what was harvested; the last one again and again."""
        found = spoils[min(self.at, len(spoils) - 1)]
        self.at = min(self.at + 1, len(spoils))
        return found

    def _select(self, how: int, name: bytes) -> bytes:
        if how == 0x04 and name == CPU_APPLICATION and self.record:  # noqa: PLR2004 - by name
            self._content = self.record
            return bytes((0x6F, len(name) + 2, 0x84, len(name))) + name + _OK
        if not self.messages or name not in {_APPLICATION, _CAPABILITY_ID, _NDEF_ID}:
            return NOT_FOUND
        self._content = _CAPABILITY if name == _CAPABILITY_ID else b""
        return _OK

    def _file(self) -> bytes:
        """Return the selected file; the message is taken up when it is first read."""
        if not self._content and self.messages:
            message = self._next(self.messages)
            content = bytearray((len(message).to_bytes(2, "big") + message).ljust(FILE_BYTES, b"\x00"))
            for at, data in self._written.items():
                content[at : at + len(data)] = data
            self._content = bytes(content)
        return self._content

    def _read(self, at: int, command: bytes) -> bytes:
        content = self._file()
        if not content:
            return _CONDITIONS
        if at >= len(content):
            return _OFFSET
        size = command[4] if len(command) == _HEAD else 0
        return content[at : at + (size or 256)] + _OK

    def _update(self, at: int, data: bytes) -> bytes:
        if self.deaf or not self.messages:
            return _SECURITY
        self._written[at] = data
        if self._content and self._content is not _CAPABILITY:
            content = bytearray(self._content)
            content[at : at + len(data)] = data
            self._content = bytes(content)
        return _OK

    def _version(self, code: int) -> bytes:
        if code == 0x60:  # noqa: PLR2004 - GetVersion
            self._parts = [_VERSION[1], self.uid + _BATCH]
            return _VERSION[0] + b"\x91\xaf"
        if not self._parts:
            return b"\x91\x1c"
        return self._parts.pop(0) + (b"\x91\xaf" if self._parts else b"\x91\x00")
