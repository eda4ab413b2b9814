"""The edge of a survey: the real receiver, through the real reading, until so many fixes have come or the time is over.

Promise: it ends by itself, whatever the receiver does; no fix is an ordinary end (indoors), and says what was heard.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zhendao.device.gnss.condition import TEXTS, Condition
from zhendao.device.gnss.gate import RefusedEpoch
from zhendao.device.gnss.listening import RateFound, Standing
from zhendao.device.gnss.receiver import GoodFix
from zhendao.device.gnss.serial_source import PortDown, PortUp, SerialSource
from zhendao.device.receiver_desk import listening_settings, remember, remembered
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zhendao.device.config import GnssTable
    from zhendao.device.gnss.gate import AcceptedEpoch
    from zhendao.device.gnss.serial_source import Posted

_NOTHING = Text("没有任何可读的数据", "nothing readable comes from it")
_CALM = {
    Condition.SEARCHING: Text("能收到数据，没有可靠的定位", "it talks, and has no good fix"),
    Condition.WELL: Text("定位正常", "it has good fixes"),
}
LOOK_S = 5.0
"""How often a person is told how far it is."""


@dataclass(slots=True)
class Taken:
    """What came: good epochs, how many were refused and why, how the receiver was at the end.

    ``heard`` counts epochs of any kind; ``why`` says what is wrong with the port, if anything.
    """

    port: str
    baud: int
    fixes: list[AcceptedEpoch] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    condition: Condition = Condition.SEARCHING
    why: Text | None = None
    seconds: float = 0.0

    def take(self, one: Posted) -> None:
        """Take in what the receiver's thread posted."""
        match one:
            case GoodFix():
                self.fixes.append(one.epoch)
            case RefusedEpoch():
                self.refused[one.reason.value] += 1
            case Standing():
                self.condition = one.condition
            case RateFound():
                self.baud = one.rate
            case PortDown():
                self.why = one.why
            case PortUp():
                self.why = None

    @property
    def heard(self) -> int:
        """How many epochs came, good or not."""
        return len(self.fixes) + sum(self.refused.values())

    @property
    def deaf(self) -> bool:
        """Whether no sentence was heard: a wire, a port or a receiver, and no matter of the sky."""
        return not self.heard

    def trouble(self) -> Text:
        """Return what is the matter with the receiver, for a person."""
        if self.why is not None:
            return self.why
        if self.condition is Condition.SEARCHING and self.deaf:
            return _NOTHING
        return _CALM.get(self.condition) or TEXTS[self.condition]


def take(
    table: GnssTable, data_dir: Path, wanted: int, seconds: float, tell: Callable[[Taken], None] = lambda _taken: None
) -> Taken:
    """Listen until ``wanted`` fixes have come, at most ``seconds``; ``tell`` is called every few seconds."""
    known = remembered(data_dir)
    taken, enough = Taken(str(table.port), known or table.baud), threading.Event()

    def post(one: Posted) -> None:
        # On the receiver's thread: values are put in place, nothing is shown.
        taken.take(one)
        if len(taken.fixes) >= wanted:
            enough.set()

    source = SerialSource(str(table.port), table.baud, post, remembered=known, settings=listening_settings(table))
    begun = time.monotonic()
    source.start()
    try:
        while (left := begun + seconds - time.monotonic()) > 0 and not enough.wait(min(LOOK_S, left)):
            tell(taken)
    finally:
        source.stop()
    taken.seconds = time.monotonic() - begun
    del taken.fixes[wanted:]
    if taken.fixes and data_dir.is_dir():
        remember(data_dir, taken.baud)
    return taken
