"""NTAG213/215/216 (NXP NTAG21x rev. 3.2): memory, versions, reads, writes, lock bits, password.

Promise: a page once written stays written; one-way bits (CC, static locks) only ever rise; a refused command sends the
tag back to idle, so that it answers nothing until it is selected anew, as the real one does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhendao.simulators.pn532.air import Answer, Nibble, Reply
from zhendao.simulators.pn532.pulling import tear_memory

PAGE = 4
_ACK = 0xA
_NAK_ARGUMENT = 0x0
_NAK_AUTHENTICATION = 0x4
_EEPROM_US = 4100
_CAPABILITY = 3
_LOCKS = 2


@dataclass(frozen=True, slots=True)
class Model:
    """One member of the family: pages in all, size byte of the capability container, storage size of GET_VERSION."""

    name: str
    pages: int
    capability: int
    storage: int

    @property
    def configuration(self) -> int:
        """First configuration page (CFG0); CFG1, PWD and PACK follow, and end the memory."""
        return self.pages - 4

    @property
    def user_end(self) -> int:
        """First page behind the user memory (the dynamic lock bits)."""
        return self.pages - 5


NTAG213 = Model("ntag213", 45, 0x12, 0x0F)
NTAG215 = Model("ntag215", 135, 0x3E, 0x11)
NTAG216 = Model("ntag216", 231, 0x6D, 0x13)
SIGNATURE = bytes(range(32))
"""Stands for the originality signature, which only NXP can make."""


def blank(model: Model, uid: bytes) -> bytes:
    """Return the memory of a new tag of ``model`` with the 7-byte ``uid``: an empty NDEF TLV."""
    check0 = 0x88 ^ uid[0] ^ uid[1] ^ uid[2]
    check1 = uid[3] ^ uid[4] ^ uid[5] ^ uid[6]
    memory = bytearray(model.pages * PAGE)
    memory[:9] = uid[:3] + bytes((check0,)) + uid[3:] + bytes((check1,))
    memory[9] = 0x48
    memory[12:16] = bytes((0xE1, 0x10, model.capability, 0x00))
    empty = b"\x03\x00\xfe"
    if model.name == "ntag213":  # leaves the factory with a lock control TLV
        empty = b"\x01\x03\xa0\x0c\x34" + empty
    memory[16 : 16 + len(empty)] = empty
    config = model.configuration * PAGE
    memory[config - PAGE : config] = b"\x00\x00\x00\xbd"
    memory[config : config + 8] = b"\x04\x00\x00\xff\x00\x05\x00\x00"
    memory[config + 8 : config + 12] = b"\xff\xff\xff\xff"
    return bytes(memory)


@dataclass(slots=True)
class Ntag:
    """One tag; ``content`` is its whole memory, page 0 first, PWD and PACK included."""

    model: Model
    content: bytearray
    atqa: bytes = b"\x00\x44"
    sak: int = 0x00
    ats: bytes | None = None
    _idle: bool = field(default=False, repr=False)
    _authenticated: bool = field(default=False, repr=False)

    @property
    def uid(self) -> bytes:
        """The seven bytes, without their check bytes."""
        return bytes(self.content[0:3] + self.content[4:8])

    def memory(self) -> bytes:
        """Return the whole memory."""
        return bytes(self.content)

    def kept(self) -> dict[str, Any]:
        """Return the whole memory."""
        return {"memory": self.content.hex()}

    def tear(self, before: Mapping[str, Any]) -> None:
        """Leave a page half written: nothing in this tag protects from that."""
        tear_memory(before, self.content)

    def reset(self) -> None:
        """Forget the authentication, and be ready to be selected."""
        self._idle = False
        self._authenticated = False

    def exchange(self, frame: bytes) -> Reply:
        """Answer one command of the data sheet's section 10."""
        if self._idle or not frame:
            return None
        code, rest = frame[0], frame[1:]
        reply: Reply = Nibble(_NAK_ARGUMENT)
        match code, len(rest):
            case 0x60, 0:
                reply = Answer(bytes((0x00, 0x04, 0x04, 0x02, 0x01, 0x00, self.model.storage, 0x03)))
            case 0x30, 1:
                reply = self._read(rest[0])
            case 0x3A, 2:
                reply = self._fast_read(rest[0], rest[1])
            case 0xA2, 5:
                reply = self._write(rest[0], rest[1:])
            case 0x1B, 4:
                reply = self._authenticate(rest)
            case 0x3C, 1:
                reply = Answer(SIGNATURE)
            case 0x50, 1:  # HLTA: silence
                self._idle = True
                return None
        if isinstance(reply, Nibble) and reply.value != _ACK:
            self._idle = True
        return reply

    def _protected_from(self, *, writing: bool) -> int:
        """Return the first page that this exchange may not touch."""
        config = self.model.configuration * PAGE
        reading_too = bool(self.content[config + 4] & 0x80)
        if self._authenticated or not (writing or reading_too):
            return self.model.pages
        return self.content[config + 3]

    def _shown(self, page: int) -> bytes:
        """Return a page as a reader sees it: the password is never shown."""
        if page >= self.model.pages - 2:
            return bytes(PAGE)
        return bytes(self.content[page * PAGE : (page + 1) * PAGE])

    def _read(self, page: int) -> Reply:
        end = min(self.model.pages, self._protected_from(writing=False))
        if page >= end:
            return Nibble(_NAK_ARGUMENT)
        return Answer(b"".join(self._shown((page + n) % end) for n in range(4)))

    def _fast_read(self, first: int, last: int) -> Reply:
        if first > last or last >= min(self.model.pages, self._protected_from(writing=False)):
            return Nibble(_NAK_ARGUMENT)
        return Answer(b"".join(self._shown(page) for page in range(first, last + 1)))

    def _write(self, page: int, data: bytes) -> Reply:
        if not _LOCKS <= page < self.model.pages:
            return Nibble(_NAK_ARGUMENT)
        if page >= self._protected_from(writing=True):
            return Nibble(_NAK_AUTHENTICATION)
        if self._locked(page):
            return Nibble(_NAK_ARGUMENT)
        at = page * PAGE
        if page == _LOCKS:
            self.content[at + 2] |= data[2]
            self.content[at + 3] |= data[3]
        elif page in (_CAPABILITY, self.model.user_end):
            for n in range(PAGE):
                self.content[at + n] |= data[n]
        else:
            self.content[at : at + PAGE] = data
        return Nibble(_ACK, busy_us=_EEPROM_US)

    def _locked(self, page: int) -> bool:
        """Return True for pages 3 to 15 whose static lock bit is set."""
        locks = int.from_bytes(self.content[10:12], "little")
        return 3 <= page <= 15 and bool(locks >> page & 1)  # noqa: PLR2004 - the pages that static locks cover

    def _authenticate(self, password: bytes) -> Reply:
        at = (self.model.pages - 2) * PAGE
        if bytes(self.content[at : at + PAGE]) != password:
            return Nibble(_NAK_ARGUMENT)
        self._authenticated = True
        return Answer(bytes(self.content[at + PAGE : at + PAGE + 2]))
