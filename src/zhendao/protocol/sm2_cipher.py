"""The form of an SM2 ciphertext: SM2Cipher in DER, GM/T 0009 section 7.2, and nothing else."""

from typing import ClassVar

from asn1crypto.core import Integer, OctetString, Sequence


class _SM2Cipher(Sequence):  # type: ignore[misc] # asn1crypto has no types
    """GM/T 0009 section 7.2."""

    _fields: ClassVar = [("x", Integer), ("y", Integer), ("c3", OctetString), ("c2", OctetString)]


def is_strict(ciphertext: bytes) -> bool:
    """Tell whether the bytes are SM2Cipher in DER; libcrypto alone would also take BER and trailing bytes."""
    try:
        cipher = _SM2Cipher.load(ciphertext, strict=True)
        numbers = (cipher["x"].native, cipher["y"].native)
        again = _SM2Cipher(
            {"x": numbers[0], "y": numbers[1], "c3": cipher["c3"].native, "c2": cipher["c2"].native}
        ).dump()
    except (ValueError, TypeError, KeyError, OverflowError):
        return False
    return bool(again == ciphertext and min(numbers) >= 0 and max(numbers) < 1 << 256)
