"""`no-false-good-signal`: when the light is green the event is on synced disk, and no power cut takes it away later.

Checked at the signal (the disk is asked, not the terminal) and at every later start of the box, against what its
journal holds then; what the gateway has may be gone, for it may be dropped.
"""

from collections.abc import Mapping
from typing import ClassVar

from zhendao.protocol.wording import Text
from zhendao.simulators.world.invariants.causes import Damage
from zhendao.simulators.world.invariants.effective import GOOD
from zhendao.simulators.world.invariants.invariant import Handler, Invariant, Told
from zhendao.simulators.world.reports import Acknowledged, Faulted, JournalOpened, Signalled


class NoFalseGoodSignal(Invariant):
    """Keeps what each box has promised and the gateway has not taken over."""

    name: ClassVar[str] = "no-false-good-signal"
    says: ClassVar[Text] = Text(
        "绿灯亮时该条已落盘，此后任何断电都不会丢",
        "when the good signal is given the event is on synced disk, and survives every later power cut",
    )

    def __init__(self, broken: Told) -> None:
        super().__init__(broken)
        self._promised: dict[str, dict[tuple[bytes, int], None]] = {}
        self._damage = Damage()

    def handlers(self) -> Mapping[type, Handler]:
        """Hear signals, starts, acknowledgements and what destroys."""
        return {
            Signalled: self._signal,
            JournalOpened: self._opened,
            Acknowledged: self._acknowledged,
            Faulted: self._fault,
        }

    def _signal(self, one: Signalled) -> None:
        if one.signal not in GOOD or self._damage.now(one.box):
            return
        if one.epoch is None or one.seq is None or not one.survives:
            self.broke(
                one.at_ns, one.box, f"亮了绿灯，第 {one.seq} 条却没有落盘",
                f"a good signal was given and event {one.seq} is not on synced disk",
            )  # fmt: skip
        else:
            self._promised.setdefault(one.box, {})[one.epoch, one.seq] = None

    def _opened(self, one: JournalOpened) -> None:
        self._damage.opened(one)
        held = {stretch.epoch: (stretch.first, stretch.last) for stretch in one.held}
        for epoch, seq in list(self._promised.get(one.box, ())):
            first, last = held.get(epoch, (1, 0))
            if not first <= seq <= last:
                del self._promised[one.box][epoch, seq]
                self.broke(
                    one.at_ns, one.box, f"第 {seq} 条亮过绿灯，重新启动后日志里没有了",
                    f"event {seq} had the good signal, and the journal does not hold it after a start",
                )  # fmt: skip

    def _acknowledged(self, one: Acknowledged) -> None:
        for box, promised in self._promised.items():
            if _number(box) == one.terminal:
                for epoch, seq in [key for key in promised if key[0] == one.epoch and one.first <= key[1] <= one.last]:
                    del promised[epoch, seq]

    def _fault(self, one: Faulted) -> None:
        if self._damage.fault(one):
            self._promised.pop(one.who, None)


def _number(box: str) -> int:
    return int(box.split(" ")[1])
