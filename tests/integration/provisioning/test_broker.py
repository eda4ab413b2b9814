"""Mosquitto as `broker install` sets it up: everybody reads and writes what is theirs, and nothing is dropped."""

import getpass
import queue
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from zhendao.command.kinds import Address
from zhendao.protocol.suite import SM
from zhendao.provisioning.authority import TLS_CA, TLS_GATEWAY, Authority
from zhendao.provisioning.brokers import Broker, install, update
from zhendao.provisioning.folders import write_file
from zhendao.provisioning.founding import found
from zhendao.provisioning.keyfile import plain_pem
from zhendao.provisioning.rotation import rotate
from zhendao.provisioning.tls import TlsPair, new_authority, new_pair
from zhendao.provisioning.validity import YEAR_S, span
from zhendao.simulators.loopback import free_port

pytestmark = pytest.mark.skipif(shutil.which("mosquitto") is None, reason="Mosquitto is not installed")
A, B = "aa" * 16, "bb" * 16
PATIENCE_S = 180


@dataclass
class Site:
    authority: Authority
    folder: Path
    port: int
    now_s: int

    def pair(self, name: str) -> TlsPair:
        return new_pair(self.authority.tls(TLS_CA), "xuhui", name, span(self.now_s, 1))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    port = free_port()
    now_s = int(time.time())
    authority = found(tmp_path / "authority", "xuhui", "correct horse", SM, (), now_s)
    broker = Broker(Address("127.0.0.1", port), ("mqtt.example.org",), getpass.getuser())
    return Site(authority, install(authority, tmp_path / "broker", broker, now_s), port, now_s)


@contextmanager
def running(site: Site) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        ["mosquitto", "-c", site.folder / "mosquitto.conf"], stderr=subprocess.PIPE, text=True
    ) as broker:
        assert broker.stderr is not None
        try:
            for line in broker.stderr:
                if "running" in line:
                    break
            else:
                pytest.fail("Mosquitto did not start")
            yield broker
        finally:
            broker.kill()


class Client:
    """One connection with one certificate."""

    def __init__(self, site: Site, pair: TlsPair | None, *, keep: bool = False, will: str | None = None) -> None:
        self.got: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.done: queue.Queue[str] = queue.Queue()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, "any", clean_session=not keep, protocol=mqtt.MQTTv311)
        context = ssl.create_default_context(cafile=str(site.folder / "certs/ca.crt"))
        if pair is not None:
            files = Path(tempfile.mkdtemp(prefix="client-", dir=site.folder.parent))
            (files / "crt").write_bytes(pair.certificate)
            (files / "key").write_bytes(plain_pem(pair.pkcs8))
            context.load_cert_chain(files / "crt", files / "key")
        self.client.tls_set_context(context)
        if will is not None:
            self.client.will_set(will, b"gone", 1)
        self.client.on_message = lambda _c, _u, message: self.got.put((message.topic, message.payload))
        self.client.on_connect = lambda *_: self.done.put("connected")
        self.client.on_disconnect = lambda *_: self.done.put("disconnected")
        self.client.on_subscribe = lambda *_: self.done.put("subscribed")
        self.client.on_publish = lambda *_: self.done.put("published")
        self.client.connect("127.0.0.1", site.port)
        self.client.loop_start()
        try:
            self.wait("connected")
        except ConnectionError:
            self.client.loop_stop()
            raise

    def wait(self, for_what: str) -> None:
        if (came := self.done.get(timeout=PATIENCE_S)) != for_what:
            raise ConnectionError(came)

    def subscribe(self, topic: str) -> None:
        self.client.subscribe(topic, 1)
        self.wait("subscribed")

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.client.publish(topic, payload, 1, retain)
        self.wait("published")

    def die(self) -> None:
        """End without a word, so that the broker publishes the will."""
        line = self.client.socket()
        assert line is not None
        self.client.loop_stop()
        line.close()

    def close(self) -> None:
        """End the connection, and take no new one in its place."""
        self.client.disconnect()
        self.client.loop_stop()


def attempt(site: Site, pair: TlsPair, topic: str) -> None:
    """Publish what is forbidden: the broker takes it and throws it away, or (2.0.11) throws the client out."""
    client = Client(site, pair)
    client.client.publish(topic, b"forbidden", 1)
    assert client.done.get(timeout=PATIENCE_S) in {"published", "disconnected"}
    client.close()


