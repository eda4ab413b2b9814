"""Writing a CPU card: our folder, the token in its file, the answer key, and key 0 of the master folder last.

Promise: the token's length goes to zero first and gets its value last, so that a torn file reads as empty; all else is
changed by single commands that the card does whole or not. Which keys it holds is found out by asking it: the answer
key by its answer, which is not counted; key 0 by opening the card, never with its last tries.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from zhendao.protocol.cards.challenge import Scheme, challenge_of, sm4_answer_holds
from zhendao.protocol.cards.diversify import CPU_ANSWER_KEY, CPU_MASTER_KEY
from zhendao.provisioning.cards import cpu_commands as card
from zhendao.provisioning.cards.errors import CardForeignError, CardLockedError, CardRefusedError, CardVerifyError
from zhendao.provisioning.cards.goals import Goal, TokenGoal
from zhendao.provisioning.cards.keys import FACTORY, Ring
from zhendao.provisioning.cards.pursuing import Step
from zhendao.readers.reader import Reader, Target

LEAST_TRIES: Final = 2
"""With fewer tries left nothing is tried any more: somebody has to look at the card first."""
_OK: Final = b"\x90\x00"
_NOT_FOUND: Final = b"\x6a\x82"
_NO_KEY: Final = frozenset({b"\x94\x03", b"\x6a\x88"})
_THERE_ALREADY: Final = b"\x6a\x86"
_BLOCKED: Final = b"\x69\x83"
_WRONG_KEY: Final = 0x63


@dataclass(frozen=True, slots=True)
class CpuState:
    """What the card holds.

    Attributes:
        master: version of its key 0.
        folder: whether our application is there.
        answer: version of the answer key, None where there is none.
        record: in its file, empty where it is empty or torn, None without a file.
    """

    master: int
    folder: bool = False
    answer: int | None = None
    record: bytes | None = None


@dataclass(frozen=True, slots=True)
class MakeFolder:
    """Make our application's folder."""

    name: str = "folder"


@dataclass(frozen=True, slots=True)
class MakeFile:
    """Make the token's file."""

    name: str = "file"


@dataclass(frozen=True, slots=True)
class Erase:
    """Take everything off the card but key 0."""

    name: str = "erase"


@dataclass(frozen=True, slots=True)
class WriteRecord:
    """Fill the token's file."""

    record: bytes
    name: str = "record"


@dataclass(frozen=True, slots=True)
class WriteKey:
    """Make key ``number`` that of ``version``; ``new``: there is none yet."""

    number: int
    version: int
    new: bool = False

    @property
    def name(self) -> str:
        """`key-0`, `key-1`."""
        return f"key-{self.number}"


def plan(state: CpuState, goal: Goal, now: int) -> tuple[Step, ...]:
    """Return what is left to do; ``now`` is the present version of the keys. Key 0 comes last. Pure."""
    steps: list[Step] = []
    if isinstance(goal, TokenGoal):
        if not state.folder:
            steps.append(MakeFolder())
        if state.record is None:
            steps.append(MakeFile())
        if state.record != goal.record:
            steps.append(WriteRecord(goal.record))
        if state.answer != now:
            steps.append(WriteKey(CPU_ANSWER_KEY, now, new=state.answer is None))
    elif state.folder:
        steps.append(Erase())
    version = now if isinstance(goal, TokenGoal) else FACTORY
    if state.master != version:
        steps.append(WriteKey(CPU_MASTER_KEY, version))
    return tuple(steps)


