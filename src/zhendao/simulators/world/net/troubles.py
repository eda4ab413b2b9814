"""What befalls links and broker: each act of a story done to the networks, begun and ended.

Promise: what lasts ends when its act says so, whatever else has begun meanwhile. The one network between all of them is
the way to the broker's machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from zhendao.simulators.world.net.broker import BROKER, Broker
from zhendao.simulators.world.story.arguments import NETWORK
from zhendao.simulators.world.story.kinds import BROKERS, LINK

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.simulators.world.net.network import Network
    from zhendao.simulators.world.story.story import Act

_MS = 1_000_000
FAMILIES = (LINK, BROKERS)


class LinkTroubles:
    """Does to ``network`` and ``broker`` what stories say."""

    def __init__(self, network: Network, broker: Broker) -> None:
        self._network, self._broker, self._clockwork = network, broker, network.clockwork
        self._down = 0

    def befall(self, act: Act) -> None:
        """Do ``act``, which is of one of `FAMILIES`, now."""
        machine = BROKER if act.who == NETWORK else act.who
        kind = act.kind
        if kind in _WHILE:
            self._while(act, lambda change: _WHILE[kind](self, act, machine, change))
        elif kind == "link-flap":
            self._flap(act, machine, self._clockwork.now_ns + act.number("for_ms") * _MS)
        elif kind == "link-half-open":
            lost = act.word("lost")
            self._network.forget(machine, up=lost != "down", down=lost != "up")
            self._while(act, lambda change: self._network.shut(machine, change))
        elif kind == "link-reset":
            self._network.reset(machine)
        elif kind == "broker-restart":
            self._restart(act)
        else:
            raise ValueError(f"no trouble of links: {kind}")

    def _while(self, act: Act, change: Callable[[int], None]) -> None:
        change(1)
        self._clockwork.after(act.number("for_ms") * _MS, lambda: change(-1))

    def _flap(self, act: Act, machine: str, until_ns: int) -> None:
        """Take the route away and give it back, until the act is over."""
        now_ns = self._clockwork.now_ns
        if now_ns >= until_ns:
            return
        self._network.unroute(machine, 1)
        back_ns = min(now_ns + act.number("down_ms") * _MS, until_ns)
        self._clockwork.at(back_ns, lambda: self._network.unroute(machine, -1))
        self._clockwork.at(back_ns + act.number("up_ms") * _MS, lambda: self._flap(act, machine, until_ns))

    def _restart(self, act: Act) -> None:
        keeps: dict[str, Literal["all", "saved", "nothing"]] = {"all": "all", "saved": "saved", "nothing": "nothing"}
        if self._broker.up:
            self._broker.stop(keeps[act.word("keeps")])
        self._down += 1
        self._clockwork.after(act.number("for_ms") * _MS, self._started)

    def _started(self) -> None:
        self._down -= 1
        if not self._down:
            self._broker.start()

    # -- what lasts; each is told whether it begins (1) or ends (-1)

    def _cut(self, act: Act, machine: str, change: int) -> None:
        if act.word("how") == "noticed":
            self._network.unroute(machine, change)
        else:
            self._network.darken(machine, change)

    def _slow(self, act: Act, machine: str, change: int) -> None:
        self._network.slow(machine, change * act.number("delay_ms") * _MS)

    def _lose(self, act: Act, machine: str, change: int) -> None:
        self._network.lose(machine, change * act.number("share"))

    def _drop(self, act: Act, _machine: str, change: int) -> None:
        self._broker.faults.drops += change * act.number("share")

    def _duplicate(self, act: Act, _machine: str, change: int) -> None:
        self._broker.faults.duplicates += change * act.number("share")

    def _reorder(self, act: Act, _machine: str, change: int) -> None:
        self._broker.faults.reorders += change * act.number("share")

    def _refuse(self, _act: Act, _machine: str, change: int) -> None:
        self._broker.refuse(change)

    def _busy(self, act: Act, _machine: str, change: int) -> None:
        self._broker.faults.busy_ns += change * act.number("delay_ms") * _MS

    def _fill(self, _act: Act, _machine: str, change: int) -> None:
        self._broker.faults.full += change

    def _mute(self, _act: Act, _machine: str, change: int) -> None:
        self._broker.faults.mute += change


_WHILE: dict[str, Callable[[LinkTroubles, Act, str, int], None]] = {
    "link-cut": LinkTroubles._cut,  # noqa: SLF001 - the table of its own methods
    "link-slow": LinkTroubles._slow,  # noqa: SLF001 - as above
    "link-loss": LinkTroubles._lose,  # noqa: SLF001 - as above
    "broker-drops": LinkTroubles._drop,  # noqa: SLF001 - as above
    "broker-duplicates": LinkTroubles._duplicate,  # noqa: SLF001 - as above
    "broker-reorders": LinkTroubles._reorder,  # noqa: SLF001 - as above
    "broker-refuses": LinkTroubles._refuse,  # noqa: SLF001 - as above
    "broker-busy": LinkTroubles._busy,  # noqa: SLF001 - as above
    "broker-full": LinkTroubles._fill,  # noqa: SLF001 - as above
    "broker-mute": LinkTroubles._mute,  # noqa: SLF001 - as above
}
