"""Founds an authority: every key and certificate that the line from card to platform needs, in one new folder."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zhendao.protocol.certificates import TENANT, Certificate, Name, Role, Usage
from zhendao.protocol.issuing import SERIAL_BYTES, Subject, issue
from zhendao.protocol.keys import SoftwareSigningKey
from zhendao.protocol.suite import Suite
from zhendao.protocol.wording import Text
from zhendao.provisioning import audit
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
from zhendao.provisioning.tls import LOCAL_HOSTS, Times, TlsPair, general_names, new_authority, new_pair

YEAR_S: Final = 365 * 86_400
BACKDATE_S: Final = 86_400
"""A certificate begins a day early, so that a clock that is somewhat slow does not refuse it."""
ROOT_YEARS, ISSUING_YEARS, END_YEARS = 20, 10, 5


def span(now_s: int, years: int) -> Times:
    """Return the validity of a certificate made now."""
    return Times(now_s - BACKDATE_S, now_s + years * YEAR_S)


def new_serial() -> bytes:
    """Return 16 random bytes for a certificate's number."""
    return secrets.token_bytes(SERIAL_BYTES)


def found(folder: Path, tenant: str, passphrase: str, suite: Suite, hosts: tuple[str, ...], now_s: int) -> Authority:
    """Make the authority of ``tenant`` in the new folder; ``hosts`` are more names of the broker than the local ones.

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
    with new_folder(folder) as made:
        founding = _Founding(made, tenant, suite, Passphrase(passphrase), now_s)
        founding.evidence()
        founding.transport(all_hosts)
        for name in ("terminals", "tokens"):
            (made / name).mkdir(mode=SECRET_FOLDER)
        root = Authority.open(made).root
        audit.append(made, "init", now_s, tenant=tenant, suite=suite.name, root=root.id.hex(), hosts=list(all_hosts))
    return Authority.open(folder, passphrase)


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

    def evidence(self) -> None:
        """Make what signs, certifies and opens events."""
        root_key, issuing_key = self.suite.new_signing_key(), self.suite.new_signing_key()
        root = self._certify("root", "certify", f"{self.tenant} root", root_key.spki, ROOT_YEARS, root_key, None)
        self._keep(ROOT, root.der, root_key.pkcs8())
        issuing = self._certify(
            "issuing", "certify", f"{self.tenant} issuing", issuing_key.spki, ISSUING_YEARS, root_key, root
        )
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
            certificate = self._certify(role, usage, name, key.spki, END_YEARS, issuing_key, issuing)
            self._keep(file, certificate.der, key.pkcs8())

    def transport(self, hosts: tuple[str, ...]) -> None:
        """Make what the broker, the gateway and the terminals meet with."""
        authority = new_authority(self.tenant, span(self.now_s, ISSUING_YEARS))
        self._keep_tls(TLS_CA, authority)
        self._keep_tls(TLS_BROKER, new_pair(authority, self.tenant, "broker", span(self.now_s, END_YEARS), hosts))
        self._keep_tls(TLS_GATEWAY, new_pair(authority, self.tenant, "gateway", span(self.now_s, END_YEARS)))

    def _certify(
        self,
        role: Role,
        usage: Usage,
        name: str,
        spki: bytes,
        years: int,
        issuer_key: SoftwareSigningKey,
        issuer: Certificate | None,
    ) -> Certificate:
        times = span(self.now_s, years)
        subject = Subject(Name(self.tenant, role, name), spki, usage, times.not_before_s, times.not_after_s)
        return issue(subject, new_serial(), issuer_key, issuer)

    def _keep(self, name: str, der: bytes, pkcs8: bytes) -> None:
        write_file(self.folder / certificate_file(name), certificate_pem(der))
        write_file(self.folder / key_file(name), self.passphrase.encrypt(pkcs8), SECRET)

    def _keep_tls(self, name: str, pair: TlsPair) -> None:
        write_file(self.folder / certificate_file(name), pair.certificate)
        write_file(self.folder / key_file(name), self.passphrase.encrypt(pair.pkcs8), SECRET)
