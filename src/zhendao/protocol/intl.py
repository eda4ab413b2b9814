"""Suite `intl`: Ed25519, SHA-256, AES-128-GCM, HPKE (RFC 8032, RFC 9180).

The second suite is the proof that the first can be exchanged. docs/protocol.md section 2.
"""

import functools
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM
from cryptography.hazmat.primitives.hpke import Suite as HpkeSuite
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from zhendao.protocol.errors import CryptoError
from zhendao.protocol.symmetric import Symmetric

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


class _Ed25519SigningKey:
    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.suite: Suite = INTL
        self.spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.key_id = INTL.key_id(self.spki)

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def pkcs8(self) -> bytes:
        return self._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


class _Ed25519VerifyingKey:
    def __init__(self, spki: bytes) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(_raw_key(spki, _ED25519_SPKI, "Ed25519"))
        self.spki = spki
        self.key_id = INTL.key_id(spki)

    def verify(self, message: bytes, signature: bytes) -> bool:
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class _X25519WrappingKey:
    def __init__(self, spki: bytes) -> None:
        self._key = X25519PublicKey.from_public_bytes(_raw_key(spki, _X25519_SPKI, "X25519"))
        self.spki = spki
        self.key_id = INTL.key_id(spki)

    def wrap(self, plaintext: bytes) -> bytes:
        if not 0 < len(plaintext) <= MAX_WRAPPED:
            raise CryptoError("wrap", f"1 to {MAX_WRAPPED} bytes can be wrapped")
        try:
            return _HPKE.encrypt(plaintext, self._key, _WRAP_INFO)
        except ValueError as error:  # a public key of small order has no shared secret
            raise CryptoError("key", "nothing can be wrapped to this key") from error


class _X25519UnwrappingKey:
    def __init__(self, key: X25519PrivateKey) -> None:
        self._key = key
        self.spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.key_id = INTL.key_id(self.spki)

    def unwrap(self, ciphertext: bytes) -> bytes:
        try:
            return _HPKE.decrypt(ciphertext, self._key, _WRAP_INFO)
        except (InvalidTag, ValueError) as error:
            raise CryptoError("wrap", "does not open") from error

    def pkcs8(self) -> bytes:
        return self._key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


class IntlSuite(Symmetric):
    """The algorithms that the rest of the world uses."""

    name: Final = "intl"
    id: Final = 2

    def __init__(self) -> None:
        super().__init__(hashes.SHA256(), AES128)

    def new_signing_key(self) -> _Ed25519SigningKey:
        """Make an Ed25519 key."""
        return _Ed25519SigningKey(Ed25519PrivateKey.generate())

    def signing_key(self, pkcs8: bytes) -> _Ed25519SigningKey:
        """Load a signing key; CryptoError if it is not an Ed25519 key."""
        return _Ed25519SigningKey(Ed25519PrivateKey.from_private_bytes(_raw_key(pkcs8, _ED25519_PKCS8, "Ed25519")))

    def verifying_key(self, spki: bytes) -> _Ed25519VerifyingKey:
        """Load a public key; CryptoError if it is not one of Ed25519."""
        return _verifying_key(spki)

    def new_unwrapping_key(self) -> _X25519UnwrappingKey:
        """Make an X25519 key that things can be wrapped to."""
        return _X25519UnwrappingKey(X25519PrivateKey.generate())

    def unwrapping_key(self, pkcs8: bytes) -> _X25519UnwrappingKey:
        """Load an unwrapping key; CryptoError if it is not an X25519 key."""
        return _X25519UnwrappingKey(X25519PrivateKey.from_private_bytes(_raw_key(pkcs8, _X25519_PKCS8, "X25519")))

    def wrapping_key(self, spki: bytes) -> _X25519WrappingKey:
        """Load the public half; CryptoError if it is not one of X25519."""
        return _X25519WrappingKey(spki)


@functools.lru_cache(CACHED_KEYS)
def _verifying_key(spki: bytes) -> _Ed25519VerifyingKey:
    return _Ed25519VerifyingKey(spki)


INTL: Final = IntlSuite()
