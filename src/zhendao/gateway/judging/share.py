"""`[together]`, of a gateway and of a policy: how much two visits must have in common to be one piece of work."""

from dataclasses import dataclass
from typing import Annotated, Final

from zhendao.command.kinds import Integer

SHARE_PERCENT: Final = 50
"""So much of the shorter visit, where nothing else is set (assumed)."""


@dataclass(frozen=True)
class TogetherTable:
    """How much of the shorter of two visits must be common to both, in percent, for them to be one piece of work."""

    share_percent: Annotated[int, Integer(1, 100)] = SHARE_PERCENT
