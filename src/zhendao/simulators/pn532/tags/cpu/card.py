"""A CPU card with SM4 keys (ISO 7816-4, GM/T 0002): what a terminal asks of it, and how it is written.

Commands: SELECT, READ BINARY, GET CHALLENGE, INTERNAL and EXTERNAL AUTHENTICATE; UPDATE BINARY (00 or, with a MAC, 04),
CREATE FILE (80 E0), WRITE KEY (80 or, encrypted with a MAC, 84 D4), ERASE (80 0E): docs/readers.md lists them.
Promise: any APDU gets a status word; each command is done wholly or not at all, wherever the card is pulled away.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zhendao.protocol.cards.blocks import same
from zhendao.protocol.cards.challenge import sm4_answer
from zhendao.simulators.pn532.tags.cpu.folders import KEY_TYPES, TYPE_ENCRYPT, TYPE_OUTSIDE, Folder, Key, blank, met
from zhendao.simulators.pn532.tags.cpu.making import folder_made, made_file
from zhendao.simulators.pn532.tags.cpu.words import (
    BLOCKED,
    CONDITIONS,
    LENGTH,
    MASTER,
    NO_CLASS,
    NO_INSTRUCTION,
    NO_KEY,
    NOT_FOUND,
    OFFSET,
    OK,
    PARAMETERS,
    SECURITY,
    WRONG_DATA,
    Refused,
)
from zhendao.simulators.pn532.tags.cpu.writing import opened, plain_of
from zhendao.simulators.pn532.tags.isodep import IsoDep

ATS = bytes.fromhex("7877910280") + b"ZDCPU"
TRANSPORT = bytes(16)
"""The key that a card is delivered with."""
CHALLENGES = (4, 8, 16)
_SELECT, _READ, _CHALLENGE, _INSIDE, _OUTSIDE = 0xA4, 0xB0, 0x84, 0x88, 0x82
_UPDATE, _CREATE, _WRITE_KEY, _ERASE = 0xD6, 0xE0, 0xD4, 0x0E
_CLASSES = {
    0x00: {_SELECT, _READ, _CHALLENGE, _INSIDE, _OUTSIDE, _UPDATE},
    0x04: {_UPDATE},
    0x80: {_CREATE, _WRITE_KEY, _ERASE},
    0x84: {_WRITE_KEY},
}
"""By class: the instructions that there are. 04 and 84 are those with a MAC."""
_WITH_MAC = 0x04
_HEAD = 5
_BLOCK = 16
_NEW_KEY = 0x01
_KEY_HEAD = 5


@dataclass(slots=True)
class CpuCard(IsoDep):
    """``folders``: the master folder first; ``random`` gives the challenges."""

    ats: bytes = ATS
    folders: list[Folder] = field(default_factory=lambda: blank(TRANSPORT))
    random: Callable[[int], bytes] = field(default=os.urandom, repr=False)
    _here: int = field(default=0, repr=False)
    _status: int = field(default=0, repr=False)
    _file: int = field(default=0, repr=False)
    _challenge: bytes = field(default=b"", repr=False)

    def reset(self) -> None:
        """Forget who authenticated and what was selected."""
        IsoDep.reset(self)
        self._here = self._status = self._file = 0
        self._challenge = b""

    def memory(self) -> bytes:
        """Return the first file of the first application: where a token lies."""
        files = [file for folder in self.folders[1:] for _, file in sorted(folder.files.items())]
        return bytes(files[0].content) if files else b""

    def kept(self) -> dict[str, Any]:
        """Return the folders."""
        return {"memory": self.memory().hex(), "folders": [folder.kept() for folder in self.folders]}

    def tear(self, before: Mapping[str, Any]) -> None:
        """Take back the command that was under way: this system writes whole values."""
        self.folders = [Folder.made(one) for one in before["folders"]]

    def apdu(self, command: bytes) -> bytes:
        """Answer one command; a challenge holds for the very next one."""
        if len(command) < _HEAD - 1:
            return LENGTH
        challenge, self._challenge = self._challenge, b""
        try:
            return self._do(command[0], command[1], command, challenge)
        except Refused as refused:
            return refused.word

    def _do(self, kind: int, code: int, command: bytes, challenge: bytes) -> bytes:
        body = command[_HEAD : _HEAD + command[4]] if len(command) > _HEAD else b""
        if kind not in _CLASSES:
            return NO_CLASS
        if code not in _CLASSES[kind]:
            return NO_INSTRUCTION
        if code in {_UPDATE, _WRITE_KEY}:
            return (self._update if code == _UPDATE else self._write_key)(command, body, challenge)
        if code == _OUTSIDE:
            return self._authenticate(command[3], body, challenge)
        return self._plain(code, command, body)

    def _plain(self, code: int, command: bytes, body: bytes) -> bytes:
        """Do a command that no challenge belongs to."""
        if code == _SELECT:
            return self._select(command[2], body)
        if code == _INSIDE:
            return self._answer(command[3], body)
        if code == _CREATE:
            return self._create(body, int.from_bytes(command[2:4], "big"))
        return {_READ: self._read, _CHALLENGE: self._give_challenge, _ERASE: self._erase}[code](command)

    @property
    def _folder(self) -> Folder:
        return self.folders[self._here]

    def _select(self, how: int, name: bytes) -> bytes:
        if how == 0x04:  # noqa: PLR2004 - by name
            found = next((at for at, one in enumerate(self.folders) if one.name == name), None)
        elif name == MASTER or not name:
            found = 0
        else:
            if name[-1] not in self._folder.files:
                return NOT_FOUND
            self._file = name[-1]
            return OK
        if found is None:
            return NOT_FOUND
        if found != self._here:
            self._status = 0
        self._here, self._file = found, 0
        name = self._folder.name
        return bytes((0x6F, len(name) + 2, 0x84, len(name))) + name + OK

    def _place(self, command: bytes) -> tuple[int, int]:
        """Return file and offset of READ or UPDATE BINARY."""
        if command[2] & 0x80:
            self._file = command[2] & 0x1F
            return self._file, command[3]
        return self._file, int.from_bytes(command[2:4], "big")

    def _read(self, command: bytes) -> bytes:
        number, offset = self._place(command)
        file = self._folder.files.get(number)
        if file is None:
            return NOT_FOUND
        if not met(file.read, self._status):
            return SECURITY
        if offset >= len(file.content):
            return OFFSET
        size = command[4] if len(command) == _HEAD else 0
        return bytes(file.content[offset : offset + (size or 256)]) + OK

    def _give_challenge(self, command: bytes) -> bytes:
        size = command[4] if len(command) == _HEAD else 0
        if size not in CHALLENGES:
            return LENGTH
        self._challenge = self.random(size)
        return self._challenge + OK

    def _answer(self, number: int, challenge: bytes) -> bytes:
        key = self._folder.keys.get(number)
        if key is None or key.type != TYPE_ENCRYPT:
            return NO_KEY
        if not met(key.use, self._status):
            return SECURITY
        if len(challenge) not in {8, _BLOCK}:
            return LENGTH
        return sm4_answer(key.value, challenge) + OK

    def _authenticate(self, number: int, answer: bytes, challenge: bytes) -> bytes:
        key = self._folder.keys.get(number)
        if key is None or key.type != TYPE_OUTSIDE:
            return NO_KEY
        if not key.tries:
            return BLOCKED
        if not met(key.use, self._status):
            return SECURITY
        if len(challenge) not in {8, _BLOCK}:
            return CONDITIONS
        if not same(sm4_answer(key.value, challenge), answer):
            key.tries -= 1
            return bytes((0x63, 0xC0 | key.tries))
        key.tries = key.most
        self._status = key.status
        return OK

    def _protecting(self) -> Key:
        """Return the key of secure writing here: of this folder, else key 0 of the master folder."""
        return self._folder.line_key() or self.folders[0].keys[0]

    def _update(self, command: bytes, body: bytes, challenge: bytes) -> bytes:
        number, offset = self._place(command)
        file = self._folder.files.get(number)
        if file is None:
            return NOT_FOUND
        if command[0] & _WITH_MAC:
            body = opened(self._protecting(), challenge, command[:_HEAD], body)
        elif file.secured or not met(file.write, self._status):
            return SECURITY
        if not body:
            return LENGTH
        if offset + len(body) > len(file.content):
            return OFFSET
        file.content[offset : offset + len(body)] = body
        return OK

    def _create(self, body: bytes, number: int) -> bytes:
        if not met(self._folder.create, self._status):
            return SECURITY
        if body[:1] == b"\x38":
            if self._here:
                return CONDITIONS
            self.folders.append(folder_made(body, self.folders))
        else:
            made_file(self._folder, body, number & 0x1F)
        return OK

    def _write_key(self, command: bytes, body: bytes, challenge: bytes) -> bytes:
        secured = bool(command[0] & _WITH_MAC)
        if secured:
            line = self._protecting()
            body = plain_of(line, opened(line, challenge, command[:_HEAD], body))
        if command[2] == _NEW_KEY:
            return self._add_key(command[3], body, secured=secured)
        key = self._folder.keys.get(command[3])
        if key is None or key.type != command[2]:
            return NO_KEY
        if not (secured or met(key.change, self._status)):
            return SECURITY
        if len(body) != _BLOCK:
            return LENGTH
        key.value, key.tries = body, key.most
        return OK

    def _add_key(self, number: int, body: bytes, *, secured: bool) -> bytes:
        if not (secured or met(self._folder.add_key, self._status)):
            return SECURITY
        if len(body) != _KEY_HEAD + _BLOCK or body[0] not in KEY_TYPES:
            return WRONG_DATA
        if number in self._folder.keys:
            return PARAMETERS
        most = body[4] & 0x0F
        self._folder.keys[number] = Key(body[0], body[1], body[2], body[3] & 0x0F, most, most, body[_KEY_HEAD:])
        return OK

    def _erase(self, command: bytes) -> bytes:
        del command
        if not met(self._folder.erase, self._status):
            return SECURITY
        if self._here:
            self._folder.keys.clear()
            self._folder.files.clear()
        else:
            del self.folders[1:]
            self._folder.files.clear()
        return OK
