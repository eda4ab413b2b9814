"""A connection of a world, as TCP has it: it carries packets, stands still, breaks, or is dead and nobody was told.

Promise: what is sent arrives in order and once, or not at all. A packet is a value, not its bytes. Nothing pings: an
end is told when the connection comes to a stand and when it goes on, and reckons from that what a keepalive would find.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from zhendao.simulators.world.net.network import Network, Way


class End:
    """One end. ``heard`` gets each packet; ``ended`` is told that the other end has closed it, or that it was broken.

    ``stood`` is told when it comes to a stand (see `stands`), and when it goes on.
    """

    __slots__ = (
        "_ahead_ns",
        "_owed",
        "_queue",
        "closed",
        "ended",
        "heard",
        "inward",
        "other",
        "pipe",
        "reading",
        "stood",
    )

    def __init__(self, pipe: Pipe) -> None:
        self.pipe = pipe
        self.heard: Callable[[Any], None] = _nothing
        self.ended: Callable[[], None] = _nothing
        self.stood: Callable[[], None] = _nothing
        self.other: End
        self.closed = False
        self.inward = self.reading = True
        """What is sent to this end arrives, as far as the middle of the net goes; it is read."""
        self._queue: deque[object] = deque()
        self._owed = 0
        self._ahead_ns = 0

    @property
    def hears(self) -> bool:
        """Whether what the other end sends gets here."""
        return self.inward and self.pipe.passes and not self.other.closed

    @property
    def stands(self) -> bool:
        """Whether no question from here would be answered, as far as is read here."""
        return not (self.reading and self.hears and self.other.inward)

    def send(self, packet: object) -> None:
        """Send ``packet``; it arrives later, in order, or never."""
        if not self.closed:
            self.other.await_(packet)

    def close(self) -> None:
        """End it from here; the other end is told, if anything gets there."""
        if not self.closed:
            self.closed = True
            self.other.await_(_END)
            self.pipe.left()

    def pause(self) -> None:
        """Read nothing more until `resume`; what arrives waits."""
        self.reading = False
        self.stood()

    def resume(self) -> None:
        """Read what has arrived, and go on reading."""
        self.reading = True
        self._read()
        self.stood()

    # -- for the pipe

    def await_(self, packet: object) -> None:
        """Take note of what is under way to here."""
        if self.closed or not self.inward:
            return
        self._queue.append(packet)
        self._under_way(self.pipe.delay_ns())

    def go_on(self, delay_ns: int) -> None:
        """Send again, after ``delay_ns``, what could not be brought before."""
        owed, self._owed = self._owed, 0
        for _ in range(owed):
            self._under_way(delay_ns)

    def lose(self) -> None:
        """Lose what is under way to here, and everything after it."""
        self.inward = False
        self._queue.clear()
        self._owed = 0

    def broken(self) -> None:
        """Be told that it is broken."""
        if not self.closed:
            self.closed = True
            self.pipe.left()
            self.ended()

    def _under_way(self, delay_ns: int) -> None:
        clockwork = self.pipe.clockwork
        self._ahead_ns = max(self._ahead_ns, clockwork.now_ns + delay_ns)
        clockwork.at(self._ahead_ns, self._come)

    def _come(self) -> None:
        """Take that the next packet has come; where nothing gets through now, it is brought later."""
        self._owed += 1
        if self.pipe.passes:
            self._read()

    def _read(self) -> None:
        while self._owed and self._queue and self.reading and not self.closed:
            self._owed -= 1
            packet = self._queue.popleft()
            if packet is _END:
                self.broken()
            else:
                self.heard(packet)


class Pipe:
    """A connection between two machines, of which ``client`` has made it."""

    def __init__(self, network: Network, number: int, client: Way, server: Way) -> None:
        self._network, self.number, self._ways = network, number, (client, server)
        self.clockwork = network.clockwork
        self.client, self.server = End(self), End(self)
        self.client.other, self.server.other = self.server, self.client
        self._passed = True
        for way in self._ways:
            way.pipes[number] = self

    @property
    def passes(self) -> bool:
        """Whether anything gets through now, as far as its two machines go."""
        here, there = self._ways
        return here.passes and there.passes

    @property
    def round_trip_ns(self) -> int:
        """How much longer than on a good day a question and its answer take."""
        here, there = self._ways
        return 2 * (here.slow_ns + there.slow_ns)

    def delay_ns(self) -> int:
        """Draw what one packet takes."""
        return self._network.delay_ns(*self._ways)

    def look(self) -> None:
        """See whether it has come to a stand, or goes on."""
        passed, self._passed = self._passed, self.passes
        if self._passed and not passed:
            delay_ns = self._network.again_ns(*self._ways)
            for end in (self.client, self.server):
                end.go_on(delay_ns)
        self._tell()

    def forget(self, name: str, *, up: bool, down: bool) -> None:
        """Be dead from now on without a word: what machine ``name`` sends vanishes (up), or what is sent to it."""
        mine, theirs = self.client, self.server
        if name == self._ways[1].name:
            mine, theirs = theirs, mine
        if up:
            theirs.lose()
        if down:
            mine.lose()
        self._tell()

    def vanish(self, name: str) -> None:
        """Have no end at machine ``name`` any more, without a word to the other."""
        mine, theirs = self.client, self.server
        if name == self._ways[1].name:
            mine, theirs = theirs, mine
        mine.closed = True
        theirs.lose()
        mine.lose()
        self.left()
        self._tell()

    def reset(self) -> None:
        """Be broken; both ends are told."""
        for end in (self.client, self.server):
            end.broken()

    def left(self) -> None:
        """Be forgotten once nobody holds it."""
        if self.client.closed and self.server.closed:
            for way in self._ways:
                way.pipes.pop(self.number, None)

    def _tell(self) -> None:
        for end in (self.client, self.server):
            if not end.closed:
                end.stood()


_END = object()


def _nothing(*_: object) -> None:
    """Nobody listens yet."""
