"""The table ``[calls]``: how long nothing is said before it is said that nobody has answered, and how it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from zhendao.command.kinds import Number


@dataclass(frozen=True)
class CallsTable:
    """Times.

    Attributes:
        offline_s: so long after a call the gateway may be silent until the elder is told that it does not answer.
        nobody_s: so long nobody may have taken a call that has arrived until the elder is told so.
        rarest_s: each time that it is told again it takes twice as long, up to so long.
        follow_h: so long a call is followed that nobody ends.
    """

    offline_s: Annotated[float, Number(1, 600)] = 10
    nobody_s: Annotated[float, Number(5, 3600)] = 60
    rarest_s: Annotated[float, Number(30, 86_400)] = 900
    follow_h: Annotated[float, Number(0.1, 168)] = 24
