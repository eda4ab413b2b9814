"""Keys of single cards from a file that the gateway wrapped for this laptop beforehand (`zhendao-gateway cards keys`).

Promise: the file is opened by the laptop's own key, which rests encrypted under the authority's passphrase; what it
holds is in memory for as long as the command runs, and never written. Cards that are not in it are refused by name.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from asn1crypto import pem

from zhendao.protocol.cards.diversify import CardKeys
from zhendao.protocol.cards.parcel import MAX_PARCEL_BYTES, open_card_keys
from zhendao.protocol.errors import CryptoError, ProtocolError
from zhendao.protocol.keys import UnwrappingKey
from zhendao.protocol.suite import Suite
from zhendao.protocol.vocabulary import Technology
from zhendao.protocol.wording import Text
from zhendao.provisioning.cards.errors import KeysMissingError, KeysRefusedError
from zhendao.provisioning.errors import FolderExistsError, KeyFileError
from zhendao.provisioning.folders import SECRET, read_file, write_file
from zhendao.provisioning.keyfile import NotAKeyError, Passphrase, WrongPassphraseError

KEY_FILE: Final = "laptop/cards.key"
PUBLIC_FILE: Final = "laptop/cards.pem"
_MOST_PEM: Final = 8192


@dataclass(frozen=True)
class SealedKeys:
    """The cards of one file, by uid, technology and version."""

    path: Path
    cards: tuple[CardKeys, ...] = field(repr=False)

    def keys(self, uid: bytes, technology: Technology, version: int | None = None) -> CardKeys:
        """Return the keys of one card; see `KeyService`. Without a version: the newest that is in the file."""
        found = [
            one
            for one in self.cards
            if one.uid == uid and one.technology is technology and version in {None, one.version}
        ]
        if not found:
            of = "" if version is None else f" v{version}"
            raise KeysMissingError(
                Text(
                    f"{self.path} 中没有卡 {uid.hex()}（{technology.name.lower()}{of}）的密钥",
                    f"{self.path} holds no keys for card {uid.hex()} ({technology.name.lower()}{of})",
                )
            )
        return max(found, key=lambda one: one.version)


def make_laptop_key(folder: Path, suite: Suite, passphrase: Passphrase) -> Path:
    """Make the key that files of card keys are wrapped for; return its public half, to be taken to the gateway.

    Raises:
        FolderExistsError: there is one already, for which files may be about.
        FolderUnusableError: the disk says no.
    """
    if (folder / KEY_FILE).exists():
        raise FolderExistsError(folder / KEY_FILE)
    key = suite.new_unwrapping_key()
    write_file(folder / KEY_FILE, passphrase.encrypt(key.pkcs8()), SECRET)
    write_file(folder / PUBLIC_FILE, bytes(pem.armor("PUBLIC KEY", key.spki)))
    return folder / PUBLIC_FILE


def laptop_key(folder: Path, suite: Suite, passphrase: Passphrase) -> UnwrappingKey:
    """Return the laptop's key. Raises KeyFileError, FolderUnusableError."""
    path = folder / KEY_FILE
    try:
        return suite.unwrapping_key(passphrase.decrypt(read_file(path, _MOST_PEM)))
    except WrongPassphraseError as error:
        raise KeyFileError(path, "the passphrase is wrong") from error
    except (NotAKeyError, ProtocolError) as error:
        raise KeyFileError(path, str(error)) from error


def open_sealed(path: Path, key: UnwrappingKey) -> SealedKeys:
    """Return the keys in the file at ``path``.

    Raises:
        KeysRefusedError: it is not for this laptop, was altered, or is no such file.
        FolderUnusableError: it cannot be read.
    """
    data = read_file(path, MAX_PARCEL_BYTES)
    try:
        return SealedKeys(path, open_card_keys(data, key))
    except CryptoError as error:
        other = error.reason == "recipient"
        raise KeysRefusedError(
            Text(
                f"{path} 不是给本机的" if other else f"{path} 已损坏或被改动",
                f"{path} is not for this laptop" if other else f"{path} is damaged, or was altered",
            ),
            Text(f"应按 {PUBLIC_FILE} 的公钥加密", f"it must be wrapped for {PUBLIC_FILE}"),
        ) from error
    except ProtocolError as error:
        raise KeysRefusedError(
            Text(f"{path} 不是卡密钥文件", f"{path} is no file of card keys"),
            Text("由 zhendao-gateway cards keys 生成", "zhendao-gateway cards keys makes it"),
        ) from error
