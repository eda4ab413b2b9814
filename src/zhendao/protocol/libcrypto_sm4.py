"""SM3 and SM4-GCM by the system's libcrypto 3, for a terminal: what it has loaded for TLS and SM2 is not loaded twice.

Debian 12's libcrypto has SM4 and the GHASH of GCM, and no SM4-GCM: the two are put together here (NIST SP 800-38D).
Promise: a known answer (RFC 8998, appendix A.1) is checked before anything is sealed; a library that fails it seals
nothing. Slower than `cryptography` by some 50 microseconds a message, and 8 MB smaller.
"""

import ctypes
import functools
import hashlib
import hmac
from ctypes import CFUNCTYPE, POINTER, byref, c_char_p, c_int, c_size_t, c_void_p
from typing import Final

from zhendao.protocol.errors import CryptoError
from zhendao.protocol.limits import TAG_BYTES

_BLOCK: Final = 16
_HASH_BYTES: Final = 32
_LONGEST: Final = 1 << 24
_ASKED: Final = 2
"""Blocks that a tag is made of: H and that of the first counter. Without them it would hold nothing."""
_BlockFunction = CFUNCTYPE(None, c_void_p, c_void_p, c_void_p)
_StreamFunction = CFUNCTYPE(None, c_void_p, c_void_p, c_size_t, c_void_p, c_void_p)

_KAT_KEY: Final = bytes.fromhex("0123456789abcdeffedcba9876543210")
_KAT_NONCE: Final = bytes.fromhex("00001234567800000000abcd")
_KAT_AAD: Final = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
_KAT_PLAIN: Final = bytes.fromhex(
    "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccddddddddddddddddeeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa"
)
_KAT_SEALED: Final = bytes.fromhex(
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    "83de3541e4c2b58177e065a9bf7b62ec"
)


@functools.cache
def _library() -> ctypes.CDLL:
    """Load ``libcrypto.so.3`` by its exact name and declare the functions that are used."""
    try:
        lib = ctypes.CDLL("libcrypto.so.3")
        for name, result, arguments in (
            ("EVP_CIPHER_fetch", c_void_p, [c_void_p, c_char_p, c_char_p]),
            ("EVP_CIPHER_CTX_new", c_void_p, []),
            ("EVP_CIPHER_CTX_free", None, [c_void_p]),
            ("EVP_CIPHER_CTX_set_padding", c_int, [c_void_p, c_int]),
            ("EVP_EncryptInit_ex2", c_int, [c_void_p, c_void_p, c_char_p, c_char_p, c_void_p]),
            ("EVP_EncryptUpdate", c_int, [c_void_p, c_char_p, POINTER(c_int), c_char_p, c_int]),
            ("CRYPTO_gcm128_new", c_void_p, [c_void_p, _BlockFunction]),
            ("CRYPTO_gcm128_release", None, [c_void_p]),
            ("CRYPTO_gcm128_setiv", None, [c_void_p, c_char_p, c_size_t]),
            ("CRYPTO_gcm128_aad", c_int, [c_void_p, c_char_p, c_size_t]),
            ("CRYPTO_gcm128_decrypt_ctr32", c_int, [c_void_p, c_char_p, c_char_p, c_size_t, _StreamFunction]),
            ("CRYPTO_gcm128_tag", None, [c_void_p, c_char_p, c_size_t]),
            ("ERR_clear_error", None, []),
        ):
            function = getattr(lib, name)
            function.restype, function.argtypes = result, arguments
        hashlib.new("sm3")
    except (OSError, AttributeError, ValueError) as error:
        raise CryptoError("sm4-missing", "libcrypto.so.3 with SM3 and SM4 is not on this system") from error
    return lib


@functools.cache
def _cipher(name: bytes) -> int:
    """Return a cipher of the library; it is kept for as long as the process runs. `CryptoError`: there is none."""
    lib = _library()
    found: int | None = lib.EVP_CIPHER_fetch(None, name, None)
    if not found:
        lib.ERR_clear_error()  # the queue is this thread's: what is left in it, TLS would take for an error of its own
        raise CryptoError("sm4-missing", "the libcrypto of this system has no SM4")
    return found


@functools.cache
def is_good() -> bool:
    """Tell whether this system's library gives the known answer, and refuses what was changed."""
    try:
        sealed = _seal(_KAT_KEY, _KAT_NONCE, _KAT_AAD, _KAT_PLAIN)
        wrong = _tag(_KAT_KEY, _KAT_NONCE, _KAT_AAD, bytes([sealed[0] ^ 1]) + sealed[1:-TAG_BYTES])
    except CryptoError:
        return False
    return sealed == _KAT_SEALED and wrong != sealed[-TAG_BYTES:]


def sm3(data: bytes) -> bytes:
    """Return the 32-byte SM3 of ``data``."""
    return hashlib.new("sm3", data).digest()


