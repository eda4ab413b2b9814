"""The networks of a world: machines, what joins them, and connections (`tcp`) between them.

Promise: whether a packet gets through is decided when it arrives; nothing wakes while nothing happens. A trouble that
begins twice is over when it has ended twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from zhendao.simulators.world.net.tcp import End, Pipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zhendao.simulators.world.engine.chance import Chance
    from zhendao.simulators.world.engine.clockwork import Clockwork

MS = 1_000_000
SECOND = 1000 * MS
_DELAY_NS = (2 * MS, 20 * MS)
"""One way, between two machines on a good day; drawn for each packet."""
_AGAIN_NS = (1 * MS, 10 * SECOND)
"""TCP sends again what was lost ever more rarely: when it goes on after the way has stood still."""
_LOSS_NS = (200 * MS, 3 * SECOND)
"""What a lost packet costs until TCP has sent it again."""


class Knock(Enum):
    """What comes of knocking at a machine."""

    OPENED = auto()
    REFUSED = auto()
    """The machine is there, and nobody listens."""
    SILENT = auto()
    """Nobody answers."""
    AWAY = auto()
    """The machine that knocks has no way out."""


@dataclass(slots=True)
class Way:
    """How one machine is joined to all others.

    Attributes:
        powered: it runs; one without power says nothing, and what comes is gone.
        unrouted: so many troubles take its address: it knows at once that nobody can be reached.
        dark: so many troubles let nothing through; TCP keeps what it could not bring, and goes on afterwards.
        shut: so many troubles let no new connection through.
        slow_ns: so much more delay each way.
        lost: so many of a thousand packets are lost, and sent again by TCP.
        accept: takes a connection; None: nobody listens.
        gained: told when its own network has come back.
    """

    name: str
    powered: bool = True
    unrouted: int = 0
    dark: int = 0
    shut: int = 0
    slow_ns: int = 0
    lost: int = 0
    accept: Callable[[End], None] | None = None
    gained: Callable[[], None] | None = None
    pipes: dict[int, Pipe] = field(default_factory=dict)

    @property
    def passes(self) -> bool:
        """Whether anything gets through now."""
        return self.powered and not self.unrouted and not self.dark


class Network:
    """All machines and the connections between them. ``most_ns``: the longest delay of a packet on a good day."""

    def __init__(self, clockwork: Clockwork, chance: Chance, most_ns: int = _DELAY_NS[1]) -> None:
        self.clockwork, self._chance = clockwork, chance
        self._delay_ns = min(_DELAY_NS[0], most_ns), most_ns
        self._ways: dict[str, Way] = {}
        self._chances: dict[tuple[str, str], Chance] = {}
        self._watching: dict[object, tuple[str, str, Callable[[], None]]] = {}
        self._numbers = 0

    def way(self, name: str) -> Way:
        """Return how the machine ``name`` is joined; it is, from the first time that somebody asks."""
        return self._ways.setdefault(name, Way(name))

    # -- troubles, each of which begins (1) and ends (-1)

    def unroute(self, name: str, change: int) -> None:
        """Take the machine's address and route, or give them back: then the machine is told."""
        way = self.way(name)
        way.unrouted += change
        self._look(way)
        if not way.unrouted and change < 0 and way.gained is not None and way.powered:
            way.gained()

    def darken(self, name: str, change: int) -> None:
        """Let nothing through to and from the machine, which does not know it."""
        way = self.way(name)
        way.dark += change
        self._look(way)

    def shut(self, name: str, change: int) -> None:
        """Let no new connection through."""
        way = self.way(name)
        way.shut += change
        self._look(way)

    def slow(self, name: str, more_ns: int) -> None:
        """Add to the delay of each packet; less than nothing takes it away again."""
        way = self.way(name)
        way.slow_ns += more_ns
        self._look(way)

    def lose(self, name: str, share: int) -> None:
        """Lose ``share`` more of a thousand packets; less than nothing for fewer."""
        self.way(name).lost += share

    def listen(self, name: str, accept: Callable[[End], None] | None) -> None:
        """Give each new connection of the machine to ``accept``; None: it listens no more."""
        way = self.way(name)
        way.accept = accept
        self._look(way)

    def watch(self, who: object, client: str, server: str, changed: Callable[[], None]) -> None:
        """Call ``changed`` whenever what `outlook` says of the two may be another; until `unwatch`."""
        self._watching[who] = client, server, changed

    def unwatch(self, who: object) -> None:
        """Call it no more."""
        self._watching.pop(who, None)

    # -- what happens at once

    def power(self, name: str, *, on: bool) -> None:
        """Give the machine power, or take it: its connections are gone, and it tells nobody."""
        way = self.way(name)
        way.powered = on
        for pipe in self._pipes(way):
            pipe.vanish(name)
        self._look(way)

    def forget(self, name: str, *, up: bool = True, down: bool = True) -> None:
        """Lose every connection of the machine in the middle of the net: what it sends (up), or gets, vanishes."""
        for pipe in self._pipes(self.way(name)):
            pipe.forget(name, up=up, down=down)

    def reset(self, name: str) -> None:
        """Break every connection of the machine; both ends are told."""
        for pipe in self._pipes(self.way(name)):
            pipe.reset()

    # -- connections

    def connect(self, client: str, server: str, done: Callable[[Knock, End | None], None]) -> None:
        """Knock once. ``done`` is told what comes of it, later; of silence it is told never."""
        here, there = self.way(client), self.way(server)
        if here.unrouted:
            self.clockwork.after(0, lambda: done(Knock.AWAY, None))
        elif self._arrives(here, there):
            self.clockwork.after(self.delay_ns(here, there), lambda: self._knocked(here, there, done))

    def outlook(self, client: str, server: str) -> Knock:
        """Return what a knock that is not lost by chance would come to now."""
        here, there = self.way(client), self.way(server)
        if here.unrouted:
            return Knock.AWAY
        if here.shut or there.shut or not (here.passes and there.passes):
            return Knock.SILENT
        return Knock.REFUSED if there.accept is None else Knock.OPENED

    def _knocked(self, here: Way, there: Way, done: Callable[[Knock, End | None], None]) -> None:
        if not self._arrives(here, there):
            return
        back_ns = self.delay_ns(here, there)
        if there.accept is None:
            self.clockwork.after(back_ns, lambda: done(Knock.REFUSED, None))
            return
        self._numbers += 1
        pipe = Pipe(self, self._numbers, here, there)
        there.accept(pipe.server)
        self.clockwork.after(back_ns, lambda: done(Knock.OPENED, pipe.client))

    def _arrives(self, here: Way, there: Way) -> bool:
        if self.outlook(here.name, there.name) is Knock.SILENT:
            return False
        lost = here.lost + there.lost
        return not (lost and self._stream(here, there).likely(min(lost, 1000)))

    def delay_ns(self, here: Way, there: Way) -> int:
        """Draw what one packet takes between ``here`` and ``there``."""
        chance = self._stream(here, there)
        delay_ns = chance.between(*self._delay_ns) + here.slow_ns + there.slow_ns
        lost = min(here.lost + there.lost, 900)
        while lost and chance.likely(lost):
            delay_ns += chance.between(*_LOSS_NS)
        return delay_ns

    def again_ns(self, here: Way, there: Way) -> int:
        """Draw when TCP sends again what stood still."""
        return self._stream(here, there).between(*_AGAIN_NS)

    def _stream(self, here: Way, there: Way) -> Chance:
        names = here.name, there.name
        found = self._chances.get(names)
        if found is None:
            found = self._chances[names] = self._chance.child(f"{here.name} to {there.name}")
        return found

    @staticmethod
    def _pipes(way: Way) -> Iterator[Pipe]:
        return iter(list(way.pipes.values()))

    def _look(self, way: Way) -> None:
        for pipe in self._pipes(way):
            pipe.look()
        for client, server, changed in list(self._watching.values()):
            if way.name in {client, server}:
                changed()
