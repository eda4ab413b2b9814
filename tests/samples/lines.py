"""A broker, a gateway and terminals of a world, and nothing else: terminals send numbers, the gateway notes them."""

from collections.abc import Callable

from zhendao.device.link.fleet import Fleet
from zhendao.device.link.postings import Confirmed, Down, LinkPosting, Received, Up
from zhendao.gateway.ingest.session import Outgoing
from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.engine.clockwork import Clockwork
from zhendao.simulators.world.net.broker import Broker
from zhendao.simulators.world.net.gateway_link import GatewayLink
from zhendao.simulators.world.net.line import Inside, LineSettings, TerminalLine
from zhendao.simulators.world.net.network import Network

NS = 1_000_000_000


class Sender:
    """A terminal: what it sent, what was confirmed, what it heard, when its link came and went."""

    def __init__(self, lines: "Lines", number: int, device: bytes, wall_ms: int = 10**12, valid_ms: int = 0) -> None:
        self.lines, self.name = lines, f"terminal {number}"
        self.device = device
        self.tried: list[bool] = []
        settings = LineSettings("test", device, valid_from_ms=valid_ms, attempted=self.tried.append)
        self.fleet = Fleet()
        self.done_inside: list[int] = []
        self._box = Inside(lambda: wall_ms, self.fleet, self._done)
        self.line = TerminalLine(lines.network, lines.chance.child(self.name), self.name, settings)
        self.posted: list[tuple[int, LinkPosting]] = []
        self.mids: dict[int, bytes] = {}
        self.confirmed: list[bytes] = []
        self.begin()

    def begin(self) -> None:
        self.link = self.line.link(self._said, lambda online: b"on" if online else b"off", lambda: None, self._box)
        self.link.start()

    def _done(self, do: Callable[[], None]) -> None:
        """Do what the process does itself: what it keeps on its disk may be its end."""
        do()
        self.done_inside.append(self.lines.clockwork.now_ns)

    def send(self, message: bytes) -> bool:
        mid = self.link.publish(message)
        if mid is not None:
            self.mids[mid] = message
        return mid is not None

    @property
    def up(self) -> bool:
        ways = [one for _, one in self.posted if isinstance(one, Up | Down)]
        return bool(ways) and isinstance(ways[-1], Up)

    @property
    def heard(self) -> list[bytes]:
        return [one.message for _, one in self.posted if isinstance(one, Received)]

    def times(self, kind: type[LinkPosting]) -> list[float]:
        return [at / NS for at, one in self.posted if isinstance(one, kind)]

    def whys(self) -> list[str]:
        return [one.why.en for _, one in self.posted if isinstance(one, Down)]

    def _said(self, posting: LinkPosting) -> None:
        self.posted.append((self.lines.clockwork.now_ns, posting))
        if isinstance(posting, Up):
            self.mids.clear()
        elif isinstance(posting, Confirmed) and posting.mid in self.mids:
            self.confirmed.append(self.mids.pop(posting.mid))


class Lines:
    """All of it. The gateway takes and acknowledges at once, unless ``takes`` is off."""

    def __init__(self, terminals: int = 1, seed: int = 1, **broker: object) -> None:
        self.clockwork = Clockwork()
        self.chance = Chance(seed, "lines")
        self.network = Network(self.clockwork, self.chance.child("network"))
        self.broker = Broker(self.network, self.chance.child("broker"), **broker)  # type: ignore[arg-type]
        self.broker.start()
        self.takes = True
        self.got: list[bytes] = []
        self.got_ns: list[int] = []
        self.states: list[tuple[bytes, bool]] = []
        self.runs = 0
        self.gateway: GatewayLink
        self.begin_gateway()
        self.terminals = [Sender(self, number, bytes([number]) * 16) for number in range(terminals)]

    def begin_gateway(self) -> None:
        self.runs += 1
        chance = self.chance.child(f"gateway {self.runs}")
        self.gateway = GatewayLink(self.network, chance, "test", "gateway-1", self._came)
        self.gateway.start()

    def run(self, seconds: float) -> None:
        self.clockwork.run(self.clockwork.now_ns + int(seconds * NS))

    def answer(self, one: Sender, payload: bytes) -> None:
        name = one.device.hex()
        self.gateway.publish([Outgoing(f"zd/1/test/{name[:2]}/{name}/down", payload)])

    def _came(self) -> None:
        if self.takes:
            self.take()

    def take(self) -> None:
        """Take all that waits, as after a commit."""
        group = list(self.gateway.waiting)
        self.gateway.waiting.clear()
        self.gateway.taken(group)
        for one in group:
            if one.topic.endswith(("/up", "/sos")):
                self.got.append(one.payload)
                self.got_ns.append(self.clockwork.now_ns)
            else:
                self.states.append((one.payload, one.retained))
        self.gateway.acknowledge(group)
