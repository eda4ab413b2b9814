"""`spread`: terminals that lost their broker together do not come back together.

Every wait has full jitter over half a second at least, so in a tenth of a second about a fifth of them at most knock.
How many may by chance is the binomial distribution's, with a little more than that, and one in a milliard for a window.
It says nothing of fewer than some twenty terminals: those may come at once by chance.
"""

from collections import deque
from collections.abc import Mapping
from functools import cache
from math import comb
from typing import ClassVar, Final

from zhendao.protocol.wording import Text
from zhendao.simulators.world.invariants.invariant import Handler, Invariant, Told
from zhendao.simulators.world.reports import JournalOpened, Knocked

WINDOW_NS: Final = 100_000_000
_OF: Final = 4
"""Of so many terminals one is expected within a window, at the most."""
_SELDOM: Final = 1_000_000_000


class Spread(Invariant):
    """Counts the terminals that try again within a tenth of a second."""

    name: ClassVar[str] = "spread"
    says: ClassVar[Text] = Text(
        "断线后的终端不在同一时刻重连：每 0.1 秒的重连数不超过随机错开时应有的数目",
        "a fleet that lost its broker does not come back in one moment: no more of it try again within a tenth of a "
        "second than jitter allows",
    )

    def __init__(self, broken: Told) -> None:
        super().__init__(broken)
        self._known: set[str] = set()
        self._begun: set[str] = set()
        self._recent: deque[tuple[int, str]] = deque()
        self.peak = 0
        """Most that tried again within one window."""

    def handlers(self) -> Mapping[type, Handler]:
        """Hear when attempts begin, and starts."""
        return {Knocked: self._knock, JournalOpened: self._start}

    def _start(self, one: JournalOpened) -> None:
        """Take note of a start: its first attempt comes when the machine has booted, whatever others do."""
        self._begun.discard(one.box)

    def _knock(self, one: Knocked) -> None:
        self._known.add(one.box)
        if one.box not in self._begun:
            self._begun.add(one.box)
            return
        recent = self._recent
        recent.append((one.at_ns, one.box))
        while recent[0][0] <= one.at_ns - WINDOW_NS:
            recent.popleft()
        count = len({box for _, box in recent})
        self.peak = max(self.peak, count)
        most = most_at_once(len(self._known))
        if count > most:
            recent.clear()
            self.broke(
                one.at_ns, one.box, f"0.1 秒内有 {count} 台终端重连（共 {len(self._known)} 台，至多 {most}）",
                f"{count} of {len(self._known)} terminals try again within 0.1 s, at most {most}",
            )  # fmt: skip


@cache
def most_at_once(fleet: int) -> int:
    """Return how many of ``fleet`` terminals are exceeded within one window less than once in a milliard."""
    tail, most = 0, fleet
    while most > 0:
        tail += comb(fleet, most) * (_OF - 1) ** (fleet - most)
        if tail * _SELDOM > _OF**fleet:
            return most
        most -= 1
    return most
