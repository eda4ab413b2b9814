"""Secure Dynamic Messaging of NTAG 424 DNA in both directions: a tag fills its file, the holder of the keys checks it.

NT4H2421Gx section 9.3 and NXP AN12196 section 3. The counter is 24 bits, counts read sessions (not reads), and travels
least significant byte first in what is encrypted and derived. AES mode; LRP is not used. `sun` is our use of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zhendao.protocol.cards.blocks import BLOCK_BYTES, ZERO_BLOCK, cmac, decrypt_cbc, encrypt_cbc, truncated_cmac
from zhendao.protocol.cards.file_settings import MAC_CHARACTERS
from zhendao.protocol.errors import CryptoError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhendao.protocol.cards.file_settings import Sdm

COUNTER_END: Final = 1 << 24
PADDING_BYTES: Final = 5

_UID_BYTES: Final = 7
_COUNTER_BYTES: Final = 3
_BOTH: Final = 0xC7
_MAC_LABEL: Final = bytes.fromhex("3cc300010080")
_ENC_LABEL: Final = bytes.fromhex("c33c00010080")


@dataclass(frozen=True, slots=True)
class PiccData:
    """What a tag says of itself: its uid (7 bytes) and how many read sessions there were."""

    uid: bytes
    counter: int

    def __post_init__(self) -> None:
        if len(self.uid) != _UID_BYTES or not 0 <= self.counter < COUNTER_END:
            raise CryptoError("sdm", "a uid is 7 bytes and a counter 24 bits")

    @property
    def wire(self) -> bytes:
        """Uid and counter as they are encrypted and derived from."""
        return self.uid + self.counter.to_bytes(_COUNTER_BYTES, "little")


def seal_picc_data(meta_key: bytes, data: PiccData, padding: bytes) -> bytes:
    """Return PICC data encrypted; ``padding`` are 5 random bytes of the tag, fresh for each read session."""
    return encrypt_cbc("aes", meta_key, ZERO_BLOCK, bytes((_BOTH,)) + data.wire + padding)


def open_picc_data(meta_key: bytes, sealed: bytes) -> PiccData:
    """Return what 16 bytes of PICC data say; it is the MAC that proves it.

    Raises:
        CryptoError: not encrypted with this key, or without uid or counter.
    """
    if len(sealed) != BLOCK_BYTES:
        raise CryptoError("sdm", "PICC data is 16 bytes")
    plain = decrypt_cbc("aes", meta_key, ZERO_BLOCK, sealed)
    if plain[0] != _BOTH:
        raise CryptoError("sdm", "PICC data of another key, or without uid and counter")
    counter = int.from_bytes(plain[1 + _UID_BYTES : 1 + _UID_BYTES + _COUNTER_BYTES], "little")
    return PiccData(plain[1 : 1 + _UID_BYTES], counter)


def sdm_mac(file_key: bytes, data: PiccData, message: bytes) -> bytes:
    """Return the 8-byte MAC of what stands in the file between SDMMACInputOffset and SDMMACOffset as it was read."""
    return truncated_cmac(cmac("aes", file_key, _MAC_LABEL + data.wire), message)


def crypt_file_data(file_key: bytes, data: PiccData, plaintext: bytes) -> bytes:
    """Return SDMENCFileData: whole blocks encrypted under the session key of this counter."""
    key, iv = _file_data_key(file_key, data)
    return encrypt_cbc("aes", key, iv, plaintext)


def open_file_data(file_key: bytes, data: PiccData, sealed: bytes) -> bytes:
    """Return SDMENCFileData decrypted; it is the MAC that proves it."""
    key, iv = _file_data_key(file_key, data)
    return decrypt_cbc("aes", key, iv, sealed)


def mirror(
    file: bytes, sdm: Sdm, keys: Mapping[int, bytes], data: PiccData, padding: bytes, tamper: bytes = b"II"
) -> bytes:
    """Return the whole file as a tag with these settings shows it to a reader that is not authenticated.

    ``keys`` are those of the tag by number; ``padding`` and ``data`` (its counter already raised) stay the same until
    another command than a read comes. ``tamper`` is the permanent and the current state of the loop, 2 letters.
    """
    shown = bytearray(file)

    def put(start: int | None, content: bytes) -> None:
        if start is not None:
            shown[start : start + len(content)] = content

    put(sdm.uid, _ascii(data.uid))
    put(sdm.counter, b"%06X" % data.counter)
    put(sdm.tamper, tamper)
    if sdm.picc is not None:
        put(sdm.picc, _ascii(seal_picc_data(keys[sdm.meta_read], data, padding)))
    if sdm.enc is not None and sdm.enc_length is not None:
        plain = bytes(shown[sdm.enc : sdm.enc + sdm.enc_length // 2])
        put(sdm.enc, _ascii(crypt_file_data(keys[sdm.file_read], data, plain)))
    if sdm.mac is not None and sdm.mac_input is not None:
        mac = _ascii(sdm_mac(keys[sdm.file_read], data, bytes(shown[sdm.mac_input : sdm.mac])))
        put(sdm.mac, mac[:MAC_CHARACTERS])
    return bytes(shown)


def _file_data_key(file_key: bytes, data: PiccData) -> tuple[bytes, bytes]:
    key = cmac("aes", file_key, _ENC_LABEL + data.wire)
    counter = data.counter.to_bytes(_COUNTER_BYTES, "little").ljust(BLOCK_BYTES, b"\x00")
    return key, encrypt_cbc("aes", key, ZERO_BLOCK, counter)


def _ascii(data: bytes) -> bytes:
    return data.hex().upper().encode()
