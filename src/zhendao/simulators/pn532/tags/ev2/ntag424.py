"""NTAG 424 DNA and NTAG 424 DNA TagTamper (NT4H2421Gx/Tx): an NDEF file that says something new at each read.

Promise: the counter rises with each first read, also when nobody of ours reads; a loop once found open stays OPEN for
ever. Writes are whole within one frame; a chained one that breaks off leaves the frames that came (section 10.8.2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zhendao.protocol.cards.apdu import Ins, Status
from zhendao.protocol.cards.file_settings import FREE, FileSettings
from zhendao.protocol.cards.sdm import COUNTER_END, PADDING_BYTES, PiccData, mirror
from zhendao.simulators.pn532.tags.ev2.card import GET_FILE_COUNTERS, READ_SIGNATURE, Ev2Card
from zhendao.simulators.pn532.tags.ev2.filing import FilingCard, dynamic
from zhendao.simulators.pn532.tags.ev2.refusal import Refused
from zhendao.simulators.pn532.tags.ev2.store import CardFile
from zhendao.simulators.pn532.tags.ev2.tamper import Loop
from zhendao.simulators.pn532.tags.isodep import NO_SUCH_INSTRUCTION, NOT_FOUND

ATS = bytes.fromhex("7777710280")
CAPABILITY, NDEF, PROPRIETARY = 1, 2, 3
NDEF_BYTES = 256
_APPLICATION = bytes.fromhex("d2760000850101")
_MASTER = bytes.fromhex("d2760000850100")
_IDENTIFIERS = {b"\xe1\x03": CAPABILITY, b"\xe1\x04": NDEF, b"\xe1\x05": PROPRIETARY}
_CAPABILITY = bytes.fromhex("001720010000ff0406e104010000000506e10500808283")
_OK, _LENGTH, _SECURITY, _CONDITIONS = b"\x90\x00", b"\x67\x00", b"\x69\x82", b"\x69\x85"
_PARAMETERS, _OFFSET, _MEMORY = b"\x6a\x86", b"\x6b\x00", b"\x65\x81"
_SELECT, _READ, _UPDATE = 0xA4, 0xB0, 0xD6
_HEAD = 5
_BY_NAME, _BY_IDENTIFIER = 0x04, (0x00, 0x02)
_LOOP_OPTION = 0x07
_SIGNATURE = bytes(range(56))
"""Stands for the originality signature, which only NXP can make."""


def factory_files() -> dict[int, CardFile]:
    """Return the files of a tag as it is delivered: everybody may write the NDEF file."""
    return {
        CAPABILITY: CardFile(bytearray(_CAPABILITY.ljust(32, b"\x00")), bytes.fromhex("0000e0")),
        NDEF: CardFile(bytearray(NDEF_BYTES), bytes.fromhex("00e0ee")),
        PROPRIETARY: CardFile(bytearray(b"\x00\x7e".ljust(128, b"\x00")), bytes.fromhex("033023")),
    }


@dataclass(slots=True)
class Ntag424(FilingCard):
    """``loop``: the tamper loop, on tags that have one. ``deaf``: worn out, it takes no writes any more."""

    ats: bytes = ATS
    files: dict[int, CardFile] = field(default_factory=factory_files)
    loop: Loop | None = None
    deaf: bool = False
    _selected: int = field(default=0, repr=False)
    _code: int = field(default=0, repr=False)
    """The instruction that is being done."""
    _reading: tuple[int, int] = field(default=(0, 0), repr=False)
    """Instruction and file of the read that goes on: counter and padding stay the same."""
    _padding: bytes = field(default=b"", repr=False)

    def reset(self) -> None:
        """Forget who authenticated and what was selected; the loop is measured anew."""
        Ev2Card.reset(self)
        self._selected, self._reading = 0, (0, 0)
        if self.loop is not None:
            self.loop.powered()

    @property
    def version(self) -> tuple[bytes, bytes]:
        """As of the first production."""
        kind = "08" if self.loop is not None else "02"
        return bytes.fromhex(f"0404{kind}30001105"), bytes.fromhex(f"0404{kind}01021105")

    def memory(self) -> bytes:
        """Return the NDEF file as it was written, without mirrors."""
        return bytes(self.files[NDEF].content)

    def kept(self) -> dict[str, Any]:
        """Return keys, files and loop."""
        kept = Ev2Card.kept(self)
        return kept if self.loop is None else {**kept, "loop": self.loop.kept()}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take up what was kept."""
        Ev2Card.restore(self, kept)
        if "loop" in kept:
            self.loop = Loop(**kept["loop"])

    def checked(self, number: int, settings: FileSettings) -> None:
        """Take mirrors for the NDEF file alone; the counter begins anew where they are switched on."""
        sdm, before = settings.sdm, self.settings(number).sdm
        if sdm is None:
            return
        if number != NDEF:
            raise Refused(Status.PERMISSION_DENIED)
        if sdm.tamper is not None and self.loop is None:
            raise Refused(Status.PARAMETER)
        counter = 0 if before is None else self.files[number].counter
        if sdm.counter_limit is not None and sdm.counter_limit <= counter:
            raise Refused(Status.PARAMETER)
        self.files[number].counter = counter

    def apdu(self, command: bytes) -> bytes:
        """Answer one command; a read goes on while nothing else comes between."""
        if self.loop is not None:
            self.loop.boot()
        self._code = command[1] if len(command) > 1 else 0
        if command[:2] not in {bytes((0x00, _READ)), bytes((0x90, Ins.READ_DATA))}:
            self._reading = (0, 0)
        return Ev2Card.apdu(self, command)

    def standard(self, command: bytes) -> bytes:
        """Answer ISOSelectFile, ISOReadBinary, ISOUpdateBinary."""
        match command[1]:
            case 0xA4:
                return self._select(command)
            case 0xB0:
                return self._read(command)
            case 0xD6:
                return self._update(command)
            case _:
                return NO_SUCH_INSTRUCTION

    def _select(self, command: bytes) -> bytes:
        name = command[_HEAD : _HEAD + command[4]] if len(command) > _HEAD else b""
        if command[2] not in {_BY_NAME, *_BY_IDENTIFIER}:
            return _PARAMETERS
        if command[2] != _BY_NAME and name in _IDENTIFIERS and self.inside:
            self._selected = _IDENTIFIERS[name]
            return _OK
        known = {_APPLICATION, _MASTER} if command[2] == _BY_NAME else {b"", b"\x3f\x00"}
        if name not in known:
            return NOT_FOUND
        self.inside = name == _APPLICATION
        self._selected = 0
        self.forget()
        return _OK

    def _place(self, command: bytes) -> int:
        """Return the offset of a read or an update; a short identifier selects its file."""
        if command[2] & 0x80:
            if number := command[2] & 0x1F:
                self._selected = number
            return command[3]
        return int.from_bytes(command[2:4], "big")

    def _refusal(self) -> bytes:
        """Return why a standard command is not done at all, nothing if it is."""
        if not self.inside or not self._selected:
            return _CONDITIONS
        if self._selected not in self.files:
            return NOT_FOUND
        return _SECURITY if self.session is not None else b""

    def _read(self, command: bytes) -> bytes:
        at = self._place(command)
        if refusal := self._refusal():
            return refusal
        settings = self.settings(self._selected)
        try:
            free = FREE in {settings.rights.read, settings.rights.read_write}
            content = self.shown(self._selected, granted=free)
        except Refused:
            return _SECURITY
        if at >= len(content):
            return _OFFSET
        size = command[4] if len(command) == _HEAD else 0
        return content[at : at + (size or 256)] + _OK

    def _update(self, command: bytes) -> bytes:
        at, data = self._place(command), command[_HEAD : _HEAD + command[4]] if len(command) > _HEAD else b""
        if refusal := self._refusal():
            return refusal
        if not data or len(data) != command[4]:
            return _LENGTH
        rights = self.settings(self._selected).rights
        if FREE not in {rights.write, rights.read_write}:
            return _SECURITY
        if self.deaf:
            return _MEMORY
        content = self.files[self._selected].content
        if at + len(data) > len(content):
            return _OFFSET
        content[at : at + len(data)] = data
        return _OK

    def broken_off(self, command: bytes) -> None:
        """Keep of a chained ISOUpdateBinary that broke off what its frames have brought."""
        if command[:2] == bytes((0x00, _UPDATE)) and len(command) > _HEAD:
            self._update(command[:4] + bytes((len(command) - _HEAD,)) + command[_HEAD:])

    def may_read(self, rights: tuple[int, ...]) -> bool:
        """Tell whether this reader may read; whoever may not may still be shown a file with mirrors."""
        try:
            return self.granted(*rights)
        except Refused:
            return False

    def shown(self, number: int, *, granted: bool) -> bytes:
        """Return a file as this reader sees it. Raises `Refused`, also when it has been read too often."""
        settings, file = self.settings(number), self.files[number]
        sdm = settings.sdm
        if not (granted or (dynamic(settings) and self.session is None)):
            raise Refused(Status.AUTHENTICATION)
        if sdm is None or self.session is not None:
            return bytes(file.content)
        if self._reading != (self._code, number):
            if sdm.counter_mirrored:
                if file.counter >= (COUNTER_END - 1 if sdm.counter_limit is None else sdm.counter_limit):
                    raise Refused(Status.PERMISSION_DENIED)
                file.counter += 1
            self._reading, self._padding = (self._code, number), self.random(PADDING_BYTES)
        tamper = b"II" if self.loop is None else self.loop.measured()
        keys = {key_number: key.value for key_number, key in enumerate(self.keys)}
        return mirror(bytes(file.content), sdm, keys, PiccData(self.uid, file.counter), self._padding, tamper)

    def run(self, code: int, header: bytes, data: bytes) -> bytes:
        """Do what this tag has besides."""
        match code:
            case Ins.SET_CONFIGURATION:
                return self._configure(header[0], data)
            case Ins.GET_TT_STATUS:
                return self._tamper_status()
            case _ if code == GET_FILE_COUNTERS:
                return self._counter(header[0])
            case _ if code == READ_SIGNATURE:
                if header != b"\x00" or data:
                    raise Refused(Status.PARAMETER)
                return _SIGNATURE
            case _:
                return Ev2Card.run(self, code, header, data)

    def _configure(self, option: int, data: bytes) -> bytes:
        """SetConfiguration: the loop is switched on; what this tag does not play is refused."""
        if self.session is None or self.session.key_number:
            raise Refused(Status.AUTHENTICATION)
        if option != _LOOP_OPTION or self.loop is None:
            raise Refused(Status.PARAMETER)
        if len(data) != 2:  # noqa: PLR2004 - switch, who may ask
            raise Refused(Status.LENGTH)
        if not self.loop.configured(data, len(self.keys)):
            raise Refused(Status.PARAMETER)
        return b""

    def _counter(self, number: int) -> bytes:
        sdm = self.settings(number).sdm
        if sdm is None:
            raise Refused(Status.PERMISSION_DENIED)
        if not self.granted(sdm.counter_read):
            raise Refused(Status.AUTHENTICATION)
        return self.files[number].counter.to_bytes(3, "little") + bytes(2)

    def _tamper_status(self) -> bytes:
        if self.loop is None:
            raise Refused(Status.ILLEGAL_COMMAND)
        if not self.granted(self.loop.reader):
            raise Refused(Status.AUTHENTICATION)
        return self.loop.measured()