@dataclass
class CpuCraft:
    """One card in the field of ``reader``; ``likely``: versions that its key 0 may have, the likeliest first."""

    reader: Reader
    target: Target
    ring: Ring
    likely: tuple[int, ...] = ()
    randomness: Callable[[int], bytes] = secrets.token_bytes

    def look(self) -> CpuState:
        """Find out what the card holds."""
        if not self._found("folder", card.SELECT_OURS):
            return CpuState(self._open())
        answer, record = self._answer_key(), self._record()
        if answer is not None:
            self.likely = (*self.likely, answer)
        return CpuState(self._open(), folder=True, answer=answer, record=record)

    def record(self, state: CpuState) -> bytes | None:
        """Return the token in its file."""
        return state.record or None

    def plan(self, state: CpuState, goal: Goal) -> tuple[Step, ...]:
        """Return what is left to do."""
        return plan(state, goal, self.ring.now)

    def do(self, step: Step) -> None:
        """Do one step, on a card that is opened for it."""
        master = self.ring[self._open()][CPU_MASTER_KEY]
        match step:
            case MakeFolder():
                self._want("folder", card.create_folder())
            case Erase():
                self._want("erase", card.ERASE)
            case MakeFile():
                self._want("folder", card.SELECT_OURS)
                self._want("file", card.create_token_file())
            case WriteRecord(record):
                self._want("folder", card.SELECT_OURS)
                self._write(master, record)
            case WriteKey(number, version, new):
                self._write_key(master, number, version, new=new)

    def prove(self, goal: Goal) -> None:
        """Let the card answer as at a terminal, both ways of asking; read its record."""
        if not isinstance(goal, TokenGoal):
            return
        self._want("folder", card.SELECT_OURS)
        key = self.ring[self.ring.now][CPU_ANSWER_KEY]
        challenge = self.randomness(card.CHALLENGE_BYTES)
        for scheme in (Scheme.SM4_16, Scheme.SM4_8):
            asked = challenge_of(scheme, challenge)
            answer = self._want("answer", card.internal_authenticate(CPU_ANSWER_KEY, asked))
            if not sm4_answer_holds(scheme, key, challenge, answer):
                raise CardVerifyError(self.target.uid, scheme.name)
        if self._record() != goal.record:
            raise CardVerifyError(self.target.uid, "record")

    def _open(self) -> int:
        """Select the master folder and authenticate there; return the version of its key 0."""
        self._want("master", card.SELECT_MASTER)
        for version in self.ring.order(*self.likely):
            challenge = self._challenge()
            answer = self._ask(card.external_authenticate(self.ring[version][CPU_MASTER_KEY], challenge))
            if answer == _OK:
                self.likely = (version,)
                return version
            if answer[-2:] == _BLOCKED or (answer[-2] == _WRONG_KEY and answer[-1] & 0x0F < LEAST_TRIES):
                raise CardLockedError(self.target.uid)
            if answer[-2] != _WRONG_KEY:
                raise CardRefusedError("open", answer[-2:])
        raise CardForeignError(self.target.uid, CPU_MASTER_KEY)

    def _answer_key(self) -> int | None:
        challenge = self.randomness(card.CHALLENGE_BYTES)
        answer = self._ask(card.internal_authenticate(CPU_ANSWER_KEY, challenge))
        if answer[-2:] in _NO_KEY:
            return None
        if not answer.endswith(_OK):
            raise CardRefusedError("answer", answer[-2:])
        for version in self.ring.all():
            if sm4_answer_holds(Scheme.SM4_16, self.ring[version][CPU_ANSWER_KEY], challenge, answer[:-2]):
                return version
        raise CardForeignError(self.target.uid, CPU_ANSWER_KEY)

    def _challenge(self) -> bytes:
        return self._want("challenge", card.GET_CHALLENGE)

    def _record(self) -> bytes | None:
        if not self._found("read", head := card.read_file(0, card.LENGTH_BYTES)):
            return None
        size = int.from_bytes(self._want("read", head), "big")
        record = b""
        while len(record) < size <= card.FILE_BYTES - card.LENGTH_BYTES:
            most = min(card.MOST_AT_ONCE, size - len(record))
            part = self._want("read", card.read_file(card.LENGTH_BYTES + len(record), most))
            if not part:
                return b""
            record += part
        return record

    def _write(self, master: bytes, record: bytes) -> None:
        self._update(master, 0, bytes(card.LENGTH_BYTES))
        for at in range(0, len(record), card.MOST_AT_ONCE):
            self._update(master, card.LENGTH_BYTES + at, record[at : at + card.MOST_AT_ONCE])
        self._update(master, 0, len(record).to_bytes(card.LENGTH_BYTES, "big"))

    def _update(self, master: bytes, offset: int, data: bytes) -> None:
        self._want("record", card.update_file(master, self._challenge(), offset, data))

    def _write_key(self, master: bytes, number: int, version: int, *, new: bool) -> None:
        key = self.ring[version][number]
        if number == CPU_MASTER_KEY:
            self._want("key-0", card.change_master_key(master, self._challenge(), key))
            self.likely = (version,)
            return
        self._want("folder", card.SELECT_OURS)
        if new:
            made = self._ask(card.create_key_file())  # there already, where the card was pulled away behind this
            if not made.endswith(_OK) and made[-2:] != _THERE_ALREADY:
                raise CardRefusedError("key-file", made[-2:])
            self._want("key-1", card.add_answer_key(master, self._challenge(), number, version, key))
        else:
            self._want("key-1", card.change_answer_key(master, self._challenge(), number, key))

    def _found(self, step: str, apdu: bytes) -> bool:
        answer = self._ask(apdu)
        if not answer.endswith(_OK) and answer[-2:] != _NOT_FOUND:
            raise CardRefusedError(step, answer[-2:])
        return answer.endswith(_OK)

    def _want(self, step: str, apdu: bytes) -> bytes:
        answer = self._ask(apdu)
        if not answer.endswith(_OK):
            raise CardRefusedError(step, answer[-2:])
        return answer[:-2]

    def _ask(self, apdu: bytes) -> bytes:
        return self.reader.transceive(self.target, apdu)
