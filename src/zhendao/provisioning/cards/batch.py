"""Card after card for the people of a roll: each card that is held there gets what `holdings.decide` says.

Promise: one card, one person; what is done is skipped, what was begun comes first, a wrong card is named and left as it
was; nothing is kept of a batch but journals and token log, so a batch that was cut off anywhere is simply run again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from zhendao.protocol.vocabulary import Strength, Technology
from zhendao.protocol.wording import Text
from zhendao.provisioning import token_log
from zhendao.provisioning.cards.errors import CardError
from zhendao.provisioning.cards.goals import TokenGoal
from zhendao.provisioning.cards.holdings import Belongs, GoOn, Holdings, NotMeant, WriteFor, decide, holdings, left
from zhendao.provisioning.cards.journal import Story
from zhendao.provisioning.cards.roll import Person
from zhendao.provisioning.cards.writer import CardWriter, Wish, Written
from zhendao.provisioning.tags import ROUND_S, wait_for_one
from zhendao.readers.errors import SeveralTagsError, TagError, TagGoneError
from zhendao.readers.reader import Reader, Target


class How(StrEnum):
    """What became of a card that was held there."""

    WRITTEN = "written"
    FINISHED = "finished"
    BELONGS = "belongs"
    NOT_MEANT = "not-meant"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Turn:
    """One card: ``person`` it was for (None: nobody on the roll), what became of it, and why in words."""

    uid: bytes
    how: How
    person: Person | None = None
    strength: Strength | None = None
    code: str = ""
    told: Text | None = None


class Watcher(Protocol):
    """Whoever shows a batch to a person."""

    def waiting(self, person: Person, done: int, total: int) -> None:
        """Ask for a card for ``person``; ``done`` of ``total`` have one."""

    def turned(self, turn: Turn) -> None:
        """Say what became of a card."""

    def told(self, what: Text) -> None:
        """Say something else."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What all cards of a batch have in common."""

    valid_days: int
    kind: Technology | None = None


@dataclass
class Batch:
    """Writes the cards of ``people`` with ``writer``."""

    writer: CardWriter
    people: Sequence[Person]
    settings: Settings
    _stories: dict[bytes, Story] | None = None

    def standing(self, uid: bytes | None = None) -> Holdings:
        """Return who has which card now; ``uid``: of the only card that has changed since this was asked last."""
        if self._stories is None:
            self._stories = {story.uid: story for story in self.writer.journal.stories()}
        elif uid is not None:
            self._stories[uid] = self.writer.journal.story(uid)
        return holdings(token_log.read(self.writer.folder), list(self._stories.values()))

    def turn(self, target: Target, now: Holdings) -> Turn:
        """Do what is to be done with the card in the field, and say it.

        Raises:
            ReaderError: the reader failed (a card that fails is a turn that says so).
            ProvisioningError: no keys, or the disk: no card can be written now.
        """
        missing = left(self.people, now)
        decision = decide(target.uid, missing, now)
        try:
            match decision:
                case GoOn(goal):
                    done = self.writer.finish(target)
                    strength = done.strength if isinstance(done, Written) else None
                    return Turn(target.uid, How.FINISHED, self._person(goal), strength)
                case Belongs(held):
                    whose = held.holder or "-"
                    told = Text(f"这是 {whose} 的卡", f"this card is {whose}'s")
                    return Turn(target.uid, How.BELONGS, code="tag-taken", told=told)
                case NotMeant(person):
                    return Turn(target.uid, How.NOT_MEANT, person, code="card-not-meant", told=_not_meant(person, now))
                case WriteFor(person):
                    wish = Wish(person.role, person.holder, valid_days=self.settings.valid_days)
                    written = self.writer.write(target, wish, self.settings.kind)
                    return Turn(target.uid, How.WRITTEN, person, written.strength)
        except (CardError, TagError) as error:
            whom = decision.person if isinstance(decision, WriteFor) else None
            return Turn(target.uid, How.FAILED, whom, code=error.code, told=error.explained())

    def _person(self, goal: TokenGoal) -> Person | None:
        return next((p for p in self.people if (p.holder, p.role) == (goal.holder, goal.role)), None)


def _not_meant(person: Person, now: Holdings) -> Text:
    """Return which card is awaited in place of this one."""
    begun = next((uid for uid, goal in now.begun.items() if goal.holder == person.holder), person.uid)
    card = begun.hex() if begun is not None else "-"
    return Text(
        f"等待的是 {person.holder} 的卡 {card}；若已丢失或损坏：card revoke --uid {card}",
        f"{person.holder} is to get card {card}; if that one is lost or broken: card revoke --uid {card}",
    )


def run(batch: Batch, watcher: Watcher, wait_s: int, sleep: Callable[[float], None]) -> int:
    """Write cards until nobody is left; return for how many people there is one now that had none before.

    Raises:
        NoTagError: no card came within ``wait_s``; all that was done stays done.
        ReaderError, ProvisioningError: no card can be written now.
    """
    now = batch.standing()
    missing = left(batch.people, now)
    begun = len(missing)
    while missing:
        watcher.waiting(missing[0], len(batch.people) - len(missing), len(batch.people))
        try:
            target = wait_for_one(batch.writer.reader, wait_s)
        except SeveralTagsError as error:
            watcher.told(error.explained())
            _until_alone(batch.writer.reader, sleep)
            continue
        turn = batch.turn(target, now)
        watcher.turned(turn)
        now = batch.standing(target.uid)
        missing = left(batch.people, now)
        if turn.code != TagGoneError.code and missing:
            _until_gone(batch.writer.reader, target.uid, sleep)
    return begun - len(missing)


def _until_gone(reader: Reader, uid: bytes, sleep: Callable[[float], None]) -> None:
    """Return once the card has left: twice not there, for one at the edge of the field comes and goes."""
    absent = 0
    while absent < 2:  # noqa: PLR2004 - as said
        reader.rest()
        absent = 0 if any(target.uid == uid for target in reader.sense()) else absent + 1
        sleep(ROUND_S)  # the air gives no event to wait for


def _until_alone(reader: Reader, sleep: Callable[[float], None]) -> None:
    """Return once there is one card, or none."""
    while len(reader.sense()) > 1:
        reader.rest()
        sleep(ROUND_S)
