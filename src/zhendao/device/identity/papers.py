"""An identity as plain values: read and checked elsewhere, turned into keys here.

What runs all day takes these, and loads no reader of certificates for them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from zhendao.device.errors import DeviceError
from zhendao.device.identity.values import Identity
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.suite import suite_by_name
from zhendao.protocol.vocabulary import Mounting, Placement
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.command.tpm import Tpm
    from zhendao.protocol.keys import SigningKey
    from zhendao.protocol.suite import Suite


class KeyStoreError(DeviceError):
    """The signing key is not there, or cannot be used."""

    code = "keystore"


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where the signing key lies: ``path`` says it to people; a key of a chip has a ``handle``, another is here."""

    path: str
    handle: int | None = None
    pkcs8: bytes = field(default=b"", repr=False)

    def open(self, suite: Suite) -> SigningKey:
        """Return the key. Raises `KeyStoreError`, `TpmError`."""
        if self.handle is not None:
            from zhendao.command.tpm import TpmSigningKey  # noqa: PLC0415 - only where there is a chip

            return TpmSigningKey(chip(), self.handle)
        try:
            return suite.signing_key(self.pkcs8)
        except CryptoError as error:
            raise unreadable(self.path, error) from error


@dataclass(frozen=True, slots=True)
class Papers:
    """`values.Identity` without objects: keys as SPKI, enumerations as their numbers."""

    suite: str
    device: bytes
    tenant: str
    key: KeyPlace
    certificate: bytes
    certificate_id: bytes
    recipients: tuple[bytes, ...]
    issuers: tuple[bytes, ...]
    gateway: bytes
    placement: int
    mounting: int
    own_door: bytes | None

    def identity(self) -> Identity:
        """Return the identity with its keys opened. Raises `KeyStoreError`, `TpmError`."""
        suite = suite_by_name(self.suite)
        issuers = [suite.verifying_key(one) for one in self.issuers]
        return Identity(
            suite=suite,
            device=self.device,
            tenant=self.tenant,
            key=self.key.open(suite),
            certificate=self.certificate,
            certificate_id=self.certificate_id,
            recipients=tuple(suite.wrapping_key(one) for one in self.recipients),
            issuers={one.key_id: one for one in issuers},
            gateway=suite.verifying_key(self.gateway),
            placement=Placement(self.placement),
            mounting=Mounting(self.mounting),
            own_door=self.own_door,
        )


def to_plain(papers: Papers) -> dict[str, Any]:
    """Return ``papers`` as a map of text, bytes, numbers and lists, for the way between two processes."""
    return asdict(papers)


def from_plain(values: dict[str, Any]) -> Papers:
    """Return what `to_plain` was given."""
    lists = {name: tuple(values[name]) for name in ("recipients", "issuers")}
    return Papers(**{**values, **lists, "key": KeyPlace(**values["key"])})


def chip() -> Tpm:
    """Return this machine's chip. Raises `TpmError` where there is none that knows SM2."""
    from zhendao.command.tpm import Tpm, TpmError  # noqa: PLC0415 - only where there is a chip

    found = Tpm.here()
    if found is None:
        raise TpmError("there is none with SM2, or tpm2-tools are missing")
    return found


def unreadable(path: Path | str, error: Exception) -> KeyStoreError:
    """Return the error for a key that is there and cannot be read."""
    return KeyStoreError(
        Text(f"终端密钥 {path} 无法读取：{error}", f"the terminal's key {path} cannot be read: {error}"),
        Text(
            "请检查权限；若已损坏，请重新注册终端", "check its permissions; if it is damaged, enrol the terminal again"
        ),
    )
