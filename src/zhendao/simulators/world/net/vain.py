"""Attempts that must fail, left out: while nobody can be reached, a terminal that tries all day changes nothing.

Promise: how a wait stands when somebody can be reached again follows from the terminal's real `Trying`, run through its
last attempts without carrying them out. What is left out is what `Down` would have said again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.link.contact import REACH_S
from zhendao.device.link.schedule import Ending
from zhendao.device.link.trying import End
from zhendao.protocol.wording import Text
from zhendao.simulators.world.net.broker import BROKER
from zhendao.simulators.world.net.network import Knock

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.link.trying import Trying
    from zhendao.simulators.world.net.network import Network

ENOUGH = 12
"""So many attempts in vain, one after the other and of one kind: then every window has its full width."""
_RUN_IN_S = 90.0
"""So much of what was left out is run through: several windows of any fleet."""
_KINDS = {Knock.AWAY: Ending.AWAY, Knock.SILENT: Ending.SILENT, Knock.REFUSED: Ending.REFUSED}
_TOOK_S = {Ending.AWAY: 0.0, Ending.SILENT: REACH_S, Ending.REFUSED: 0.0}
_SAME = Text("同前", "as before")


class Vain:
    """The attempts in vain of one link at machine ``name``. ``resume`` is called when there may be another outcome."""

    def __init__(self, network: Network, name: str, resume: Callable[[], None]) -> None:
        self._network, self._name, self._resume = network, name, resume
        self._kind: Ending | None = None
        self._count = 0
        self._since_s = 0.0
        self.asleep = False

    def ended(self, end: End) -> bool:
        """Take in an attempt's end; return whether nothing need be tried until `resume` is called."""
        same = not end.greeted and end.ending is self._kind and end.ending in _TOOK_S
        self._count = self._count + 1 if same else 0
        self._kind = end.ending
        if self._count < ENOUGH or _KINDS.get(self._network.outlook(self._name, BROKER)) is not self._kind:
            return False
        self.asleep = True
        self._since_s = self._now_s()
        self._network.watch(self, self._name, BROKER, self._look)
        return True

    def wake(self, trying: Trying) -> None:
        """End the sleep: ``trying`` is due as if everything had been tried."""
        if self.asleep and self._kind is not None:
            self.forget()
            now_s = self._now_s()
            trying.due_s = max(trying.due_s, self._since_s, now_s - _RUN_IN_S)
            while trying.due_s + _TOOK_S[self._kind] < now_s:
                begun_s = trying.due_s
                trying.attempt(begun_s)
                trying.ended(End(self._kind, _SAME), begun_s + _TOOK_S[self._kind])
            self._count = 0

    def forget(self) -> None:
        """Call nobody any more."""
        self.asleep = False
        self._network.unwatch(self)

    def _look(self) -> None:
        if _KINDS.get(self._network.outlook(self._name, BROKER)) is not self._kind:
            self._resume()

    def _now_s(self) -> float:
        return self._network.clockwork.now_ns / 1_000_000_000
