"""The simulated broker beside a real one: the same clients do the same to both, and get the same, in the same order."""

import contextlib
import random
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from samples.mqtt_wire import WireClient
from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.engine.clockwork import Clockwork
from zhendao.simulators.world.net import packets
from zhendao.simulators.world.net.broker import BROKER, Broker
from zhendao.simulators.world.net.network import Knock, Network
from zhendao.simulators.world.net.packets import Publish
from zhendao.simulators.world.net.tcp import End

NS = 1_000_000_000
CLIENTS = {"gateway": False, "terminal a": True, "terminal b": True}
"""By name: whether its session is clean."""
TOPICS = ("zd/1/t/aa/up", "zd/1/t/bb/up", "zd/1/t/aa/state", "zd/1/t/aa/down")
FILTERS = ("zd/1/t/+/up", "zd/1/t/+/state", "zd/1/t/aa/down")
WILL = "zd/1/t/{}/state"


class Step(NamedTuple):
    what: str
    who: str = ""
    topic: str = ""
    qos: int = 0
    retain: bool = False
    number: int = 0


def drawn(seed: int, count: int) -> list[Step]:
    chance = random.Random(seed)
    steps = []
    whats = ["connect"] * 6 + ["subscribe"] * 5 + ["publish"] * 20 + ["acknowledge"] * 3
    whats += ["unsubscribe", "leave", "hang up", "restart"]
    for number in range(count):
        what, who = chance.choice(whats), chance.choice(list(CLIENTS))
        topic = chance.choice(FILTERS if "subscribe" in what else TOPICS)
        steps.append(Step(what, who, topic, chance.randrange(2), chance.random() < 0.3, number))
    return steps


