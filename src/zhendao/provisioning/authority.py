"""An authority's folder: its certificates in the open, its keys behind a passphrase.

Made by `founding.found`; opened here. Layout in docs/operations.md. A key is read when it is asked for and not before,
and the only calls that write are `Authority.note`, `Authority.keep_tls` and `Authority.replace`. The root's key is not
looked for here (`roots`): it may be on a stick in a safe.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from asn1crypto import pem

from zhendao.protocol.certificates import Certificate
from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.keys import SigningKey, SoftwareSigningKey, UnwrappingKey
from zhendao.protocol.limits import MAX_CERTIFICATE_BYTES
from zhendao.protocol.suite import Suite
from zhendao.protocol.wording import Text
from zhendao.provisioning import audit
from zhendao.provisioning.errors import FolderUnusableError, KeyFileError, NoAuthorityError, PassphraseError
from zhendao.provisioning.folders import SECRET, read_file, write_file
from zhendao.provisioning.keyfile import NotAKeyError, Passphrase, WrongPassphraseError
from zhendao.provisioning.signers.interface import Surroundings, find
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
TLS_CALLS: Final = "tls/gateway-calls"
"""Of the session in which a gateway hears calls for help: a certificate is one connection at the broker."""

NEXT: Final = ".next"
HELD: Final = ".signer"
"""Beside a certificate, in the place of a key file: which signer holds the key, and where in it."""
_PLACES: Final = (".", "keys", "gateway", "escrow", "tls")
_MOST_PEM: Final = 8192
_DEVICE: Final = re.compile(r"[0-9a-f]{32}")
K = TypeVar("K")


def certificate_file(name: str) -> str:
    """Return where the certificate ``name`` lies in the folder."""
    return f"{name}.crt"


def key_file(name: str) -> str:
    """Return where the key ``name`` lies: those of the authority itself under ``keys/``, all others by their side."""
    return f"{name}.key" if "/" in name else f"keys/{name}.key"


OLD: Final = "old"
"""The folder of what was replaced: ``old/NAME/0001-ID.crt`` and ``.key``, oldest first."""


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
        _settle(folder)
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

    def issuing_key(self) -> SigningKey:
        """Return the key that issues certificates and signs answers, wherever it lies. Raises `SignerError` too."""
        return self._signing(ISSUING)

    def token_issuer(self) -> SigningKey:
        """Return the key that signs the tokens on door tags and cards, wherever it lies. Raises `SignerError` too."""
        return self._signing(TOKEN_ISSUER)

    def surroundings(self) -> Surroundings:
        """Return what a signer of this authority may use."""
        return Surroundings(self.folder / "keys", self.passphrase)

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

    def replace(self, name: str, certificate: bytes, pkcs8: bytes | None, held: str | None = None) -> None:
        """Put a new certificate (PEM) and key in the place of ``name``'s; what was there is kept under ``old/``.

        ``pkcs8`` None: the key lies elsewhere, such as the escrow's at its own office; ``held`` says in which signer of
        this machine ("tpm 0x81018a00"). A command that is cut short here
        is finished, or forgotten, when the folder is opened next: key and certificate never part.
        """
        if self.passphrase is None:
            raise PassphraseError(Text("需要口令", "the passphrase is needed"))
        shown, kept = self.folder / certificate_file(name), self.folder / key_file(name)
        before = read_file(shown, _MOST_PEM)
        place = self.folder / OLD / name
        label = f"{len(list(place.glob('*.crt'))) + 1:04d}-{hashlib.sha256(der_of_pem(before)).hexdigest()[:16]}"
        if not list(place.glob(f"*-{label[5:]}.crt")):
            for one in (kept, kept.with_suffix(HELD)):
                if one.exists():
                    write_file(place / f"{label}{one.suffix}", read_file(one, _MOST_PEM), SECRET)
            write_file(place / f"{label}.crt", before)
        if pkcs8 is not None:
            write_file(kept.with_name(kept.name + NEXT), self.passphrase.encrypt(pkcs8), SECRET)
        if held is not None:
            write_file(kept.with_name(kept.with_suffix(HELD).name + NEXT), f"{held}\n".encode(), SECRET)
        write_file(shown.with_name(shown.name + NEXT), certificate)
        if pkcs8 is None and held is None:
            kept.unlink(missing_ok=True)
        _settle(self.folder)

    def old_files(self, name: str) -> list[Path]:
        """Return the certificate files that ``name`` had before, the newest first."""
        return sorted((self.folder / OLD / name).glob("*.crt"), reverse=True)

    def old(self, name: str) -> list[Certificate]:
        """Return the certificates that ``name`` had before, the newest first; not for TLS names."""
        return [read_certificate(self.folder, path) for path in self.old_files(name)]

    def old_tls(self, name: str) -> list[TlsPair]:
        """Return the keys and certificates that a TLS name had before, the newest first."""
        found = [path for path in self.old_files(name) if path.with_suffix(".key").exists()]
        return [
            TlsPair(self._open(path.with_suffix(".key"), lambda pkcs8: pkcs8), read_file(path, _MOST_PEM))
            for path in found
        ]

    def old_wraps(self) -> list[UnwrappingKey]:
        """Return the gateway's former keys that open events: what was sealed to them stays readable."""
        found = [path.with_suffix(".key") for path in self.old_files(GATEWAY_WRAP)]
        return [self._open(path, self.suite.unwrapping_key) for path in found if path.exists()]

    def terminals(self) -> list[Path]:
        """Return the folders of all approved terminals, in order of device id."""
        folder = self.folder / "terminals"
        return sorted(one for one in folder.iterdir() if _DEVICE.fullmatch(one.name)) if folder.is_dir() else []

    def note(self, act: str, at_s: int, /, **facts: object) -> None:
        """Write an act into the authority's diary."""
        audit.append(self.folder, act, at_s, **facts)

    def _signing(self, name: str) -> SigningKey:
        held = (self.folder / key_file(name)).with_suffix(HELD)
        if not held.exists():
            return self._key(name, self.suite.signing_key)
        signer, _, locator = read_file(held, _MOST_PEM).decode("utf-8", "replace").strip().partition(" ")
        key = find(signer, self.surroundings()).open(self.suite, locator)
        if key.spki != self.certificate(name).spki:
            raise KeyFileError(held, f"the key in {signer} is not that of the certificate")
        return key

    def _key(self, name: str, load: Callable[[bytes], K]) -> K:
        return self._open(self.folder / key_file(name), load)

    def _open(self, path: Path, load: Callable[[bytes], K]) -> K:
        if self.passphrase is None:
            raise PassphraseError(Text("需要口令", "the passphrase is needed"))
        try:
            return open_key_file(path, self.passphrase, load)
        except FolderUnusableError as error:
            raise KeyFileError(path, error.what.en) from error


