"""What was to be, what was, and what people did at a terminal: the values of a day, and of the truth about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zhendao.protocol.event import Event
    from zhendao.simulators.city.ground import Spot
    from zhendao.simulators.city.model import Bond, Caregiver, Elder, Place, Terminal, Token
    from zhendao.simulators.city.rates import Fraud, Mistake

MIN_MS = 60_000
DAY_MS = 86_400_000


@dataclass(slots=True, eq=False, kw_only=True)
class Witnessed:
    """What became of something that terminals witness. ``seen``: when its checks were made, UTC ms.

    ``first``: the first of them.
    """

    fraud: Fraud | None = None
    mistakes: set[Mistake] = field(default_factory=set)
    traces: set[str] = field(default_factory=set)
    outages: set[str] = field(default_factory=set)
    facts: list[tuple[Terminal, int]] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    first: Event | None = None

    @property
    def elder(self) -> Elder | None:
        """Whose home it is about, if it is about one."""
        return None

    @property
    def place(self) -> Place:
        """Where it is to be."""
        raise NotImplementedError

    def told(self) -> dict[str, Any]:
        """Return the part of `truth.json` that is said of everything."""
        return {
            "mistakes": sorted(self.mistakes),
            "traces": sorted(self.traces),
            "outages": sorted(self.outages),
            "facts": [[terminal.device.hex(), terminal.epoch.hex(), seq] for terminal, seq in self.facts],
        }


@dataclass(slots=True, eq=False)
class Visit(Witnessed):
    """A planned visit and the truth about it; times are UTC ms.

    ``by`` is who was there, ``booked`` whose card was used. ``beside``: frauds that were booked to the same caregiver
    at the same time. ``together``: visits that were one piece of work with it.
    """

    visit_id: str
    bond: Bond
    begin_ms: int
    end_ms: int
    happened: bool = False
    from_ms: int | None = None
    to_ms: int | None = None
    by: Caregiver | None = None
    booked: Caregiver | None = None
    beside: set[str] = field(default_factory=set)
    together: set[str] = field(default_factory=set)
    correction: int | None = None
    """The number of what people said of it afterwards."""

    @property
    def elder(self) -> Elder:
        """Whose home it is."""
        return self.bond.elder

    @property
    def place(self) -> Place:
        """The home."""
        return self.bond.elder.place

    def as_json(self) -> dict[str, Any]:
        """Return what `truth.json` says of it."""
        return {
            "visit": self.visit_id,
            "elder": self.bond.elder.elder_id,
            "caregiver": self.bond.caregiver.caregiver_id,
            "service": self.bond.service.code,
            "planned": [self.begin_ms, self.end_ms],
            "happened": self.happened,
            "from_ms": self.from_ms,
            "to_ms": self.to_ms,
            "by": self.by.caregiver_id if self.by else None,
            "booked": self.booked.caregiver_id if self.booked else None,
            "fraud": self.fraud,
            **self.told(),
            "beside": sorted(self.beside),
            "together": sorted(self.together),
            "correction": self.correction,
        }


@dataclass(slots=True, eq=False)
class Shift(Witnessed):
    """Hours at the station of an organisation: her card alone, on coming and on leaving. rule: STATION."""

    shift_id: str
    caregiver: Caregiver
    from_ms: int
    to_ms: int

    @property
    def place(self) -> Place:
        """The station."""
        return self.caregiver.organisation.place

    def as_json(self) -> dict[str, Any]:
        """Return what `truth.json` says of it."""
        return {
            "shift": self.shift_id,
            "caregiver": self.caregiver.caregiver_id,
            "organisation": self.caregiver.organisation.organisation_id,
            "from_ms": self.from_ms,
            "to_ms": self.to_ms,
            **self.told(),
        }


class Copy(Enum):
    """What was held to the reader in place of the door tag."""

    NONE = 0
    UID = 1
    """A cheap chip that has the tag's number."""
    SUN = 2
    """A message that the tag gave earlier, played again."""


class Deed(Enum):
    """What somebody does at a terminal."""

    CHECK = 0
    RATE = 1
    TAKE_BACK = 2
    LONE = 3
    """The card alone."""
    STRANGE = 4
    """A card that is no token."""


@dataclass(slots=True, eq=False)
class Act:
    """One deed at one terminal; ``spot``: where the terminal really is then (None: where it hangs).

    ``at``: at whose door, where that is another elder's than the visit's.
    """

    at_ms: int
    terminal: Terminal
    visit: Witnessed
    card: Token
    deed: Deed = Deed.CHECK
    door: Token | None = None
    copy: Copy = Copy.NONE
    spot: Spot | None = None
    score: int = 100
    at: Elder | None = None
