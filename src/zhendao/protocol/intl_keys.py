"""The keys of suite `intl`: Ed25519 signs, X25519 opens what HPKE wrapped to it (RFC 8032, RFC 9180).

Apart from the suite itself, because a terminal of the other suite runs for years without loading them.
"""

import functools
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM
from cryptography.hazmat.primitives.hpke import Suite as HpkeSuite
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from zhendao.protocol.errors import CryptoError
from zhendao.protocol.intl import INTL

if TYPE_CHECKING:
    from zhendao.protocol.keys import Suite

CACHED_KEYS: Final = 4096
MAX_WRAPPED: Final = 4096
_WRAP_INFO: Final = b"zd1/wrap"
_HPKE: Final = HpkeSuite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
# RFC 8410: what stands before the 32 bytes of the key, in the only DER form that SPKI and version 1 of PKCS#8 have
_ED25519_SPKI: Final = bytes.fromhex("302a300506032b6570032100")
_X25519_SPKI: Final = bytes.fromhex("302a300506032b656e032100")
_ED25519_PKCS8: Final = bytes.fromhex("302e020100300506032b657004220420")
_X25519_PKCS8: Final = bytes.fromhex("302e020100300506032b656e04220420")
_RAW_BYTES: Final = 32


def _raw_key(der: bytes, prefix: bytes, name: str) -> bytes:
    if len(der) != len(prefix) + _RAW_BYTES or not der.startswith(prefix):
        raise CryptoError("key", f"not an {name} key in its one DER form")
    return der[len(prefix) :]


class Ed25519SigningKey:
    """`keys.SoftwareSigningKey`."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.suite: Suite = INTL
        self.spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.key_id = INTL.key_id(self.spki)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature."""
        return self._key.sign(message)

    def pkcs8(self) -> bytes:
        """Return the DER PrivateKeyInfo, not encrypted."""
        return self._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


class Ed25519VerifyingKey:
    """`keys.VerifyingKey`."""

    def __init__(self, spki: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(_raw_key(spki, _ED25519_SPKI, "Ed25519"))
        self.spki = spki
        self.key_id = INTL.key_id(spki)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Tell whether the signature is this key's; never an error."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class X25519WrappingKey:
    """`keys.WrappingKey`."""

    def __init__(self, spki: bytes) -> None:
        self._key = X25519PublicKey.from_public_bytes(_raw_key(spki, _X25519_SPKI, "X25519"))
        self.spki = spki
        self.key_id = INTL.key_id(spki)

    def wrap(self, plaintext: bytes) -> bytes:
        """Return 1 to 4,096 bytes encrypted; CryptoError for more, or to a key of small order."""
        if not 0 < len(plaintext) <= MAX_WRAPPED:
            raise CryptoError("wrap", f"1 to {MAX_WRAPPED} bytes can be wrapped")
        try:
            return _HPKE.encrypt(plaintext, self._key, _WRAP_INFO)
        except ValueError as error:  # a public key of small order has no shared secret
            raise CryptoError("key", "nothing can be wrapped to this key") from error


class X25519UnwrappingKey:
    """`keys.UnwrappingKey`."""

    def __init__(self, key: X25519PrivateKey) -> None:
        self._key = key
        self.spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.key_id = INTL.key_id(self.spki)

    def unwrap(self, ciphertext: bytes) -> bytes:
        """Return the plaintext; CryptoError for anything but an untouched ciphertext."""
        try:
            return _HPKE.decrypt(ciphertext, self._key, _WRAP_INFO)
        except (InvalidTag, ValueError) as error:
            raise CryptoError("wrap", "does not open") from error

    def pkcs8(self) -> bytes:
        """Return the DER PrivateKeyInfo, not encrypted."""
        return self._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def new_signing_key() -> Ed25519SigningKey:
    """Make an Ed25519 key."""
    return Ed25519SigningKey(Ed25519PrivateKey.generate())


def signing_key(pkcs8: bytes) -> Ed25519SigningKey:
    """Load a signing key; CryptoError if it is not an Ed25519 key."""
    return Ed25519SigningKey(Ed25519PrivateKey.from_private_bytes(_raw_key(pkcs8, _ED25519_PKCS8, "Ed25519")))


@functools.lru_cache(CACHED_KEYS)
def verifying_key(spki: bytes) -> Ed25519VerifyingKey:
    """Load a public key; CryptoError if it is not one of Ed25519."""
    return Ed25519VerifyingKey(spki)


def new_unwrapping_key() -> X25519UnwrappingKey:
    """Make an X25519 key that things can be wrapped to."""
    return X25519UnwrappingKey(X25519PrivateKey.generate())


def unwrapping_key(pkcs8: bytes) -> X25519UnwrappingKey:
    """Load an unwrapping key; CryptoError if it is not an X25519 key."""
    return X25519UnwrappingKey(X25519PrivateKey.from_private_bytes(_raw_key(pkcs8, _X25519_PKCS8, "X25519")))
