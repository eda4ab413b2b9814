"""Which library hashes and seals for suite `sm`: `cryptography`, or the system's libcrypto where memory is scarce.

`cryptography` brings an OpenSSL of its own, 8 MB of memory; a terminal has the system's in memory for TLS and SM2
already. Both give the same bytes; a library that fails its known answer is not used.
"""

import functools
import hmac
from typing import Protocol

from zhendao.protocol import libcrypto_sm4
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.limits import AEAD_KEY_BYTES, KEY_ID_BYTES, NONCE_BYTES, TAG_BYTES

_spared = False


class Engine(Protocol):
    """The part of a suite that needs no pair of keys; what the methods do is said in `symmetric`."""

    def hash(self, data: bytes) -> bytes:
        """Return 32 bytes."""

    def key_id(self, spki: bytes) -> bytes:
        """Return 8 bytes."""

    def mac(self, key: bytes, data: bytes) -> bytes:
        """Return 32 bytes."""

    def mac_valid(self, key: bytes, data: bytes, mac: bytes) -> bool:
        """Tell whether it is."""

    def derive(self, key: bytes, info: str, length: int) -> bytes:
        """Return as many bytes."""

    def seal(self, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
        """Return ciphertext and tag."""

    def open(self, key: bytes, nonce: bytes, aad: bytes, ciphertext: bytes) -> bytes:
        """Return the plaintext."""


class SystemEngine:
    """SM3 and SM4-GCM by the system's libcrypto (`libcrypto_sm4`)."""

    def hash(self, data: bytes) -> bytes:
        """Return the 32-byte SM3 of ``data``."""
        return libcrypto_sm4.sm3(data)

    def key_id(self, spki: bytes) -> bytes:
        """Return the 8 bytes that name a public key."""
        return self.hash(spki)[:KEY_ID_BYTES]

    def mac(self, key: bytes, data: bytes) -> bytes:
        """Return the 32-byte HMAC of ``data``."""
        return libcrypto_sm4.mac(key, data)

    def mac_valid(self, key: bytes, data: bytes, mac: bytes) -> bool:
        """Tell, in constant time, whether ``mac`` is the HMAC of ``data``."""
        return hmac.compare_digest(self.mac(key, data), mac)

    def derive(self, key: bytes, info: str, length: int) -> bytes:
        """Return ``length`` bytes of HKDF with an empty salt and ``info``."""
        return libcrypto_sm4.derive(key, info.encode(), length)

    def seal(self, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
        """Return ciphertext and 16-byte tag. A nonce must never be used twice with one key: the caller's promise."""
        _check(key, nonce)
        return libcrypto_sm4.seal(key, nonce, aad, plaintext)

    def open(self, key: bytes, nonce: bytes, aad: bytes, ciphertext: bytes) -> bytes:
        """Return the plaintext. Raises `CryptoError`: not sealed with this key, nonce and aad, or changed since."""
        if len(ciphertext) < TAG_BYTES:
            raise CryptoError("seal", "too short to be sealed")
        _check(key, nonce)
        return libcrypto_sm4.open_sealed(key, nonce, aad, ciphertext[:-TAG_BYTES], ciphertext[-TAG_BYTES:])


def _check(key: bytes, nonce: bytes) -> None:
    if len(key) != AEAD_KEY_BYTES or len(nonce) != NONCE_BYTES:
        raise CryptoError("seal", "the key is 16 bytes and the nonce 12")


def spare(*, spared: bool = True) -> None:
    """Have the system's library work from now on, where it gives the known answer; for a process that runs all day."""
    global _spared  # noqa: PLW0603 - one process, one choice
    _spared = spared
    engine.cache_clear()


@functools.cache
def engine() -> Engine:
    """Return what hashes and seals in this process."""
    if _spared and libcrypto_sm4.is_good():
        return SystemEngine()
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.ciphers.algorithms import SM4  # noqa: PLC0415

    from zhendao.protocol.symmetric import Symmetric  # noqa: PLC0415

    return Symmetric(hashes.SM3(), SM4)
