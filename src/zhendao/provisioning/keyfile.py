"""Keys in files: PKCS#8 in PEM; those of the authority encrypted with a passphrase (rule: SM4, ESCROW).

PBES2 with SM4-CBC and PBKDF2-HMAC-SHA256, 600,000 rounds: `openssl pkcs8` of OpenSSL 3 reads and writes the same.
All keys of one authority share their salt, so that the slow derivation runs once for a command and not per key.
"""

import secrets
from dataclasses import dataclass, field
from typing import Any, Final

from asn1crypto import algos, pem
from asn1crypto.keys import EncryptedPrivateKeyInfo, PrivateKeyInfo
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

ROUNDS: Final = 600_000
_MOST_ROUNDS: Final = 2_000_000
_SALT: Final = 16
_BLOCK: Final = 16
_SM4_CBC: Final = "1.2.156.10197.1.104.2"
PLAIN, ENCRYPTED = "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"


class WrongPassphraseError(ValueError):
    """The passphrase does not open the key."""


class NotAKeyError(ValueError):
    """The bytes are no key file of this form."""


def plain_pem(pkcs8: bytes) -> bytes:
    """Return a key as PEM, not encrypted: for files of mode 0600 alone."""
    return bytes(pem.armor(PLAIN, pkcs8))


def read_plain_pem(data: bytes) -> bytes:
    """Return the DER PKCS#8 of a PEM file; NotAKeyError for anything else."""
    return _unarmor(data, PLAIN)


@dataclass
class Passphrase:
    """A passphrase with the keys derived from it in this process. Never shown, never written."""

    words: str = field(repr=False)
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(_SALT), repr=False)
    _derived: dict[tuple[bytes, int], bytes] = field(default_factory=dict, repr=False)

    def encrypt(self, pkcs8: bytes) -> bytes:
        """Return a key as encrypted PEM."""
        initial = secrets.token_bytes(_BLOCK)
        padder = padding.PKCS7(8 * _BLOCK).padder()
        encryptor = Cipher(SM4(self._key(self.salt, ROUNDS)), CBC(initial)).encryptor()
        body = encryptor.update(padder.update(pkcs8) + padder.finalize()) + encryptor.finalize()
        info = EncryptedPrivateKeyInfo({"encryption_algorithm": _scheme(self.salt, initial), "encrypted_data": body})
        return bytes(pem.armor(ENCRYPTED, info.dump()))

    def decrypt(self, data: bytes) -> bytes:
        """Return the DER PKCS#8 of an encrypted PEM file.

        Raises:
            NotAKeyError: not an encrypted key in this form.
            WrongPassphraseError: it is one, and this is not its passphrase.
        """
        try:
            info = EncryptedPrivateKeyInfo.load(_unarmor(data, ENCRYPTED), strict=True)
            salt, rounds, initial = _read_scheme(info["encryption_algorithm"])
            body: bytes = info["encrypted_data"].native
        except (ValueError, TypeError, KeyError) as error:
            raise NotAKeyError(str(error)) from error
        if not body or len(body) % _BLOCK or len(initial) != _BLOCK or not 0 < rounds <= _MOST_ROUNDS:
            raise NotAKeyError("sizes that no key file has")
        decryptor = Cipher(SM4(self._key(salt, rounds)), CBC(initial)).decryptor()
        unpadder = padding.PKCS7(8 * _BLOCK).unpadder()
        try:
            plain = unpadder.update(decryptor.update(body) + decryptor.finalize()) + unpadder.finalize()
            version = PrivateKeyInfo.load(plain, strict=True)["version"].native
        except (ValueError, TypeError, KeyError) as error:
            raise WrongPassphraseError from error
        if version not in {0, 1}:  # one wrong passphrase in 256 leaves a good padding
            raise WrongPassphraseError
        self.salt = salt
        return plain

    def _key(self, salt: bytes, rounds: int) -> bytes:
        found = self._derived.get((salt, rounds))
        if found is None:
            found = PBKDF2HMAC(hashes.SHA256(), _BLOCK, salt, rounds).derive(self.words.encode())
            self._derived[salt, rounds] = found
        return found


def _scheme(salt: bytes, initial: bytes) -> algos.EncryptionAlgorithm:
    derivation = {
        "algorithm": "pbkdf2",
        "parameters": {
            "salt": algos.Pbkdf2Salt(name="specified", value=salt),
            "iteration_count": ROUNDS,
            "prf": {"algorithm": "sha256"},
        },
    }
    cipher = {"algorithm": _SM4_CBC, "parameters": algos.OctetString(initial)}
    return algos.EncryptionAlgorithm(
        {"algorithm": "pbes2", "parameters": {"key_derivation_func": derivation, "encryption_scheme": cipher}}
    )


def _read_scheme(algorithm: Any) -> tuple[bytes, int, bytes]:
    """Return salt, rounds and initial vector of the one scheme that is read."""
    parameters = algorithm["parameters"]
    derivation, cipher = parameters["key_derivation_func"], parameters["encryption_scheme"]
    if algorithm["algorithm"].native != "pbes2" or derivation["algorithm"].native != "pbkdf2":
        raise NotAKeyError("not PBES2")
    if cipher["algorithm"].native != _SM4_CBC or derivation["parameters"]["prf"]["algorithm"].native != "sha256":
        raise NotAKeyError("not SM4-CBC with PBKDF2-HMAC-SHA256")
    inner = derivation["parameters"]
    return inner["salt"].native, inner["iteration_count"].native, cipher["parameters"].native


def _unarmor(data: bytes, kind: str) -> bytes:
    try:
        found, _, der = pem.unarmor(data)
    except ValueError as error:
        raise NotAKeyError("not PEM") from error
    if found != kind:
        raise NotAKeyError(f"{found}, not {kind}")
    return bytes(der)
