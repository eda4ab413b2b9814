"""Suite `intl`: Ed25519, SHA-256, AES-128-GCM, HPKE (RFC 8032, RFC 9180).

The second suite is the proof that the first can be exchanged. docs/protocol.md section 2. Its keys are loaded with the
first of them: a terminal that runs `sm` holds none of that in memory.
"""

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.algorithms import AES128

from zhendao.protocol.symmetric import Symmetric

if TYPE_CHECKING:
    from zhendao.protocol.keys import SoftwareSigningKey, UnwrappingKey, VerifyingKey, WrappingKey

# ruff: noqa: PLC0415 - see above


class IntlSuite(Symmetric):
    """The algorithms that the rest of the world uses."""

    name: Final = "intl"
    id: Final = 2

    def __init__(self) -> None:
        super().__init__(hashes.SHA256(), AES128)

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


INTL: Final = IntlSuite()
