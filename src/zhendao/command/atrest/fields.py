"""A sealed field: SM4-GCM under a data key that its header names, bound to the row and column that it belongs to.

    field = 0xA1 ‖ number of the data key (4 bytes, big-endian) ‖ nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes)

Header and binding are authenticated: a field opens in its own place alone. A nonce is random; a data key seals fewer
than 2^32 fields, as NIST SP 800-38D section 8.3 asks for. rule: SM4 / ESCROW
"""

from typing import Final

from zhendao.protocol import cbor
from zhendao.protocol.errors import CryptoError, MalformedError
from zhendao.protocol.suite import SM

MARK: Final = 0xA1
HEADER: Final = 5
NONCE: Final = 12
KEY: Final = 16
MOST_FIELDS: Final = 2**32
_TAG: Final = 16


def header(number: int) -> bytes:
    """Return what a field under the data key ``number`` begins with."""
    return bytes([MARK]) + number.to_bytes(4, "big")


def number_of(field: bytes) -> int | None:
    """Return the number of the data key that ``field`` names; None: it has no header."""
    if len(field) < HEADER + NONCE + _TAG or field[0] != MARK:
        return None
    return int.from_bytes(field[1:HEADER], "big")


def seal(key: bytes, number: int, nonce: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
    """Return ``plaintext`` sealed under ``key`` (16 bytes) with its ``number``; ``nonce``: 12 bytes, never again."""
    front = header(number)
    return front + nonce + SM.seal(key, nonce, front + bound_to, plaintext)


def open_field(key: bytes, field: bytes, bound_to: bytes) -> bytes:
    """Return what is sealed in ``field``. Raises `CryptoError` where it was altered, or belongs elsewhere."""
    return SM.open(key, field[HEADER : HEADER + NONCE], field[:HEADER] + bound_to, field[HEADER + NONCE :])


def escrowed(number: int, purpose: str, epoch: int, key: bytes) -> bytes:
    """Return what is wrapped for the escrow: CBOR [1, number, purpose, epoch, key]."""
    return cbor.encode([1, number, purpose, epoch, key])


def of_escrow(plain: bytes, number: int, purpose: str) -> bytes:
    """Return the data key in what `escrowed` made. Raises `MalformedError`, `CryptoError` where it is another's."""
    match cbor.decode(plain, 1024):
        case [1, int() as found, str() as what, int(), bytes() as key]:
            if (found, what) != (number, purpose):
                raise CryptoError("escrow-key", "the data key of another purpose")
            return key
    raise MalformedError("escrow-key", "no data key for an escrow")
