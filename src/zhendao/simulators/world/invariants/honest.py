"""`honest-time`: a terminal's time is never better than it says: the true time lies within the bound that it states.

Asked of the running terminal as `zhendao-device status` asks it, whenever it has looked at its clocks, and at each good
signal. Where a source of time has lied to it, or its card came from another machine, no bound can hold.
"""

from collections.abc import Mapping
from typing import ClassVar

from zhendao.protocol.wording import Text
from zhendao.simulators.world.invariants.causes import LYING, TWICE
from zhendao.simulators.world.invariants.invariant import Handler, Invariant, Told
from zhendao.simulators.world.reports import Clocked, Faulted


class HonestTime(Invariant):
    """Compares what each terminal says of its time with the world's."""

    name: ClassVar[str] = "honest-time"
    says: ClassVar[Text] = Text(
        "终端的时间不会比它自称的更准：真实时间总在所称误差之内",
        "a terminal's time is never better than it says: the true time lies within the bound that it states",
    )

    def __init__(self, broken: Told) -> None:
        super().__init__(broken)
        self._lied_to: set[str] = set()

    def handlers(self) -> Mapping[type, Handler]:
        """Hear times and faults."""
        return {Clocked: self._clocked, Faulted: self._fault}

    def _fault(self, one: Faulted) -> None:
        if one.fault in LYING | TWICE:
            self._lied_to.add(one.who)

    def _clocked(self, one: Clocked) -> None:
        if (
            one.bound_ms is None
            or abs(one.off_ms) <= one.bound_ms
            or self._lied_to & {f"terminal {one.terminal}", "gateway"}
        ):
            return
        self._lied_to.add(f"terminal {one.terminal}")  # once is enough
        self.broke(
            one.at_ns, one.box, f"时间差 {one.off_ms} 毫秒，自称误差 ±{one.bound_ms}（{one.source}）",
            f"its time is {one.off_ms} ms off, said to be right to ± {one.bound_ms} ({one.source})",
        )  # fmt: skip
