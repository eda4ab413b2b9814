"""A card with EV2 secure messaging: authentication, keys and what it says of itself (NT4H2421Gx section 10).

Promise: any APDU gets a status word; a command that is refused changes nothing but failure counters, and ends the
authentication. Random ids are off: the uid is always the card's.
"""

import os
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zhendao.protocol.cards.apdu import Ins, Status, read_native, respond
from zhendao.protocol.cards.commands import read_key_change
from zhendao.protocol.cards.ev2 import PiccAuthentication, PiccSession
from zhendao.protocol.cards.file_settings import (
    FREE,
    NOBODY,
    CommMode,
    FileInfo,
    FileSettings,
    decode_settings,
    encode_info,
)
from zhendao.protocol.errors import CryptoError, MalformedError
from zhendao.simulators.pn532.tags.ev2.refusal import Refused
from zhendao.simulators.pn532.tags.ev2.store import CardFile, CardKey
from zhendao.simulators.pn532.tags.isodep import NO_SUCH_INSTRUCTION, IsoDep

KEYS = 5
FILE_COMMANDS = {Ins.CHANGE_FILE_SETTINGS, Ins.READ_DATA, Ins.WRITE_DATA}
GET_FILE_COUNTERS, READ_SIGNATURE = 0xF6, 0x3C
_WRONG_LENGTH, _WRONG_CLASS = b"\x67\x00", b"\x6e\x00"
_HEAD, _NATIVE = 5, 0x90
_BATCH = bytes.fromhex("cf6a8b43013024")
"""Batch, week and year of production: any."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a command travels: bytes of its header, the mode of its data, whether it is done unauthenticated."""

    header: int
    mode: CommMode
    free: bool = False


FORMS: Mapping[int, Form] = {
    Ins.GET_CARD_UID: Form(0, CommMode.FULL),
    Ins.SET_CONFIGURATION: Form(1, CommMode.FULL),
    Ins.GET_VERSION: Form(0, CommMode.MAC, free=True),
    Ins.GET_KEY_VERSION: Form(1, CommMode.MAC, free=True),
    Ins.CHANGE_KEY: Form(1, CommMode.FULL),
    Ins.GET_FILE_SETTINGS: Form(1, CommMode.MAC, free=True),
    GET_FILE_COUNTERS: Form(1, CommMode.FULL, free=True),
    Ins.GET_TT_STATUS: Form(0, CommMode.FULL, free=True),
    READ_SIGNATURE: Form(1, CommMode.FULL, free=True),
}
"""Those whose mode does not depend on a file."""


