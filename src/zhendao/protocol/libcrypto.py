"""SM2 by the system's libcrypto 3: a thin, strict ctypes binding that lets go of the interpreter lock while it counts.

Digest first: what is signed is e = SM3(ZA ‖ M), computed by us, so a key in a TPM is used in the same way.
A known answer (GB/T 32918.5) is checked at first use: a library without SM2, or with a broken one, signs nothing.
"""

import ctypes
import functools
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_ubyte, c_ulong, c_void_p
from typing import Final

from zhendao.protocol.errors import CryptoError
from zhendao.protocol.sm2_signature import point_of_spki, spki_of_point

DIGEST_BYTES: Final = 32
_ROOM: Final = 160  # bytes that SM2 adds to a plaintext are at most 33 + 33 + 32 and DER headers
_MAX_PLAINTEXT: Final = 4096
_MAX_PKCS8: Final = 1024
_BufferArg = POINTER(c_ubyte)

_KAT_POINT: Final = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
_KAT_DIGEST: Final = bytes.fromhex("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640")
_KAT_SIGNATURE: Final = bytes.fromhex(
    "3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)


@functools.cache
def _library() -> ctypes.CDLL:
    """Load ``libcrypto.so.3`` by its exact name and declare the functions that are used."""
    try:
        lib = ctypes.CDLL("libcrypto.so.3")
        for name, result, arguments in (
            ("EVP_PKEY_Q_keygen", c_void_p, [c_void_p, c_char_p, c_char_p]),
            ("EVP_PKEY_free", None, [c_void_p]),
            ("EVP_PKEY_is_a", c_int, [c_void_p, c_char_p]),
            ("EVP_PKEY_CTX_new_from_pkey", c_void_p, [c_void_p, c_void_p, c_char_p]),
            ("EVP_PKEY_CTX_free", None, [c_void_p]),
            ("EVP_PKEY_public_check", c_int, [c_void_p]),
            ("EVP_PKEY_pairwise_check", c_int, [c_void_p]),
            ("EVP_PKEY_sign_init", c_int, [c_void_p]),
            ("EVP_PKEY_verify_init", c_int, [c_void_p]),
            ("EVP_PKEY_encrypt_init", c_int, [c_void_p]),
            ("EVP_PKEY_decrypt_init", c_int, [c_void_p]),
            ("EVP_PKEY_sign", c_int, [c_void_p, _BufferArg, POINTER(c_size_t), c_char_p, c_size_t]),
            ("EVP_PKEY_verify", c_int, [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t]),
            ("EVP_PKEY_encrypt", c_int, [c_void_p, _BufferArg, POINTER(c_size_t), c_char_p, c_size_t]),
            ("EVP_PKEY_decrypt", c_int, [c_void_p, _BufferArg, POINTER(c_size_t), c_char_p, c_size_t]),
            ("d2i_PUBKEY", c_void_p, [c_void_p, POINTER(c_char_p), c_long]),
            ("i2d_PUBKEY", c_int, [c_void_p, c_void_p]),
            ("d2i_PKCS8_PRIV_KEY_INFO", c_void_p, [c_void_p, POINTER(c_char_p), c_long]),
            ("EVP_PKCS82PKEY", c_void_p, [c_void_p]),
            ("EVP_PKEY2PKCS8", c_void_p, [c_void_p]),
            ("i2d_PKCS8_PRIV_KEY_INFO", c_int, [c_void_p, c_void_p]),
            ("PKCS8_PRIV_KEY_INFO_free", None, [c_void_p]),
            ("OPENSSL_cleanse", None, [c_void_p, c_size_t]),
            ("ERR_clear_error", None, []),
            ("OpenSSL_version_num", c_ulong, []),
        ):
            function = getattr(lib, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise CryptoError("sm2-missing", "libcrypto.so.3 (OpenSSL 3.0 or later) is not on this system") from error
    return lib


@functools.cache
def _tested() -> ctypes.CDLL:
    """Return the library after it has told the standard's true signature from a false one."""
    lib = _library()
    key = _Handle(lib, _parse_public(lib, spki_of_point(_KAT_POINT)))
    wrong = bytes([_KAT_DIGEST[0] ^ 1]) + _KAT_DIGEST[1:]
    if not key.verify(_KAT_DIGEST, _KAT_SIGNATURE) or key.verify(wrong, _KAT_SIGNATURE):
        raise CryptoError("sm2-broken", "the SM2 of this system's libcrypto fails its known-answer test")
    return lib


class _Handle:
    """One EVP_PKEY, freed with its owner. Its operations make a context each, so threads may share it."""

    def __init__(self, lib: ctypes.CDLL, pointer: int | None) -> None:
        self._lib = lib
        self._pointer = pointer
        if not pointer or lib.EVP_PKEY_is_a(pointer, b"SM2") != 1:
            lib.ERR_clear_error()
            raise CryptoError("key", "not an SM2 key")

    def __del__(self) -> None:
        if self._pointer:
            self._lib.EVP_PKEY_free(self._pointer)

    def check(self, name: str) -> None:
        """Run EVP_PKEY_public_check or EVP_PKEY_pairwise_check; a key that fails is refused."""
        context = self._lib.EVP_PKEY_CTX_new_from_pkey(None, self._pointer, None)
        good = getattr(self._lib, name)(context)
        self._lib.EVP_PKEY_CTX_free(context)
        self._lib.ERR_clear_error()
        if good != 1:
            raise CryptoError("key", "not a point of the SM2 curve, or not the half of this pair")

    def spki(self) -> bytes:
        """Return the DER SubjectPublicKeyInfo."""
        size = self._lib.i2d_PUBKEY(self._pointer, None)
        room = ctypes.create_string_buffer(max(size, 1))
        end = c_void_p(ctypes.addressof(room))
        if size <= 0 or self._lib.i2d_PUBKEY(self._pointer, byref(end)) != size:
            raise CryptoError("key", "the public key cannot be written")
        return room.raw[:size]

    def pkcs8(self) -> bytes:
        """Return the DER PrivateKeyInfo, not encrypted."""
        info = self._lib.EVP_PKEY2PKCS8(self._pointer)
        size = self._lib.i2d_PKCS8_PRIV_KEY_INFO(info, None) if info else 0
        room = ctypes.create_string_buffer(max(size, 1))
        end = c_void_p(ctypes.addressof(room))
        written = self._lib.i2d_PKCS8_PRIV_KEY_INFO(info, byref(end)) if size > 0 else 0
        der = room.raw[:size]
        self._lib.OPENSSL_cleanse(room, len(room))
        if info:
            self._lib.PKCS8_PRIV_KEY_INFO_free(info)
        if written <= 0:
            raise CryptoError("key", "the private key cannot be written")
        return der

    def verify(self, digest: bytes, signature: bytes) -> bool:
        """Tell whether the DER ``signature`` is this key's over ``digest``."""
        context = self._lib.EVP_PKEY_CTX_new_from_pkey(None, self._pointer, None)
        good: bool = (
            self._lib.EVP_PKEY_verify_init(context) == 1
            and self._lib.EVP_PKEY_verify(context, signature, len(signature), digest, len(digest)) == 1
        )
        self._lib.EVP_PKEY_CTX_free(context)
        if not good:
            self._lib.ERR_clear_error()
        return good

    def transform(self, operation: str, data: bytes) -> bytes:
        """Run EVP_PKEY_sign, _encrypt or _decrypt over ``data``; CryptoError if the library says no."""
        context = self._lib.EVP_PKEY_CTX_new_from_pkey(None, self._pointer, None)
        room = (c_ubyte * (len(data) + _ROOM))()
        size = c_size_t(len(room))
        good = (
            getattr(self._lib, operation + "_init")(context) == 1
            and getattr(self._lib, operation)(context, room, byref(size), data, len(data)) == 1
        )
        self._lib.EVP_PKEY_CTX_free(context)
        result = bytes(room[: size.value]) if good else b""
        self._lib.OPENSSL_cleanse(room, len(room))
        if not good:
            self._lib.ERR_clear_error()
            raise CryptoError("sm2", "SM2 refused the operation")
        return result


def _parse_public(lib: ctypes.CDLL, spki: bytes) -> int | None:
    point_of_spki(spki)
    start = c_char_p(spki)
    pointer: int | None = lib.d2i_PUBKEY(None, byref(start), len(spki))
    return pointer


class Sm2PublicKey:
    """A public key on the SM2 curve; anything else is refused when it is loaded."""

    def __init__(self, spki: bytes) -> None:
        """Load a DER SubjectPublicKeyInfo (91 bytes); CryptoError if it is not a point of the curve."""
        lib = _tested()
        self._key = _Handle(lib, _parse_public(lib, spki))
        self._key.check("EVP_PKEY_public_check")
        self.spki: Final = spki

    def verify_digest(self, digest: bytes, signature: bytes) -> bool:
        """Tell whether the DER ``signature`` is good over the 32-byte ``digest``; never raises for bad bytes."""
        return len(digest) == DIGEST_BYTES and self._key.verify(digest, signature)

    def encrypt(self, plaintext: bytes) -> bytes:
        """Return the DER SM2Cipher (GM/T 0009: x, y, C3, C2) of 1…4096 bytes."""
        if not 0 < len(plaintext) <= _MAX_PLAINTEXT:
            raise CryptoError("sm2", f"SM2 encrypts 1 to {_MAX_PLAINTEXT} bytes")
        return self._key.transform("EVP_PKEY_encrypt", plaintext)


class Sm2PrivateKey:
    """An SM2 key pair in the memory of this process."""

    def __init__(self, handle: _Handle) -> None:
        self._key = handle
        self.spki: Final = handle.spki()
        point_of_spki(self.spki)

    @classmethod
    def generate(cls) -> "Sm2PrivateKey":
        """Make a key with the randomness of libcrypto (the kernel's)."""
        lib = _tested()
        return cls(_Handle(lib, lib.EVP_PKEY_Q_keygen(None, None, b"SM2")))

    @classmethod
    def load(cls, pkcs8: bytes) -> "Sm2PrivateKey":
        """Load a DER PrivateKeyInfo, not encrypted; CryptoError if it is not an SM2 key that fits together."""
        lib = _tested()
        start = c_char_p(pkcs8)
        info = lib.d2i_PKCS8_PRIV_KEY_INFO(None, byref(start), len(pkcs8)) if 0 < len(pkcs8) <= _MAX_PKCS8 else None
        pointer = lib.EVP_PKCS82PKEY(info) if info else None
        if info:
            lib.PKCS8_PRIV_KEY_INFO_free(info)
        handle = _Handle(lib, pointer)
        handle.check("EVP_PKEY_public_check")
        handle.check("EVP_PKEY_pairwise_check")
        return cls(handle)

    def sign_digest(self, digest: bytes) -> bytes:
        """Return the DER signature over the 32-byte ``digest``."""
        if len(digest) != DIGEST_BYTES:
            raise CryptoError("sm2", "SM2 signs 32 bytes")
        return self._key.transform("EVP_PKEY_sign", digest)

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Return the plaintext of a DER SM2Cipher; CryptoError if C3 or C1 is not right."""
        if not 0 < len(ciphertext) <= _MAX_PLAINTEXT + _ROOM:
            raise CryptoError("sm2", "not an SM2 ciphertext")
        return self._key.transform("EVP_PKEY_decrypt", ciphertext)

    def pkcs8(self) -> bytes:
        """Return the DER PrivateKeyInfo, not encrypted."""
        return self._key.pkcs8()
