"""The settings that reports follow: where days begin and which count, what is overdue, when a case is answered."""

from dataclasses import dataclass, field

from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.config import GatewayConfig
from zhendao.gateway.judging.deadlines import OverdueTable
from zhendao.gateway.judging.valid import ValidRule
from zhendao.gateway.meals.settings import MealRules


@dataclass(frozen=True, slots=True)
class Rules:
    """As the tables of a gateway's settings have them; local days are those of ``valid``."""

    valid: ValidRule = field(default_factory=ValidRule)
    overdue: OverdueTable = field(default_factory=OverdueTable)
    cases: CasesTable = field(default_factory=CasesTable)
    meals: MealRules = field(default_factory=MealRules)


def rules_of(config: GatewayConfig) -> Rules:
    """Return what ``config`` says."""
    offset_min = config.visits.utc_offset_min
    return Rules(config.valid.rule(offset_min), config.overdue, config.cases, config.meals.rules(offset_min))
