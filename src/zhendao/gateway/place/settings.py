"""`[geofence]` and `[learning]`, of a gateway and of a policy: when a check counts as inside, how a home is learned."""

from dataclasses import dataclass
from typing import Annotated

from zhendao.command.kinds import Integer
from zhendao.gateway.place.geofence import GeofenceSettings
from zhendao.gateway.place.learned import LearningSettings


@dataclass(frozen=True)
class GeofenceTable:
    """See `GeofenceSettings`: a probability in percent, metres, seconds, centimetres a second. rule: LOCATION."""

    sure_percent: Annotated[int, Integer(50, 99)] = 95
    max_error_m: Annotated[int, Integer(1, 10_000)] = 100
    grace_s: Annotated[int, Integer(0, 3_600)] = 10
    walk_cmps: Annotated[int, Integer(0, 10_000)] = 150

    def settings(self) -> GeofenceSettings:
        """Return them as the geofence takes them."""
        return GeofenceSettings(
            self.sure_percent / 100, float(self.max_error_m), float(self.grace_s), self.walk_cmps / 100
        )


@dataclass(frozen=True)
class LearningTable:
    """See `LearningSettings`: numbers of fixes, metres."""

    least: Annotated[int, Integer(5, 1_000)] = 12
    most: Annotated[int, Integer(16, 4_096)] = 128
    soon: Annotated[int, Integer(3, 100)] = 7
    late: Annotated[int, Integer(3, 300)] = 21
    max_error_m: Annotated[int, Integer(1, 10_000)] = 100

    def settings(self) -> LearningSettings:
        """Return them as the learning takes them."""
        return LearningSettings(self.least, self.most, self.soon, self.late, float(self.max_error_m))
