"""Hash, MAC, key derivation and sealing: the same shape in every suite, with another hash and another block cipher.

docs/protocol.md section 2. Keys of the AEAD are 16 bytes, nonces 12, tags 16 and appended; everything else is 32 bytes.
"""

import hmac as constant_time
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm, Cipher
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zhendao.protocol.errors import CryptoError
from zhendao.protocol.limits import AEAD_KEY_BYTES, KEY_ID_BYTES, NONCE_BYTES, TAG_BYTES

MAC_BYTES: Final = 32


class Symmetric:
    """The part of a suite that needs no pair of keys."""

    def __init__(self, hash_: hashes.HashAlgorithm, block: type[BlockCipherAlgorithm]) -> None:
        self._hash: Final = hash_
        self._block: Final = block

    def hash(self, data: bytes) -> bytes:
        """Return the 32-byte hash of ``data``."""
        state = hashes.Hash(self._hash)
        state.update(data)
        return state.finalize()

    def key_id(self, spki: bytes) -> bytes:
        """Return the 8 bytes that name a public key."""
        return self.hash(spki)[:KEY_ID_BYTES]

    def mac(self, key: bytes, data: bytes) -> bytes:
        """Return the 32-byte HMAC of ``data``."""
        state = HMAC(key, self._hash)
        state.update(data)
        return state.finalize()

    def mac_valid(self, key: bytes, data: bytes, mac: bytes) -> bool:
        """Tell, in constant time, whether ``mac`` is the HMAC of ``data``."""
        return constant_time.compare_digest(self.mac(key, data), mac)

    def derive(self, key: bytes, info: str, length: int) -> bytes:
        """Return ``length`` bytes of HKDF with an empty salt and ``info``."""
        return HKDF(self._hash, length, None, info.encode()).derive(key)

    def seal(self, key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
        """Return ciphertext and 16-byte tag. A nonce must never be used twice with one key: the caller's promise."""
        encryptor = self._cipher(key, nonce, None).encryptor()
        encryptor.authenticate_additional_data(aad)
        return encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag

    def open(self, key: bytes, nonce: bytes, aad: bytes, ciphertext: bytes) -> bytes:
        """Return the plaintext.

        Raises:
            CryptoError: not sealed with this key, nonce and aad, or changed since.
        """
        if len(ciphertext) < TAG_BYTES:
            raise CryptoError("seal", "too short to be sealed")
        body, tag = ciphertext[:-TAG_BYTES], ciphertext[-TAG_BYTES:]
        decryptor = self._cipher(key, nonce, tag).decryptor()
        decryptor.authenticate_additional_data(aad)
        try:
            return decryptor.update(body) + decryptor.finalize()
        except (InvalidTag, ValueError) as error:
            # ValueError: the tag is wrong, and OpenSSL's queue of this thread held an older error, which is then named.
            raise CryptoError("seal", "does not open") from error

    def _cipher(self, key: bytes, nonce: bytes, tag: bytes | None) -> Cipher[GCM]:
        if len(key) != AEAD_KEY_BYTES or len(nonce) != NONCE_BYTES:
            raise CryptoError("seal", "the key is 16 bytes and the nonce 12")
        return Cipher(self._block(key), GCM(nonce, tag))  # type: ignore[call-arg] # every block cipher takes its key
