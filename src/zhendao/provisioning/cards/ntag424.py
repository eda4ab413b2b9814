"""Writing an NTAG 424 DNA: the NDEF file, its settings for secure dynamic messaging, keys 1 to 4, and key 0 last.

Promise: the file's length goes to zero first and gets its value last, so that a torn file reads as empty; keys and
settings are changed by single commands that the card does whole or not. Key 0 opens the card until its last change is
done, under the maker's key or under ours: both are known, so there is a way on from every state. Versions that the card
states only say which key to try first, for it counts wrong ones.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from zhendao.protocol.cards import commands
from zhendao.protocol.cards.apdu import Ins, Status, unwrap, wrap
from zhendao.protocol.cards.diversify import NTAG424_APPLICATION, NTAG424_KEYS
from zhendao.protocol.cards.ev2 import RANDOM_BYTES, PcdAuthentication, PcdSession
from zhendao.protocol.cards.file_settings import decode_info
from zhendao.protocol.cards.sun import (
    FILE_BYTES,
    FILE_ID,
    FILE_NUMBER,
    NONCE_AT,
    NONCE_BYTES,
    SUN_AT,
    SUN_END,
    SUN_TEMPLATE,
    Loop,
    nonce_text,
    read_sun,
)
from zhendao.protocol.cards.version import Version, read_version
from zhendao.protocol.errors import CardStatusError, CryptoError, MalformedError, ProtocolError
from zhendao.protocol.vocabulary import Role, Technology
from zhendao.provisioning.cards.errors import (
    CardAgainError,
    CardBusyError,
    CardForeignError,
    CardKindError,
    CardRefusedError,
    CardVerifyError,
)
from zhendao.provisioning.cards.goals import Goal, TokenGoal
from zhendao.provisioning.cards.keys import Ring
from zhendao.provisioning.cards.ntag424_plan import EnableLoop, SetFile, SetKey, State424, WriteFile, plan
from zhendao.provisioning.cards.pursuing import Step
from zhendao.readers.ntag import select
from zhendao.readers.reader import Reader, Target
from zhendao.readers.token_record import token_record

PAUSE_S: Final = 0.5
MOST_PAUSES: Final = 20
_OK: Final = b"\x90\x00"
_AT_ONCE: Final = 0x80
_LENGTH_BYTES: Final = 2
_SELECT: Final = b"\x00\xa4\x04\x00" + bytes((len(NTAG424_APPLICATION),)) + NTAG424_APPLICATION + b"\x00"
_SELECT_FILE: Final = b"\x00\xa4\x00\x0c\x02" + FILE_ID.to_bytes(2, "big")
_NO_NONCE: Final = SUN_TEMPLATE[NONCE_AT - SUN_AT :][: 2 * NONCE_BYTES]


@dataclass
class Ntag424Craft:
    """One card in the field of ``reader``. ``pause`` waits so many seconds where the card asks for time."""

    reader: Reader
    target: Target
    ring: Ring
    randomness: Callable[[int], bytes] = secrets.token_bytes
    pause: Callable[[float], None] = time.sleep
    _enabled: bool = field(default=False, repr=False)

    def look(self) -> State424:
        """Find out what the card holds."""
        self._select()
        version = self._version()
        stated = [self._stated(number) for number in range(NTAG424_KEYS)]
        first, session = self._find_key(0, stated[0])
        settings = decode_info(self._said(session, "settings", commands.get_file_settings(session, FILE_NUMBER)))
        loop = self._loop(session) if version.tag_tamper else None
        if loop is Loop.INVALID and self._enabled:
            raise CardAgainError(self.target.uid)
        others = [self._find_key(number, stated[number])[0] for number in range(1, NTAG424_KEYS)]
        self._select()  # forgets the session: a file is read as anybody reads it
        return State424((first, *others), settings.settings, self._content(), loop)

    def record(self, state: State424) -> bytes | None:
        """Return the token in the NDEF file."""
        if state.content is None:
            return None
        size = int.from_bytes(state.content[:_LENGTH_BYTES], "big")
        return token_record(state.content[_LENGTH_BYTES : _LENGTH_BYTES + size])

    def plan(self, state: State424, goal: Goal) -> tuple[Step, ...]:
        """Return what is left to do."""
        return plan(state, goal, self.ring.now)

    def do(self, step: Step) -> None:
        """Do one step, begun with the application selected anew."""
        self._select()
        if isinstance(step, WriteFile):
            self._write(step.content)
            return
        held, session = self._find_key(0, self._stated(0))
        match step:
            case SetFile(settings):
                self._said(session, step.name, commands.change_file_settings(session, FILE_NUMBER, settings))
            case EnableLoop():
                self._said(session, step.name, commands.enable_tamper(session))
                self._enabled = True
                select(self.reader, self.target.uid)  # it works from the next time on that the card gets power
            case SetKey(0, _, version) if held != version:
                self._said(session, step.name, commands.change_key(session, 0, self.ring[version][0], version))
            case SetKey(number, old, version) if number:
                new, before = self.ring[version][number], self.ring[old][number]
                self._said(session, step.name, commands.change_key(session, number, new, version, before))

    def prove(self, goal: Goal) -> None:
        """Let the card answer a challenge as at a terminal, twice; check it as the gateway will."""
        if not isinstance(goal, TokenGoal):
            return
        keys, counters = self.ring[self.ring.now], []
        for _ in range(2):
            nonce = self.randomness(NONCE_BYTES)
            self._select()
            self._want("file", _SELECT_FILE)
            self._update(NONCE_AT, nonce_text(nonce))
            text = self._read(0, SUN_END)[SUN_AT:]
            try:
                sun = read_sun(keys, text, self.target.uid)
            except ProtocolError as error:
                raise CardVerifyError(self.target.uid, error.reason) from error
            if sun.nonce != nonce:
                raise CardVerifyError(self.target.uid, "nonce")
            if sun.tamper.opened and goal.role is Role.DOOR:
                raise CardVerifyError(self.target.uid, "the loop of the tag is open")
            counters.append(sun.counter)
        self._update(NONCE_AT, _NO_NONCE)
        if counters[1] <= counters[0]:
            raise CardVerifyError(self.target.uid, "counter")

    def _version(self) -> Version:
        parts = []
        answer = self._ask(wrap(Ins.GET_VERSION))
        try:
            for _ in range(2):
                parts.append(unwrap(answer, Status.MORE))
                answer = self._ask(wrap(Ins.MORE))
            version = read_version(parts[0], parts[1], unwrap(answer))
        except ProtocolError as error:
            raise CardKindError(Technology.ISO_DEP) from error
        if not version.is_ntag424:
            raise CardKindError(Technology.DESFIRE if version.is_desfire else Technology.ISO_DEP)
        return version

    def _stated(self, number: int) -> int | None:
        """Return the version that the card states for a key, None where it does not say."""
        try:
            return unwrap(self._ask(commands.ask_key_version(number)))[0]
        except (CardStatusError, MalformedError, IndexError):
            return None

    def _find_key(self, number: int, stated: int | None) -> tuple[int, PcdSession]:
        """Return version and session of the key that the card has."""
        for version in self.ring.order(*(() if stated is None else (stated,))):
            session = self._authenticate(number, version)
            if session is not None:
                return version, session
        raise CardForeignError(self.target.uid, number)

    def _authenticate(self, number: int, version: int) -> PcdSession | None:
        """Return a session under a key, None where the card has another."""
        for _ in range(MOST_PAUSES):
            exchange = PcdAuthentication(self.ring[version][number], number, self.randomness(RANDOM_BYTES))
            try:
                token = exchange.token(self._ask(exchange.command()))
                return exchange.session(self._ask(token))
            except CardStatusError as error:
                if error.status == 0x9100 | Status.AUTHENTICATION:
                    return None
                if error.status != 0x9100 | Status.AUTHENTICATION_DELAY:
                    raise CardRefusedError("authenticate", error.status.to_bytes(2, "big")) from error
                self.pause(PAUSE_S)
            except CryptoError:
                return None
        raise CardBusyError(self.target.uid)

    def _loop(self, session: PcdSession) -> Loop:
        try:
            return Loop(chr(self._said(session, "loop", commands.get_tamper_status(session))[0]))
        except (ValueError, IndexError) as error:
            raise CardVerifyError(self.target.uid, "loop") from error

    def _said(self, session: PcdSession, step: str, apdu: bytes) -> bytes:
        """Send a command of a session; return the data of its answer."""
        answer = self._ask(apdu)
        try:
            return session.response(answer)
        except CardStatusError as error:
            raise CardRefusedError(step, answer[-2:]) from error
        except ProtocolError as error:
            raise CardVerifyError(self.target.uid, error.reason) from error

    def _content(self) -> bytes | None:
        self._want("file", _SELECT_FILE)
        answer = self._ask(_read_command(0, _AT_ONCE))
        if not answer.endswith(_OK):
            return None
        return answer[:-2] + self._read(_AT_ONCE, FILE_BYTES)

    def _read(self, begin: int, end: int) -> bytes:
        content = b""
        while begin + len(content) < end:
            at = begin + len(content)
            part = self._want("read", _read_command(at, min(_AT_ONCE, end - at)))
            if not part:
                raise CardVerifyError(self.target.uid, "length")
            content += part
        return content

    def _write(self, content: bytes) -> None:
        self._want("file", _SELECT_FILE)
        self._update(0, bytes(_LENGTH_BYTES))
        for at in range(_LENGTH_BYTES, len(content), _AT_ONCE):
            self._update(at, content[at : at + _AT_ONCE])
        self._update(0, content[:_LENGTH_BYTES])

    def _update(self, offset: int, data: bytes) -> None:
        self._want("write", b"\x00\xd6" + offset.to_bytes(2, "big") + bytes((len(data),)) + data)

    def _select(self) -> None:
        answer = self._ask(_SELECT)
        if not answer.endswith(_OK):
            raise CardKindError(Technology.ISO_DEP)

    def _want(self, step: str, apdu: bytes) -> bytes:
        answer = self._ask(apdu)
        if not answer.endswith(_OK):
            raise CardRefusedError(step, answer[-2:])
        return answer[:-2]

    def _ask(self, apdu: bytes) -> bytes:
        return self.reader.transceive(self.target, apdu)


def _read_command(offset: int, size: int) -> bytes:
    return b"\x00\xb0" + offset.to_bytes(2, "big") + bytes((size,))
