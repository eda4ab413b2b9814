"""Every way in which a link fails, with the real agent recording: nothing is lost, each event counts once.

The keepalive and the waits are shorter than the defaults in the quick suite; the long one has a half-open link of a
minute with the defaults.
"""

import random
import subprocess
import threading
from pathlib import Path
from typing import Self

import pytest

from samples.fed import FedHome
from samples.fickle import Fickle
from samples.home import Gateway
from samples.tls import Authority, TlsBroker

QUICK = "keepalive_s = 2\nretry_s = 1\nreceipt_s = 3"
PRIVATE = ["unshare", "--user", "--map-root-user", "--mount"]


def test_a_broker_killed_again_and_again(tmp_path: Path) -> None:
    with FedHome(tmp_path, uplink=QUICK) as home:
        home.feed(100)
        for _ in range(2):
            seen = len(home.gateway.events)
            home.gateway.wait(lambda seen=seen: len(home.gateway.events) >= seen + 30)
            home.broker.kill()
            home.terminal.next("fed")
            home.broker.start()
        assert home.balance() >= 60


def test_a_link_that_swallows_bytes_is_noticed_and_left(tmp_path: Path) -> None:
    with FedHome(tmp_path, uplink=QUICK) as home:
        half_open(home, "aborts", per_s=50)


@pytest.mark.long
def test_a_link_that_swallows_bytes_for_a_minute(tmp_path: Path) -> None:
    with FedHome(tmp_path) as home:
        half_open(home, "resumes", per_s=50, seconds=60)


def half_open(home: FedHome, end: str, per_s: float, seconds: float = 0) -> None:
    home.feed(per_s)
    home.gateway.wait(lambda: len(home.gateway.events) >= 20)
    home.proxy.swallow()
    threading.Event().wait(seconds)
    home.proxy.wait(lambda figures: figures.connections >= 2)  # it has noticed by itself, and tries anew
    before = {seq for _, seq in home.gateway.events}
    assert len(home.told()) > len(before), "it goes on recording"
    if end == "aborts":
        home.proxy.abort()
    home.proxy.pass_on()
    home.balance(180)
    assert home.proxy.figures.swallowed > 0


def test_a_stream_with_a_hole_in_it_ends_the_connection_and_nothing_else(tmp_path: Path) -> None:
    with FedHome(tmp_path, uplink=QUICK) as home:
        home.feed(200)
        for _ in range(3):
            seen = len(home.gateway.events)
            home.gateway.wait(lambda seen=seen: len(home.gateway.events) >= seen + 20)
            swallowed = home.proxy.figures.swallowed
            home.proxy.swallow()
            home.proxy.wait(lambda figures, swallowed=swallowed: figures.swallowed > swallowed)
            home.proxy.pass_on()
        home.balance()


def test_a_network_that_flaps(tmp_path: Path) -> None:
    chance = random.Random(11)
    with FedHome(tmp_path, uplink=QUICK) as home:
        home.feed(100)
        home.gateway.wait(lambda: bool(home.gateway.events))
        for _ in range(4):
            chance.choice([home.proxy.abort, home.proxy.swallow, home.proxy.hold])()
            home.proxy.refuse()
            home.proxy.abort()
            threading.Event().wait(chance.uniform(0.1, 1))
            home.proxy.pass_on()
            threading.Event().wait(chance.uniform(0.1, 1.5))
        home.balance()
        assert home.proxy.figures.connections >= 3


def test_a_broker_that_receives_and_forgets_because_the_gateway_is_away(tmp_path: Path) -> None:
    with FedHome(tmp_path, uplink=QUICK) as home:
        home.gateway.close()  # its session is clean: Mosquitto confirms what nobody subscribes to, and throws it away
        home.feed(0)
        home.order("feed 50")
        home.proxy.wait(lambda figures: figures.up > 2000)
        home.gateway = Gateway(home.who, home.broker.port)
        home.stack.callback(home.gateway.close)
        home.balance(more=50)
        assert home.proxy.figures.connections == 1


class FickleHome(FedHome):
    """The broker between terminal and gateway is a fickle one."""

    def __enter__(self) -> Self:
        self.fickle = self.stack.enter_context(Fickle())
        super().__enter__()
        self.gateway.close()
        self.gateway = Gateway(self.who, self.fickle.port)
        self.stack.callback(self.gateway.close)
        return self

    @property
    def target(self) -> int:
        return self.fickle.port


