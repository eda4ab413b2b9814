"""Suite `intl`: Ed25519, SHA-256, AES-128-GCM, HPKE (RFC 8032, RFC 9180).

The second suite is the proof that the first can be exchanged. docs/protocol.md section 2. What it counts with
is loaded with the first use: a terminal that runs `sm` holds none of that in memory.
"""

import functools
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zhendao.protocol.keys import SoftwareSigningKey, UnwrappingKey, VerifyingKey, WrappingKey
    from zhendao.protocol.symmetric import Symmetric

# ruff: noqa: PLC0415 - see above


class IntlSuite:
    """The algorithms that the rest of the world uses."""

    name: Final = "intl"
    id: Final = 2

    def hash(self, data: bytes) -> bytes:
        """Return the 32-byte SHA-256 of ``data``."""
        return _engine().hash(data)

    def key_id(self, spki: bytes) -> bytes:
        """Return the 8 bytes that name a public key."""
        return _engine().key_id(spki)

    def mac(self, key: bytes, data: bytes) -> bytes:
        """Return the 32-byte HMAC of ``data``."""
        return _engine().mac(key, data)

    def mac_valid(self, key: bytes, data: bytes, mac: bytes) -> bool:
        """Tell, in constant time, whether ``mac`` is the HMAC of ``data``."""
        return _engine().mac_valid(key, data, mac)

    def derive(self, key: bytes, info: str, length: int) -> bytes:
        """Return ``length`` bytes of HKDF with an empty salt and ``info``."""
        return _engine().derive(key, info, length)

    def seal(self, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
        """Return ciphertext and 16-byte tag. A nonce must never be used twice with one key: the caller's promise."""
        return _engine().seal(key, nonce, aad, plaintext)

    def open(self, key: bytes, nonce: bytes, aad: bytes, ciphertext: bytes) -> bytes:
        """Return the plaintext. Raises `CryptoError`: not sealed with this key, nonce and aad, or changed since."""
        return _engine().open(key, nonce, aad, ciphertext)

    def new_signing_key(self) -> "SoftwareSigningKey":
        """Make an Ed25519 key."""
        from zhendao.protocol import intl_keys

        return intl_keys.new_signing_key()

    def signing_key(self, pkcs8: bytes) -> "SoftwareSigningKey":
        """Load a signing key; CryptoError if it is not an Ed25519 key."""
        from zhendao.protocol import intl_keys

        return intl_keys.signing_key(pkcs8)

    def verifying_key(self, spki: bytes) -> "VerifyingKey":
        """Load a public key; CryptoError if it is not one of Ed25519."""
        from zhendao.protocol import intl_keys

        return intl_keys.verifying_key(spki)

    def new_unwrapping_key(self) -> "UnwrappingKey":
        """Make an X25519 key that things can be wrapped to."""
        from zhendao.protocol import intl_keys

        return intl_keys.new_unwrapping_key()

    def unwrapping_key(self, pkcs8: bytes) -> "UnwrappingKey":
        """Load an unwrapping key; CryptoError if it is not an X25519 key."""
        from zhendao.protocol import intl_keys

        return intl_keys.unwrapping_key(pkcs8)

    def wrapping_key(self, spki: bytes) -> "WrappingKey":
        """Load the public half; CryptoError if it is not one of X25519."""
        from zhendao.protocol import intl_keys

        return intl_keys.X25519WrappingKey(spki)


@functools.cache
def _engine() -> "Symmetric":
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers.algorithms import AES128

    from zhendao.protocol.symmetric import Symmetric

    return Symmetric(hashes.SHA256(), AES128)


INTL: Final = IntlSuite()
