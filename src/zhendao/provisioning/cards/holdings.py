"""Who has which card, by the token log, and which cards were begun and not finished, by their journals. Pure.

Promise: a card that was written for somebody is theirs until it is revoked, made blank or written over; what was begun
for one person is never taken for another.
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
class Ended:
    """A token that is to open nothing any more: when that was, and why (what was said, `replaced` or `blank`)."""

    held: Held
    until_s: int
    reason: str


@dataclass
class Holdings:
    """What holds now: tokens in force by their ids, those that ended, and what was begun, by uid."""

    by_token: dict[bytes, Held] = field(default_factory=dict)
    ended: list[Ended] = field(default_factory=list)
    begun: dict[bytes, TokenGoal] = field(default_factory=dict)
    _by_uid: dict[bytes, bytes] = field(default_factory=dict)

    def on(self, uid: bytes) -> Held | None:
        """Return the token in force on the card with ``uid``."""
        return self.by_token.get(self._by_uid.get(uid, b""))

    def of(self, holder: str, role: Role) -> Held | None:
        """Return the token in force of ``holder``, the latest."""
        found = [h for h in self.by_token.values() if h.holder == holder and h.token.role is role]
        return found[-1] if found else None

    def put(self, held: Held) -> None:
        """Let a token be in force."""
        self.by_token[held.token.token_id] = held
        self._by_uid[held.token.uid] = held.token.token_id

    def end(self, held: Held, at_s: int, reason: str) -> None:
        """Let a token be in force no longer."""
        self.by_token.pop(held.token.token_id, None)
        if self._by_uid.get(held.token.uid) == held.token.token_id:
            del self._by_uid[held.token.uid]
        self.ended.append(Ended(held, at_s, reason))


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
    holder = entry.facts.get("holder", "")
    match entry.state:
        case "written" if known is None or known.token != token:
            for before in (known, found.on(token.uid)):  # one card has one token, and one token is on one card
                if before is not None:
                    found.end(before, entry.at_s, "replaced")
            found.put(Held(token, holder, entry.at_s, entry.facts.get("strength", "")))
        case "given" if known is not None:
            found.put(Held(known.token, holder, entry.at_s, known.strength))
        case "blank" if known is not None:
            found.end(known, entry.at_s, "blank")
        case "revoked":
            found.end(known or Held(token, holder, token.not_before_s), entry.at_s, entry.facts.get("reason", ""))


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
    have = {(held.holder, held.token.role) for held in now.by_token.values()}
    missing = [p for p in people if (p.holder, p.role) not in have]
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
