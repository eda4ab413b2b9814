"""What cryptography looks like to everybody else: four kinds of key, and the suite that they belong to.

A key may live in this process, in a file or in a chip; whoever signs or seals never asks. A public key is its DER
SubjectPublicKeyInfo (SPKI); its key id is the first 8 bytes of the suite's hash of it. docs/protocol.md section 2.
"""

from typing import Protocol


class SigningKey(Protocol):
    """Makes signatures. Where the key lies is its own business."""

    @property
    def suite(self) -> "Suite":
        """The suite that the signatures are of."""
        ...

    @property
    def spki(self) -> bytes:
        """The public half."""
        ...

    @property
    def key_id(self) -> bytes:
        """8 bytes that name the public half."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature over ``message``; CryptoError if the key does not answer."""
        ...


class SoftwareSigningKey(SigningKey, Protocol):
    """A signing key whose private half this process holds, and can write down."""

    def pkcs8(self) -> bytes:
        """Return the DER PrivateKeyInfo, not encrypted: to be encrypted, or to be kept from everybody's eyes."""
        ...


class VerifyingKey(Protocol):
    """Checks signatures."""

    @property
    def spki(self) -> bytes:
        """The key itself."""
        ...

    @property
    def key_id(self) -> bytes:
        """8 bytes that name it."""
        ...

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Tell whether ``signature`` is this key's over ``message``. Any bytes: true or false, never an error."""
        ...


class WrappingKey(Protocol):
    """Encrypts a short secret to the owner of the other half."""

    @property
    def spki(self) -> bytes:
        """The key itself."""
        ...

    @property
    def key_id(self) -> bytes:
        """8 bytes that name it."""
        ...

    def wrap(self, plaintext: bytes) -> bytes:
        """Return ``plaintext`` (1…4096 bytes) encrypted; another ciphertext each time."""
        ...


class UnwrappingKey(Protocol):
    """Opens what was wrapped to it."""

    @property
    def spki(self) -> bytes:
        """The public half."""
        ...

    @property
    def key_id(self) -> bytes:
        """8 bytes that name the public half."""
        ...

    def unwrap(self, ciphertext: bytes) -> bytes:
        """Return the plaintext; CryptoError for anything but an untouched ciphertext to this key."""
        ...

    def pkcs8(self) -> bytes:
        """Return the DER PrivateKeyInfo, not encrypted."""
        ...


class Suite(Protocol):
    """What every suite can do. Hashes and MACs are 32 bytes, signatures 64, AEAD keys 16, nonces 12, tags 16."""

    @property
    def name(self) -> str:
        """``sm`` or ``intl``."""
        ...

    @property
    def id(self) -> int:
        """The number on the wire."""
        ...

    def hash(self, data: bytes) -> bytes:
        """Return the 32-byte hash."""
        ...

    def key_id(self, spki: bytes) -> bytes:
        """Return the 8 bytes that name a public key."""
        ...

    def mac(self, key: bytes, data: bytes) -> bytes:
        """Return the 32-byte MAC."""
        ...

    def mac_valid(self, key: bytes, data: bytes, mac: bytes) -> bool:
        """Tell, in constant time, whether ``mac`` is right."""
        ...

    def derive(self, key: bytes, info: str, length: int) -> bytes:
        """Return ``length`` bytes derived from ``key`` for the purpose ``info``."""
        ...

    def seal(self, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
        """Return ciphertext with its tag; the caller never uses a nonce twice."""
        ...

    def open(self, key: bytes, nonce: bytes, aad: bytes, ciphertext: bytes) -> bytes:
        """Return the plaintext; CryptoError if anything was changed."""
        ...

    def new_signing_key(self) -> SoftwareSigningKey:
        """Make a key that signs."""
        ...

    def signing_key(self, pkcs8: bytes) -> SoftwareSigningKey:
        """Load a key that signs, from DER; CryptoError if it is none of this suite."""
        ...

    def verifying_key(self, spki: bytes) -> VerifyingKey:
        """Load a public key (the last 4,096 are kept); CryptoError if it is none of this suite."""
        ...

    def new_unwrapping_key(self) -> UnwrappingKey:
        """Make a key to which secrets can be wrapped."""
        ...

    def unwrapping_key(self, pkcs8: bytes) -> UnwrappingKey:
        """Load a key that opens wraps, from DER; CryptoError if it is none of this suite."""
        ...

    def wrapping_key(self, spki: bytes) -> WrappingKey:
        """Load the public half; CryptoError if it is none of this suite."""
        ...
