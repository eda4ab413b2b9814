"""The link on a real broker: TLS 1.3 with client certificates, receipts, and why it does not work."""

import queue
import secrets
import socket
from pathlib import Path

import pytest
from paho.mqtt import publish

from samples.fickle import Fickle
from samples.home import Broker
from samples.tls import Authority, TlsBroker
from zhendao.device.link.address import Address
from zhendao.device.link.contact import MOST_QUEUED
from zhendao.device.link.mqtt import MqttLink
from zhendao.device.link.postings import Confirmed, Down, LinkPosting, Received, Up

DEVICE = secrets.token_bytes(16)


class Listening:
    """A link and what it posts."""

    def __init__(self, address: Address) -> None:
        self.posted: queue.Queue[LinkPosting] = queue.Queue()
        self.link = MqttLink(
            *(address, "test", DEVICE, self.posted.put, lambda online: b"on" if online else b"off", lambda: 0.1),
            keepalive_s=2,
            retry_s=2,
        )
        self.link.start()

    def next(self, kind: type[LinkPosting]) -> LinkPosting:
        while not isinstance(one := self.posted.get(timeout=120), kind):
            pass
        return one

    def subscribed(self) -> None:
        """Wait until the broker has its state, which it sends after it has asked for what comes down."""
        self.next(Up)
        self.next(Confirmed)

    def why(self) -> str:
        down = self.next(Down)
        assert isinstance(down, Down)
        return down.why.en


@pytest.fixture
def identity(tmp_path: Path) -> tuple[Authority, Path]:
    authority = Authority()
    authority.write(tmp_path / "identity", "tls", DEVICE.hex())
    return authority, tmp_path / "identity"


def test_tls_with_a_certificate_batches_receipts_state_and_goodbye(
    tmp_path: Path, identity: tuple[Authority, Path]
) -> None:
    authority, folder = identity
    with TlsBroker(tmp_path / "broker", authority) as broker:
        one = Listening(Address("127.0.0.1", broker.port, tls=True, identity=folder))
        one.next(Up)
        assert one.link._connection is not None
        line = one.link._connection._client.socket()
        assert isinstance(line, socket.socket)
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), "Nagle's algorithm costs 48 ms a round trip"
        mid = one.link.publish(b"batch")
        while (receipt := one.next(Confirmed)) != Confirmed(mid or 0):
            assert isinstance(receipt, Confirmed)
        one.link.stop()
        assert one.link.publish(b"late") is None or not one.link._thread.is_alive()


@pytest.mark.parametrize(("days", "words"), [(-1, "expired"), (30, "self-signed|signature|unable to get")])
def test_a_broker_that_cannot_be_trusted_is_told_and_not_talked_to(
    tmp_path: Path, identity: tuple[Authority, Path], days: int, words: str
) -> None:
    authority = identity[0] if days < 0 else Authority()
    with TlsBroker(tmp_path / "broker", authority, days) as broker:
        one = Listening(Address("127.0.0.1", broker.port, tls=True, identity=identity[1]))
        why = one.why()
        assert "certificate" in why
        assert any(word in why for word in words.split("|")), why
        one.link.stop()


@pytest.mark.parametrize("own", [True, False])
def test_a_clock_that_is_behind_keeps_nobody_from_delivering_and_opens_no_other_door(
    tmp_path: Path, identity: tuple[Authority, Path], *, own: bool
) -> None:
    authority = identity[0] if own else Authority()
    with TlsBroker(tmp_path / "broker", authority, days=30, since=10) as broker:
        one = Listening(Address("127.0.0.1", broker.port, tls=True, identity=identity[1]))
        if own:
            assert "not yet valid" in one.why()
            one.next(Up)
        else:
            for _ in range(3):
                assert "certificate" in one.why()
        one.link.stop()


def test_a_broker_that_comes_and_goes_and_a_name_that_nobody_knows(tmp_path: Path) -> None:
    lost = Listening(Address("broker.invalid", 1883, tls=False, identity=tmp_path))
    assert "cannot be resolved" in lost.why()
    lost.link.stop()
    broker = Broker(tmp_path)
    one = Listening(Address("127.0.0.1", broker.port, tls=False, identity=tmp_path))
    one.next(Up)
    broker.kill()
    assert "gone" in one.why()
    assert "cannot be reached" in one.why()
    broker.start()
    one.next(Up)
    assert one.link.publish(b"batch") is not None
    one.link.stop()
    broker.kill()


def test_what_comes_down_is_posted_as_it_is(tmp_path: Path) -> None:
    broker = Broker(tmp_path)
    one = Listening(Address("127.0.0.1", broker.port, tls=False, identity=tmp_path))
    one.subscribed()
    topic = f"zd/1/test/{DEVICE.hex()[:2]}/{DEVICE.hex()}"
    for name, payload in (("up", "not for us"), ("down", "hello")):
        publish.single(f"{topic}/{name}", payload, qos=1, hostname="127.0.0.1", port=broker.port)
    assert one.next(Received) == Received(b"hello")
    one.link.stop()
    broker.kill()


def test_a_broker_that_confirms_nothing_and_one_that_sends_too_much_fill_no_memory(tmp_path: Path) -> None:
    with Fickle() as fickle:
        fickle.receipts = False
        one = Listening(Address("127.0.0.1", fickle.port, tls=False, identity=tmp_path))
        one.next(Up)
        taken = [one.link.publish(b"batch") for _ in range(200)]
        assert sum(mid is not None for mid in taken) <= MOST_QUEUED
        fickle.receipts = True
        one.link.drop()
        assert "gone" in one.why()
        one.subscribed()
        fickle.fate = lambda _topic, _payload: (0,)
        down = f"zd/1/test/{DEVICE.hex()[:2]}/{DEVICE.hex()}/down"
        publish.single(down, bytes(300_000), hostname="127.0.0.1", port=fickle.port)
        assert "gone" in one.why()
        one.subscribed()
        publish.single(down, b"hello", hostname="127.0.0.1", port=fickle.port)
        assert one.next(Received) == Received(b"hello")
        one.link.stop()


def test_a_broker_that_throws_out_who_asks_about_it_is_asked_once(tmp_path: Path) -> None:
    with Fickle() as fickle:
        fickle.strict = True
        one = Listening(Address("127.0.0.1", fickle.port, tls=False, identity=tmp_path))
        one.next(Up)
        assert "gone" in one.why()
        one.next(Up)
        mid = one.link.publish(b"batch")
        while one.next(Confirmed) != Confirmed(mid or 0):
            pass
        assert not any(isinstance(posting, Down) for posting in list(one.posted.queue))
        one.link.stop()
