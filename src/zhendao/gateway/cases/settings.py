"""`[cases]` in gateway.toml: until when a case is to be answered, and a visit may be corrected. rule: SAME-DAY."""

from dataclasses import dataclass
from typing import Annotated

from zhendao.command.kinds import Integer


@dataclass(frozen=True)
class CasesTable:
    """Days are local, ``utc_offset_min`` east of Greenwich."""

    utc_offset_min: Annotated[int, Integer(-720, 840)] = 480
    least_h: Annotated[int, Integer(0, 24)] = 4
    correct_days: Annotated[int, Integer(0, 366)] = 7
    unlock_days: Annotated[int, Integer(1, 31)] = 3
