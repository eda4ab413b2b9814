"""From whatever state a card is in to its goal: look, plan, do step by step, look again, prove. Technology aside.

Promise: each step is in the card's journal before it is done. What is to be done follows from the card itself, never
from what is believed to have been done: so an act that was cut off anywhere is gone on with by beginning it again.
A goal counts as reached only when a fresh look at the card leaves nothing to plan.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol, TypeVar

from zhendao.protocol.errors import ProtocolError
from zhendao.provisioning.cards.errors import CardVerifyError
from zhendao.provisioning.cards.goals import Goal
from zhendao.provisioning.cards.journal import DONE, CardJournal
from zhendao.provisioning.errors import ProvisioningError
from zhendao.readers.errors import ReaderError

ROUNDS: Final = 3
"""A first plan, one for what did not hold, and the look that finds nothing left."""

S = TypeVar("S")


class Step(Protocol):
    """One change of a card."""

    @property
    def name(self) -> str:
        """A stable word, as the journal has it."""


class Craft(Protocol[S]):
    """How cards of one technology are looked at and changed, over one reader."""

    def look(self) -> S:
        """Find out the card's state; changes nothing. Raises ReaderError, CardError."""

    def record(self, state: S) -> bytes | None:
        """Return the signed token that the card carries, None where it carries none."""

    def plan(self, state: S, goal: Goal) -> Sequence[Step]:
        """Return what is left to do, nothing when the goal is reached. Pure."""

    def do(self, step: Step) -> None:
        """Do one step. Raises ReaderError, CardError."""

    def prove(self, goal: Goal) -> None:
        """Read the card as terminal and gateway will. Raises ReaderError, CardError."""


class Guarded(Craft[S]):
    """A craft whose card may answer anything: what has not the form that was agreed is the card's fault, by name."""

    def __init__(self, craft: Craft[S], uid: bytes) -> None:
        self._craft, self._uid = craft, uid

    def look(self) -> S:
        """See `Craft`."""
        with self._named():
            return self._craft.look()

    def record(self, state: S) -> bytes | None:
        """See `Craft`."""
        return self._craft.record(state)

    def plan(self, state: S, goal: Goal) -> Sequence[Step]:
        """See `Craft`."""
        return self._craft.plan(state, goal)

    def do(self, step: Step) -> None:
        """See `Craft`."""
        with self._named():
            self._craft.do(step)

    def prove(self, goal: Goal) -> None:
        """See `Craft`."""
        with self._named():
            self._craft.prove(goal)

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except ProtocolError as error:
            raise CardVerifyError(self._uid, error.reason) from error


def pursue(
    craft: Craft[S], goal: Goal, journal: CardJournal, now: Callable[[], int], state: S, reached: Callable[[], None]
) -> None:
    """Bring the card in the field from ``state``, as `Craft.look` found it, to ``goal``.

    ``now`` gives seconds since 1970 UTC. ``reached`` is called when the goal is proved, before the journal is closed.

    Raises:
        ReaderError: card or reader failed; the journal says at which step, and the same call goes on from there.
        CardError: the card is not what it should be.
        FolderUnusableError: the journal cannot be written; no further step was done.
    """
    story = journal.story(goal.uid)
    if story.goal != goal or not story.unfinished:
        journal.begin(goal, now())
    try:
        for _ in range(ROUNDS):
            steps = craft.plan(state, goal)
            if not steps:
                break
            for step in steps:
                journal.step(goal.uid, step.name, now())
                craft.do(step)
            state = craft.look()
        else:
            raise CardVerifyError(goal.uid, ", ".join(step.name for step in craft.plan(state, goal)) or "state")
        craft.prove(goal)
        reached()
    except (ReaderError, ProvisioningError) as error:
        journal.close(goal.uid, error.code, now())
        raise
    journal.close(goal.uid, DONE, now())
