"""Writing an NTAG213/215/216: its NDEF message with the signed token, or an empty one.

Promise: as `readers.ntag.write_ndef` keeps it: torn anywhere, the tag reads as before, as empty, or as meant.
"""

from dataclasses import dataclass

from zhendao.provisioning.cards.errors import CardVerifyError
from zhendao.provisioning.cards.goals import Goal, TokenGoal
from zhendao.provisioning.cards.pursuing import Step
from zhendao.readers.ntag import read_content, select, write_ndef
from zhendao.readers.reader import Reader, Target
from zhendao.readers.token_record import token_message, token_record


@dataclass(frozen=True, slots=True)
class WriteMessage:
    """Write the NDEF message; an empty one makes the tag empty."""

    message: bytes
    name: str = "message"


def wanted(goal: Goal) -> bytes:
    """Return the message of a tag that has reached ``goal``."""
    return token_message(goal.record) if isinstance(goal, TokenGoal) else b""


def plan(message: bytes, goal: Goal) -> tuple[Step, ...]:
    """Return what is left to do on a tag that holds ``message``. Pure."""
    return () if message == wanted(goal) else (WriteMessage(wanted(goal)),)


@dataclass
class Ntag21xCraft:
    """One tag in the field of ``reader``."""

    reader: Reader
    target: Target

    def look(self) -> bytes:
        """Return its message, empty where there is none."""
        return read_content(self.reader, self._there()).message or b""

    def record(self, state: bytes) -> bytes | None:
        """Return the token in the message."""
        return token_record(state)

    def plan(self, state: bytes, goal: Goal) -> tuple[Step, ...]:
        """Return what is left to do."""
        return plan(state, goal)

    def do(self, step: Step) -> None:
        """Write, and read back."""
        if isinstance(step, WriteMessage):
            write_ndef(self.reader, self.target.uid, step.message)

    def prove(self, goal: Goal) -> None:
        """Read it once more, selected anew."""
        if self.look() != wanted(goal):
            raise CardVerifyError(self.target.uid, "message")

    def _there(self) -> Target:
        return select(self.reader, self.target.uid)
