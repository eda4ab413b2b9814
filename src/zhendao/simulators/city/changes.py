"""What changes in the registry within the days: cards and door tags renewed, elders handed over to a colleague.

Promise: given by seed and scale alone, and played as registered: who has a new card uses it from then on, a home whose
tag is gone has none until the new one hangs, and from its day on the colleague comes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from zhendao.protocol.vocabulary import Role
from zhendao.simulators.city.making import token
from zhendao.simulators.city.services import SERVICES
from zhendao.simulators.city.visits import DAY_MS, MIN_MS, Act, Deed

if TYPE_CHECKING:
    from zhendao.simulators.city.model import Bond, City, Elder, Terminal, Token
    from zhendao.simulators.city.timetable import Book
    from zhendao.simulators.world.engine.chance import Chance

_CARDS: Final = 12
"""Of a thousand caregivers, those who lose their card in the first week (at least one)."""
_DOORS: Final = 6
"""Of a thousand homes, those whose door tag is torn off then."""
_HANDED: Final = 15
"""Of a thousand agreements, those that a colleague takes over then."""
_EXCHANGED: Final = 4
"""Of a thousand agreements, those during a visit of which the terminal is exchanged."""
_HOUR_MS: Final = 3_600_000
_DAYS: Final = 5
_ASKED: Final = 12


@dataclass(frozen=True, slots=True)
class Renewed:
    """A token in the place of another; between ``gone_ms`` and ``from_ms`` (UTC ms) there is none."""

    old: Token
    new: Token
    gone_ms: int
    from_ms: int


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A terminal in the place of another from ``at_ms`` (UTC ms) on, in the home of ``elder``."""

    elder: Elder
    old: Terminal
    new: Terminal
    at_ms: int


@dataclass(slots=True)
class Changes:
    """``tokens`` by uid of the old one; ``doors`` by elder; ``handed``: who gave whom to whom, from which day on.

    ``terminals`` by number, of the old one and of the new one.
    """

    tokens: dict[bytes, Renewed] = field(default_factory=dict)
    doors: dict[str, Renewed] = field(default_factory=dict)
    cards: dict[str, Renewed] = field(default_factory=dict)
    handed: list[tuple[Bond, Bond]] = field(default_factory=list)
    terminals: dict[int, Exchanged] = field(default_factory=dict)

    def there(self, terminal: Terminal, at_ms: int) -> bool:
        """Tell whether ``terminal`` hangs there at ``at_ms`` (UTC ms)."""
        made = self.terminals.get(terminal.number)
        return made is None or (at_ms >= made.at_ms) == (terminal is made.new)

    @property
    def exchanged(self) -> list[Exchanged]:
        """Every exchange, in one order."""
        return [one for number, one in sorted(self.terminals.items()) if number == one.new.number]

    def now(self, act: Act) -> Act:
        """Return ``act`` with what there is by now; without a door tag there is but a card to hold."""
        made = self.terminals.get(act.terminal.number)
        if made is not None and act.at_ms >= made.at_ms:
            act = replace(act, terminal=made.new)
        card = self.tokens.get(act.card.uid)
        if card is not None and act.at_ms >= card.from_ms:
            act = replace(act, card=card.new)
        door = None if act.door is None else self.tokens.get(act.door.uid)
        if door is None or act.at_ms < door.gone_ms:
            return act
        if act.at_ms >= door.from_ms:
            return replace(act, door=door.new)
        held = act.deed in {Deed.CHECK, Deed.TAKE_BACK}
        return replace(act, deed=Deed.LONE, door=None) if held else act

    def as_json(self) -> dict[str, Any]:
        """Return what `truth.json` says of them."""
        return {
            "cards": [[who, one.from_ms] for who, one in self.cards.items()],
            "terminals": [
                [one.elder.elder_id, one.old.device.hex(), one.new.device.hex(), one.at_ms] for one in self.exchanged
            ],
            "doors": [[elder, one.gone_ms, one.from_ms] for elder, one in self.doors.items()],
            "handed_over": [
                [old.elder.elder_id, old.caregiver.caregiver_id, new.caregiver.caregiver_id, new.since]
                for old, new in self.handed
            ],
        }


