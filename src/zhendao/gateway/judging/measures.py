"""All settings that judging reads, as one value, and the digest by which it is known that one of them has changed.

Promise: whoever judges in the running gateway is made from a `Measures`, so what is not in it is not judged by; all
that is in it is in the digest. Visits that were judged by other measures are judged again (`visits.rejudging`).
"""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import orjson

from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.hints import Hints
from zhendao.gateway.judging.share import TogetherTable
from zhendao.gateway.judging.valid import ValidRule, ValidTable
from zhendao.gateway.place.settings import GeofenceTable, LearningTable
from zhendao.gateway.surveys.settings import SurveysTable
from zhendao.gateway.visits.drawing import Policy, least_of, policy_of
from zhendao.gateway.visits.services import ServiceTable
from zhendao.gateway.visits.tokens import Least
from zhendao.protocol.suite import SM

if TYPE_CHECKING:
    from zhendao.gateway.config import GatewayConfig


@dataclass(frozen=True, slots=True)
class Measures:
    """The tables of the settings by those names; of ``[tokens]`` only what a token must prove: ``least``."""

    visits: VisitsTable = field(default_factory=VisitsTable)
    least: Least | None = None
    service: tuple[ServiceTable, ...] = ()
    geofence: GeofenceTable = field(default_factory=GeofenceTable)
    learning: LearningTable = field(default_factory=LearningTable)
    hints: Hints = field(default_factory=Hints)
    valid: ValidTable = field(default_factory=ValidTable)
    surveys: SurveysTable = field(default_factory=SurveysTable)
    together: TogetherTable = field(default_factory=TogetherTable)

    @property
    def policy(self) -> Policy:
        """What visits are paired and judged by."""
        return policy_of(self.visits, self._least, self.service, self.geofence, self.learning)

    @property
    def clock_ms(self) -> int:
        """How far the gateway's own clock may be off."""
        return self.visits.clock_s * 1000

    @property
    def valid_rule(self) -> ValidRule:
        """When a caregiver's day, week and month are valid."""
        return self.valid.rule(self.visits.utc_offset_min)

    @property
    def digest(self) -> bytes:
        """32 bytes that are others as soon as one of the settings is; the order of services says nothing."""
        said = asdict(self) | {"least": asdict(self._least)}
        said["service"] = sorted(said["service"], key=lambda one: str(one["code"]))
        return SM.hash(orjson.dumps(said, option=orjson.OPT_SORT_KEYS))

    @property
    def _least(self) -> Least:
        return self.least or least_of(self.visits)


def measures_of(config: "GatewayConfig") -> Measures:
    """Return what the settings of a gateway say."""
    return Measures(
        config.visits,
        least_of(config.visits, config.tokens),
        config.service,
        config.geofence,
        config.learning,
        config.hints,
        config.valid,
        config.surveys,
        config.together,
    )
