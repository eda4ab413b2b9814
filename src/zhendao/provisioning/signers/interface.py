"""What a place for the authority's signing keys offers, and how one is found by its name.

Two are built in: ``libcrypto`` (a file under the passphrase) and ``tpm``. Any other, such as an SKF device of GM/T
0016, is a package with an entry point in the group ``zhendao.signers``; `conformance` says whether it is fit for use.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final, Protocol

from zhendao.protocol.keys import SigningKey
from zhendao.protocol.suite import Suite
from zhendao.protocol.wording import Text
from zhendao.provisioning.errors import ProvisioningError
from zhendao.provisioning.keyfile import Passphrase

GROUP: Final = "zhendao.signers"
BUILT_IN: Final = ("libcrypto", "tpm")


class SignerError(ProvisioningError):
    """The place for keys is not there, has no such key, or says no."""

    code = "signer"


@dataclass(frozen=True)
class Surroundings:
    """What a signer may use: a ``folder`` for what it keeps beside the keys, and the authority's passphrase (a PIN)."""

    folder: Path
    passphrase: Passphrase | None


class Signer(Protocol):
    """One place for signing keys. A *locator* is a text of at most 200 printable characters, and no secret."""

    def suites(self) -> frozenset[str]:
        """Return the names of the suites that it has keys of, here and now; none where the device is not plugged in."""
        ...

    def make(self, suite: Suite) -> str:
        """Make a key that never leaves the place, and return its locator. Raises `SignerError`."""
        ...

    def open(self, suite: Suite, locator: str) -> SigningKey:
        """Return the key; its `sign` gives 64 bytes, or raises `CryptoError`. Raises `SignerError` where it is not."""
        ...

    def remove(self, locator: str) -> None:
        """Take a key out, for good; one that is not there is no error. Raises `SignerError`."""
        ...


Factory = Callable[[Surroundings], Signer]


def names() -> list[str]:
    """Return the names of all signers that are installed."""
    return [*BUILT_IN, *sorted({one.name for one in entry_points(group=GROUP)} - set(BUILT_IN))]


def find(name: str, surroundings: Surroundings) -> Signer:
    """Return the signer of that name. Raises `SignerError` where none is installed."""
    if name == "libcrypto":
        from zhendao.provisioning.signers.libcrypto import FileSigner  # noqa: PLC0415 - the one that is asked for

        return FileSigner(surroundings)
    if name == "tpm":
        from zhendao.provisioning.signers.tpm import TpmSigner  # noqa: PLC0415 - as above

        return TpmSigner(surroundings)
    for one in entry_points(group=GROUP):
        if one.name == name:
            made: Signer = one.load()(surroundings)
            return made
    raise SignerError(
        Text(f"没有名为 {name} 的签名设备", f"there is no signer called {name}"),
        Text(f"已安装：{', '.join(names())}", f"installed: {', '.join(names())}"),
    )
