"""The four kinds of key, as everybody sees them; a key may live in this process, in a file or in a chip.

A public key is its DER SubjectPublicKeyInfo (SPKI); its key id is the first 8 bytes of the suite's hash of it.
docs/protocol.md section 2.
"""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from zhendao.protocol.suite import Suite

KEY_ID_BYTES = 8


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