def draw_changes(city: City, books: list[Book], start_ms: int, chance: Chance) -> Changes:
    """Return what changes after ``start_ms`` (UTC ms); agreements that are handed over change in the city's rounds."""
    changes = Changes()
    riding = [one for one in city.caregivers if one.rides]
    for caregiver in chance.child("cards").shuffled(riding)[: max(1, len(city.caregivers) * _CARDS // 1000)]:
        dice = chance.child(f"card {caregiver.caregiver_id}")
        at_ms = start_ms + dice.below(_DAYS) * DAY_MS + dice.between(6 * 60, 7 * 60) * (_HOUR_MS // 60)
        made = _renewed(caregiver.card, at_ms, at_ms, Role.CAREGIVER, dice)
        changes.cards[caregiver.caregiver_id] = changes.tokens[made.old.uid] = made
    for elder in city.elders:
        dice = chance.child(f"door {elder.elder_id}")
        if dice.likely(_DOORS):
            day_ms = start_ms + dice.below(_DAYS) * DAY_MS
            gone_ms = day_ms + dice.between(8 * 60, 22 * 60) * MIN_MS
            from_ms = day_ms + dice.between(1, 2) * DAY_MS + dice.between(6 * 60, 7 * 60) * MIN_MS  # before the rounds
            made = _renewed(elder.door, gone_ms, from_ms, Role.DOOR, dice)
            changes.doors[elder.elder_id] = changes.tokens[made.old.uid] = made
    for caregiver in riding:
        for bond in list(city.rounds[caregiver.number]):
            dice = chance.child(f"agreement {bond.elder.elder_id}/{bond.service.code}/{caregiver.number}")
            if dice.likely(_HANDED):
                _hand_over(city, bond, books, changes, dice)
    for caregiver in riding:
        for bond in city.rounds[caregiver.number]:
            dice = chance.child(f"terminal {bond.elder.elder_id}/{bond.service.code}/{caregiver.number}")
            if dice.likely(_EXCHANGED):
                _exchange(city, bond, changes, start_ms, dice)
    return changes


def _exchange(city: City, bond: Bond, changes: Changes, start_ms: int, chance: Chance) -> None:
    """Have a terminal exchanged in the middle of a visit: she came by the old one, and leaves by the new one."""
    elder, old = bond.elder, bond.elder.terminal
    days = [day for day in range(_DAYS) if bond.days >> day & 1 and bond.holds(day)]
    known = elder.elder_id in changes.doors or (old is not None and old.number in changes.terminals)
    if old is None or known or not days or bond.service not in SERVICES or bond.along is not None:
        return
    new = replace(old, number=len(city.terminals), device=chance.bytes(16), epoch=chance.bytes(16))
    city.terminals.append(new)
    at_ms = start_ms + chance.pick(days) * DAY_MS + (bond.begin_m + bond.minutes // 2) * MIN_MS
    changes.terminals[old.number] = changes.terminals[new.number] = Exchanged(elder, old, new, at_ms)


def _renewed(old: Token, gone_ms: int, from_ms: int, role: Role, chance: Chance) -> Renewed:
    return Renewed(old, token(role, (old.technology, old.strength), chance.child("new")), gone_ms, from_ms)


def _hand_over(city: City, bond: Bond, books: list[Book], changes: Changes, chance: Chance) -> None:
    """Have a colleague who has the time take over an ordinary agreement from a day of the week on."""
    rounds = city.rounds[bond.caregiver.number]
    alone = not any(one.along is bond or (one.elder is bond.elder and one is not bond) for one in rounds)
    if bond.service not in SERVICES or bond.helps or bond.along is not None or not alone or bond.since:
        return
    number = bond.caregiver.number % len(city.organisations)
    colleagues = [one for one in city.caregivers[number :: len(city.organisations)] if one.rides]
    for _ in range(_ASKED):
        other = chance.pick(colleagues)
        book = books[other.number]
        known = any(one.elder is bond.elder for one in city.rounds[other.number])
        spot = bond.elder.place.spot
        if other is not bond.caregiver and not known and book.free(bond.days, bond.begin_m, bond.minutes, spot):
            book.take(bond.days, bond.begin_m, bond.minutes, spot)
            day = chance.between(1, _DAYS - 1)
            old, new = replace(bond, until=day), replace(bond, caregiver=other, since=day)
            rounds[rounds.index(bond)] = old
            city.rounds[other.number].append(new)
            changes.handed.append((old, new))
            return
