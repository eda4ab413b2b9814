"""The link on a real broker: TLS 1.3 with client certificates, receipts, and why it does not work."""

import datetime as dt
import ipaddress
import queue
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from paho.mqtt import publish

from samples.home import Broker, ended, free_port
from zhendao.device.link.mqtt import Address, Confirmed, Down, LinkPosting, MqttLink, Received, Up

DEVICE = secrets.token_bytes(16)
NOW = dt.datetime.now(dt.UTC)


def _certifies() -> x509.KeyUsage:
    uses = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    never = dict.fromkeys((*uses, "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(**never, key_cert_sign=True, crl_sign=True)


class Authority:
    """A P-256 authority for TLS, as `zhendao-provision` makes one."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tls")])
        self.certificate = (
            self._builder(self.name, self.key, 30)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_certifies(), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    def _builder(
        self, name: x509.Name, key: ec.EllipticCurvePrivateKey, days: int, since: int = -40
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + dt.timedelta(days=since))
            .not_valid_after(NOW + dt.timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )

    def write(self, folder: Path, name: str, common_name: str, days: int = 30, since: int = -40) -> None:
        """Write NAME.crt and NAME.key for loopback, and NAME-ca.crt."""
        folder.mkdir(exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        builder = self._builder(subject, key, days, since).add_extension(here, critical=False)
        made = builder.sign(self.key, hashes.SHA256())
        (folder / f"{name}.crt").write_bytes(made.public_bytes(Encoding.PEM))
        (folder / f"{name}-ca.crt").write_bytes(self.certificate.public_bytes(Encoding.PEM))
        (folder / f"{name}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


class Listening:
    """A link and what it posts."""

    def __init__(self, address: Address) -> None:
        self.posted: queue.Queue[LinkPosting] = queue.Queue()
        self.link = MqttLink(
            address, "test", DEVICE, self.posted.put, lambda online: b"on" if online else b"off", lambda: 0.1
        )
        self.link.start()

    def next(self, kind: type[LinkPosting]) -> LinkPosting:
        while not isinstance(one := self.posted.get(timeout=20), kind):
            pass
        return one

    def why(self) -> str:
        down = self.next(Down)
        assert isinstance(down, Down)
        return down.why.en


def tls_broker(folder: Path, authority: Authority, days: int = 30, since: int = -40) -> Iterator[int]:
    authority.write(folder, "broker", "broker", days, since)
    port = free_port()
    file = folder / "tls.conf"
    file.write_text(
        f"listener {port} 127.0.0.1\ncafile {folder}/broker-ca.crt\ncertfile {folder}/broker.crt\n"
        f"keyfile {folder}/broker.key\nrequire_certificate true\nuse_identity_as_username true\n"
        "tls_version tlsv1.3\nuser root\n"
    )
    process = subprocess.Popen(["mosquitto", "-c", str(file)], stderr=subprocess.PIPE, text=True)
    with ended(process):
        assert process.stderr is not None
        for line in process.stderr:
            if "running" in line:
                break
        yield port


@pytest.fixture
def identity(tmp_path: Path) -> tuple[Authority, Path]:
    authority = Authority()
    authority.write(tmp_path / "identity", "tls", DEVICE.hex())
    return authority, tmp_path / "identity"


def test_tls_with_a_certificate_batches_receipts_state_and_goodbye(
    tmp_path: Path, identity: tuple[Authority, Path]
) -> None:
    authority, folder = identity
    for port in tls_broker(tmp_path / "broker", authority):
        one = Listening(Address("127.0.0.1", port, tls=True, identity=folder))
        one.next(Up)
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
    for port in tls_broker(tmp_path / "broker", authority, days):
        one = Listening(Address("127.0.0.1", port, tls=True, identity=identity[1]))
        why = one.why()
        assert "certificate" in why
        assert any(word in why for word in words.split("|")), why
        one.link.stop()


@pytest.mark.parametrize("own", [True, False])
def test_a_clock_that_is_behind_keeps_nobody_from_delivering_and_opens_no_other_door(
    tmp_path: Path, identity: tuple[Authority, Path], *, own: bool
) -> None:
    authority = identity[0] if own else Authority()
    for port in tls_broker(tmp_path / "broker", authority, days=30, since=10):
        one = Listening(Address("127.0.0.1", port, tls=True, identity=identity[1]))
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
    one.next(Up)
    topic = f"zd/1/test/{DEVICE.hex()[:2]}/{DEVICE.hex()}"
    for name, payload in (("up", "not for us"), ("down", "hello")):
        publish.single(f"{topic}/{name}", payload, qos=1, hostname="127.0.0.1", port=broker.port)
    assert one.next(Received) == Received(b"hello")
    one.link.stop()
    broker.kill()