def test_a_broker_that_forgets_doubles_and_reorders_messages_both_ways(tmp_path: Path) -> None:
    chance, lock = random.Random(5), threading.Lock()

    def fate(_topic: str, _payload: bytes) -> list[float]:
        with lock:
            return [chance.uniform(0, 0.6) for _ in range(chance.choice([0, 1, 1, 2, 3]))]

    with FickleHome(tmp_path, uplink="silence_s = 2\nmax_events = 20\n" + QUICK) as home:
        home.feed(0)
        home.order("feed 50")
        home.fickle.fate = fate
        home.order("feed 100")
        home.gateway.wait(lambda: home.gateway.duplicates > 0)
        home.order("feed 100")
        threading.Event().wait(1)
        home.fickle.fate = lambda _topic, _payload: (0,)
        home.balance()


def test_a_broker_that_gives_no_receipts_is_left_and_the_gateways_word_counts_all_the_same(tmp_path: Path) -> None:
    with FickleHome(tmp_path, uplink=QUICK) as home:
        home.fickle.receipts = False
        home.fickle.fate = lambda topic, _payload: () if topic.endswith("/up") else (0,)
        home.feed(20)
        home.proxy.wait(lambda figures: figures.connections >= 3)
        home.fickle.fate = lambda _topic, _payload: (0,)
        told = home.told()
        home.gateway.wait(lambda: told <= set(home.gateway.events), 60)
        home.fickle.receipts = True
        home.balance()


class TlsHome(FedHome):
    """The terminal reaches its broker over TLS; the gateway sits at a plain listener of the same."""

    def __init__(self, folder: Path, days: int) -> None:
        super().__init__(folder, uplink=QUICK, url="mqtts://127.0.0.1:{port}")
        self.authority = Authority()
        self.tls = TlsBroker(folder / "tls", self.authority, days)

    def __enter__(self) -> Self:
        super().__enter__()
        self.broker.kill()
        self.authority.write(self.identity.parent, "tls", self.who.device.hex())
        plain = f"allow_anonymous true\nlistener {self.broker.port} 127.0.0.1\n"
        self.tls.file.write_text(self.tls.file.read_text() + plain)
        self.stack.enter_context(self.tls)
        return self

    @property
    def target(self) -> int:
        return self.tls.port


def test_an_expired_certificate_is_refused_in_one_line_and_a_new_one_is_all_it_takes(tmp_path: Path) -> None:
    with TlsHome(tmp_path, days=-1) as home:
        home.feed(50)
        home.proxy.wait(lambda figures: figures.connections >= 4)
        assert home.gateway.events == {}
        assert len(home.told()) > 10, "it goes on recording"
        home.tls.kill()
        home.tls.renew()
        home.tls.start()
        home.balance()
        lines = [line for line in home.said.splitlines() if "certificate" in line]
        assert lines == [
            f"the certificate of the broker 127.0.0.1:{home.proxy.port} is not good: certificate has expired"
        ]


def test_a_name_that_is_gone_costs_nothing_while_its_addresses_are_known(tmp_path: Path) -> None:
    if subprocess.run([*PRIVATE, "true"], check=False, capture_output=True).returncode:
        pytest.skip("a name service of its own needs a privilege that this run does not have")
    hosts, resolver = tmp_path / "hosts", tmp_path / "resolv.conf"
    hosts.write_text("")
    resolver.write_text("nameserver 127.0.0.1\n")
    own = f'mount --bind "{hosts}" /etc/hosts && mount --bind "{resolver}" /etc/resolv.conf && exec "$@"'
    with FedHome(tmp_path, uplink=QUICK, url="mqtt://localhost:{port}") as home:
        home.feed(50, [*PRIVATE, "sh", "-c", own, "sh"])
        home.terminal.next("fed")
        while len(home.told()) < 50:
            home.terminal.next("fed")
        assert home.proxy.figures.connections == 0
        hosts.write_text("127.0.0.1 localhost\n")
        home.gateway.wait(lambda: len(home.gateway.events) >= 50)
        hosts.write_text("")
        home.proxy.abort()
        home.proxy.wait(lambda figures: figures.connections >= 2)
        home.balance()
        assert home.said.count("the name of the broker localhost cannot be resolved") == 1
