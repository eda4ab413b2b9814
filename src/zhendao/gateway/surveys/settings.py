"""`[surveys]` in gateway.toml: when what is found in a day is looked for, and over how many days."""

from dataclasses import dataclass
from typing import Annotated

from zhendao.command.kinds import Integer


@dataclass(frozen=True)
class SurveysTable:
    """``after_day_min``: so long after local midnight a day is over; ``pattern_days``: patterns look so far back.

    ``back_days``: habits, and a terminal's place, are learned from so many days.
    """

    after_day_min: Annotated[int, Integer(0, 1_439)] = 120
    pattern_days: Annotated[int, Integer(1, 366)] = 7
    back_days: Annotated[int, Integer(7, 366)] = 60
