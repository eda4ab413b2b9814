"""Founds an authority: every key and certificate that the line from card to platform needs, in one new folder."""

from dataclasses import dataclass, replace
from pathlib import Path

from zhendao.protocol.certificates import TENANT, Certificate, Name, Role, Usage
from zhendao.protocol.issuing import Subject, issue
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.suite import Suite
from zhendao.protocol.wording import Text
from zhendao.provisioning import audit, roots
from zhendao.provisioning.authority import (
    ESCROW,
    GATEWAY,
    GATEWAY_WRAP,
    ISSUING,
    ROOT,
    TLS_BROKER,
    TLS_CA,
    TLS_GATEWAY,
    TOKEN_ISSUER,
    Authority,
    certificate_file,
    certificate_pem,
    key_file,
)
from zhendao.provisioning.errors import ProvisioningError
from zhendao.provisioning.folders import SECRET, SECRET_FOLDER, new_folder, write_file
from zhendao.provisioning.keyfile import Passphrase
from zhendao.provisioning.roots import Root
from zhendao.provisioning.tls import LOCAL_HOSTS, TlsPair, general_names, new_authority, new_pair
from zhendao.provisioning.validity import END_YEARS, ISSUING_YEARS, new_serial, span


@dataclass(frozen=True)
class Above:
    """What an authority stands under: a ``root`` that is there, or one made in ``apart``; ``name`` is its own."""

    root: Root | None = None
    apart: Path | None = None
    name: str = "issuing"


def found(
    folder: Path,
    tenant: str,
    passphrase: str,
    suite: Suite,
    hosts: tuple[str, ...],
    now_s: int,
    above: Above | None = None,
) -> Authority:
    """Make the authority of ``tenant`` in the new folder; ``hosts`` are more names of the broker than the local ones.

    Its root is made with it, in ``root/``, unless ``above`` says otherwise.

    Raises:
        FolderExistsError: there is something already; nothing was touched.
        ProvisioningError: no such tenant name, or a host that is none.
    """
    if not TENANT.fullmatch(tenant):
        raise ProvisioningError(
            Text(f"租户名 {tenant} 不合规", f"{tenant} is no name for a tenant"),
            Text("1 到 32 个小写字母、数字或 -", "1 to 32 lower-case letters, digits or -"),
        )
    all_hosts = check_hosts((*LOCAL_HOSTS, *hosts))
    above = above or Above()
    words = Passphrase(passphrase)
    if above.apart is not None:
        with new_folder(above.apart) as place:
            roots.make(place, tenant, suite, words, now_s)
        above = replace(above, root=roots.open_root(above.apart, passphrase), apart=None)
    with new_folder(folder) as made:
        root = above.root or roots.make(made / roots.FOLDER, tenant, suite, words, now_s)
        founding = _Founding(made, tenant, suite, words, now_s)
        founding.evidence(root, above.name)
        founding.transport(all_hosts)
        for name in ("terminals", "tokens"):
            (made / name).mkdir(mode=SECRET_FOLDER)
        said = {"root": root.certificate.id.hex(), "name": above.name, "hosts": list(all_hosts)}
        audit.append(made, "init", now_s, tenant=tenant, suite=suite.name, **said)
    return Authority.open(folder, passphrase)


@dataclass(frozen=True)
class Purpose:
    """What a certificate is for, and the name on it."""

    role: Role
    usage: Usage
    name: str


def certify(issuer: Certificate, key: SigningKey, purpose: Purpose, spki: bytes, now_s: int) -> Certificate:
    """Return a new certificate of an end entity, good for five years."""
    times = span(now_s, END_YEARS)
    name = Name(issuer.tenant, purpose.role, purpose.name)
    return issue(Subject(name, spki, purpose.usage, times.not_before_s, times.not_after_s), new_serial(), key, issuer)


def check_hosts(hosts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the hosts, each once; ProvisioningError for what is neither a name nor an address."""
    try:
        general_names(hosts)
    except (ValueError, UnicodeError) as error:
        raise ProvisioningError(
            Text(f"主机名或地址不合规：{', '.join(hosts)}", f"no host name or address: {', '.join(hosts)}")
        ) from error
    return tuple(dict.fromkeys(hosts))


@dataclass(frozen=True)
class _Founding:
    folder: Path
    tenant: str
    suite: Suite
    passphrase: Passphrase
    now_s: int

    def evidence(self, root: Root, name: str) -> None:
        """Make what signs, certifies and opens events, below ``root``."""
        write_file(self.folder / certificate_file(ROOT), certificate_pem(root.certificate.der))
        issuing_key = self.suite.new_signing_key()
        issuing = root.certify(f"{self.tenant} {name}", issuing_key.spki, self.now_s)
        self._keep(ISSUING, issuing.der, issuing_key.pkcs8())
        ends: tuple[tuple[str, Role, Usage], ...] = (
            (TOKEN_ISSUER, "token-issuer", "sign"),
            (GATEWAY, "gateway", "sign"),
            (GATEWAY_WRAP, "gateway", "wrap"),
            (ESCROW, "escrow", "wrap"),
        )
        for file, role, usage in ends:
            key = self.suite.new_signing_key() if usage == "sign" else self.suite.new_unwrapping_key()
            name = file.rpartition("/")[2]
            certificate = certify(issuing, issuing_key, Purpose(role, usage, name), key.spki, self.now_s)
            self._keep(file, certificate.der, key.pkcs8())

    def transport(self, hosts: tuple[str, ...]) -> None:
        """Make what the broker, the gateway and the terminals meet with."""
        authority = new_authority(self.tenant, span(self.now_s, ISSUING_YEARS))
        self._keep_tls(TLS_CA, authority)
        self._keep_tls(TLS_BROKER, new_pair(authority, self.tenant, "broker", span(self.now_s, END_YEARS), hosts))
        self._keep_tls(TLS_GATEWAY, new_pair(authority, self.tenant, "gateway", span(self.now_s, END_YEARS)))

    def _keep(self, name: str, der: bytes, pkcs8: bytes) -> None:
        write_file(self.folder / certificate_file(name), certificate_pem(der))
        write_file(self.folder / key_file(name), self.passphrase.encrypt(pkcs8), SECRET)

    def _keep_tls(self, name: str, pair: TlsPair) -> None:
        write_file(self.folder / certificate_file(name), pair.certificate)
        write_file(self.folder / key_file(name), self.passphrase.encrypt(pair.pkcs8), SECRET)
