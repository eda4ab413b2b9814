"""Who has which card, by the token log, and which cards were begun and not finished, by their journals. Pure.

Promise: a card that was written for somebody is theirs until it is revoked or made blank; a holder has one card of a
role, the last one written; what was begun for one person is never taken for another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from zhendao.protocol.vocabulary import Role
from zhendao.provisioning.cards.goals import TokenGoal
from zhendao.provisioning.cards.journal import Story
from zhendao.provisioning.cards.roll import Person
from zhendao.provisioning.token_log import Entry, Issued


@dataclass(frozen=True, slots=True)
class Held:
    """A token that is in force. ``holder`` is empty for a spare card; ``since_s``: seconds since 1970 UTC."""

    token: Issued
    holder: str
    since_s: int
    strength: str = ""


@dataclass(frozen=True, slots=True)
class Revoked:
    """A token that is to open nothing any more, and why."""

    token: Issued
    holder: str
    since_s: int
    until_s: int
    reason: str


@dataclass
class Holdings:
    """What holds now."""

    by_token: dict[bytes, Held] = field(default_factory=dict)
    revoked: dict[bytes, Revoked] = field(default_factory=dict)
    begun: dict[bytes, TokenGoal] = field(default_factory=dict)

    def on(self, uid: bytes) -> Held | None:
        """Return the token in force on the card with ``uid``."""
        return next((held for held in self.by_token.values() if held.token.uid == uid), None)

    def of(self, holder: str, role: Role) -> Held | None:
        """Return the token in force of ``holder``, the latest."""
        found = [h for h in self.by_token.values() if h.holder == holder and h.token.role is role]
        return found[-1] if found else None

    def spares(self, role: Role) -> list[Held]:
        """Return the cards that are written for nobody yet."""
        return [held for held in self.by_token.values() if not held.holder and held.token.role is role]


def holdings(entries: Iterable[Entry], stories: Sequence[Story]) -> Holdings:
    """Return what the token log and the journals say together."""
    found = Holdings()
    for entry in entries:
        _take(found, entry)
    for story in stories:
        if story.unfinished and story.token is not None:
            found.begun[story.uid] = story.token
    return found


def _take(found: Holdings, entry: Entry) -> None:
    token, known = entry.token, found.by_token.get(entry.token.token_id)
    match entry.state:
        case "written":
            for other in [one for one, held in found.by_token.items() if held.token.uid == token.uid]:
                del found.by_token[other]
            holder = entry.facts.get("holder", "")
            found.by_token[token.token_id] = Held(token, holder, entry.at_s, entry.facts.get("strength", ""))
        case "given" if known is not None:
            held = Held(token, entry.facts.get("holder", ""), entry.at_s, known.strength)
            found.by_token[token.token_id] = held
        case "blank":
            found.by_token.pop(token.token_id, None)
        case "revoked":
            found.by_token.pop(token.token_id, None)
            since_s = known.since_s if known else token.not_before_s
            holder = known.holder if known else entry.facts.get("holder", "")
            reason = entry.facts.get("reason", "")
            found.revoked[token.token_id] = Revoked(token, holder, since_s, entry.at_s, reason)


@dataclass(frozen=True, slots=True)
class WriteFor:
    """Write the card for this person."""

    person: Person


@dataclass(frozen=True, slots=True)
class GoOn:
    """Finish what was begun on this card."""

    goal: TokenGoal


@dataclass(frozen=True, slots=True)
class Belongs:
    """Leave the card alone: it is somebody's."""

    held: Held


@dataclass(frozen=True, slots=True)
class NotMeant:
    """Leave the card alone: those who are left are to get other cards."""

    person: Person


Decision = WriteFor | GoOn | Belongs | NotMeant


def left(people: Sequence[Person], now: Holdings) -> list[Person]:
    """Return those who have no card yet, in the order of the roll; whose card was begun comes first."""
    begun = {(goal.holder, goal.role) for goal in now.begun.values()}
    missing = [p for p in people if now.of(p.holder, p.role) is None]
    return sorted(missing, key=lambda p: (p.holder, p.role) not in begun)


def decide(uid: bytes, people: Sequence[Person], now: Holdings) -> Decision:
    """Return what to do with the card that is held there, while ``people`` (at least one) have none."""
    goal = now.begun.get(uid)
    if goal is not None:
        return GoOn(goal)
    held = now.on(uid)
    if held is not None:
        return Belongs(held)
    begun = {(goal.holder, goal.role) for goal in now.begun.values()}
    meant = next((person for person in people if person.uid == uid), None)
    free = (p for p in people if p.uid is None and (p.holder, p.role) not in begun)
    person = meant or next(free, None)
    return NotMeant(people[0]) if person is None else WriteFor(person)