def open_key_file(path: Path, passphrase: Passphrase, load: Callable[[bytes], K]) -> K:
    """Return the key in an encrypted file, as ``load`` makes it. Raises `PassphraseError`, `KeyFileError`."""
    try:
        return load(passphrase.decrypt(read_file(path, _MOST_PEM)))
    except WrongPassphraseError as error:
        raise PassphraseError(
            Text("口令不对", "the passphrase is wrong"),
            Text("请核对口令；每个机构目录有各自的口令", "each authority folder has its own"),
        ) from error
    except (NotAKeyError, CryptoError) as error:
        raise KeyFileError(path, str(error)) from error


def der_of_pem(data: bytes) -> bytes:
    """Return what a PEM file holds; ValueError where it is none."""
    return bytes(pem.unarmor(data)[2])


def _settle(folder: Path) -> None:
    """Finish a replacement that was cut short: it stands once both new files are written."""
    try:
        for shown in _waiting(folder, f"*.crt{NEXT}"):
            target = shown.with_name(shown.name.removesuffix(NEXT))
            kept = folder / key_file(str(target.relative_to(folder).with_suffix("")))
            for here, other in ((kept, kept.with_suffix(HELD)), (kept.with_suffix(HELD), kept)):
                waiting = here.with_name(here.name + NEXT)
                if waiting.exists():
                    waiting.rename(here)
                    other.unlink(missing_ok=True)
            shown.rename(target)
        for waiting in (*_waiting(folder, f"*.key{NEXT}"), *_waiting(folder, f"*{HELD}{NEXT}")):
            waiting.unlink()
    except OSError as error:
        raise FolderUnusableError(folder, error.strerror or str(error)) from error


def _waiting(folder: Path, pattern: str) -> list[Path]:
    """Return files of that name where certificates and keys lie; not among the terminals, of which there are many."""
    return [path for place in _PLACES for path in (folder / place).glob(pattern)]


def _certificate(folder: Path, name: str) -> Certificate:
    return read_certificate(folder, folder / certificate_file(name))


def read_certificate(folder: Path, path: Path) -> Certificate:
    """Return the certificate in a PEM file of the authority in ``folder``. Raises `NoAuthorityError`."""
    try:
        kind, _, der = pem.unarmor(read_file(path, _MOST_PEM))
        if kind != "CERTIFICATE" or len(der) > MAX_CERTIFICATE_BYTES:
            raise NoAuthorityError(folder, f"{path.name} is no certificate")
        return Certificate.parse(der)
    except FolderUnusableError as error:
        raise NoAuthorityError(folder, error.what.en) from error
    except (ValueError, ProtocolError) as error:
        raise NoAuthorityError(folder, f"{path.name}: {error}") from error