def test_a_terminal_has_its_own_topics_and_nothing_else(site: Site) -> None:
    a_pair, gateway_pair = site.pair(A), site.authority.tls(TLS_GATEWAY)
    with running(site):
        attempt(site, gateway_pair, f"zd/1/xuhui/aa/{A}/up")
        b, gateway = Client(site, site.pair(B)), Client(site, gateway_pair)
        gateway.subscribe("zd/1/xuhui/+/+/up")
        gateway.subscribe("zd/1/xuhui/+/+/state")
        gateway.subscribe("zd/1/xuhui/+/+/ask")
        calls = Client(site, site.pair("gateway-calls"))
        for topic in ("zd/1/xuhui/+/+/up", "zd/1/xuhui/+/+/state", "zd/1/xuhui/+/+/sos"):
            calls.subscribe(topic)
        for topic in ("#", f"zd/1/xuhui/bb/{B}/down", "zd/1/xuhui/+/+/up"):
            b.subscribe(topic)
        for forbidden in (
            f"bb/{B}/up",
            f"bb/{B}/sos",
            f"bb/{B}/state",
            f"bb/{B}/ask",
            f"bb/{B}/down",
            f"aa/{A}/down",
            f"aa/{A}/sideways",
        ):
            attempt(site, a_pair, f"zd/1/xuhui/{forbidden}")
        a = Client(site, a_pair)
        a.subscribe("#")
        a.publish(f"zd/1/xuhui/aa/{A}/up", b"event of a")
        a.publish(f"zd/1/xuhui/aa/{A}/state", b"state of a", retain=True)
        a.publish(f"zd/1/xuhui/aa/{A}/ask", b"question of a")
        a.publish(f"zd/1/xuhui/aa/{A}/sos", b"call of a")
        b.publish(f"zd/1/xuhui/bb/{B}/up", b"event of b")
        gateway.publish(f"zd/1/xuhui/aa/{A}/down", b"for a")
        gateway.publish(f"zd/1/xuhui/bb/{B}/down", b"for b")
        read = [gateway.got.get(timeout=PATIENCE_S)[1] for _ in range(4)]
        assert read == [b"event of a", b"state of a", b"question of a", b"event of b"]
        assert calls.got.get(timeout=PATIENCE_S) == (f"zd/1/xuhui/aa/{A}/sos", b"call of a")
        calls.publish(f"zd/1/xuhui/aa/{A}/down", b"it came")
        assert a.got.get(timeout=PATIENCE_S) == (f"zd/1/xuhui/aa/{A}/down", b"for a")
        assert a.got.get(timeout=PATIENCE_S) == (f"zd/1/xuhui/aa/{A}/down", b"it came")
        assert b.got.get(timeout=PATIENCE_S) == (f"zd/1/xuhui/bb/{B}/down", b"for b")
        for client in (a, b, gateway, calls):
            client.close()
            assert client.got.empty()


PUBLISHED = (
    *(f"zd/1/xuhui/bb/{B}/{channel}" for channel in ("up", "sos", "state", "down")),
    *(f"zd/1/xuhui/aa/{A}/{channel}" for channel in ("down", "sideways", "up/more", "")),
    *(f"zd/1/xuhui/aa/{name}/up" for name in (A.upper(), "gateway", A[:-1], f"{A}/{B}")),
    *(f"zd/{rest}/aa/{A}/up" for rest in ("2/xuhui", "1/other", "1", "1/xuhui/aa")),
    *("anything", "$SYS/broker/clients/connected", f"$share/all/zd/1/xuhui/aa/{A}/up", f"zd/1/xuhui//{A}/up/"),
)
SUBSCRIBED = (
    *("#", "+/#", "zd/#", "zd/1/xuhui/#", "+/+/+/+/+/+", "$SYS/#", "$share/all/zd/1/xuhui/+/+/up", "$share/all/#"),
    *(
        f"zd/1/xuhui/{who}/{channel}"
        for who in (f"bb/{B}", f"+/{B}", "+/+")
        for channel in ("up", "sos", "state", "down")
    ),
    *(f"zd/1/xuhui/aa/{A}/{channel}" for channel in ("up", "sos", "state", "+")),
    *(f"zd/1/other/aa/{A}/down", "observed"),
)


