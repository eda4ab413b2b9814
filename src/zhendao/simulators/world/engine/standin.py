"""A suite for worlds that stands in for `intl`: keyed hashes in place of its signatures and wraps, which are slow.

It protects nothing: who knows a public key can sign with it. What it keeps of the real one is what the code relies on:
keys and their form, hash, MAC and sealing; anything altered by a bit is refused, nothing opens with another key. Beyond
that it is the same each time, on every machine.
"""

from __future__ import annotations

import hmac
from hashlib import blake2b, sha256, shake_128
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.hashes import SHA256

from zhendao.protocol import intl_keys
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.limits import KEY_ID_BYTES
from zhendao.protocol.suite import INTL
from zhendao.protocol.symmetric import Symmetric

if TYPE_CHECKING:
    from zhendao.protocol.keys import SoftwareSigningKey
    from zhendao.protocol.keys import UnwrappingKey as AnyUnwrappingKey
    from zhendao.protocol.suite import Suite
    from zhendao.simulators.world.engine.chance import Chance

_TAG: Final = 32
_SIGNATURE: Final = 64
_SIGNING_PKCS8: Final = bytes.fromhex("302e020100300506032b657004220420")
_UNWRAPPING_PKCS8: Final = bytes.fromhex("302e020100300506032b656e04220420")


class _Signature:
    """What both halves of a signing key share."""

    def __init__(self, spki: bytes) -> None:
        self.spki = spki
        self.key_id = sha256(spki).digest()[:KEY_ID_BYTES]
        self._key = sha256(b"sign" + spki).digest()


class SigningKey(_Signature):
    """`keys.SoftwareSigningKey`; ``pkcs8`` is a real key's."""

    def __init__(self, suite: Suite, spki: bytes, pkcs8: bytes) -> None:
        super().__init__(spki)
        self.suite = suite
        self._pkcs8 = pkcs8

    def sign(self, message: bytes) -> bytes:
        """Return 64 bytes."""
        return blake2b(message, digest_size=_SIGNATURE, key=self._key).digest()

    def pkcs8(self) -> bytes:
        """Return the DER PrivateKeyInfo."""
        return self._pkcs8


class VerifyingKey(_Signature):
    """`keys.VerifyingKey`."""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Tell whether it is this key's."""
        return blake2b(message, digest_size=_SIGNATURE, key=self._key).digest() == signature


class WrappingKey:
    """`keys.WrappingKey`."""

    def __init__(self, spki: bytes) -> None:
        self.spki = spki
        self.key_id = sha256(spki).digest()[:KEY_ID_BYTES]
        self._key = sha256(b"wrap" + spki).digest()

    def wrap(self, plaintext: bytes) -> bytes:
        """Return 1 to 4,096 bytes encrypted, always in the same way: the keys of a start are drawn anew each time."""
        if not 0 < len(plaintext) <= intl_keys.MAX_WRAPPED:
            raise CryptoError("wrap", f"1 to {intl_keys.MAX_WRAPPED} bytes can be wrapped")
        tag = blake2b(plaintext, digest_size=_TAG, key=self._key).digest()
        return tag + _xor(plaintext, self._key + tag)


class UnwrappingKey(WrappingKey):
    """`keys.UnwrappingKey`."""

    def __init__(self, spki: bytes, pkcs8: bytes) -> None:
        super().__init__(spki)
        self._pkcs8 = pkcs8

    def unwrap(self, ciphertext: bytes) -> bytes:
        """Return the plaintext; CryptoError for anything but an untouched ciphertext."""
        tag, body = ciphertext[:_TAG], ciphertext[_TAG:]
        plaintext = _xor(body, self._key + tag)
        if not body or blake2b(plaintext, digest_size=_TAG, key=self._key).digest() != tag:
            raise CryptoError("wrap", "does not open")
        return plaintext

    def pkcs8(self) -> bytes:
        """Return the DER PrivateKeyInfo."""
        return self._pkcs8


class StandIn(Symmetric):
    """`keys.Suite` under the name and number of `intl`; new keys are drawn from ``chance``."""

    name: Final = INTL.name
    id: Final = INTL.id

    def __init__(self, chance: Chance) -> None:
        super().__init__(SHA256(), AES128)
        self._chance = chance
        self._verifying: dict[bytes, VerifyingKey] = {}

    def hash(self, data: bytes) -> bytes:
        """Return SHA-256, as `intl` does, from the library that is quicker with little."""
        return sha256(data).digest()

    def mac(self, key: bytes, data: bytes) -> bytes:
        """Return the HMAC, as `intl` does."""
        return hmac.digest(key, data, "sha256")

    def new_signing_key(self) -> SoftwareSigningKey:
        """Make a key that signs."""
        return self.signing_key(new_signing_pkcs8(self._chance))

    def signing_key(self, pkcs8: bytes) -> SoftwareSigningKey:
        """Load a key that signs, from the DER of an Ed25519 key; CryptoError if it is none."""
        return SigningKey(self, intl_keys.signing_key(pkcs8).spki, pkcs8)

    def verifying_key(self, spki: bytes) -> VerifyingKey:
        """Load a public key; CryptoError if it is not one of Ed25519."""
        found = self._verifying.get(spki)
        if found is None:
            found = self._verifying[spki] = VerifyingKey(intl_keys.verifying_key(spki).spki)
        return found

    def new_unwrapping_key(self) -> AnyUnwrappingKey:
        """Make a key to which secrets can be wrapped."""
        return self.unwrapping_key(new_unwrapping_pkcs8(self._chance))

    def unwrapping_key(self, pkcs8: bytes) -> AnyUnwrappingKey:
        """Load a key that opens wraps, from the DER of an X25519 key; CryptoError if it is none."""
        return UnwrappingKey(intl_keys.unwrapping_key(pkcs8).spki, pkcs8)

    def wrapping_key(self, spki: bytes) -> WrappingKey:
        """Load the public half; CryptoError if it is not one of X25519."""
        return WrappingKey(intl_keys.X25519WrappingKey(spki).spki)


def new_signing_pkcs8(chance: Chance) -> bytes:
    """Return the DER of an Ed25519 key that ``chance`` gives."""
    return _SIGNING_PKCS8 + chance.bytes(32)


def new_unwrapping_pkcs8(chance: Chance) -> bytes:
    """Return the DER of an X25519 key that ``chance`` gives."""
    return _UNWRAPPING_PKCS8 + chance.bytes(32)


def _xor(data: bytes, stream: bytes) -> bytes:
    length = len(data)
    mask = shake_128(stream).digest(length)
    return (int.from_bytes(data, "big") ^ int.from_bytes(mask, "big")).to_bytes(length, "big")
