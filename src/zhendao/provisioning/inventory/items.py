"""One thing that an authority has, how it stands, and the choice among many. Pure: the time is an argument.

Promise: of several things that could be said of one, the worst is: what was revoked is not merely expired.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

SOON_DAYS: Final = 60
"""So many days before its end a thing counts as `State.EXPIRING`, where nothing else was said."""
DAY_S: Final = 86_400


class Kind(StrEnum):
    """What a thing is; the order of the list."""

    TERMINAL = "terminal"
    TAG = "tag"
    CARD = "card"
    CERTIFICATE = "certificate"


class State(StrEnum):
    """How a thing stands.

    `SPARE` was written for nobody yet; `UNFINISHED` was begun and may stand between two states; `RETIRED` was replaced,
    made blank or taken out of service in good order; `DAMAGED`: what the folder keeps of it cannot be read.
    """

    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    REVOKED = "revoked"
    RETIRED = "retired"
    SPARE = "spare"
    UNFINISHED = "unfinished"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing.

    Attributes:
        kind: what it is.
        number: device id, token id or certificate id, hexadecimal.
        role: placement of a terminal, role of a token or of a certificate, in lower case.
        holder: number of the place or person it belongs to, name in a certificate; empty where there is none.
        state: how it stands.
        since_s: from when on it is good, seconds since 1970 UTC; None where that is not known.
        until_s: last second that it is good, likewise.
        facts: what is to be said of its kind alone, by name.
    """

    kind: Kind
    number: str
    role: str
    holder: str
    state: State
    since_s: int | None
    until_s: int | None
    facts: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """When things are looked at, seconds since 1970 UTC, and how many seconds before its end one is expiring."""

    now_s: int
    soon_s: int = SOON_DAYS * DAY_S

    def by_time(self, until_s: int) -> State:
        """Return how a thing stands that is good until ``until_s``, this second included."""
        if self.now_s > until_s:
            return State.EXPIRED
        return State.EXPIRING if until_s - self.now_s <= self.soon_s else State.ACTIVE


@dataclass(frozen=True, slots=True)
class Choice:
    """Which things are wanted; what is empty or None chooses nothing out. ``before_s``: whose end is before it."""

    kinds: frozenset[Kind] = frozenset()
    states: frozenset[State] = frozenset()
    roles: frozenset[str] = frozenset()
    holder: str = ""
    before_s: int | None = None

    def takes(self, item: Item) -> bool:
        """Tell whether ``item`` is wanted."""
        return (
            (not self.kinds or item.kind in self.kinds)
            and (not self.states or item.state in self.states)
            and (not self.roles or item.role in self.roles)
            and (not self.holder or item.holder == self.holder)
            and (self.before_s is None or (item.until_s is not None and item.until_s < self.before_s))
        )


def chosen(items: Iterable[Item], choice: Choice) -> list[Item]:
    """Return the wanted ones by kind, then by their end, the earliest first."""
    order = list(Kind)
    found = [item for item in items if choice.takes(item)]
    return sorted(found, key=lambda item: (order.index(item.kind), item.until_s or 0, item.number))