def test_each_act_that_a_terminal_may_not_do_is_tried(site: Site) -> None:
    """Somebody who sees everything sees nothing of it, and the terminal hears nothing but its own."""
    with (site.folder / "acl").open("a") as rights:
        rights.write("\nuser observer\ntopic readwrite #\ntopic read $SYS/#\n")
    a_pair = site.pair(A)
    with running(site):
        observer = Client(site, site.pair("observer"))
        observer.subscribe("#")
        for topic in PUBLISHED:
            attempt(site, a_pair, topic)
        a, b, gateway = Client(site, a_pair), Client(site, site.pair(B)), Client(site, site.authority.tls(TLS_GATEWAY))
        for topic in SUBSCRIBED:
            a.subscribe(topic)
        b.publish(f"zd/1/xuhui/bb/{B}/up", b"of b")
        b.publish(f"zd/1/xuhui/bb/{B}/state", b"of b", retain=True)
        gateway.publish(f"zd/1/xuhui/bb/{B}/down", b"for b")
        observer.publish("observed", b"for nobody")
        observer.publish(f"zd/1/other/aa/{A}/down", b"of another tenant")
        a.publish(f"zd/1/xuhui/aa/{A}/up", b"of a")
        gateway.publish(f"zd/1/xuhui/aa/{A}/down", b"for a")
        seen = [observer.got.get(timeout=PATIENCE_S)[1] for _ in range(7)]
        assert seen == [b"of b", b"of b", b"for b", b"for nobody", b"of another tenant", b"of a", b"for a"]
        for client in (a, b, gateway, observer):
            client.close()
        heard = {topic for topic, _ in list(a.got.queue)}
        assert heard == {f"zd/1/xuhui/aa/{A}/down", "$SYS/broker/clients/connected"}
        assert observer.got.empty()


def test_a_last_will_goes_where_its_terminal_may_write_and_nowhere_else(site: Site) -> None:
    a_pair = site.pair(A)
    with running(site):
        gateway = Client(site, site.authority.tls(TLS_GATEWAY))
        gateway.subscribe("zd/1/xuhui/+/+/state")
        for topic, heard in ((f"zd/1/xuhui/bb/{B}/state", False), (f"zd/1/xuhui/aa/{A}/state", True)):
            # A broker may refuse such a will at once, or throw it away when it falls due.
            with suppress(ConnectionError, OSError):
                a = Client(site, a_pair, will=topic)
                a.die()
            if heard:
                assert gateway.got.get(timeout=PATIENCE_S) == (topic, b"gone")
        gateway.close()
        assert gateway.got.empty()


def test_a_terminal_may_know_how_many_share_the_broker_and_nothing_more_of_it(site: Site) -> None:
    with running(site):
        a = Client(site, site.pair(A))
        a.subscribe("$SYS/broker/version")
        a.subscribe("$SYS/broker/clients/connected")
        topic, count = a.got.get(timeout=PATIENCE_S)
        assert topic == "$SYS/broker/clients/connected"
        assert count.isdigit()
        a.close()
        assert a.got.empty()


def test_a_certificate_is_one_connection_whatever_it_calls_itself(site: Site) -> None:
    with running(site):
        gateway = Client(site, site.authority.tls(TLS_GATEWAY))
        a = Client(site, site.pair(A))  # the same client id, asked for by another
        gateway.publish(f"zd/1/xuhui/aa/{A}/down", b"still here")
        for client in (a, gateway):
            client.close()


def test_a_stranger_does_not_get_in(site: Site) -> None:
    stranger = new_pair(new_authority("xuhui", span(site.now_s, 1)), "xuhui", A, span(site.now_s, 1))
    expired_times = span(site.now_s - 3 * YEAR_S, 1)
    expired = new_pair(site.authority.tls(TLS_CA), "xuhui", A, expired_times)
    with running(site):
        for pair in (None, stranger, expired):
            with pytest.raises(OSError):  # noqa: PT011 - at the handshake or at the first read, as TLS 1.3 has it
                Client(site, pair)
        Client(site, site.pair(A)).close()


