"""The SM2 signature around the curve arithmetic: the digest that is signed, and the two ways to write r and s.

On the wire a signature is r and s, 32 bytes each, big-endian, both in 1…n-1; libraries and TPMs speak DER.
GB/T 32918.2 (ZA, section 5.5), docs/protocol.md section 2. Pure; works with a key in software or in a chip.
"""

from typing import Final

from zhendao.protocol.errors import CryptoError
from zhendao.protocol.sm_engine import engine

SIGNATURE_BYTES: Final = 64
SPKI_BYTES: Final = 91
_SEQUENCE: Final = 0x30
_INTEGER: Final = 0x02
_LONG_FORM: Final = 0x80
USER_ID: Final = b"1234567812345678"

ORDER: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
# SEQUENCE { SEQUENCE { id-ecPublicKey, 1.2.156.10197.1.301 }, BIT STRING } and 0x04 of an uncompressed point
_SPKI_PREFIX: Final = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
_A_B_GX_GY: Final = bytes.fromhex(
    "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc"
    "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93"
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"
)


def sm3(data: bytes) -> bytes:
    """Return the 32-byte SM3 of ``data`` (GB/T 32905)."""
    return engine().hash(data)


def spki_of_point(point: bytes) -> bytes:
    """Return the DER SubjectPublicKeyInfo of ``x ‖ y`` (64 bytes, big-endian). Says nothing about the curve."""
    if len(point) != SIGNATURE_BYTES:
        raise CryptoError("key", "an SM2 point is 64 bytes")
    return _SPKI_PREFIX + point


def point_of_spki(spki: bytes) -> bytes:
    """Return ``x ‖ y`` (64 bytes) of an SM2 SubjectPublicKeyInfo.

    Raises:
        CryptoError: any other form: another curve, a compressed point, explicit parameters, trailing bytes.
    """
    if len(spki) != SPKI_BYTES or not spki.startswith(_SPKI_PREFIX):
        raise CryptoError("key", "not an SM2 public key in its one DER form")
    return spki[len(_SPKI_PREFIX) :]


def signer_hash(spki: bytes) -> bytes:
    """Return ZA, 32 bytes: the hash of identity, curve and public key that goes before every message."""
    entity_length = (8 * len(USER_ID)).to_bytes(2, "big")
    return sm3(entity_length + USER_ID + _A_B_GX_GY + point_of_spki(spki))


def message_digest(za: bytes, message: bytes) -> bytes:
    """Return e = SM3(ZA ‖ M), the 32 bytes that the key signs."""
    return sm3(za + message)


def raw_from_der(der: bytes) -> bytes:
    """Return ``r ‖ s`` of a DER signature.

    Raises:
        CryptoError: not strict DER, or r or s not in 1…n-1.
    """
    r, s = _integers_of(der)
    if not (0 < r < ORDER and 0 < s < ORDER):
        raise CryptoError("signature-form", "r or s out of range")
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def der_from_raw(raw: bytes) -> bytes:
    """Return the DER form of ``r ‖ s``.

    Raises:
        CryptoError: not 64 bytes, or r or s not in 1…n-1.
    """
    if len(raw) != SIGNATURE_BYTES:
        raise CryptoError("signature-form", "a signature is 64 bytes")
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    if not (0 < r < ORDER and 0 < s < ORDER):
        raise CryptoError("signature-form", "r or s out of range")
    body = _der_integer(r) + _der_integer(s)
    return bytes([_SEQUENCE, len(body)]) + body


def _der_integer(number: int) -> bytes:
    content = number.to_bytes(number.bit_length() // 8 + 1, "big")  # a leading zero keeps it from being negative
    return bytes([_INTEGER, len(content)]) + content


def _integers_of(der: bytes) -> tuple[int, int]:
    """Return r and s of ``SEQUENCE { INTEGER, INTEGER }``; each at most 33 bytes, so every length is one byte."""
    found: list[int] = []
    rest = der[2:]
    good = der[:2] == bytes([_SEQUENCE, len(rest) % 256]) and len(rest) < _LONG_FORM
    while good and rest:
        size = rest[1] if len(rest) > 1 else 0
        content, tag, rest = rest[2 : 2 + size], rest[0], rest[2 + size :]
        good = tag == _INTEGER and 0 < size == len(content) and content[0] < _LONG_FORM
        # The shortest form: a zero goes before nothing but what would be negative without it.
        good = good and not (size > 1 and content[0] == 0 and content[1] < _LONG_FORM)
        found.append(int.from_bytes(content, "big"))
    if not good or rest or len(found) != 2:  # noqa: PLR2004 - r and s
        raise CryptoError("signature-form", "not a DER signature")
    return found[0], found[1]
