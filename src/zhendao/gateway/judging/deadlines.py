"""When something counts as overdue: the settings. rule: FOLLOW-UP, PAPERS."""

from dataclasses import dataclass
from typing import Annotated

from zhendao.command.kinds import Integer


@dataclass(frozen=True)
class OverdueTable:
    """`[overdue]` of a gateway's settings and of a policy, in days: a follow-up is due so long after a service began.

    ``papers_days``: so long before a paper runs out it is told of.
    """

    follow_up_days: Annotated[int, Integer(0, 366)] = 3
    papers_days: Annotated[int, Integer(0, 366)] = 30
