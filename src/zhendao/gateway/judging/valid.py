"""When a caregiver's day, week and month are valid: the settings. rule: VALID-DAY, VALID-WEEK, VALID-MONTH."""

from dataclasses import dataclass
from typing import Annotated

from zhendao.command.kinds import Integer


@dataclass(frozen=True, slots=True)
class ValidRule:
    """When a day, a week, a month is valid. ``offset_ms``: how far the local day is ahead of Greenwich's."""

    checks: int = 2
    apart_ms: int = 3_600_000
    week_days: int = 5
    month_days: int = 20
    offset_ms: int = 8 * 3_600_000

    def enough(self, period: str) -> int:
        """Return how many valid days make the week or month of this name valid."""
        return self.week_days if "W" in period else self.month_days


@dataclass(frozen=True)
class ValidTable:
    """`[valid]` of a gateway's settings and of a policy: when a caregiver's day, week and month are valid."""

    checks: Annotated[int, Integer(1, 100)] = 2
    apart_s: Annotated[int, Integer(0, 86_400)] = 3_600
    week_days: Annotated[int, Integer(1, 7)] = 5
    month_days: Annotated[int, Integer(1, 31)] = 20

    def rule(self, utc_offset_min: int) -> ValidRule:
        """Return what it says; days are local, ``utc_offset_min`` east of Greenwich."""
        return ValidRule(self.checks, self.apart_s * 1000, self.week_days, self.month_days, utc_offset_min * 60_000)
