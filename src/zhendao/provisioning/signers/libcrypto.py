"""Signing keys in files under the authority's passphrase, used by OpenSSL in this process. Both suites."""

import secrets
from pathlib import Path

from zhendao.protocol.errors import CryptoError
from zhendao.protocol.keys import SigningKey
from zhendao.protocol.suite import INTL, SM, Suite
from zhendao.protocol.wording import Text
from zhendao.provisioning.errors import FolderUnusableError
from zhendao.provisioning.folders import SECRET, read_file, write_file
from zhendao.provisioning.keyfile import NotAKeyError, Passphrase, WrongPassphraseError
from zhendao.provisioning.signers.interface import SignerError, Surroundings

_MOST = 8192


class FileSigner:
    """Keys under ``folder``; the locator is the name of the file."""

    def __init__(self, surroundings: Surroundings) -> None:
        if surroundings.passphrase is None:
            raise SignerError(Text("需要口令", "the passphrase is needed"))
        self._folder: Path = surroundings.folder
        self._passphrase: Passphrase = surroundings.passphrase

    def suites(self) -> frozenset[str]:
        """Both."""
        return frozenset({SM.name, INTL.name})

    def make(self, suite: Suite) -> str:
        """Make a key file."""
        locator = f"{secrets.token_hex(8)}.key"
        write_file(self._folder / locator, self._passphrase.encrypt(suite.new_signing_key().pkcs8()), SECRET)
        return locator

    def open(self, suite: Suite, locator: str) -> SigningKey:
        """Open a key file."""
        try:
            return suite.signing_key(self._passphrase.decrypt(read_file(self._path(locator), _MOST)))
        except (FolderUnusableError, NotAKeyError, WrongPassphraseError, CryptoError) as error:
            raise SignerError(Text(f"密钥 {locator} 不能使用", f"the key {locator} cannot be used")) from error

    def remove(self, locator: str) -> None:
        """Delete a key file."""
        self._path(locator).unlink(missing_ok=True)

    def _path(self, locator: str) -> Path:
        if Path(locator).name != locator or not locator.endswith(".key"):
            raise SignerError(Text(f"没有密钥 {locator}", f"there is no key {locator}"))
        return self._folder / locator
