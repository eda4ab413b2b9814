"""TLS for tests: an authority as `zhendao-provision` makes one, and a Mosquitto that asks for its certificates."""

import datetime as dt
import ipaddress
import subprocess
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from zhendao.simulators.loopback import free_port

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


class TlsBroker:
    """Mosquitto over TLS 1.3 on a free port of loopback, for clients with a certificate of ``authority`` only.

    Its own certificate runs from ``since`` to ``days`` days from now; `renew` makes another one.
    """

    def __init__(self, folder: Path, authority: Authority, days: int = 30, since: int = -40, *, more: str = "") -> None:
        self.folder, self.authority = folder, authority
        self.port = free_port()
        self.renew(days, since)
        self.file = folder / "tls.conf"
        self.file.write_text(
            f"listener {self.port} 127.0.0.1\ncafile {folder}/broker-ca.crt\ncertfile {folder}/broker.crt\n"
            f"keyfile {folder}/broker.key\nrequire_certificate true\nuse_identity_as_username true\n"
            f"tls_version tlsv1.3\nset_tcp_nodelay true\nmax_queued_messages 0\nuser root\n{more}"
        )

    def renew(self, days: int = 30, since: int = -40) -> None:
        """Write a new key and certificate; a broker that is started after that uses them."""
        self.authority.write(self.folder, "broker", "broker", days, since)

    def start(self) -> None:
        """Start it, and wait until it runs."""
        self.process = subprocess.Popen(["mosquitto", "-c", str(self.file)], stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if "running" in line:
                self._reading = threading.Thread(
                    target=self.process.stderr.read, daemon=True
                )  # else it fills, and waits
                self._reading.start()
                return
        raise AssertionError("mosquitto does not run")

    def kill(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()
        assert self.process.stderr is not None
        self._reading.join()
        self.process.stderr.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