def mac(key: bytes, data: bytes) -> bytes:
    """Return the 32-byte HMAC-SM3 of ``data``."""
    return hmac.digest(key, data, "sm3")


def derive(key: bytes, info: bytes, length: int) -> bytes:
    """Return ``length`` bytes (8,160 at most) of HKDF with SM3 and an empty salt (RFC 5869)."""
    if not 0 < length <= 255 * _HASH_BYTES:
        raise CryptoError("derive", "a derived key has 1 to 8160 bytes")
    secret, found, last = mac(bytes(_HASH_BYTES), key), b"", b""
    for number in range(1, -(-length // _HASH_BYTES) + 1):
        last = mac(secret, last + info + bytes([number]))
        found += last
    return found[:length]


def seal(key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
    """Return ciphertext and tag; ``key`` is 16 bytes, ``nonce`` 12. `CryptoError`: the library is not good."""
    _need_good()
    return _seal(key, nonce, aad, plaintext)


def open_sealed(key: bytes, nonce: bytes, aad: bytes, ciphertext: bytes, tag: bytes) -> bytes:
    """Return the plaintext. Raises `CryptoError`: not sealed with these, or changed since; nothing was decrypted."""
    _need_good()
    if not hmac.compare_digest(_tag(key, nonce, aad, ciphertext), tag):
        raise CryptoError("seal", "does not open")
    return _counter_mode(key, nonce, ciphertext)


def _need_good() -> None:
    if not is_good():
        raise CryptoError("sm4-broken", "the SM4 of this system's libcrypto fails its known-answer test")


def _seal(key: bytes, nonce: bytes, aad: bytes, plaintext: bytes) -> bytes:
    ciphertext = _counter_mode(key, nonce, plaintext)
    return ciphertext + _tag(key, nonce, aad, ciphertext)


def _counter_mode(key: bytes, nonce: bytes, data: bytes) -> bytes:
    """Return ``data`` encrypted, or decrypted, in counter mode from the second counter on, as GCM has it."""
    return _encrypted(b"SM4-CTR", key, nonce + (2).to_bytes(4, "big"), data)


def _encrypted(cipher: bytes, key: bytes, iv: bytes | None, data: bytes) -> bytes:
    lib, found = _library(), _cipher(cipher)
    if len(data) > _LONGEST:
        raise CryptoError("seal", "too long")
    room, size = ctypes.create_string_buffer(len(data) + _BLOCK), c_int(0)
    context = lib.EVP_CIPHER_CTX_new()
    if not context:
        raise CryptoError("seal", "there is no memory for it")
    try:
        good = (
            lib.EVP_EncryptInit_ex2(context, found, key, iv, None) == 1
            and lib.EVP_CIPHER_CTX_set_padding(context, 0) == 1
            and lib.EVP_EncryptUpdate(context, room, byref(size), data, len(data)) == 1
        )
    finally:
        lib.EVP_CIPHER_CTX_free(context)
    if not good or size.value != len(data):
        lib.ERR_clear_error()
        raise CryptoError("seal", "the library does not encrypt")
    return room.raw[: len(data)]


def _tag(key: bytes, nonce: bytes, aad: bytes, ciphertext: bytes) -> bytes:
    """Return the tag of GCM. Single blocks (H, and that of the tag) are asked for by the library's GHASH."""
    lib, failed, answered = _library(), list[BaseException](), list[int]()

    def block(source: int, target: int, _key: int | None) -> None:
        try:
            found = _encrypted(b"SM4-ECB", key, None, ctypes.string_at(source, _BLOCK))
            ctypes.memmove(target, found, _BLOCK)
            answered.append(target)
        except BaseException as error:  # noqa: BLE001 - what is raised through the library's frames is lost
            failed.append(error)

    ask, skip = _BlockFunction(block), _StreamFunction(_nothing)
    context = lib.CRYPTO_gcm128_new(None, ask)
    if not context:
        raise CryptoError("seal", "there is no memory for it")
    try:
        lib.CRYPTO_gcm128_setiv(context, nonce, len(nonce))
        scrap, tag = ctypes.create_string_buffer(len(ciphertext) + _BLOCK), ctypes.create_string_buffer(TAG_BYTES)
        good = (
            lib.CRYPTO_gcm128_aad(context, aad, len(aad)) == 0
            and lib.CRYPTO_gcm128_decrypt_ctr32(context, ciphertext, scrap, len(ciphertext), skip) == 0
        )
        lib.CRYPTO_gcm128_tag(context, tag, TAG_BYTES)
    finally:
        lib.CRYPTO_gcm128_release(context)
    if failed and not isinstance(failed[0], Exception):
        raise failed[0]
    if failed or not good or len(answered) < _ASKED:
        raise CryptoError("seal", "the library does not seal") from (failed[0] if failed else None)
    return tag.raw


def _nothing(_source: int, _target: int, _blocks: int, _key: int | None, _counter: int) -> None:
    """Decrypt nothing: it is the hash of the ciphertext that is wanted."""
