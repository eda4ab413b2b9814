"""The broker of a world: MQTT 3.1.1 as the line relies on it, and as brokers fail.

Promise: a fault that is not switched on does not happen: then each message of QoS 1 reaches every persistent session in
order, and again until it is acknowledged. A receipt says that the broker has it, and nothing more.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from zhendao.simulators.world.net.keepalive import Keepalive
from zhendao.simulators.world.net.packets import (
    ConnAck,
    Connect,
    Disconnect,
    PubAck,
    Publish,
    SubAck,
    Subscribe,
    Unsubscribe,
)
from zhendao.simulators.world.net.sessions import SAVED_NS, Session, Wants, matches

if TYPE_CHECKING:
    from zhendao.simulators.world.engine.chance import Chance
    from zhendao.simulators.world.net.network import Network
    from zhendao.simulators.world.net.tcp import End

BROKER = "broker"
COUNT_TOPIC = "$SYS/broker/clients/connected"
SECOND = 1_000_000_000
GREET_NS = 1_300_000
"""What TLS and the greeting of one client cost a core: measured with Mosquitto, see docs/benchmarks.md."""
_REORDER_NS = (50_000_000, 5 * SECOND)
_PER_MILLE = 1000


@dataclass(slots=True)
class Faults:
    """What is wrong with it now.

    Attributes:
        drops: so many of a thousand messages get their receipt, and go nowhere.
        duplicates: so many are delivered twice.
        reorders: so many are overtaken by others.
        refuses: so many troubles keep it from listening; who is in stays in.
        busy_ns: it greets so much later.
        full: it lets nobody in, and says that it is unavailable.
        mute: it takes messages, delivers them, and gives no receipts.
    """

    drops: int = 0
    duplicates: int = 0
    reorders: int = 0
    refuses: int = 0
    busy_ns: int = 0
    full: int = 0
    mute: int = 0


class Line:
    """One connection to the broker."""

    def __init__(self, broker: Broker, end: End) -> None:
        self._broker, self.end = broker, end
        self.session: Session | None = None
        self.will: tuple[str, bytes] | None = None
        self.keepalive: Keepalive | None = None
        self.gone = False
        end.heard, end.ended = self._heard, lambda: broker.left(self, orderly=False)

    def _heard(self, packet: object) -> None:
        if self.keepalive is not None:
            self.keepalive.heard()
        self._broker.heard(self, packet)


class Broker:
    """One broker at the machine ``broker``; `start` it. ``tells``: it says how many it has to who asks."""

    def __init__(self, network: Network, chance: Chance, *, tells: bool = True, most_queued: int = 0) -> None:
        self._network, self._clockwork, self._chance = network, network.clockwork, chance
        self._tells, self._most_queued = tells, most_queued
        self._sessions: dict[str, Session] = {}
        self._retained: dict[str, list[tuple[int, bytes, int]]] = {}
        self._lines: dict[Line, None] = {}
        self._inside: dict[str, Line] = {}
        self._wants = Wants()
        self._free_ns = 0
        self._life = 0
        self.up = False
        self.faults = Faults()
        self.counters: Counter[str] = Counter()

    # -- for the world

    def start(self) -> None:
        """Begin to listen."""
        self.up = True
        self._life += 1
        self._free_ns = self._clockwork.now_ns
        self.refuse(0)

    def refuse(self, change: int) -> None:
        """Begin (1) or end (-1) a trouble that keeps it from listening."""
        self.faults.refuses += change
        listens = self.up and not self.faults.refuses
        self._network.listen(BROKER, self._accept if listens else None)

    def stop(self, keeps: Literal["all", "saved", "nothing"]) -> None:
        """End it: in order (all), killed (it knows what it had saved, up to 30 s ago), or with its disk (nothing).

        Every connection is ended by the machine, which goes on running.
        """
        self.up = False
        self.refuse(0)
        if keeps == "all":
            for line in list(self._lines):
                self._publish_will(line)
        for line in list(self._lines):
            line.will = None
            line.end.close()
            self.left(line, orderly=True)
        now_ns = self._clockwork.now_ns
        saved_ns = {"all": now_ns, "saved": now_ns - self._chance.below(SAVED_NS), "nothing": -1}[keeps]
        for name, session in list(self._sessions.items()):
            if not session.as_saved(saved_ns):
                self._wants.forget(session)
                del self._sessions[name]
        for topic, history in list(self._retained.items()):
            self._retained[topic] = [one for one in history if one[0] <= saved_ns]

    def cut_power(self) -> None:
        """End it as a power cut of its machine does; `Network.power` and `start` bring it back."""
        for line in list(self._lines):
            line.gone = True
            self._forget(line)
        self._network.power(BROKER, on=False)
        self.stop("saved")

    @property
    def connected(self) -> int:
        """How many clients are in."""
        return len(self._inside)

    @property
    def queued(self) -> dict[str, int]:
        """How many messages are kept for each client that has a session."""
        return {name: one.queued for name, one in self._sessions.items()}

    # -- connections

    def _accept(self, end: End) -> None:
        self._lines[Line(self, end)] = None
        self.counters["accepted"] += 1

    def heard(self, line: Line, packet: object) -> None:
        """Take a packet."""
        match packet:
            case Connect():
                now_ns = self._clockwork.now_ns
                self._free_ns = max(self._free_ns, now_ns) + GREET_NS
                life = self._life
                self._clockwork.at(self._free_ns + self.faults.busy_ns, lambda: self._greet(line, packet, life))
            case _ if line.session is None:
                line.end.close()  # nothing else comes first
                self.left(line, orderly=False)
            case Publish():
                self._published(line, packet)
            case PubAck():
                line.session.acknowledged(packet.mid, self._clockwork.now_ns)
            case Subscribe():
                self._subscribe(line, line.session, packet)
            case Unsubscribe():
                self._wants.remove(packet.filter, line.session)
            case Disconnect():
                self.left(line, orderly=True)

    def _greet(self, line: Line, packet: Connect, life: int) -> None:
        if line.gone or life != self._life:
            self.counters["in vain"] += 1
            return
        if self.faults.full:
            line.end.send(ConnAck(3))
            line.end.close()
            self.left(line, orderly=False)
            return
        other = self._inside.get(packet.client)
        if other is not None:
            self.counters["taken over"] += 1
            other.end.close()
            # a session that is taken over goes on: what it wanted said at its end is not said
            self.left(other, orderly=not packet.clean and other.session is not None and not other.session.clean)
        session = self._sessions.get(packet.client)
        if session is None or packet.clean or session.clean:
            if session is not None:
                self._wants.forget(session)
            session = Session(packet.client, packet.clean, self._clockwork.now_ns, self._most_queued)
            self._sessions[packet.client] = session
        line.session, line.will = session, packet.will
        self._inside[packet.client] = line
        line.keepalive = Keepalive(
            self._clockwork, line.end, packet.keepalive_ns, lambda: self._expired(line), client=False
        )
        self.counters["greeted"] += 1
        line.end.send(ConnAck())
        session.attach(line.end.send)

    def _expired(self, line: Line) -> None:
        self.counters["expired"] += 1
        line.end.close()
        self.left(line, orderly=False)

    def left(self, line: Line, *, orderly: bool) -> None:
        """Forget a connection that has ended; what it wanted said if it ended without a word is said now."""
        if line.gone:
            return
        line.gone = True
        self._forget(line)
        if not orderly:
            self._publish_will(line)

    def _forget(self, line: Line) -> None:
        self._lines.pop(line, None)
        if line.keepalive is not None:
            line.keepalive.stop()
        session = line.session
        if session is not None:
            session.detach()
            del self._inside[session.client]
            if session.clean:
                self._wants.forget(session)
                del self._sessions[session.client]

    # -- messages

    def _published(self, line: Line, packet: Publish) -> None:
        if packet.qos and not self.faults.mute:
            line.end.send(PubAck(packet.mid))
        self.counters["published"] += 1
        faults, chance = self.faults, self._chance
        if faults.drops and chance.likely(faults.drops):
            self.counters["dropped"] += 1
            return
        copies = 1
        if faults.duplicates and chance.likely(faults.duplicates):
            self.counters["duplicated"] += 1
            copies = 2
        for _ in range(copies):
            if faults.reorders and chance.likely(faults.reorders):
                self._route_late(packet)
            else:
                self._route(packet.topic, packet.payload, packet.qos, retain=packet.retain)

    def _route_late(self, packet: Publish) -> None:
        self.counters["re-ordered"] += 1
        life = self._life

        def late() -> None:
            if self.up and life == self._life:
                self._route(packet.topic, packet.payload, packet.qos, retain=packet.retain)

        self._clockwork.after(self._chance.between(*_REORDER_NS), late)

    def _route(self, topic: str, payload: bytes, qos: int, *, retain: bool) -> None:
        now_ns = self._clockwork.now_ns
        if retain:
            self._retain(topic, (now_ns, payload, qos))
        for session, most in self._wants.of(topic).items():
            session.put(topic, payload, min(qos, most), now_ns)

    def _retain(self, topic: str, message: tuple[int, bytes, int]) -> None:
        history = self._retained.setdefault(topic, [])
        history.append(message)
        while len(history) > 1 and history[1][0] <= message[0] - SAVED_NS:
            del history[0]

    def _subscribe(self, line: Line, session: Session, packet: Subscribe) -> None:
        line.end.send(SubAck(packet.mid))
        for filter_, qos in packet.filters:
            if filter_ == COUNT_TOPIC:
                if self._tells:
                    line.end.send(Publish(COUNT_TOPIC, str(self.connected).encode()))
                continue
            self._wants.add(filter_, qos, session)
            for topic, history in self._retained.items():
                if history and matches(filter_, topic):
                    _, payload, published = history[-1]
                    session.put(topic, payload, min(published, qos), self._clockwork.now_ns, retain=True)

    def _publish_will(self, line: Line) -> None:
        will, line.will = line.will, None
        if will is not None and line.session is not None:
            self._route(*will, 1, retain=True)
