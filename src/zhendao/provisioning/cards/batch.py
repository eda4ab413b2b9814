"""Card after card for the people of a roll: each card that is held there gets what `holdings.decide` says.

Promise: one card, one person; what is done is skipped, what was begun comes first, a wrong card is named and left as it
was; nothing is kept of a batch but journals and token log, so a batch that was cut off anywhere is simply run again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from zhendao.protocol.vocabulary import Strength, Technology
from zhendao.protocol.wording import Text
from zhendao.provisioning import token_log
from zhendao.provisioning.cards.errors import CardError
from zhendao.provisioning.cards.goals import TokenGoal
from zhendao.provisioning.cards.holdings import Belongs, GoOn, Holdings, NotMeant, WriteFor, decide, holdings, left
from zhendao.provisioning.cards.roll import Person
from zhendao.provisioning.cards.writer import CardWriter, Wish, Written
from zhendao.readers.errors import SeveralTagsError, TagError
from zhendao.readers.reader import Target

REST_S: Final = 0.1


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


@dataclass(frozen=True, slots=True)
class Settings:
    """What all cards of a batch have in common."""

    valid_days: int
    kind: Technology | None = None


@dataclass(frozen=True)
class Batch:
    """Writes the cards of ``people`` with ``writer``."""

    writer: CardWriter
    people: Sequence[Person]
    settings: Settings

    def standing(self) -> Holdings:
        """Return who has which card now."""
        return holdings(token_log.read(self.writer.folder), self.writer.journal.stories())

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


def until_gone(writer: CardWriter, uid: bytes, wait: Callable[[float], None], cancelled: Callable[[], bool]) -> None:
    """Return once the card with ``uid`` has left the field (twice not there, for a card at its edge comes and goes).

    Raises:
        ReaderError: the reader failed.
    """
    absent = 0
    while absent < 2 and not cancelled():  # noqa: PLR2004 - as said
        writer.reader.rest()
        absent = 0 if any(target.uid == uid for target in writer.reader.sense()) else absent + 1
        wait(REST_S)


def only_one(targets: Sequence[Target]) -> Target | None:
    """Return the one card that answers, None where there is none. Raises SeveralTagsError for more."""
    there = [target for target in targets if not target.mute]
    if len(there) > 1:
        raise SeveralTagsError(tuple(target.uid for target in there))
    return there[0] if there else None
