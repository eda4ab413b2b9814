"""`quiet`: when faults have ended, everything is at rest within the quiet time that the story ends with.

Each box runs and is connected, nothing is unacknowledged, the outbox is empty, and no gap is open that something could
still close: what a fault destroyed stays a gap for ever, and is named.
"""

from collections.abc import Mapping
from typing import ClassVar

from zhendao.protocol.wording import Text
from zhendao.simulators.world.invariants.books import Books
from zhendao.simulators.world.invariants.causes import DESTROYING
from zhendao.simulators.world.invariants.invariant import Handler, Invariant, Told
from zhendao.simulators.world.reports import Faulted


class Quiet(Invariant):
    """Looks at how everything stands at the end."""

    name: ClassVar[str] = "quiet"
    says: ClassVar[Text] = Text(
        "故障结束后，在规定时间内一切归于平静：无未确认、无可补的缺口、无待发、全部在线",
        "after the last fault everything is at rest within the stated time: nothing unacknowledged or unsent, no gap "
        "that could be closed, every link up",
    )

    def __init__(self, broken: Told) -> None:
        super().__init__(broken)
        self._destroyed: set[str] = set()

    def handlers(self) -> Mapping[type, Handler]:
        """Hear which boxes lost something for good."""
        return {Faulted: self._fault}

    def _fault(self, one: Faulted) -> None:
        if one.fault in DESTROYING:
            self._destroyed.add(one.who)

    def end(self, books: Books) -> None:
        """Compare how everything stands with rest."""
        at_ns = books.ended_ns
        for box in books.boxes:
            if not box.alive:
                self.broke(at_ns, box.box, "到结束时没有运行", "it does not run at the end")
            elif not box.connected:
                self.broke(at_ns, box.box, "到结束时没有连上", "it is not connected at the end")
            elif box.unacknowledged:
                self.broke(
                    at_ns, box.box, f"到结束时还有 {box.unacknowledged} 条未确认",
                    f"{box.unacknowledged} events are unacknowledged at the end",
                )  # fmt: skip
        if books.unanswered:
            self.broke(
                at_ns, "gateway", f"到结束时还有 {books.unanswered} 条没有得到平台答复",
                f"{books.unanswered} records have no answer of the platform at the end",
            )  # fmt: skip
        if books.refused:
            self.broke(
                at_ns, "gateway", f"平台拒收了 {books.refused} 条，而平台没有理由拒收任何一条",
                f"{books.refused} records were refused by the platform, which had no reason to refuse any",
            )  # fmt: skip
        for terminal, epoch, first, last in books.open_gaps:
            holders = [
                box
                for box in books.boxes
                if box.terminal == terminal
                and any(one.epoch == epoch and one.first <= last and first <= one.last for one in box.held)
            ]
            lost = any(box.box in self._destroyed for box in books.boxes if box.terminal == terminal)
            if holders or not lost:
                self.broke(
                    at_ns, f"terminal {terminal}", f"第 {first}–{last} 条的缺口到结束时仍未补上",
                    f"the gap {first}–{last} is still open at the end",
                )  # fmt: skip
