"""An authority's folder: its certificates in the open, its keys behind a passphrase.

Made by `founding.found`; opened here. Layout in docs/operations.md. A key is read when it is asked for and not before,
and the only calls that write are `Authority.note` and `Authority.keep_tls`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from asn1crypto import pem

from zhendao.protocol.certificates import Certificate
from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.keys import SoftwareSigningKey, UnwrappingKey
from zhendao.protocol.limits import MAX_CERTIFICATE_BYTES
from zhendao.protocol.suite import Suite
from zhendao.protocol.wording import Text
from zhendao.provisioning import audit
from zhendao.provisioning.errors import FolderUnusableError, KeyFileError, NoAuthorityError, PassphraseError
from zhendao.provisioning.folders import SECRET, read_file, write_file
from zhendao.provisioning.keyfile import NotAKeyError, Passphrase, WrongPassphraseError
from zhendao.provisioning.tls import TlsPair

ROOT: Final = "root"
ISSUING: Final = "issuing"
TOKEN_ISSUER: Final = "token-issuer"  # noqa: S105 - the name of a file
GATEWAY: Final = "gateway/gateway"
GATEWAY_WRAP: Final = "gateway/gateway-wrap"
ESCROW: Final = "escrow/escrow"
TLS_CA: Final = "tls/ca"
TLS_BROKER: Final = "tls/broker"
TLS_GATEWAY: Final = "tls/gateway"

_MOST_PEM: Final = 8192
_DEVICE: Final = re.compile(r"[0-9a-f]{32}")
K = TypeVar("K")


def certificate_file(name: str) -> str:
    """Return where the certificate ``name`` lies in the folder."""
    return f"{name}.crt"


def key_file(name: str) -> str:
    """Return where the key ``name`` lies: those of the authority itself under ``keys/``, all others by their side."""
    return f"{name}.key" if "/" in name else f"keys/{name}.key"


def certificate_pem(der: bytes) -> bytes:
    """Return a certificate as PEM."""
    return bytes(pem.armor("CERTIFICATE", der))


@dataclass(frozen=True)
class Authority:
    """One tenant's authority. ``passphrase`` is needed for keys alone."""

    folder: Path
    root: Certificate
    issuing: Certificate
    token_issuer_certificate: Certificate
    passphrase: Passphrase | None

    @classmethod
    def open(cls, folder: Path, passphrase: str | None = None) -> "Authority":
        """Open the folder that `init` made; without a passphrase it is good for looking only.

        Raises:
            NoAuthorityError: not such a folder.
        """
        certificates = [_certificate(folder, name) for name in (ROOT, ISSUING, TOKEN_ISSUER)]
        words = None if passphrase is None else Passphrase(passphrase)
        return cls(folder, certificates[0], certificates[1], certificates[2], words)

    @property
    def suite(self) -> Suite:
        """The suite of all its keys."""
        return self.root.suite

    @property
    def tenant(self) -> str:
        """The tenant it is of."""
        return self.root.tenant

    def certificate(self, name: str) -> Certificate:
        """Return the certificate ``name``, one of the constants above."""
        return _certificate(self.folder, name)

    def issuing_key(self) -> SoftwareSigningKey:
        """Return the key that issues certificates and signs answers."""
        return self._key(ISSUING, self.suite.signing_key)

    def token_issuer(self) -> SoftwareSigningKey:
        """Return the key that signs the tokens on door tags and cards."""
        return self._key(TOKEN_ISSUER, self.suite.signing_key)

    def gateway(self) -> SoftwareSigningKey:
        """Return the key that signs commands to terminals."""
        return self._key(GATEWAY, self.suite.signing_key)

    def gateway_wrap(self) -> UnwrappingKey:
        """Return the gateway's key that opens what terminals sealed."""
        return self._key(GATEWAY_WRAP, self.suite.unwrapping_key)

    def escrow(self) -> UnwrappingKey:
        """Return the escrow's key, which opens the same (rule: ESCROW)."""
        return self._key(ESCROW, self.suite.unwrapping_key)

    def tls(self, name: str) -> TlsPair:
        """Return key and certificate of a TLS name, one of the constants above."""
        certificate = read_file(self.folder / certificate_file(name), _MOST_PEM)
        return TlsPair(self._key(name, lambda pkcs8: pkcs8), certificate)

    def keep_tls(self, name: str, pair: TlsPair) -> None:
        """Put a new key and certificate in the place of a TLS name's; the key first, which the certificate needs."""
        if self.passphrase is None:
            raise PassphraseError(Text("需要口令", "the passphrase is needed"))
        write_file(self.folder / key_file(name), self.passphrase.encrypt(pair.pkcs8), SECRET)
        write_file(self.folder / certificate_file(name), pair.certificate)

    def terminals(self) -> list[Path]:
        """Return the folders of all approved terminals, in order of device id."""
        folder = self.folder / "terminals"
        return sorted(one for one in folder.iterdir() if _DEVICE.fullmatch(one.name)) if folder.is_dir() else []

    def note(self, act: str, at_s: int, /, **facts: object) -> None:
        """Write an act into the authority's diary."""
        audit.append(self.folder, act, at_s, **facts)

    def _key(self, name: str, load: Callable[[bytes], K]) -> K:
        path = self.folder / key_file(name)
        if self.passphrase is None:
            raise PassphraseError(Text("需要口令", "the passphrase is needed"))
        try:
            return load(self.passphrase.decrypt(read_file(path, _MOST_PEM)))
        except WrongPassphraseError as error:
            raise PassphraseError(
                Text("口令不对", "the passphrase is wrong"),
                Text("请核对口令；每个机构目录有各自的口令", "each authority folder has its own"),
            ) from error
        except (NotAKeyError, CryptoError) as error:
            raise KeyFileError(path, str(error)) from error


def _certificate(folder: Path, name: str) -> Certificate:
    path = folder / certificate_file(name)
    try:
        kind, _, der = pem.unarmor(read_file(path, _MOST_PEM))
        if kind != "CERTIFICATE" or len(der) > MAX_CERTIFICATE_BYTES:
            raise NoAuthorityError(folder, f"{path.name} is no certificate")
        return Certificate.parse(der)
    except FolderUnusableError as error:
        raise NoAuthorityError(folder, error.what.en) from error
    except (ValueError, ProtocolError) as error:
        raise NoAuthorityError(folder, f"{path.name}: {error}") from error