class Real:
    """Mosquitto."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as line:
            line.bind(("127.0.0.1", 0))
            self.port: int = line.getsockname()[1]
        self._file = folder / "mosquitto.conf"
        self._file.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nset_tcp_nodelay true\n"
            f"max_inflight_messages 1000\npersistence true\npersistence_location {folder}/\nuser root\n"
        )
        self._inside: dict[str, WireClient] = {}
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            ["mosquitto", "-c", str(self._file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 180
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.01)
        raise AssertionError("mosquitto does not listen")

    def end(self) -> None:
        self._process.terminate()
        self._process.wait()
        for one in self._inside.values():
            one.leave(orderly=False)
        self._inside.clear()

    def connect(self, who: str) -> None:
        name = who.replace(" ", "-")
        before = self._inside.get(who)
        self._inside[who] = WireClient(self.port, name, clean=CLIENTS[who], will=(WILL.format(name), b"gone"))
        if before is not None:
            before.settle()
            assert before.over, "the broker has hung up on the one before"

    def inside(self, who: str) -> bool:
        return who in self._inside

    def subscribe(self, step: Step) -> None:
        self._inside[step.who].subscribe(step.topic, step.qos)

    def unsubscribe(self, step: Step) -> None:
        self._inside[step.who].unsubscribe(step.topic)

    def publish(self, step: Step) -> None:
        self._inside[step.who].publish(step.topic, str(step.number).encode(), step.qos, retain=step.retain)

    def acknowledge(self, who: str) -> None:
        self._inside[who].acknowledge()

    def leave(self, who: str, *, orderly: bool) -> None:
        self._inside.pop(who).leave(orderly=orderly)
        # the broker has noticed when it has answered somebody who came later
        WireClient(self.port, "somebody", clean=True, will=("somebody", b"")).leave(orderly=True)

    def restart(self) -> None:
        self.end()
        self.start()

    def settle(self) -> dict[str, list[Publish]]:
        found = {}
        for _ in range(2):
            for who, one in self._inside.items():
                one.settle()
                found[who] = found.get(who, []) + one.got
                one.got = []
        return found


class Simulated:
    """The one of worlds."""

    def __init__(self, seed: int) -> None:
        self._clockwork = Clockwork()
        chance = Chance(seed, "beside")
        self._network = Network(self._clockwork, chance.child("network"))
        self._broker = Broker(self._network, chance.child("broker"))
        self._broker.start()
        self._inside: dict[str, End] = {}
        self._got: dict[str, list[Publish]] = {}
        self._owed: dict[str, list[int]] = {}

    def inside(self, who: str) -> bool:
        return who in self._inside

    def connect(self, who: str) -> None:
        def done(_: Knock, end: End | None) -> None:
            assert end is not None
            self._inside[who] = end
            end.heard = lambda packet: self._heard(who, packet)
            end.ended = lambda: None

        self._network.connect(who, BROKER, done)
        self._owed[who], self._got[who] = [], []
        self._run()
        name = who.replace(" ", "-")
        self._inside[who].send(packets.Connect(name, CLIENTS[who], 600 * NS, (WILL.format(name), b"gone")))
        self._run()

    def _heard(self, who: str, packet: object) -> None:
        if isinstance(packet, Publish):
            self._got[who].append(packet._replace(mid=0))
            if packet.qos:
                self._owed[who].append(packet.mid)

    def subscribe(self, step: Step) -> None:
        self._inside[step.who].send(packets.Subscribe(7, ((step.topic, step.qos),)))

    def unsubscribe(self, step: Step) -> None:
        self._inside[step.who].send(packets.Unsubscribe(7, step.topic))

    def publish(self, step: Step) -> None:
        mid = 7 if step.qos else 0
        packet = Publish(step.topic, str(step.number).encode(), step.qos, mid, step.retain)
        self._inside[step.who].send(packet)

    def acknowledge(self, who: str) -> None:
        owed, self._owed[who] = self._owed[who], []
        for mid in owed:
            self._inside[who].send(packets.PubAck(mid))

    def leave(self, who: str, *, orderly: bool) -> None:
        end = self._inside.pop(who)
        if orderly:
            end.send(packets.Disconnect())
        end.close()

    def restart(self) -> None:
        self._inside.clear()
        self._broker.stop("all")
        self._run()
        self._broker.start()

    def settle(self) -> dict[str, list[Publish]]:
        self._run()
        found, self._got = self._got, {who: [] for who in self._got}
        return {who: got for who, got in found.items() if who in self._inside}

    def _run(self) -> None:
        self._clockwork.run(self._clockwork.now_ns + NS)


def play(broker: Real | Simulated, steps: list[Step]) -> Iterator[tuple[Step, dict[str, list[Publish]]]]:
    """Do all ``steps`` that can be done, and tell what was delivered after each."""
    for step in steps:
        who = step.who
        if step.what == "restart":
            broker.restart()
        elif step.what == "connect":
            broker.connect(who)
        elif not broker.inside(who):
            continue
        elif step.what == "acknowledge":
            broker.acknowledge(who)
        elif step.what in {"leave", "hang up"}:
            broker.leave(who, orderly=step.what == "leave")
        else:
            getattr(broker, step.what)(step)
        yield step, {name: got for name, got in broker.settle().items() if got}


def ordered(got: list[Publish]) -> tuple[list[Publish], list[Publish]]:
    """Return what was retained, which has no order, and the rest in its own."""
    return sorted(one for one in got if one.retain), [one for one in got if not one.retain]


@pytest.mark.parametrize("seed", range(4))
def test_it_delivers_what_mosquitto_delivers(tmp_path: Path, seed: int) -> None:
    steps = drawn(seed, 200)
    real = Real(tmp_path)
    try:
        expected = list(play(real, steps))
    finally:
        real.end()
    delivered = 0
    for (step, like), (same, got) in zip(expected, play(Simulated(seed), steps), strict=True):
        assert step == same
        assert {who: ordered(one) for who, one in got.items()} == {who: ordered(one) for who, one in like.items()}, step
        delivered += sum(map(len, got.values()))
    assert delivered > 10
