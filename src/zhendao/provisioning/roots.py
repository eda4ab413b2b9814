"""The root of an authority: certificate and key in a folder of their own, which lives on a stick in a safe.

Promise: nothing daily needs it. It is asked for when an issuing authority is certified or revoked, and a command that
needs it and does not find it says so before it changes anything. Several issuing authorities may stand under one root.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zhendao.protocol.certificates import Certificate, Name
from zhendao.protocol.issuing import Subject, issue
from zhendao.protocol.keys import SoftwareSigningKey
from zhendao.protocol.suite import Suite
from zhendao.protocol.wording import Text
from zhendao.provisioning import audit
from zhendao.provisioning.authority import certificate_pem, open_key_file, read_certificate
from zhendao.provisioning.errors import ProvisioningError
from zhendao.provisioning.folders import SECRET, write_file
from zhendao.provisioning.keyfile import Passphrase
from zhendao.provisioning.validity import ISSUING_YEARS, ROOT_YEARS, new_serial, span

FOLDER: Final = "root"
CERTIFICATE, KEY = "root.crt", "root.key"


class NoRootError(ProvisioningError):
    """The root's key is needed and is not where it was looked for, or is another root's."""

    code = "no-root"

    def __init__(self, folder: Path, detail: Text) -> None:
        super().__init__(
            Text(f"根密钥不可用（{folder}）：{detail.zh}", f"the root's key cannot be used ({folder}): {detail.en}"),
            Text(
                "请插入存放根密钥的介质，并用 --root-folder 指明",
                "insert the stick that holds it, and give --root-folder",
            ),
        )


@dataclass(frozen=True)
class Root:
    """A root with its key, for as long as one command runs."""

    folder: Path
    certificate: Certificate
    key: SoftwareSigningKey

    def certify(self, name: str, spki: bytes, now_s: int) -> Certificate:
        """Return the certificate of an issuing authority; ``name`` is a name that none under this root has."""
        times = span(now_s, ISSUING_YEARS)
        subject = Subject(
            Name(self.certificate.tenant, "issuing", name), spki, "certify", times.not_before_s, times.not_after_s
        )
        made = issue(subject, new_serial(), self.key, self.certificate)
        audit.append(self.folder, "certify", now_s, name=name, certificate=made.id.hex())
        return made


def make(folder: Path, tenant: str, suite: Suite, passphrase: Passphrase, now_s: int) -> Root:
    """Make a root in the empty ``folder``."""
    key = suite.new_signing_key()
    times = span(now_s, ROOT_YEARS)
    subject = Subject(
        Name(tenant, "root", f"{tenant} root"), key.spki, "certify", times.not_before_s, times.not_after_s
    )
    certificate = issue(subject, new_serial(), key, None)
    write_file(folder / CERTIFICATE, certificate_pem(certificate.der))
    write_file(folder / KEY, passphrase.encrypt(key.pkcs8()), SECRET)
    audit.append(folder, "root", now_s, root=certificate.id.hex())
    return Root(folder, certificate, key)


def usual_place(authority: Path) -> Path:
    """Return where an authority's root is looked for when nothing else is said."""
    return authority / (FOLDER if not (authority / "keys" / KEY).exists() else "keys")


def open_root(folder: Path, passphrase: str, of: Certificate | None = None) -> Root:
    """Open the root in ``folder``, which must be the one of certificate ``of`` where that is given.

    Raises:
        NoRootError: it is not there, or another one.
        PassphraseError: not its passphrase.
        KeyFileError: the key file is damaged.
    """
    shown = next((one / CERTIFICATE for one in (folder, folder.parent) if (one / CERTIFICATE).is_file()), None)
    if not (folder / KEY).is_file() or shown is None:
        raise NoRootError(folder, Text(f"没有 {KEY} 与 {CERTIFICATE}", f"no {KEY} with {CERTIFICATE}"))
    certificate = read_certificate(folder, shown)
    if of is not None and certificate.id != of.id:
        raise NoRootError(folder, Text("属于另一个根", "it is another root's"))
    key = open_key_file(folder / KEY, Passphrase(passphrase), certificate.suite.signing_key)
    if key.spki != certificate.spki:
        raise NoRootError(folder, Text("密钥与根证书不符", "key and certificate do not belong together"))
    return Root(folder, certificate, key)
