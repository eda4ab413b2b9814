"""What a case is: the doubtful visit, what is odd about it, who was heard, and how it was decided. Values only."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from zhendao.gateway.cases.outages import When
from zhendao.protocol.wording import Text


class State(StrEnum):
    """Where a case stands. ``cleared``: the facts, or a correction, left nothing to doubt."""

    OPEN = "open"
    ESCALATED = "escalated"
    CLEARED = "cleared"
    DECIDED = "decided"


class Side(StrEnum):
    """Whose word it is."""

    CAREGIVER = "caregiver"
    ELDER = "elder"


class Decision(StrEnum):
    """How a person closed it: corrected, or right as it is, or the doubt is right and the visit does not count."""

    FIXED = "fixed"
    ACKNOWLEDGED = "acknowledged"
    UPHELD = "upheld"


class Act(StrEnum):
    """What a line of the log says was done."""

    OPENED = "opened"
    FOUND = "found"
    CLEARED = "cleared"
    REOPENED = "reopened"
    EXPLAINED = "explained"
    ESCALATED = "escalated"
    HEARD = "heard"
    UNREACHED = "unreached"
    DECIDED = "decided"
    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    UNLOCKED = "unlocked"


CARE_LEVELS: Final = ("red", "orange", "yellow", "green")
"""In the order of the queue. rule: CARE-LEVEL."""

STATES: Final[dict[State, Text]] = {
    State.OPEN: Text("待答复", "to be answered"),
    State.ESCALATED: Text("逾期，已上报", "not answered in time, with the supervisors"),
    State.CLEARED: Text("疑点已消除", "nothing left to doubt"),
    State.DECIDED: Text("已决定", "decided"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the log; ``by`` is empty where nobody did it."""

    act: Act
    at_ms: int
    by: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it is now; times in UTC ms.

    ``when``: where and when its visit was.
    ``kinds``: what is found now; ``settled``: what had been found when it was decided; ``heard``: sides that were heard
    or could not be reached; ``explained``: the reason that a known outage gives; ``explains``: the kinds it covers.
    """

    number: int
    visit_id: bytes
    when: When
    elder_id: str | None
    caregiver_id: str | None
    care_level: str | None
    state: State
    kinds: frozenset[str]
    opened_ms: int
    due_ms: int
    heard: frozenset[Side] = frozenset()
    settled: frozenset[str] = frozenset()
    explained: str | None = None
    explains: frozenset[str] = frozenset()
    escalated_ms: int | None = None
    closed_ms: int | None = None
    decision: Decision | None = None
    reason: str | None = None
    unlocked_ms: int | None = None

    @property
    def waits(self) -> bool:
        """Tell whether somebody has to answer."""
        return self.state in {State.OPEN, State.ESCALATED}

    @property
    def blameless(self) -> bool:
        """Tell whether a known outage explains all that is found."""
        return bool(self.kinds) and self.kinds <= self.explains

    @property
    def place(self) -> tuple[int, int, int]:
        """Where it stands in the queue: by care level, then by when it is due. rule: CARE-LEVEL."""
        level = CARE_LEVELS.index(self.care_level) if self.care_level in CARE_LEVELS else len(CARE_LEVELS)
        return level, self.due_ms, self.number


@dataclass(frozen=True, slots=True)
class Change:
    """A case as it is now, and what its log says of that."""

    case: Case
    entries: tuple[Entry, ...] = field(default=())