def terminal(site: Site, device: str) -> TlsPair:
    """Give ``device`` a folder and a certificate, as its approval does."""
    pair, folder = site.pair(device), site.authority.folder / "terminals" / device
    write_file(folder / "tls.crt", pair.certificate)
    return pair


def test_a_terminal_that_is_shut_out_does_not_get_in_and_is_heard_no_more(site: Site) -> None:
    """Whoever is connected loses his rights at once, and whoever comes is not let in."""
    a_pair, b_pair = terminal(site, A), terminal(site, B)
    with running(site) as broker:
        gateway, a = Client(site, site.authority.tls(TLS_GATEWAY)), Client(site, a_pair)
        gateway.subscribe("zd/1/xuhui/+/+/up")
        a.subscribe(f"zd/1/xuhui/aa/{A}/down")
        a.publish(f"zd/1/xuhui/aa/{A}/up", b"before")
        assert gateway.got.get(timeout=PATIENCE_S)[1] == b"before"
        (site.authority.folder / "terminals" / A / "retired.json").write_text("{}")
        for _ in range(2):
            update(site.authority, site.folder, site.now_s)
        broker.send_signal(signal.SIGHUP)
        assert broker.stderr is not None
        assert any("Reloading config" in line for line in broker.stderr)
        b = Client(site, b_pair)
        with suppress(ConnectionError):  # 2.0.11 ends the connection of who publishes what he may not
            a.publish(f"zd/1/xuhui/aa/{A}/up", b"after")
        b.publish(f"zd/1/xuhui/bb/{B}/up", b"of b")
        assert gateway.got.get(timeout=PATIENCE_S)[1] == b"of b"
        gateway.publish(f"zd/1/xuhui/aa/{A}/down", b"for nobody")
        gateway.publish(f"zd/1/xuhui/bb/{B}/down", b"for b")
        for client in (a, b, gateway):
            client.close()
        assert a.got.empty()
    with running(site):
        with pytest.raises(OSError):  # noqa: PT011 - as above
            Client(site, a_pair)
        Client(site, b_pair).close()


def test_the_tls_authority_is_replaced_and_nobody_falls_off(site: Site) -> None:
    """Both authorities are believed on both sides while one takes the place of the other."""
    old = site.pair(A)
    rotate(site.authority, "tls-ca", site.now_s)
    site.authority = Authority.open(site.authority.folder, "correct horse")
    update(site.authority, site.folder, site.now_s)
    new, before = site.pair(B), (site.folder / "certs/broker.crt").read_bytes()
    with running(site):
        for pair in (old, new):
            Client(site, pair).close()
    rotate(site.authority, "tls-broker", site.now_s)
    update(site.authority, site.folder, site.now_s)
    assert (site.folder / "certs/broker.crt").read_bytes() != before
    with running(site):
        for pair in (old, new):
            Client(site, pair).close()


def test_who_was_shut_out_under_the_old_authority_stays_out(site: Site) -> None:
    pair = terminal(site, A)
    (site.authority.folder / "terminals" / A / "retired.json").write_text("{}")
    rotate(site.authority, "tls-ca", site.now_s)
    site.authority = Authority.open(site.authority.folder, "correct horse")
    update(site.authority, site.folder, site.now_s)
    with running(site):
        with pytest.raises(OSError):  # noqa: PT011 - as above
            Client(site, pair)
        Client(site, site.pair(B)).close()


def test_nothing_is_dropped_for_a_gateway_that_is_away(site: Site) -> None:
    count = 3000  # more than the 1,000 that Mosquitto keeps by default
    with running(site) as broker:
        gateway = Client(site, site.authority.tls(TLS_GATEWAY), keep=True)
        gateway.subscribe("zd/1/xuhui/+/+/up")
        gateway.close()
        terminal = Client(site, site.pair(A))
        for number in range(count):
            terminal.client.publish(f"zd/1/xuhui/aa/{A}/up", str(number).encode(), 1)
        for _ in range(count):
            terminal.wait("published")
        terminal.close()
        broker.terminate()
        assert broker.wait(PATIENCE_S) == 0
    with running(site):
        gateway = Client(site, site.authority.tls(TLS_GATEWAY), keep=True)
        try:
            got = [int(gateway.got.get(timeout=PATIENCE_S)[1]) for _ in range(count)]
        finally:
            gateway.close()
    assert got == list(range(count))
