"""A phone held to a tag, as anybody has one: reads and writes NDEF messages, asks a CPU card for answers.

It meets a tag out of the field of our reader, and leaves it as powered off. Promise: any tag gives bytes or None.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from zhendao.protocol.cards.diversify import CPU_ANSWER_KEY, CPU_APPLICATION
from zhendao.protocol.token import NDEF_TYPE
from zhendao.simulators.pn532.air import Answer, Nibble, Tag
from zhendao.simulators.pn532.blocks import card_frame, converse

_OK = b"\x90\x00"
_RATS = b"\xe0\x80"
_ISO_DEP = 0x20
_SELECT = bytes.fromhex("00a4040007d276000085010100")
_NDEF = bytes.fromhex("00a4000c02e104")
_STEP = 128
_PAGE, _FIRST_PAGE = 4, 4
_ACK = 0xA
_TLV, _TERMINATOR, _LONG = 0x03, 0xFE, 0xFF
_TOKEN = bytes.fromhex("00b0810000")


@dataclass(slots=True)
class Phone:
    """One meeting with ``tag``."""

    tag: Tag
    _number: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        self.tag.reset()
        if self._card:
            self.tag.exchange(_RATS)

    @property
    def _card(self) -> bool:
        return bool(self.tag.sak & _ISO_DEP)

    def leave(self) -> None:
        """Switch the field off."""
        self.tag.reset()

    def ask(self, apdu: bytes) -> bytes:
        """Send an APDU; return the answer with its status word, nothing from a card that fell silent."""
        said = converse(self.tag.exchange, apdu, self._number, card_frame(self.tag.ats))
        self._number = said.number
        return said.answer or b""

    def message(self) -> bytes | None:
        """Return the NDEF message, None where there is none."""
        if not self._card:
            return self._message_in_pages()
        if self.ask(_SELECT)[-2:] != _OK or self.ask(_NDEF)[-2:] != _OK:
            return None
        content = b""
        while (part := self.ask(b"\x00\xb0" + len(content).to_bytes(2, "big") + bytes((_STEP,))))[-2:] == _OK:
            content += part[:-2]
            if len(part) - 2 < _STEP:
                break
        size = int.from_bytes(content[:2], "big")
        return content[2 : 2 + size] or None

    def put(self, message: bytes) -> bool:
        """Write an NDEF message; return whether the tag took it."""
        if not self._card:
            return self._put_in_pages(message)
        if self.ask(_SELECT)[-2:] != _OK or self.ask(_NDEF)[-2:] != _OK:
            return False
        content = len(message).to_bytes(2, "big") + message
        parts = [(at, content[at : at + _STEP]) for at in range(0, len(content), _STEP)]
        return all(
            self.ask(b"\x00\xd6" + at.to_bytes(2, "big") + bytes((len(part),)) + part) == _OK for at, part in parts
        )

    def token(self) -> bytes | None:
        """Return the token file of a CPU card of ours, None where there is none."""
        select = b"\x00\xa4\x04\x00" + bytes((len(CPU_APPLICATION),)) + CPU_APPLICATION
        if not self._card or self.ask(select)[-2:] != _OK:
            return None
        read = self.ask(_TOKEN)
        return read[:-2] if read[-2:] == _OK else None

    def token_as_message(self) -> bytes | None:
        """Return the record of a CPU card as the NDEF message that would make an ordinary tag of it."""
        file = self.token()
        if not file:
            return None
        record = file[2 : 2 + int.from_bytes(file[:2], "big")]
        return bytes((0xD4, len(NDEF_TYPE), len(record))) + NDEF_TYPE.encode() + record

    def answers(self, count: int, random: Callable[[int], bytes]) -> list[bytes]:
        """Return what a CPU card answers to challenges of ours, made up before any terminal asks."""
        head = b"\x00\x88\x00" + bytes((CPU_ANSWER_KEY, 16))
        return [said[:-2] for _ in range(count) if (said := self.ask(head + random(16)))[-2:] == _OK]

    def _message_in_pages(self) -> bytes | None:
        memory = b""
        while isinstance(reply := self.tag.exchange(bytes((0x30, _FIRST_PAGE + len(memory) // _PAGE))), Answer):
            memory += reply.data
            if len(memory) >= 0xFF * _PAGE:
                break
        self.tag.reset()  # it refused the page behind its last one, and is deaf until it is selected anew
        at = 0
        while at + 4 <= len(memory) and memory[at] not in {_TLV, _TERMINATOR}:  # others are walked over
            at += 1 if memory[at] == 0 else 2 + memory[at + 1]
        if at + 4 > len(memory) or memory[at] != _TLV:
            return None
        size, begin = memory[at + 1], at + 2
        if size == _LONG:
            size, begin = int.from_bytes(memory[at + 2 : at + 4], "big"), at + 4
        return memory[begin : begin + size] or None

    def _put_in_pages(self, message: bytes) -> bool:
        size = bytes((len(message),)) if len(message) < _LONG else bytes((_LONG,)) + len(message).to_bytes(2, "big")
        content = bytes((_TLV,)) + size + message + bytes((_TERMINATOR,))
        content += bytes(-len(content) % _PAGE)
        for at in range(0, len(content), _PAGE):
            page = bytes((0xA2, _FIRST_PAGE + at // _PAGE)) + content[at : at + _PAGE]
            reply = self.tag.exchange(page)
            if not isinstance(reply, Nibble) or reply.value != _ACK:
                return False
        return True
