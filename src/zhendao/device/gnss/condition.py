"""How the receiver is, in one word; and when a person is told of it. Pure.

Promise: each trouble is told once in an episode, and that it is over once it has been over for `STEADY_S`: a plug that
wobbles for a week is two lines a minute at worst, and no more kinds of them than there are troubles.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from zhendao.protocol.vocabulary import Concern, PartState
from zhendao.protocol.wording import Text

STEADY_S = 30.0
_NS = 1_000_000_000


class Condition(StrEnum):
    """What the line and the sky are like; of several the first counts."""

    UNPLUGGED = "unplugged"
    """The port is not there, or cannot be opened."""
    SILENT = "silent"
    """The port is open, and no byte comes."""
    UNREADABLE = "unreadable"
    """Bytes come, and no baud rate makes sentences of them."""
    BABBLING = "babbling"
    """More comes than any receiver has to say; a bounded part of it is read."""
    JAMMED = "jammed"
    """All satellites fell together, in strength or altogether."""
    SUSPECT = "suspect"
    """Fixes come, and show signs of not being what they seem."""
    SEARCHING = "searching"
    """Sentences come, and no good fix: indoors, or soon after the start."""
    WELL = "well"
    """Good fixes come."""


CALM = frozenset({Condition.SEARCHING, Condition.WELL})

STATES: dict[Condition, PartState] = {
    Condition.UNPLUGGED: PartState.DOWN,
    Condition.SILENT: PartState.DOWN,
    Condition.UNREADABLE: PartState.DOWN,
    Condition.BABBLING: PartState.WEAK,
    Condition.JAMMED: PartState.WEAK,
    Condition.SUSPECT: PartState.WEAK,
    Condition.SEARCHING: PartState.WEAK,
    Condition.WELL: PartState.WELL,
}

CONCERNS: dict[Condition, Concern] = {
    Condition.UNPLUGGED: Concern.GNSS_UNPLUGGED,
    Condition.SILENT: Concern.GNSS_SILENT,
    Condition.UNREADABLE: Concern.GNSS_UNREADABLE,
    Condition.BABBLING: Concern.GNSS_BABBLING,
    Condition.JAMMED: Concern.GNSS_JAMMED,
    Condition.SUSPECT: Concern.GNSS_SUSPECT,
}

TEXTS: dict[Condition, Text] = {
    Condition.UNPLUGGED: Text("卫星定位接收机不见了", "the GNSS receiver is gone"),
    Condition.SILENT: Text(
        "卫星定位接收机不发数据：请检查供电与接线", "the GNSS receiver says nothing: check its power and its wiring"
    ),
    Condition.UNREADABLE: Text(
        "卫星定位接收机的数据在任何波特率下都读不懂：请检查接线，或运行 zhendao-device gnss setup",
        "what the GNSS receiver sends makes sense at no baud rate: check the wiring, or run zhendao-device gnss setup",
    ),
    Condition.BABBLING: Text(
        "卫星定位接收机发得太多，只读其中一部分", "the GNSS receiver sends far too much; a part of it is read"
    ),
    Condition.JAMMED: Text(
        "所有卫星信号同时变弱或消失：干扰、遮挡，或天线脱落",
        "all satellites fell together: jamming, a cover, or the antenna is off",
    ),
    Condition.SUSPECT: Text("卫星定位可疑", "the position is suspect"),
    Condition.SEARCHING: Text("卫星定位接收机已恢复，正在搜星", "the GNSS receiver works again, no fix yet"),
    Condition.WELL: Text("卫星定位接收机已恢复", "the GNSS receiver works again"),
}


@dataclass
class Telling:
    """Decides which conditions a person is told."""

    _told: frozenset[Condition] = frozenset()
    _calm_since_ns: int | None = None

    def take(self, condition: Condition, now_ns: int) -> bool:
        """Return whether ``condition``, as it is at ``now_ns``, is to be told now."""
        if condition not in CALM:
            self._calm_since_ns = None
            if condition in self._told:
                return False
            self._told |= {condition}
            return True
        if not self._told:
            return False
        if self._calm_since_ns is None:
            self._calm_since_ns = now_ns
        if now_ns - self._calm_since_ns < STEADY_S * _NS:
            return False
        self._told, self._calm_since_ns = frozenset(), None
        return True
