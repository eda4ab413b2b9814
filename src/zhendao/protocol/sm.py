"""Suite `sm`, the default: SM2, SM3, SM4-GCM (GB/T 32918, 32905, 32907; RFC 8998).

SM2 counts in the system's libcrypto, SM3 and SM4 in what `sm_engine` chooses. docs/protocol.md section 2.
"""

import functools
from typing import TYPE_CHECKING, Final

from zhendao.protocol.errors import CryptoError
from zhendao.protocol.libcrypto import Sm2PrivateKey, Sm2PublicKey
from zhendao.protocol.sm2_signature import der_from_raw, message_digest, raw_from_der, signer_hash
from zhendao.protocol.sm_engine import engine

if TYPE_CHECKING:
    from zhendao.protocol.keys import Suite

CACHED_KEYS: Final = 4096


class _Sm2SigningKey:
    def __init__(self, key: Sm2PrivateKey) -> None:
        self._key = key
        self._za = signer_hash(key.spki)
        self.suite: Suite = SM
        self.spki = key.spki
        self.key_id = SM.key_id(key.spki)

    def sign(self, message: bytes) -> bytes:
        return raw_from_der(self._key.sign_digest(message_digest(self._za, message)))

    def pkcs8(self) -> bytes:
        return self._key.pkcs8()


class _Sm2VerifyingKey:
    def __init__(self, spki: bytes) -> None:
        self._key = Sm2PublicKey(spki)
        self._za = signer_hash(spki)
        self.spki = spki
        self.key_id = SM.key_id(spki)

    def verify(self, message: bytes, signature: bytes) -> bool:
        try:
            der = der_from_raw(signature)
        except CryptoError:
            return False
        return self._key.verify_digest(message_digest(self._za, message), der)


class _Sm2WrappingKey:
    def __init__(self, spki: bytes) -> None:
        self._key = Sm2PublicKey(spki)
        self.spki = spki
        self.key_id = SM.key_id(spki)

    def wrap(self, plaintext: bytes) -> bytes:
        return self._key.encrypt(plaintext)


class _Sm2UnwrappingKey:
    def __init__(self, key: Sm2PrivateKey) -> None:
        self._key = key
        self.spki = key.spki
        self.key_id = SM.key_id(key.spki)

    def unwrap(self, ciphertext: bytes) -> bytes:
        from zhendao.protocol.sm2_cipher import is_strict  # noqa: PLC0415 - a terminal wraps, and never unwraps

        if not is_strict(ciphertext):
            raise CryptoError("wrap", "not a DER SM2Cipher")
        return self._key.decrypt(ciphertext)

    def pkcs8(self) -> bytes:
        return self._key.pkcs8()


class SmSuite:
    """The Chinese national algorithms."""

    name: Final = "sm"
    id: Final = 1

    def hash(self, data: bytes) -> bytes:
        """Return the 32-byte SM3 of ``data``."""
        return engine().hash(data)

    def key_id(self, spki: bytes) -> bytes:
        """Return the 8 bytes that name a public key."""
        return engine().key_id(spki)

    def mac(self, key: bytes, data: bytes) -> bytes:
        """Return the 32-byte HMAC of ``data``."""
        return engine().mac(key, data)

    def mac_valid(self, key: bytes, data: bytes, mac: bytes) -> bool:
        """Tell, in constant time, whether ``mac`` is the HMAC of ``data``."""
        return engine().mac_valid(key, data, mac)

    def derive(self, key: bytes, info: str, length: int) -> bytes:
        """Return ``length`` bytes of HKDF with an empty salt and ``info``."""
        return engine().derive(key, info, length)

    def seal(self, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
        """Return ciphertext and 16-byte tag. A nonce must never be used twice with one key: the caller's promise."""
        return engine().seal(key, nonce, aad, plaintext)

    def open(self, key: bytes, nonce: bytes, aad: bytes, ciphertext: bytes) -> bytes:
        """Return the plaintext. Raises `CryptoError`: not sealed with this key, nonce and aad, or changed since."""
        return engine().open(key, nonce, aad, ciphertext)

    def new_signing_key(self) -> _Sm2SigningKey:
        """Make an SM2 key that signs."""
        return _Sm2SigningKey(Sm2PrivateKey.generate())

    def signing_key(self, pkcs8: bytes) -> _Sm2SigningKey:
        """Load a signing key; CryptoError if it is not an SM2 key."""
        return _Sm2SigningKey(Sm2PrivateKey.load(pkcs8))

    def verifying_key(self, spki: bytes) -> _Sm2VerifyingKey:
        """Load a public key; CryptoError if it is not a point of the curve."""
        return _verifying_key(spki)

    def new_unwrapping_key(self) -> _Sm2UnwrappingKey:
        """Make an SM2 key that things can be wrapped to."""
        return _Sm2UnwrappingKey(Sm2PrivateKey.generate())

    def unwrapping_key(self, pkcs8: bytes) -> _Sm2UnwrappingKey:
        """Load an unwrapping key; CryptoError if it is not an SM2 key."""
        return _Sm2UnwrappingKey(Sm2PrivateKey.load(pkcs8))

    def wrapping_key(self, spki: bytes) -> _Sm2WrappingKey:
        """Load the public half; CryptoError if it is not a point of the curve."""
        return _Sm2WrappingKey(spki)


@functools.lru_cache(CACHED_KEYS)
def _verifying_key(spki: bytes) -> _Sm2VerifyingKey:
    return _Sm2VerifyingKey(spki)


SM: Final = SmSuite()
