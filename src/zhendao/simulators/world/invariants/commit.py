"""`no-ack-before-commit`: what the gateway acknowledges stands in its committed store, also right after a kill.

The house asks another connection at the moment that the acknowledgement leaves; after each start of the gateway
everything acknowledged before must still be there; and no terminal believes a range that nobody acknowledged.
"""

from collections.abc import Mapping
from typing import ClassVar

from zhendao.protocol.ack import RangeState
from zhendao.protocol.wording import Text
from zhendao.simulators.world.invariants.books import Books
from zhendao.simulators.world.invariants.invariant import Handler, Invariant, Told
from zhendao.simulators.world.invariants.ranges import Ranges
from zhendao.simulators.world.reports import Acknowledged, GatewayOpened, JournalOpened, Settled

Journal = tuple[int, bytes]
"""Terminal and epoch."""


class NoAckBeforeCommit(Invariant):
    """Keeps what was acknowledged and compares it with what is held."""

    name: ClassVar[str] = "no-ack-before-commit"
    says: ClassVar[Text] = Text(
        "网关回执过的每一条都已提交入库，断电之后仍在",
        "whatever the gateway acknowledged is committed in its store, also right after a kill",
    )

    def __init__(self, broken: Told) -> None:
        super().__init__(broken)
        self._said: dict[Journal, Ranges] = {}

    def handlers(self) -> Mapping[type, Handler]:
        """Hear acknowledgements, and starts on both ends."""
        return {Acknowledged: self._acknowledged, JournalOpened: self._started, GatewayOpened: self._opened}

    def _acknowledged(self, one: Acknowledged) -> None:
        if not one.committed:
            self.broke(
                one.at_ns, "gateway", f"第 {one.first}–{one.last} 条尚未提交就已回执",
                f"events {one.first}–{one.last} of terminal {one.terminal} were acknowledged and not committed",
            )  # fmt: skip
        self._said.setdefault((one.terminal, one.epoch), Ranges()).add(one.first, one.last)

    def _started(self, one: JournalOpened) -> None:
        self._believed(one.at_ns, one.box, one.terminal, one.settled)

    def _believed(self, at_ns: int, box: str, terminal: int, settled: tuple[Settled, ...]) -> None:
        for epoch, first, last, state in settled:
            if state == RangeState.QUARANTINED:
                continue  # a refusal, which names a message and no range
            said = self._said.get((terminal, epoch))
            lacking = first if said is None else said.missing(first, last)
            if lacking is not None:
                self.broke(
                    at_ns, box, f"终端记下网关已收第 {lacking} 条，网关从未回执",
                    f"the terminal has written down that the gateway has event {lacking}, and it never said so",
                )  # fmt: skip

    def _opened(self, one: GatewayOpened) -> None:
        held: dict[Journal, Ranges] = {}
        for terminal, stretch in one.held:
            held.setdefault((terminal, stretch.epoch), Ranges()).add(stretch.first, stretch.last)
        self._compare(one.at_ns, held)

    def end(self, books: Books) -> None:
        """Everything ever acknowledged is among the facts, and nothing else is taken for it."""
        for box in books.boxes:
            self._believed(books.ended_ns, box.box, box.terminal, box.settled)
        held: dict[Journal, Ranges] = {}
        for fact in books.facts:
            held.setdefault((fact.terminal, fact.epoch), Ranges()).add(fact.seq, fact.seq)
        self._compare(books.ended_ns, held)

    def _compare(self, at_ns: int, held: dict[Journal, Ranges]) -> None:
        for journal, said in self._said.items():
            here = held.get(journal, Ranges())
            for first, last in said.pairs():
                lacking = here.missing(first, last)
                if lacking is not None:
                    self.broke(
                        at_ns, "gateway", f"终端 {journal[0]} 的第 {lacking} 条已回执，库里没有",
                        f"event {lacking} of terminal {journal[0]} was acknowledged and is not in the store",
                    )  # fmt: skip
