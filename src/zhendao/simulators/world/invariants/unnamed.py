"""`nothing-unnamed`: what was done to a journal is a finding of the right kind; there is no finding without a cause.

What must be named follows from the facts: two histories, a number that is missing, a journal begun anew; and from the
faults: a journal that was destroyed. An image put back on a terminal of whose lost events nobody had heard leaves no
trace anywhere: that, and nothing else, is excused.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import ClassVar

from zhendao.protocol.wording import Text
from zhendao.simulators.world.invariants.books import Books, Found
from zhendao.simulators.world.invariants.causes import EXPLAINED_BY
from zhendao.simulators.world.invariants.effective import GOOD
from zhendao.simulators.world.invariants.invariant import Handler, Invariant, Told
from zhendao.simulators.world.invariants.ranges import Ranges
from zhendao.simulators.world.reports import Faulted, Signalled

_LOSS = frozenset({"gap", "fork", "rollback", "cut_tail", "new_epoch"})
_SHARED = frozenset({"broker", "gateway", "network", "platform"})


class NothingUnnamed(Invariant):
    """Compares facts and faults with findings, at the end."""

    name: ClassVar[str] = "nothing-unnamed"
    says: ClassVar[Text] = Text(
        "缺口、分叉、回滚、断尾、克隆、损毁都被如实指出；没有原因的，不指控",
        "every gap, fork, rollback, cut tail, clone and destroyed journal is named, and nothing is without a cause",
    )

    def __init__(self, broken: Told) -> None:
        super().__init__(broken)
        self._faults: dict[str, set[str]] = defaultdict(set)
        self._signalled: dict[str, dict[tuple[int, bytes, int], int]] = defaultdict(dict)
        self._unnamed: dict[str, int] = {}

    def handlers(self) -> Mapping[type, Handler]:
        """Hear faults and signals."""
        return {Faulted: self._fault, Signalled: self._signal}

    def _fault(self, one: Faulted) -> None:
        self._faults[one.who].add(one.fault)
        if one.fault == "journal-destroyed":
            self._unnamed[one.who] = one.at_ns

    def _signal(self, one: Signalled) -> None:
        if one.signal in GOOD and one.epoch is not None and one.seq is not None:
            self._signalled[one.box][one.terminal, one.epoch, one.seq] = one.at_ns

    def end(self, books: Books) -> None:
        """Look for what is unnamed, then for what is named without a cause."""
        named: dict[int, list[Found]] = defaultdict(list)
        for found in books.findings:
            if found.terminal is not None:
                named[found.terminal].append(found)
        self._facts(books, named)
        self._losses(books, named)
        for terminal, several in sorted(named.items()):
            causes = self._faults[f"terminal {terminal}"].union(*(self._faults[who] for who in sorted(_SHARED)))
            for found in several:
                if not EXPLAINED_BY.get(found.kind, frozenset()) & causes:
                    self.broke(
                        books.ended_ns, f"terminal {terminal}", f"无故指控：{found.kind}（第 {found.seq} 条）",
                        f"accused without a cause: {found.kind} at event {found.seq}",
                    )  # fmt: skip

    def _facts(self, books: Books, named: Mapping[int, list[Found]]) -> None:
        heads: dict[tuple[int, bytes], dict[int, bytes]] = {}
        forks: dict[tuple[int, bytes], int] = {}
        firsts: dict[int, bytes] = {}
        for fact in books.facts:
            journal = (fact.terminal, fact.epoch)
            firsts.setdefault(fact.terminal, fact.epoch)
            if heads.setdefault(journal, {}).setdefault(fact.seq, fact.head) != fact.head:
                forks.setdefault(journal, fact.seq)
        for (terminal, epoch), seqs in heads.items():
            kinds = {one.kind for one in named[terminal] if one.epoch == epoch}
            if (terminal, epoch) in forks and "fork" not in kinds:
                self._not_named(books, terminal, "fork", forks[terminal, epoch])
            ranges = Ranges()
            for seq in seqs:
                ranges.add(seq, seq)
            lacking = ranges.missing(1, max(seqs))
            if lacking is not None and "gap" not in kinds:
                self._not_named(books, terminal, "gap", lacking)
        for terminal, began in ((t, [e for u, e in heads if u == t]) for t in firsts):
            told = {one.epoch for one in named[terminal] if one.kind in {"new_epoch", "new_epoch_planned"}}
            if len([epoch for epoch in began if epoch not in told]) > 1:
                self._not_named(books, terminal, "new_epoch", 1)

    def _losses(self, books: Books, named: Mapping[int, list[Found]]) -> None:
        held = {(one.terminal, one.epoch, one.seq) for one in books.facts}
        for box, at_ns in self._unnamed.items():
            lost = [key for key, when in self._signalled[box].items() if when < at_ns and key not in held]
            if lost and not any(one.kind in _LOSS for one in named[lost[0][0]]):
                self._not_named(books, lost[0][0], "cut_tail", lost[0][2])

    def _not_named(self, books: Books, terminal: int, kind: str, seq: int) -> None:
        self.broke(
            books.ended_ns, f"terminal {terminal}", f"没有指出：{kind}（第 {seq} 条）",
            f"not named: {kind} at event {seq}",
        )  # fmt: skip
