"""A suite names signature, hash, cipher and key wrap together; `sm` is the default, `intl` the other.

Who signs or seals asks the suite and never an algorithm. docs/protocol.md section 2.
"""

from typing import Final, Protocol

from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.intl import INTL
from zhendao.protocol.keys import SoftwareSigningKey, UnwrappingKey, VerifyingKey, WrappingKey
from zhendao.protocol.sm import SM

__all__ = ["INTL", "SM", "Suite", "suite_by_id", "suite_by_name"]


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


_SUITES: Final[tuple[Suite, ...]] = (SM, INTL)


def suite_by_id(number: int) -> Suite:
    """Return the suite with this number; ProtocolError if there is none."""
    for suite in _SUITES:
        if suite.id == number and not isinstance(number, bool):
            return suite
    raise ProtocolError("suite", f"there is no suite {number}")


def suite_by_name(name: str) -> Suite:
    """Return the suite with this name; ProtocolError if there is none."""
    for suite in _SUITES:
        if suite.name == name:
            return suite
    raise ProtocolError("suite", f"there is no suite named {name}")