@dataclass(slots=True)
class Ev2Card(IsoDep):
    """``keys`` and ``files`` of the one application; ``random`` gives challenges, transactions and paddings."""

    keys: list[CardKey] = field(default_factory=lambda: [CardKey() for _ in range(KEYS)])
    files: dict[int, CardFile] = field(default_factory=dict)
    random: Callable[[int], bytes] = field(default=os.urandom, repr=False)
    inside: bool = field(default=False, repr=False)
    """The application is selected."""
    session: PiccSession | None = field(default=None, repr=False)
    _asked: tuple[int, PiccAuthentication] | None = field(default=None, repr=False)
    _parts: list[bytes] = field(default_factory=list, repr=False)

    def reset(self) -> None:
        """Forget who authenticated and what was selected."""
        IsoDep.reset(self)
        self.inside = False
        self.forget()

    def forget(self) -> None:
        """End authentication, session, and whatever is under way."""
        self._asked, self.session = None, None
        self._parts = []

    def kept(self) -> dict[str, Any]:
        """Return keys and files."""
        return {
            "memory": self.memory().hex(),
            "keys": [key.kept() for key in self.keys],
            "files": {str(number): file.kept() for number, file in self.files.items()},
        }

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take up what was kept."""
        self.keys = [CardKey.made(one) for one in kept["keys"]]
        self.files = {int(number): CardFile.made(one) for number, one in kept["files"].items()}

    def tear(self, before: Mapping[str, Any]) -> None:
        """Take back what one frame was to write: the card protects each frame from tearing (section 8.6)."""
        self.restore(before)
        self.undo_last_frame()

    @property
    @abstractmethod
    def version(self) -> tuple[bytes, bytes]:
        """Hardware and software part of GetVersion."""

    def apdu(self, command: bytes) -> bytes:
        """Answer one command."""
        if len(command) < _HEAD - 1:
            return _WRONG_LENGTH
        if command[0] == 0x00:
            return self.standard(command)
        if command[0] != _NATIVE:
            return _WRONG_CLASS
        try:
            return self._native(*_taken_apart(command))
        except Refused as refused:
            self.forget()
            return respond(status=refused.status)

    def standard(self, command: bytes) -> bytes:
        """Answer a command of class 00."""
        del command
        return NO_SUCH_INSTRUCTION

    def _native(self, code: int, body: bytes) -> bytes:
        if code == Ins.MORE:
            return self._rest(body)
        if self._asked is not None or self._parts:
            raise Refused(Status.COMMAND_ABORTED)
        if code in {Ins.AUTHENTICATE_FIRST, Ins.AUTHENTICATE_NON_FIRST}:
            return self._ask(code, body)
        if code in FILE_COMMANDS:
            return self.of_file(code, body)
        form = FORMS.get(code)
        return self.special(code, body) if form is None else self._done(code, body, form)

    def special(self, code: int, body: bytes) -> bytes:
        """Answer a command that not all of these cards have. Raises `Refused`."""
        del code, body
        raise Refused(Status.ILLEGAL_COMMAND)

    def opened(self, code: int, body: bytes, form: Form) -> tuple[bytes, bytes]:
        """Return header and data of a command, out of the session if there is one. Raises `Refused`."""
        if len(body) < form.header:
            raise Refused(Status.LENGTH)
        if self.session is None:
            if not form.free:
                raise Refused(Status.AUTHENTICATION)
            return body[: form.header], body[form.header :]
        try:
            return self.session.open(code, body, form.header, form.mode)
        except CryptoError:
            raise Refused(Status.INTEGRITY) from None

    def closed(self, answer: bytes, mode: CommMode) -> bytes:
        """Return an answer as this session wants it."""
        return respond(answer) if self.session is None else self.session.close(answer, mode)

    def _done(self, code: int, body: bytes, form: Form) -> bytes:
        """Do a command whose mode is fixed."""
        header, data = self.opened(code, body, form)
        answer = self.run(code, header, data)
        if code == Ins.GET_VERSION:  # comes in three parts
            self._parts = [*self.version[1:], answer]
            return respond(self.version[0], Status.MORE)
        return self.closed(answer, form.mode)

    def run(self, code: int, header: bytes, data: bytes) -> bytes:
        """Do a command of the table; return its plain answer. Raises `Refused`."""
        match code:
            case Ins.GET_CARD_UID:
                return self.uid
            case Ins.GET_VERSION:
                return self.uid + _BATCH
            case Ins.GET_KEY_VERSION:
                return bytes((self.key(header[0]).version,))
            case Ins.CHANGE_KEY:
                return self._change_key(header[0], data)
            case Ins.GET_FILE_SETTINGS:
                return encode_info(FileInfo(len(self.file(header[0]).content), self.settings(header[0])))
            case _:
                raise Refused(Status.ILLEGAL_COMMAND)

    def _rest(self, body: bytes) -> bytes:
        """Go on with what was begun: an authentication, or GetVersion."""
        if self._asked is not None:
            return self._authenticated(*self._asked, body)
        if not self._parts:
            raise Refused(Status.ILLEGAL_COMMAND)
        part = self._parts.pop(0)
        if self._parts:
            return respond(part, Status.MORE)
        if self.session is None:
            return respond(part)
        before = b"".join(self.version)  # one MAC over all three
        return self.session.close(before + part, CommMode.MAC)[len(before) :]

    def key(self, number: int) -> CardKey:
        """Return a key of the application. Raises `Refused`."""
        if not self.inside:
            raise Refused(Status.PERMISSION_DENIED)
        if number >= len(self.keys):
            raise Refused(Status.NO_SUCH_KEY)
        return self.keys[number]

    def _ask(self, code: int, body: bytes) -> bytes:
        first = code == Ins.AUTHENTICATE_FIRST
        if not (len(body) > 1 and len(body) == 2 + body[1] if first else len(body) == 1):
            raise Refused(Status.LENGTH)
        key = self.key(body[0])
        if key.locked or (not first and self.session is None):
            raise Refused(Status.PERMISSION_DENIED)
        if key.delays():
            raise Refused(Status.AUTHENTICATION_DELAY)
        within = None if first else self.session
        asked = PiccAuthentication(key.value, body[0], self.random(16), self.random(4), within)
        self._asked = body[0], asked
        return asked.challenge()

    def _authenticated(self, number: int, asked: PiccAuthentication, token: bytes) -> bytes:
        self._asked = None
        try:
            answer, self.session = asked.answer(token)
        except CryptoError:
            self.keys[number].failed()
            raise Refused(Status.AUTHENTICATION) from None
        self.keys[number].succeeded()
        return answer

    def _change_key(self, number: int, data: bytes) -> bytes:
        key = self.key(number)
        if self.session is None or self.session.key_number:
            raise Refused(Status.AUTHENTICATION)
        try:
            self.keys[number] = CardKey(*read_key_change(data, key.value if number else None))
        except CryptoError:
            raise Refused(Status.INTEGRITY) from None
        if not number:
            self.forget()  # and so the answer has no MAC
        return b""

    def file(self, number: int) -> CardFile:
        """Return a file of the application. Raises `Refused`."""
        if not self.inside:
            raise Refused(Status.PERMISSION_DENIED)
        if number not in self.files:
            raise Refused(Status.FILE_NOT_FOUND)
        return self.files[number]

    def settings(self, number: int) -> FileSettings:
        """Return the settings of a file. Raises `Refused`."""
        return decode_settings(self.file(number).settings)

    def granted(self, *rights: int) -> bool:
        """Tell whether somebody with this session, or with none, may; raises `Refused` where nobody ever may."""
        if all(right == NOBODY for right in rights):
            raise Refused(Status.PERMISSION_DENIED)
        return FREE in rights or (self.session is not None and self.session.key_number in rights)

    @abstractmethod
    def of_file(self, code: int, body: bytes) -> bytes:
        """Answer ReadData, WriteData or ChangeFileSettings. Raises `Refused`."""


def _taken_apart(command: bytes) -> tuple[int, bytes]:
    """Return instruction and data of a wrapped command. Raises `Refused`."""
    try:
        return read_native(command)
    except MalformedError:
        raise Refused(Status.LENGTH) from None
