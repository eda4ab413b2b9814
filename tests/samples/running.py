"""Real processes for tests of the gateway: a mosquitto, and `zhendao-gateway run` beside it. Loopback, free ports."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import paho.mqtt.client as paho
from asn1crypto import pem
from paho.mqtt.enums import CallbackAPIVersion

from samples.site import TENANT, Authority, Terminal
from zhendao.protocol.ack import Ack, open_ack
from zhendao.protocol.down import MacedAck, split_down
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.topics import Topic
from zhendao.simulators.loopback import free_port

PATIENCE_S = 180.0
"""A limit for what should come at once: on a machine that does much else, a gateway may take half a minute to begin."""
OK = 200


def wait_until(true: Callable[[], Any], patience_s: float = PATIENCE_S) -> None:
    """Wait until ``true`` says so; fail when it does not in time."""
    until = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)


@dataclass
class Broker:
    """A mosquitto with the settings that matter: nothing dropped, everything kept across a kill."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: Any = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        settings = self.folder / "mosquitto.conf"
        settings.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {self.folder}/\nautosave_interval 1\nautosave_on_changes true\n"
            "max_queued_messages 0\nmax_inflight_messages 1000\nset_tcp_nodelay true\nlog_type error\n"
        )
        program = "/usr/sbin/mosquitto" if Path("/usr/sbin/mosquitto").exists() else "mosquitto"
        self.process = subprocess.Popen([program, "-c", str(settings)], stderr=subprocess.DEVNULL)
        wait_until(self._answers)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it."""
        self.process.send_signal(number)
        self.process.wait(PATIENCE_S)


@dataclass
class Gateway:
    """`zhendao-gateway run` in a process of its own."""

    folder: Path
    authority: Authority
    broker_port: int
    more: str = ""
    process: Any = None
    http_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        """Write keys and settings as provisioning would."""
        keys = self.folder / "data" / "keys"
        keys.mkdir(parents=True, exist_ok=True)
        authority = self.authority
        self.key = authority.suite.new_signing_key()
        certificate = authority.gateway(self.key.spki)
        for name, one in (("root", authority.root), ("issuing", authority.issuing), ("gateway", certificate)):
            _write(keys / f"{name}.crt", "CERTIFICATE", one.der)
        _write(keys / "gateway.key", "PRIVATE KEY", self.key.pkcs8())
        _write(keys / "wrap.key", "PRIVATE KEY", authority.wrap.pkcs8())
        (keys / "tenant").write_text(TENANT + "\n")
        self.config = self.folder / "gateway.toml"
        self.config.write_text(
            f'data_dir = "data"\n[store]\nurl = "sqlite:///data/gateway.db"\n'
            f'[broker]\nurl = "mqtt://127.0.0.1:{self.broker_port}"\n'
            f'[http]\nlisten = "127.0.0.1:{self.http_port}"\n{self.more}'
        )

    @property
    def database(self) -> Path:
        """Where its store is."""
        return self.folder / "data" / "gateway.db"

    def start(self, **environment: str) -> None:
        """Start it; it subscribes by itself as soon as it can."""
        log = (self.folder / "gateway.log").open("a")
        with log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "import sys; from zhendao.gateway.cli import main; sys.exit(main())",
                 "run", "--config", str(self.config), "--lang", "en"],
                stderr=log,
                env={**os.environ, **environment},
            )  # fmt: skip

    def well(self) -> bool:
        """Tell whether it says that its store takes writes and that it hears the broker."""
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"http://127.0.0.1:{self.http_port}/healthz", trust_env=False).status_code == OK
        return False

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it and return its exit code."""
        self.process.send_signal(number)
        code: int = self.process.wait(PATIENCE_S)
        return code


@dataclass
class Radio:
    """What terminals publish and hear, through the broker."""

    port: int
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    news: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        """Connect."""
        self.client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311, client_id=f"radio-{id(self)}")
        self.client.max_queued_messages_set(0)
        self.client.on_connect = lambda client, *_: client.subscribe("zd/1/+/+/+/down", 1)
        self.client.on_socket_open = lambda _c, _d, sock: sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ready: list[bool] = []
        self.client.on_subscribe = lambda *_: ready.append(True)
        self.client.on_message = lambda _c, _d, m: self._hear(m.topic, bytes(m.payload))
        self.client.connect("127.0.0.1", self.port)
        self.client.loop_start()
        wait_until(lambda: ready)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave."""
        self.client.disconnect()
        with contextlib.suppress(AttributeError):  # its thread may take itself away between paho's look and its join
            self.client.loop_stop()

    def send(self, *messages: Any) -> None:
        """Publish messages with QoS 1."""
        for one in messages:
            self.client.publish(one.topic, one.payload, qos=1)

    def send_until_held(self, line: Terminal, first: int, last: int) -> None:
        """Publish events again and again, as a terminal does, until the gateway says that it holds them."""
        until = time.monotonic() + PATIENCE_S
        while self.held(line) < last:
            assert time.monotonic() < until, "sent in vain"
            self.news.clear()
            self.send(line.message(first, last))
            self.news.wait(0.5)

    def _hear(self, topic: str, payload: bytes) -> None:
        self.heard.append((topic, payload))
        self.news.set()

    def acks(self, line: Terminal) -> list[Ack]:
        """Return what the newest start of ``line`` was told and believes."""
        topic = str(Topic(TENANT, line.device, "down"))
        found = [split_down(payload) for name, payload in list(self.heard) if name == topic]
        believed = []
        for one in found:
            if isinstance(one, MacedAck):
                with contextlib.suppress(CryptoError):
                    believed.append(open_ack(line.suite, line.starts[-1].mac_key, one))
        return believed

    def held(self, line: Terminal) -> int:
        """Return up to where the gateway says that it holds ``line`` without a hole."""
        return max((ack.held_seq for ack in self.acks(line)), default=0)


@contextlib.contextmanager
def running(folder: Path, authority: Authority, more: str = "") -> Iterator[tuple[Broker, Gateway, Radio]]:
    """Give a broker, a gateway and a radio, all running; end them afterwards."""
    broker = Broker(folder)
    broker.start()
    gateway = Gateway(folder, authority, broker.port, more)
    try:
        gateway.start()
        wait_until(gateway.well)
        with Radio(broker.port) as radio:
            yield broker, gateway, radio
    finally:
        for one in (gateway, broker):
            if one.process.poll() is None:
                one.stop()


def _write(path: Path, kind: str, der: bytes) -> None:
    path.write_bytes(pem.armor(kind, der))
    path.chmod(0o600)
