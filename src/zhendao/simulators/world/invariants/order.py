"""`order-per-terminal`: what one terminal recorded keeps its order, in its journal, at the gateway, at the platform.

Signals of one box rise in number; facts of one boot rise in monotonic time along their chain; and of one record the
platform never makes an older revision effective after a newer one.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import ClassVar

from zhendao.protocol.wording import Text
from zhendao.simulators.world.invariants.books import Books, Fact
from zhendao.simulators.world.invariants.causes import DESTROYING
from zhendao.simulators.world.invariants.effective import GOOD
from zhendao.simulators.world.invariants.invariant import Handler, Invariant, Told
from zhendao.simulators.world.reports import Effective, Faulted, Signalled


class OrderPerTerminal(Invariant):
    """Keeps the newest of each, and walks the chains at the end."""

    name: ClassVar[str] = "order-per-terminal"
    says: ClassVar[Text] = Text(
        "同一终端的记录，次序在日志、网关、平台处处不变",
        "what one terminal recorded keeps its order in the journal, at the gateway and at the platform",
    )

    def __init__(self, broken: Told) -> None:
        super().__init__(broken)
        self._signalled: dict[tuple[str, bytes], int] = {}
        self._revision: dict[tuple[str, str], int] = {}

    def handlers(self) -> Mapping[type, Handler]:
        """Hear signals and effects; an older image on the disk begins a box's order anew."""
        return {Signalled: self._signal, Effective: self._effect, Faulted: self._fault}

    def _signal(self, one: Signalled) -> None:
        if one.signal not in GOOD or one.epoch is None or one.seq is None:
            return
        before = self._signalled.get((one.box, one.epoch), 0)
        if one.seq < before:
            self.broke(
                one.at_ns, one.box, f"第 {one.seq} 条在第 {before} 条之后才记录",
                f"event {one.seq} was recorded after event {before}",
            )  # fmt: skip
        self._signalled[one.box, one.epoch] = one.seq

    def _effect(self, one: Effective) -> None:
        key = (one.record_type, one.key)
        before = self._revision.get(key, 0)
        if one.revision < before:
            self.broke(
                one.at_ns, "platform", f"{one.record_type} 的第 {one.revision} 版在第 {before} 版之后生效",
                f"revision {one.revision} of a {one.record_type} became effective after revision {before}",
            )  # fmt: skip
        self._revision[key] = max(before, one.revision)

    def _fault(self, one: Faulted) -> None:
        if one.fault in DESTROYING:
            for key in [key for key in self._signalled if key[0] == one.who]:
                del self._signalled[key]

    def end(self, books: Books) -> None:
        """Walk each chain from every event to the one before it, and look whether the gateway sees it as one."""
        self._chains(books)
        self._goes_on(books)
        by_head: dict[tuple[int, bytes, int], dict[bytes, Fact]] = defaultdict(dict)
        for one in books.facts:
            by_head[one.terminal, one.epoch, one.seq][one.head] = one
        for one in books.facts:
            earlier = by_head.get((one.terminal, one.epoch, one.seq - 1))
            if not earlier:
                continue
            before = earlier.get(one.prev)
            if before is not None and before.boot_id == one.boot_id and before.mono_ns > one.mono_ns:
                self.broke(
                    books.ended_ns, f"terminal {one.terminal}", f"第 {one.seq} 条的单调时间早于前一条",
                    f"event {one.seq} is earlier by the monotonic clock than the one before it",
                )  # fmt: skip

    def _chains(self, books: Books) -> None:
        """Two pieces of which one begins where the other ends, in one history, are a chain that was never linked."""
        heads = {(one.terminal, one.epoch, one.seq, one.head) for one in books.facts}
        once = Counter((terminal, epoch, seq) for terminal, epoch, seq, _ in heads)
        pieces = {(terminal, epoch, first): last for terminal, epoch, first, last in books.chains}
        for (terminal, epoch, first), last in pieces.items():
            alone = all(once[terminal, epoch, seq] == 1 for seq in (first, last, last + 1))
            if alone and (terminal, epoch, last + 1) in pieces:
                self.broke(
                    books.ended_ns, f"terminal {terminal}", f"第 {last + 1} 条起的一段到了，却从未接上",
                    f"what begins with event {last + 1} has arrived and was never linked to what is before it",
                )  # fmt: skip

    def _goes_on(self, books: Books) -> None:
        """A terminal whose history is not the first that the gateway held of an epoch has begun another epoch.

        What counts is where two histories part: beyond it the events of either may have come first.
        """
        first: dict[tuple[int, bytes, int], bytes] = {}
        twice: set[tuple[int, bytes, int]] = set()
        prev: dict[tuple[int, bytes, bytes], Fact] = {}
        for fact in books.facts:
            place = fact.terminal, fact.epoch, fact.seq
            if first.setdefault(place, fact.head) != fact.head:
                twice.add(place)
            prev[fact.terminal, fact.epoch, fact.head] = fact
        for box in books.boxes:
            if not box.held or not box.connected:
                continue
            epoch, head = box.held[-1].epoch, box.held[-1].head
            at = prev.get((box.terminal, epoch, head))
            parted: Fact | None = None
            while at is not None:
                if (box.terminal, epoch, at.seq) in twice:
                    parted = at
                at = prev.get((box.terminal, epoch, at.prev))
            if parted is not None and first[box.terminal, epoch, parted.seq] != parted.head:
                self.broke(
                    books.ended_ns, box.box, f"仍在第 {parted.seq} 条起的另一种历史中继续记录",
                    f"it goes on in another history than the first one held, from event {parted.seq}",
                )  # fmt: skip
