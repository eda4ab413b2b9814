"""`[retention]` in gateway.toml: for how many days each kind of data is kept, and at which hour the rest is deleted.

The reason for each default is in docs/privacy.md. 0: kept for ever. What a kept visit rests on is kept with it.
rule: PIPL, EVIDENCE
"""

from dataclasses import dataclass
from typing import Annotated

from zhendao.command.kinds import Integer, Switch

MOST_DAYS = 36_525
_Days = Annotated[int, Integer(0, MOST_DAYS)]
FIVE_YEARS = 1_826
THREE_YEARS = 1_096
HALF_A_YEAR = 183


@dataclass(frozen=True)
class RetentionTable:
    """Days for which each kind is kept; ``hour``: the local hour (`utc_offset_min` of [visits]) of the nightly run.

    ``on``: false keeps everything, and says so. ``accesses_days``: nobody may set less than half a year.
    """

    on: Annotated[bool, Switch()] = True
    hour: Annotated[int, Integer(0, 23)] = 3
    visits_days: _Days = FIVE_YEARS
    events_days: _Days = FIVE_YEARS
    fixes_days: _Days = HALF_A_YEAR
    findings_days: _Days = FIVE_YEARS
    alerts_days: _Days = THREE_YEARS
    sends_days: _Days = HALF_A_YEAR
    forwarded_days: _Days = 366
    quarantine_days: _Days = HALF_A_YEAR
    registry_days: _Days = FIVE_YEARS
    accesses_days: Annotated[int, Integer(HALF_A_YEAR, MOST_DAYS)] = THREE_YEARS
