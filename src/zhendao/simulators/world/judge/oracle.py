"""The judge of a history: hands every report to the invariants that want it, and keeps what was broken.

Promise: judging changes nothing of what is judged. `Oracle.tell` is what the parts of a world are given; `end` reads
the books once. The first breach is the one that counts, for what follows may follow from it.
"""

from zhendao.simulators.world.invariants.books import Books
from zhendao.simulators.world.invariants.bounds import Bounds
from zhendao.simulators.world.invariants.commit import NoAckBeforeCommit
from zhendao.simulators.world.invariants.effective import SignalledStoredEffective
from zhendao.simulators.world.invariants.good_signal import NoFalseGoodSignal
from zhendao.simulators.world.invariants.honest import HonestTime
from zhendao.simulators.world.invariants.invariant import Breach, Handler, Invariant
from zhendao.simulators.world.invariants.nonce import NoNonceTwice
from zhendao.simulators.world.invariants.order import OrderPerTerminal
from zhendao.simulators.world.invariants.quiet import Quiet
from zhendao.simulators.world.invariants.replay import ConclusionsReplay
from zhendao.simulators.world.invariants.spread import Spread
from zhendao.simulators.world.invariants.truth import Truth
from zhendao.simulators.world.invariants.unnamed import NothingUnnamed
from zhendao.simulators.world.reports import Report

INVARIANTS: tuple[type[Invariant], ...] = (
    SignalledStoredEffective,
    NoFalseGoodSignal,
    OrderPerTerminal,
    NothingUnnamed,
    NoAckBeforeCommit,
    ConclusionsReplay,
    Bounds,
    Quiet,
    Spread,
    Truth,
    HonestTime,
    NoNonceTwice,
)
"""All of them; a line here and a row in docs/promises.md each."""


class Oracle:
    """Judges one history."""

    def __init__(self, invariants: tuple[type[Invariant], ...] = INVARIANTS) -> None:
        self.breaches: list[Breach] = []
        self._watching = [one(self.breaches.append) for one in invariants]
        self._handlers: dict[type, list[Handler]] = {}
        for one in self._watching:
            for kind, handler in one.handlers().items():
                self._handlers.setdefault(kind, []).append(handler)

    def tell(self, report: Report) -> None:
        """Take one report, at the moment that it is of."""
        for handler in self._handlers.get(type(report), ()):
            handler(report)

    def end(self, books: Books) -> None:
        """Look at everything once; nothing is told afterwards."""
        for one in self._watching:
            one.end(books)

    @property
    def first(self) -> Breach | None:
        """What was broken first, None if everything held."""
        return self.breaches[0] if self.breaches else None
