"""The policy of a judging: the tables of a gateway's settings that decide about visits, and limits of services.

The same keys as in gateway.toml (docs/gateway.md), so a gateway's own can be copied; `[[service]]` answers a
what-if question about one code without touching the registry.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from zhendao.command.kinds import Choice
from zhendao.command.settings import read
from zhendao.gateway.config import STRENGTHS, VisitsTable
from zhendao.gateway.judging.deadlines import OverdueTable
from zhendao.gateway.judging.hints import Hints
from zhendao.gateway.judging.share import TogetherTable
from zhendao.gateway.judging.valid import ValidRule, ValidTable
from zhendao.gateway.meals.settings import MealsTable
from zhendao.gateway.place.settings import GeofenceTable, LearningTable
from zhendao.gateway.visits.drawing import Policy, least_of, policy_of
from zhendao.gateway.visits.services import ServiceTable
from zhendao.gateway.visits.tokens import Least
from zhendao.protocol.vocabulary import Strength


@dataclass(frozen=True)
class PolicyTokens:
    """What tokens must prove; as `least_strength` of [visits] where nothing is said. rule: TWO-TOKENS."""

    least_door: Annotated[str | None, Choice(*STRENGTHS)] = None
    least_caregiver: Annotated[str | None, Choice(*STRENGTHS)] = None


@dataclass(frozen=True)
class PolicyFile:
    """A file of policy: everything may be left out."""

    visits: VisitsTable = field(default_factory=VisitsTable)
    tokens: PolicyTokens = field(default_factory=PolicyTokens)
    valid: ValidTable = field(default_factory=ValidTable)
    overdue: OverdueTable = field(default_factory=OverdueTable)
    together: TogetherTable = field(default_factory=TogetherTable)
    service: tuple[ServiceTable, ...] = ()
    geofence: GeofenceTable = field(default_factory=GeofenceTable)
    learning: LearningTable = field(default_factory=LearningTable)
    hints: Hints = field(default_factory=Hints)
    meals: MealsTable = field(default_factory=MealsTable)

    def valid_rule(self) -> ValidRule:
        """Return when days, weeks and months are valid."""
        return self.valid.rule(self.visits.utc_offset_min)

    def policy(self) -> Policy:
        """Return the policy that it says."""
        both = least_of(self.visits)
        door, caregiver = self.tokens.least_door, self.tokens.least_caregiver
        least = Least(
            Strength[door.upper()] if door else both.door, Strength[caregiver.upper()] if caregiver else both.caregiver
        )
        return policy_of(self.visits, least, self.service, self.geofence, self.learning)


def read_policy(path: Path | None) -> PolicyFile:
    """Read a file of policy; None: everything as it is where nothing is said. Raises `SettingsError`."""
    return PolicyFile() if path is None else read(path, PolicyFile)
