"""One 16-byte block cipher at work: ECB, CBC, CMAC and padding, for AES-128 and SM4 alike.

NIST SP 800-38A and 800-38B; padding is ISO/IEC 9797-1 method 2. Keys are 16 bytes; who has another length made a
mistake, and gets a CryptoError. ECB here means single blocks, or what a card's protocol prescribes, never data.
"""

from __future__ import annotations

import hmac as constant_time
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from zhendao.protocol.errors import CryptoError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import BlockCipherAlgorithm

# ruff: noqa: PLC0415 - a terminal holds no card key: it asks for none of this, and loads none of it

BLOCK_BYTES: Final = 16
KEY_BYTES: Final = 16
ZERO_BLOCK: Final = bytes(BLOCK_BYTES)

CipherName: TypeAlias = Literal["aes", "sm4"]

_MARK: Final = b"\x80"


def encrypt_block(cipher: CipherName, key: bytes, block: bytes) -> bytes:
    """Return one block encrypted; CryptoError unless ``block`` is 16 bytes."""
    return encrypt_cbc(cipher, key, ZERO_BLOCK, _one(block))


def encrypt_cbc(cipher: CipherName, key: bytes, iv: bytes, plaintext: bytes) -> bytes:
    """Return whole blocks encrypted in CBC mode, without padding; CryptoError unless they are whole."""
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    encryptor = Cipher(_algorithm(cipher, key), modes.CBC(_one(iv))).encryptor()
    return encryptor.update(_whole(plaintext)) + encryptor.finalize()


def decrypt_cbc(cipher: CipherName, key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
    """Return whole blocks decrypted in CBC mode, padding and all; CryptoError unless they are whole."""
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    decryptor = Cipher(_algorithm(cipher, key), modes.CBC(_one(iv))).decryptor()
    return decryptor.update(_whole(ciphertext)) + decryptor.finalize()


def cmac(cipher: CipherName, key: bytes, message: bytes) -> bytes:
    """Return the 16-byte CMAC of a message of any length (NIST SP 800-38B)."""
    from cryptography.hazmat.primitives.cmac import CMAC

    state = CMAC(_algorithm(cipher, key))
    state.update(message)
    return state.finalize()


def truncated_cmac(key: bytes, message: bytes) -> bytes:
    """Return the 8 bytes at odd places (1, 3 … 15) of the AES-CMAC, as NXP's cards shorten it."""
    return cmac("aes", key, message)[1::2]


def pad(data: bytes) -> bytes:
    """Return ``data`` with 0x80 and zeros up to a multiple of 16; at least one byte is added."""
    marked = data + _MARK
    return marked + bytes(-len(marked) % BLOCK_BYTES)


def unpad(padded: bytes) -> bytes:
    """Return what was padded; CryptoError if the padding is none. To be called on authenticated bytes only."""
    data = padded.rstrip(b"\x00")
    if not data.endswith(_MARK) or len(padded) - len(data) >= BLOCK_BYTES:
        raise CryptoError("padding", "the padding is not that of ISO/IEC 9797-1 method 2")
    return data[:-1]


def same(one: bytes, other: bytes) -> bool:
    """Tell, in constant time, whether two byte strings are the same."""
    return constant_time.compare_digest(one, other)


def _algorithm(cipher: CipherName, key: bytes) -> BlockCipherAlgorithm:
    from cryptography.hazmat.primitives.ciphers.algorithms import AES128, SM4

    if len(key) != KEY_BYTES:
        raise CryptoError("key", "a card key is 16 bytes")
    return SM4(key) if cipher == "sm4" else AES128(key)


def _one(block: bytes) -> bytes:
    if len(block) != BLOCK_BYTES:
        raise CryptoError("block", "a block is 16 bytes")
    return block


def _whole(data: bytes) -> bytes:
    if len(data) % BLOCK_BYTES:
        raise CryptoError("block", "not a whole number of blocks")
    return data
