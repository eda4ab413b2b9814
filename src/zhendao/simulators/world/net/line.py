"""The network of one box over all its runs; what a kill or a power cut leaves of its connections.

Promise: a kill closes them, as a kernel does; a power cut tells nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.simulators.world.net.link import TerminalLink

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.device.link.fleet import Fleet
    from zhendao.device.link.postings import LinkPosting
    from zhendao.simulators.world.engine.chance import Chance
    from zhendao.simulators.world.net.network import Network


@dataclass(frozen=True, slots=True)
class Inside:
    """What a run's link finds in its box: the wall clock (UTC ms), and what is kept of how many share the broker.

    ``do`` calls something as the process does, which may die of it: what is kept is kept on its disk.
    """

    wall_ms: Callable[[], int]
    fleet: Fleet
    do: Callable[[Callable[[], None]], object]


@dataclass(frozen=True, slots=True)
class LineSettings:
    """What one terminal's link is told. ``fleet_s``: how often it asks how many share the broker.

    ``valid_from_ms``: since when the broker's certificate is valid, UTC ms.
    ``knocked`` is told of each attempt as it begins; ``attempted`` as it fails (False), or as the broker lets it in
    (True); ``published`` of each batch taken.
    """

    tenant: str
    device: bytes
    keepalive_s: int = 15
    retry_s: float = 30.0
    fleet_s: float = 6 * 3600.0
    valid_from_ms: int = 0
    attempted: Callable[[bool], None] | None = None
    knocked: Callable[[], None] | None = None
    published: Callable[[bytes], None] | None = None


class TerminalLine:
    """The network of one box, at machine ``name``. It outlives the runs of the agent."""

    def __init__(self, network: Network, chance: Chance, name: str, settings: LineSettings) -> None:
        self._network, self._chance, self._name, self._settings = network, chance, name, settings
        self._link: TerminalLink | None = None
        self._runs = 0

    def link(
        self,
        post: Callable[[LinkPosting], None],
        state: Callable[[bool], bytes],
        alive: Callable[[], None],
        box: Inside,
    ) -> TerminalLink:
        """Make the link of a run: the port of `device.ports`, in ``box``."""
        self._runs += 1
        chance = self._chance.child(f"run {self._runs}")
        self._link = TerminalLink(self._network, chance, self._name, self._settings, box, post, state, alive)
        return self._link

    def killed(self) -> None:
        """End the process's connections, as its kernel does."""
        if self._link is not None:
            self._link.end_here(close=True)
            self._link = None

    def power(self, on: bool) -> None:  # noqa: FBT001 - on or off is what there is
        """Give the machine power, or take it: nobody is told."""
        if not on and self._link is not None:
            self._link.end_here(close=False)
            self._link = None
        self._network.power(self._name, on=on)
