"""`[cases]` in gateway.toml: until when a case is to be answered, and a visit may be corrected. rule: SAME-DAY."""

from dataclasses import dataclass
from typing import Annotated

from zhendao.command.kinds import Integer


@dataclass(frozen=True)
class CasesTable:
    """Days are local, ``utc_offset_min`` east of Greenwich.

    ``dark_s``: a terminal that gave no sign for so long before a start was down; ``silence_s``: one of which nothing
    has come for so long is not heard of. Both are longer than the time between two of its regular reports.
    """

    utc_offset_min: Annotated[int, Integer(-720, 840)] = 480
    least_h: Annotated[int, Integer(0, 24)] = 4
    correct_days: Annotated[int, Integer(0, 366)] = 7
    unlock_days: Annotated[int, Integer(1, 31)] = 3
    dark_s: Annotated[int, Integer(60, 86_400)] = 1_200
    silence_s: Annotated[int, Integer(60, 604_800)] = 2_700
